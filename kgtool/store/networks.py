"""The facts as a networkx graph."""

from __future__ import annotations

from typing import Any

from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.property_graphs import PropertyGraph


def as_networkx(store: OxigraphStore) -> Any:
    """A ``networkx.MultiDiGraph`` of the default graph.

    Nodes are IRIs, or the text of literals in N-Triples form; labels, aliases and classes are node attributes
    ``label``, ``aliases`` and ``types``. Each fact is an edge with the relation's IRI as key and its ``label``.
    """
    import networkx as nx

    made = PropertyGraph(store)
    graph = nx.MultiDiGraph()
    for node in made.nodes:
        found = {"types": node.types, "aliases": node.aliases, "label": node.labels[0] if node.labels else ""}
        graph.add_node(node.id, **{name: value for name, value in found.items() if value})
    for edge in made.edges():
        graph.add_edge(edge.source, edge.target, key=edge.relation, label=edge.label)
    return graph
