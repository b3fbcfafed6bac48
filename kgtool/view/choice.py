"""Which part of a graph is shown: the neighbourhood of an entity, or the entities with the most facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kgtool.store.edges import Edges

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.signedinteger[Any]]

Shown = tuple[int, int, int]
"""A fact between two nodes: numbers of subject, relation and object."""


@dataclass(frozen=True)
class Choice:
    """Nodes (numbers, in order) and the facts between them, and of how many each is a choice."""

    nodes: tuple[int, ...]
    facts: tuple[Shown, ...]
    of_nodes: int
    of_facts: int


def neighbourhood(edges: Edges, iri: str, hops: int, top: int) -> Choice:
    """A node with what is at most so many facts away from it: the nearest first, then those with the most facts.

    Args:
        edges: of the graph.
        iri: of the node; without any fact to another node it stands alone.
        hops: facts at most on the way.
        top: nodes at most.
    """
    import numpy as np

    if iri not in edges.number:
        return Choice((), (), 0, 0)
    distance = np.full(len(edges.nodes), -1, dtype=np.int32)
    ahead = np.zeros(len(edges.nodes))
    ahead[edges.number[iri]] = 1
    distance[edges.number[iri]] = 0
    for hop in range(1, hops + 1):
        ahead = np.where(distance < 0, edges.adjacency @ ahead, 0)
        distance[ahead > 0] = hop
    near = np.flatnonzero(distance >= 0)
    order = near[np.lexsort((near, -facts_at(edges)[near], distance[near]))]
    return between(edges, order[:top], len(near))


def best(edges: Edges, top: int) -> Choice:
    """The nodes with the most facts, but for those that have none with another one of them."""
    import numpy as np

    order = np.lexsort((np.arange(len(edges.nodes)), -facts_at(edges)))[:top]
    found = between(edges, order, len(edges.nodes))
    linked = {end for head, _, tail in found.facts if head != tail for end in (head, tail)}
    return between(edges, np.array(sorted(linked), dtype=np.int32), len(edges.nodes)) if linked else found


def facts_at(edges: Edges) -> Numbers:
    """How many facts between nodes each node has."""
    import numpy as np

    count = len(edges.nodes)
    return np.bincount(edges.head, minlength=count) + np.bincount(edges.tail, minlength=count)


def between(edges: Edges, nodes: Numbers, of_nodes: int) -> Choice:
    """Some nodes with the facts between them."""
    import numpy as np

    inside = np.zeros(len(edges.nodes), dtype=bool)
    inside[nodes] = True
    chosen = np.flatnonzero(inside[edges.head] & inside[edges.tail])
    rows = zip(*(column[chosen].tolist() for column in (edges.head, edges.relation, edges.tail)), strict=True)
    return Choice(tuple(sorted(map(int, nodes))), tuple(rows), of_nodes, len(edges.head))
