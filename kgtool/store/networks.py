"""The facts as a networkx graph."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox

from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import RDF, RDFS, SKOS


def as_networkx(store: OxigraphStore) -> Any:
    """A ``networkx.MultiDiGraph`` of the default graph.

    Nodes are IRIs, or the text of literals in N-Triples form; labels, aliases and classes are node attributes
    ``label``, ``aliases`` and ``types``. Each fact is an edge with the relation's IRI as key and its ``label``.
    """
    import networkx as nx

    graph = nx.MultiDiGraph()
    names: dict[str, str] = {}
    facts = []
    for quad in sorted(store.raw.quads_for_pattern(None, None, None, ox.DefaultGraph()), key=str):
        subject, predicate, other = name_of(quad.subject), quad.predicate.value, quad.object
        if predicate == RDFS + "label":
            names[subject] = name_of(other)
        elif predicate in {SKOS + "altLabel", RDF + "type"}:
            key = "aliases" if predicate.endswith("altLabel") else "types"
            graph.add_node(subject)
            graph.nodes[subject].setdefault(key, []).append(name_of(other))
        else:
            facts.append((subject, predicate, other))
    for subject, predicate, other in facts:
        target = str(other) if isinstance(other, ox.Literal) else name_of(other)
        graph.add_edge(subject, target, key=predicate, label=names.get(predicate, predicate))
    relations = {p for _, p, _ in facts}
    graph.remove_nodes_from([n for n in graph if n in relations and not graph.degree(n)])
    for node in graph:
        if node in names:
            graph.nodes[node]["label"] = names[node]
    return graph


def name_of(term: Any) -> str:
    """A term's IRI or text."""
    return str(getattr(term, "value", term))
