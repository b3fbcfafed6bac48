"""The facts of a graph in memory, as integer arrays: a hop of a whole set of nodes takes microseconds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kgtool.model import Step
from kgtool.ports import Store
from kgtool.store.vocabulary import DCTERMS, PROV, RDF, RDFS, SKOS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]

ANNOTATIONS = (RDF, RDFS, SKOS, DCTERMS, PROV, "http://www.w3.org/2002/07/owl#")
"""Namespaces whose properties describe a node and lead nowhere; rdf:type leads from a class to what it has."""
TYPE = RDF + "type"
SUBCLASS = RDFS + "subClassOf"
JOINING, NAMELESS, JOINED = 0.9, 0.6, 30
"""Share of the ends of a step that are said of one thing for it to be no hop of its own; share of them without a name,
and how many are looked at."""
RELATIONS = "SELECT DISTINCT ?p WHERE { ?s ?p ?o }"
FACTS = "SELECT ?s ?o WHERE {{ ?s <{}> ?o }}"


def is_annotation(relation: str) -> bool:
    """Whether a property is no hop."""
    return relation.startswith(ANNOTATIONS) and relation != TYPE


@dataclass(frozen=True)
class Network:
    """Facts as arrays. Nodes and relations are numbers; a step is a relation with a direction, also a number.

    ``terms[n]`` is the term of node ``n``. Step ``2 * r`` walks relation ``r`` forwards, ``2 * r + 1`` backwards. The
    edges of node ``n`` are ``steps[begin[n]:begin[n + 1]]`` with ``targets`` beside them.
    """

    terms: list[Any]
    relations: list[str]
    begin: Ids
    steps: Ids
    targets: Ids
    through: frozenset[int] = frozenset()
    """Steps to nodes that only join others, without a name of their own: one hop together with the next step."""
    told: Mapping[tuple[int, int], int] = field(default_factory=dict)
    """For a node and a class that it has by a subclass: that subclass."""

    @classmethod
    def of(cls, store: Store) -> Network:
        """The facts of a store's default graph, without annotations."""
        import numpy as np

        numbers: dict[Any, int] = {}
        found = sorted((row[0] for row in store.query(RELATIONS).rows()), key=str)
        relations = {p.value: i for i, p in enumerate(p for p in found if not is_annotation(p.value))}
        facts: list[int] = []
        for relation, number in relations.items():
            for subject, other in store.query(FACTS.format(relation)).rows():
                if relation == TYPE and other.value.startswith(ANNOTATIONS):
                    continue  # a term of the schema, such as a relation: its label would be taken for a name
                facts += (numbers.setdefault(subject, len(numbers)), number, numbers.setdefault(other, len(numbers)))
        supers: dict[Any, set[Any]] = {}
        for subject, other in store.query(FACTS.format(SUBCLASS)).rows() if TYPE in relations else ():
            supers.setdefault(subject, set()).add(other)
        told = inherited(facts, supers, numbers, relations.get(TYPE, -1)) if supers else {}
        facts += [n for (node, kind), _ in told.items() for n in (node, relations[TYPE], kind)]
        begin, steps, targets = edges(np.array(facts, dtype=np.int64).reshape(-1, 3), len(numbers))
        return cls(list(numbers), list(relations), begin, steps, targets, told=told)

    @cached_property
    def general(self) -> frozenset[int]:
        """The classes that some nodes have by a subclass."""
        return frozenset(kind for _, kind in self.told)

    @cached_property
    def numbers(self) -> dict[Any, int]:
        """The number of each term."""
        return {term: n for n, term in enumerate(self.terms)}

    @cached_property
    def type(self) -> int:
        """The number of rdf:type; -1 where no node has one."""
        return self.relations.index(TYPE) if TYPE in self.relations else -1

    def step(self, number: int) -> Step:
        """A step by its number."""
        return Step(self.relations[number // 2], number % 2 == 0)

    def facts_of(self, relation: int, most: int) -> list[tuple[int, int]]:
        """Some facts of a relation, evenly spread, as pairs of subject and object."""
        import numpy as np

        places = np.flatnonzero(self.steps == 2 * relation)
        if len(places) > most:
            places = places[np.linspace(0, len(places) - 1, most).astype(np.int64)]
        return list(zip(self._owners[places].tolist(), self.targets[places].tolist(), strict=True))

    def without(self, relations: Collection[int]) -> Network:
        """The same nodes and relations without the facts of some."""
        import numpy as np

        kept = ~np.isin(self.steps // 2, list(relations))
        begin = np.zeros_like(self.begin)
        np.cumsum(np.bincount(self._owners[kept], minlength=len(self.terms)), out=begin[1:])
        return replace(self, begin=begin, steps=self.steps[kept], targets=self.targets[kept])

    def fused(self, nameless: Callable[[int], bool]) -> Network:
        """The same facts, with the steps marked that lead to nodes which only join others.

        Such a node has no name of its own, is said of one thing at most, and says something of others.

        Args:
            nameless: whether a node has no name of its own.
        """
        import numpy as np

        size, steps = len(self.terms), 2 * len(self.relations)
        facts = self.steps // 2 != self.type
        forward = self.steps % 2 == 0
        subject = np.bincount(self._owners[facts & forward], minlength=size) > 0
        said_of = np.bincount(self._owners[facts & ~forward], minlength=size)
        maybe = subject & (said_of <= 1)
        reached = np.bincount(self.steps, minlength=steps)
        likely = np.bincount(self.steps[maybe[self.targets]], minlength=steps) >= np.maximum(1, JOINING * reached)
        found = [s for s in np.flatnonzero(likely).tolist() if s // 2 != self.type and self._joins(s, maybe, nameless)]
        return replace(self, through=frozenset(found))

    def _joins(self, step: int, maybe: Any, nameless: Callable[[int], bool]) -> bool:
        """Whether most of some nodes that a step leads to have no name of their own."""
        nodes = self.sources(step ^ 1)
        nodes = nodes[maybe[nodes]]
        seen = nodes[:: max(1, len(nodes) // JOINED)].tolist()
        return sum(map(nameless, seen)) >= NAMELESS * len(seen)

    def around(self, nodes: Ids) -> list[tuple[int, Ids]]:
        """The steps that lead away from nodes, each with the nodes that it leads to (sorted, each once)."""
        import numpy as np

        places = self.edges_of(nodes)
        size = len(self.terms)
        pairs = np.unique(self.steps[places] * size + self.targets[places])
        found, firsts = np.unique(pairs // size, return_index=True)
        parts = np.split(pairs % size, firsts[1:])
        return [(int(step), part) for step, part in zip(found, parts, strict=True)] if len(found) else []

    def walk(self, nodes: Ids, step: int) -> Ids:
        """The nodes that one step leads to, sorted, each once."""
        import numpy as np

        places = self.edges_of(nodes)
        return np.unique(self.targets[places[self.steps[places] == step]])

    def sources(self, step: int) -> Ids:
        """The nodes that a step leads away from, sorted, each once."""
        import numpy as np

        return np.unique(self._owners[self.steps == step])

    def functionality(self, steps: Sequence[int]) -> float:
        """How far some steps, one behind the other, lead from a node to one other only: 1 is always.

        Source: Galárraga et al., "AMIE", WWW 2013, section 5.3.
        """
        import numpy as np

        counts = [len(self.sources(s)) / max(1, int(np.count_nonzero(self.steps == s))) for s in steps]
        return float(np.prod(counts))

    @cached_property
    def _owners(self) -> Ids:
        """The node of each edge."""
        import numpy as np

        return np.repeat(np.arange(len(self.terms)), np.diff(self.begin))

    def degree(self, nodes: Ids) -> int:
        """How many edges nodes have."""
        return int((self.begin[nodes + 1] - self.begin[nodes]).sum())

    def edges_of(self, nodes: Ids) -> Ids:
        """The places of the edges of nodes."""
        import numpy as np

        first, counts = self.begin[nodes], self.begin[nodes + 1] - self.begin[nodes]
        ends = counts.cumsum()
        total = int(ends[-1]) if len(ends) else 0
        return np.repeat(first - (ends - counts), counts) + np.arange(total)


def edges(facts: Ids, size: int) -> tuple[Ids, Ids, Ids]:
    """Facts (rows of subject, relation, object) as edges of both ends: ``begin``, ``steps``, ``targets``."""
    import numpy as np

    subjects, relations, others = facts.T
    nodes = np.concatenate([subjects, others])
    steps = np.concatenate([2 * relations, 2 * relations + 1])
    targets = np.concatenate([others, subjects])
    order = np.argsort(nodes, kind="stable")
    begin = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(nodes, minlength=size), out=begin[1:])
    return begin, steps[order], targets[order]


def inherited(
    facts: Sequence[int], supers: Mapping[Any, set[Any]], numbers: dict[Any, int], kind: int
) -> dict[tuple[int, int], int]:
    """The classes that nodes have by a subclass of them, beside those that are asserted.

    Args:
        facts: subject, relation and object of each fact, one behind the other.
        supers: the classes right above each.
        numbers: of the terms; classes without one get one.
        kind: the number of rdf:type.
    """
    own = [(s, o) for s, p, o in zip(facts[::3], facts[1::3], facts[2::3], strict=True) if p == kind]
    terms = {n: t for t, n in numbers.items()} if own else {}
    above: dict[int, list[int]] = {}
    for node in sorted({o for _, o in own}):
        seen, waiting = {terms[node]}, [terms[node]]
        while waiting:
            fresh = sorted(supers.get(waiting.pop(), set()) - seen, key=str)
            seen |= set(fresh)
            waiting += fresh
        above[node] = [numbers.setdefault(t, len(numbers)) for t in sorted(seen - {terms[node]}, key=str)]
    asserted = set(own)
    found: dict[tuple[int, int], int] = {}
    for subject, other in own:
        for kind_above in above[other]:
            if (subject, kind_above) not in asserted:
                found.setdefault((subject, kind_above), other)
    return found
