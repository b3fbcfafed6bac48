"""Single hops through the Store port: what a beam over entities asks of a graph, here or behind an endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from kgtool.model import Step
from kgtool.ports import Store
from kgtool.reason.linking import is_iri
from kgtool.reason.network import TYPE, is_annotation
from kgtool.store.labels import labels

RELATIONS = """
SELECT ?node ?relation ?forward (COUNT(*) AS ?count) WHERE {
  VALUES ?node { %s }
  { ?node ?relation ?other BIND(true AS ?forward) } UNION { ?other ?relation ?node BIND(false AS ?forward) }
  FILTER(!isBlank(?other))
} GROUP BY ?node ?relation ?forward
"""
TARGETS = "SELECT DISTINCT ?other WHERE { %s FILTER(!isBlank(?other)) }"
SAMPLED = TARGETS + ' ORDER BY MD5(CONCAT("%d ", STR(?other))) STR(?other) LIMIT %d'


@dataclass(frozen=True)
class Fact:
    """A triple by its terms, and whether it was walked from subject to object."""

    subject: Any
    relation: str
    object: Any
    forward: bool

    @property
    def ends(self) -> tuple[Any, Any]:
        """Where the hop begins and ends."""
        return (self.subject, self.object) if self.forward else (self.object, self.subject)


@dataclass
class Hops:
    """The hops of a graph, with the names of what they join; names are asked for once.

    Args:
        store: the graph.
        seed: of the samples of large sets.
    """

    store: Store
    seed: int = 0
    names: dict[str, str] = field(default_factory=dict)

    def relations(self, nodes: Iterable[Any], *, first: bool) -> dict[Any, list[tuple[Step, int]]]:
        """The steps that lead away from nodes, each with how many nodes it leads to; one query.

        Annotations are no hops. rdf:type leads from a class to what it has, in a first hop only. Blank nodes cannot be
        named in a query, so nothing leads to them.
        """
        wanted = sorted({str(n) for n in nodes if not is_blank(n)})
        found: dict[Any, list[tuple[Step, int]]] = {}
        if not wanted:
            return found
        for node, relation, forward, count in self.store.query(RELATIONS % " ".join(wanted)).rows():
            step = Step(relation.value, forward.value in {"true", "1"})
            if not is_annotation(step.relation) and (step.relation != TYPE or (first and not step.forward)):
                found.setdefault(node, []).append((step, int(count.value)))
        self.learn(step.relation for each in found.values() for step, _ in each)
        return {node: sorted(each) for node, each in found.items()}

    def targets(self, node: Any, step: Step, limit: int = 0) -> list[Any]:
        """The nodes that a step leads to, each once; of more than ``limit`` (0: all) a sample.

        The sample depends on seed and nodes alone, never on the order in which the store has them.
        """
        hop = pattern(node, step, "?other")
        query = SAMPLED % (hop, self.seed, limit) if limit else TARGETS % hop
        found = [row[0] for row in self.store.query(query).rows()]
        self.learn(term.value for term in found if is_iri(term))
        return found

    def learn(self, iris: Iterable[str]) -> None:
        """Ask for the names of IRIs that are not known yet."""
        if new := {iri for iri in iris if iri not in self.names}:
            self.names |= labels(self.store, new)

    def name(self, term: Any) -> str:
        """What a node is called: its label, the end of its IRI, or a literal's text."""
        if not is_iri(term):
            return str(term.value)
        self.learn([term.value])
        return self.names[term.value]

    def label(self, relation: str) -> str:
        """What a relation is called."""
        self.learn([relation])
        return self.names[relation]


def pattern(node: Any, step: Step, other: str) -> str:
    """A hop as a triple pattern."""
    return f"{node} <{step.relation}> {other} ." if step.forward else f"{other} <{step.relation}> {node} ."


def fact(node: Any, step: Step, other: Any) -> Fact:
    """A hop as the triple that it walks, in the triple's own direction."""
    return Fact(node, step.relation, other, True) if step.forward else Fact(other, step.relation, node, False)


def is_blank(term: Any) -> bool:
    """Whether a term is a blank node."""
    return type(term).__name__ == "BlankNode"


def facts(paths: Sequence[Sequence[Fact]]) -> list[Fact]:
    """The facts of paths in their order, each once."""
    return list(dict.fromkeys(f for path in paths for f in path))
