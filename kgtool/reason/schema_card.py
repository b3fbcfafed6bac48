"""The schema card of a graph: what its relations are called, and what kinds of nodes they join."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from kgtool.ports import Store
from kgtool.reason.linking import local_name
from kgtool.reason.matching import content, roots
from kgtool.reason.network import Network
from kgtool.reason.senses import meant
from kgtool.store.vocabulary import RDFS
from kgtool.words import STOP_WORDS, words

if TYPE_CHECKING:
    from kgtool.reason.network import Ids

LABELLED = """
SELECT ?relation ?kind ?name WHERE {
  { SELECT DISTINCT ?relation { ?s ?relation ?o } }
  VALUES ?kind { rdfs:label skos:altLabel }
  ?relation ?kind ?name
}
"""
SAMPLE = 2000
"""Nodes looked at to tell what the ends of a relation have in common."""
SHARED = 0.3
"""Least share of a relation's subjects (or objects) that have another relation, for that to tell their kind."""
MAX_TRAITS = 8
SHORT = 3
"""Most words of a relation's names for them to be likened one by one."""
COMMON = 3
"""Facts from which on the words of a relation tell that the graph knows what they ask for."""
SEEN, MOSTLY = 60, 0.9
"""Nodes that are asked for their classes, and the share that must have one for it to be their kind."""
PARTITIVE = "by"
"""A relation named so leads from what is done to who does it."""


class Card:
    """Relations by number, as in the network."""

    def __init__(self, store: Store, network: Network, name: Callable[[int], str] | None = None) -> None:
        self.network = network
        self._name = name
        self._ranges: dict[int, frozenset[str]] = {}
        self._main: dict[int, frozenset[int]] = {}
        labels: dict[str, list[str]] = defaultdict(list)
        others: dict[str, list[str]] = defaultdict(list)
        for relation, kind, text in sorted(store.query(LABELLED).rows(), key=str):
            (labels if kind.value == f"{RDFS}label" else others)[relation.value].append(text.value)
        self.labels = [labels[r][0] if labels[r] else local_name(r) for r in network.relations]
        self.names = [(*labels[r], *others[r]) or (local_name(r),) for r in network.relations]
        """Every name of each relation, the label first."""
        self.content = [tuple(dict.fromkeys(w for n in found for w in content(n))) for found in self.names]
        """The words of those names that say something."""
        self.label_content = [content(label) for label in self.labels]
        self.texts = [
            tuple(dict.fromkeys([label.casefold(), *(found if len(found) <= SHORT else ())]))
            for label, found in zip(self.labels, self.content, strict=True)
        ]
        """What a relation's meaning is told by: its label and, where they are few, the words of its names."""
        self.words = [frozenset(words(label)) for label in self.labels]
        self.agent = [words(label)[-1:] == [PARTITIVE] for label in self.labels]
        """Whether the object is who does something."""
        self.roots = frozenset(root for found in self.content for word in found for root in roots(word))
        """The roots of all words of all relations."""
        self.common = frozenset(
            root
            for r, found in enumerate(self.content)
            if self.facts[r] >= max(1, min(COMMON, len(network.steps) // 200))
            for word in found
            for root in roots(word)
        )
        """Those of relations that are more than an accident."""
        self.asking = frozenset(w for w in STOP_WORDS if any(roots(m) & self.roots for m in meant(w)))
        """Words that say nothing elsewhere and stand for a relation of this graph."""

    def ranges(self, step: int) -> frozenset[str]:
        """The words of the classes that most nodes have which a step leads to; empty where the graph has no classes."""
        if step not in self._ranges:
            self._ranges[step] = self.classes(self.network.sources(step ^ 1))
        return self._ranges[step]

    def main(self, step: int) -> frozenset[int]:
        """The steps on from what only joins that lead to the most different things: of a price the amount."""
        if step not in self._main:
            nodes = self.network.sources(step ^ 1)
            counts = {
                s: len(found)
                for s, found in self.network.around(nodes)
                if s != step ^ 1 and s // 2 != self.network.type
            }
            self._main[step] = frozenset(s for s, n in counts.items() if n == max(counts.values()))
        return self._main[step]

    @cached_property
    def classed(self) -> frozenset[str]:
        """The words of all classes that something has."""
        if self.network.type < 0:
            return frozenset()
        found = self.network.sources(2 * self.network.type + 1)
        return frozenset(w for c in found for w in content(self.called(int(c))))

    def classes(self, nodes: Ids, share: float = MOSTLY) -> frozenset[str]:
        """The words of the classes that most of some nodes have, or another share of them."""
        import numpy as np

        network = self.network
        if network.type < 0 or not len(nodes):
            return frozenset()
        seen = nodes[np.linspace(0, len(nodes) - 1, min(SEEN, len(nodes))).astype(np.int64)]
        places = network.edges_of(seen)
        classes = network.targets[places[network.steps[places] == 2 * network.type]]
        found, counts = np.unique(classes, return_counts=True)
        return frozenset(w for c in found[counts >= share * len(seen)] for w in content(self.called(int(c))))

    def called(self, node: int) -> str:
        """What a class is called."""
        return self._name(node) if self._name else local_name(str(self.network.terms[node].value))

    @cached_property
    def facts(self) -> list[int]:
        """How many facts each relation has."""
        import numpy as np

        counts: list[int] = np.bincount(self.network.steps // 2, minlength=len(self.labels)).tolist()
        return [count // 2 for count in counts]  # every fact is an edge of both ends

    @cached_property
    def traits(self) -> dict[int, tuple[int, ...]]:
        """What the nodes that a step leads to have in common: the relations that many of them are subjects of."""
        import numpy as np

        found = {}
        for step in range(2 * len(self.labels)):
            nodes = self.network.sources(step ^ 1)
            if len(nodes) > SAMPLE:
                nodes = nodes[np.linspace(0, len(nodes) - 1, SAMPLE).astype(np.int64)]
            owners = np.repeat(np.arange(len(nodes)), self.network.begin[nodes + 1] - self.network.begin[nodes])
            steps = self.network.steps[self.network.edges_of(nodes)]
            pairs = np.unique(owners[steps % 2 == 0] * len(self.labels) + steps[steps % 2 == 0] // 2)
            counts = np.bincount(pairs % len(self.labels), minlength=len(self.labels))
            if self.network.type >= 0:
                counts[self.network.type] = 0
            order = sorted(np.flatnonzero(counts >= SHARED * len(nodes)), key=lambda r: (-counts[r], r))
            found[step] = tuple(int(r) for r in order[:MAX_TRAITS])
        return found
