"""One hop: the relations around a set of nodes, with what they lead to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from kgtool.model import Step
from kgtool.ports import Store
from kgtool.store.vocabulary import DCTERMS, PROV, RDF, RDFS, SKOS
from kgtool.words import stem, words

ANNOTATIONS = (RDF, RDFS, SKOS, DCTERMS, PROV, "http://www.w3.org/2002/07/owl#")
"""Namespaces whose properties describe a node and lead nowhere."""

AROUND = """
SELECT ?node ?relation ?forward ?other WHERE {
  VALUES ?node { %s }
  { ?node ?relation ?other BIND(true AS ?forward) } UNION { ?other ?relation ?node BIND(false AS ?forward) }
}
"""
BATCH = 500
"""Nodes per query."""

TRUE = frozenset({"true", "1"})
"""Both are written for the truth value; Virtuoso answers with the number."""


def is_annotation(relation: str) -> bool:
    """Whether a property is no hop."""
    return relation.startswith(ANNOTATIONS)


def around(store: Store, nodes: Iterable[Any]) -> dict[Step, dict[Any, list[Any]]]:
    """The steps that lead away from nodes, with the targets of each node; one query per 500 nodes.

    Args:
        store: the graph.
        nodes: terms; literals lead nowhere.
    """
    found: dict[Step, dict[Any, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for batch in batches([n for n in nodes if is_iri(n)], BATCH):
        query = AROUND % " ".join(str(n) for n in batch)
        for node, relation, forward, other in store.query(query).rows():
            if not is_annotation(relation.value):
                found[Step(relation.value, forward.value in TRUE)][node].append(other)
    return found


def batches(items: Sequence[Any], size: int) -> Iterator[list[Any]]:
    """Lists of at most ``size`` items."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def is_iri(term: Any) -> bool:
    """Whether a term can be the subject of a hop (and be written into VALUES)."""
    return type(term).__name__ == "NamedNode"


RELATIONS = "SELECT ?relation (COUNT(*) AS ?n) WHERE { ?s ?relation ?o } GROUP BY ?relation"
LABELLED = """
SELECT ?relation ?kind ?name WHERE {
  { SELECT DISTINCT ?relation { ?s ?relation ?o } }
  VALUES ?kind { rdfs:label skos:altLabel }
  ?relation ?kind ?name
}
"""


class Card:
    """The schema card: what the relations of a graph are called and how often they occur."""

    def __init__(self, store: Store) -> None:
        self.names: dict[str, list[str]] = defaultdict(list)
        self.labels: dict[str, str] = {}
        self.count: dict[str, int] = {}
        for relation, n in store.query(RELATIONS).rows():
            if not is_annotation(relation.value):
                self.count[relation.value] = int(n.value)
        for relation, kind, name in sorted(store.query(LABELLED).rows(), key=str):
            if relation.value in self.count:
                self.names[relation.value].append(name.value)
                if kind.value == RDFS + "label":
                    self.labels.setdefault(relation.value, name.value)
        self.stems = {r: self._stems(r) for r in self.count}

    def label(self, relation: str) -> str:
        """A relation's label; the last part of its IRI where it has none."""
        return self.labels.get(relation) or local_name(relation)

    def _stems(self, relation: str) -> frozenset[str]:
        texts = [*sorted(self.names.get(relation, [])), local_name(relation)]
        return frozenset(stem(w) for t in texts for w in words(t))


def local_name(iri: str) -> str:
    """The last part of an IRI in words."""
    from urllib.parse import unquote

    name = unquote(iri.rstrip("/#").rsplit("/", 1)[-1].rsplit("#", 1)[-1])
    spaced = "".join(f" {c.lower()}" if c.isupper() and i and name[i - 1].islower() else c for i, c in enumerate(name))
    return spaced.replace("_", " ").split("~")[0].strip()
