"""Figures of a whole graph, against networkx, and the edges they are made of."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pyoxigraph as ox
import pytest

from kgtool.store import edges as files
from kgtool.store import statistics
from kgtool.store.edges import Edges
from kgtool.store.oxigraph import OxigraphStore

BASE = "https://invented.example/"


def store_of(triples: list[tuple[str, str, str]]) -> OxigraphStore:
    store = OxigraphStore()
    store.load(ox.Quad(*(ox.NamedNode(BASE + part) for part in t), ox.DefaultGraph()) for t in triples)
    return store


def invented(nodes: int = 40, facts: int = 90, seed: int = 1) -> list[tuple[str, str, str]]:
    rng = random.Random(seed)
    names = [f"n{i:03}" for i in range(nodes)]
    return [(rng.choice(names), f"r{rng.randrange(3)}", rng.choice(names)) for _ in range(facts)]


def networks(triples: list[tuple[str, str, str]]) -> tuple[Any, Any]:
    """The same graph in networkx: with directions and parallels, and without."""
    directed = nx.MultiDiGraph((BASE + s, BASE + o, p) for s, p, o in sorted(set(triples)))
    simple = nx.Graph(directed.to_undirected())
    simple.remove_edges_from(list(nx.selfloop_edges(simple)))
    return directed, simple


@pytest.mark.parametrize("seed", range(5))
def test_figures_are_those_of_networkx(seed: int) -> None:
    triples = invented(seed=seed)
    found, (directed, simple) = Edges.of(store_of(triples)), networks(triples)
    incoming, outgoing = statistics.degrees(found)
    assert dict(zip(found.nodes, map(int, incoming), strict=True)) == dict(directed.in_degree())
    assert dict(zip(found.nodes, map(int, outgoing), strict=True)) == dict(directed.out_degree())
    assert statistics.component_sizes(found) == sorted(map(len, nx.connected_components(simple)), reverse=True)
    weighted = nx.DiGraph()
    for s, o in directed.edges():
        weighted.add_edge(s, o, weight=weighted.get_edge_data(s, o, {"weight": 0})["weight"] + 1)
    ranks, between = nx.pagerank(weighted, tol=1e-10, max_iter=500), nx.betweenness_centrality(simple)
    assert np.allclose(statistics.pagerank(found), [ranks[n] for n in found.nodes], atol=1e-6)
    figures, pivots = statistics.betweenness(found.adjacency, 0)
    assert np.allclose(figures, [between[n] for n in found.nodes]) and pivots == len(found.nodes)


def test_a_sample_of_sources_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Edges.of(store_of(invented(300, 900)))
    exact, _ = statistics.betweenness(found.adjacency, 0)
    monkeypatch.setattr(statistics, "EXACT", 10)
    sampled, pivots = statistics.betweenness(found.adjacency, 0)
    assert pivots == statistics.PIVOTS and np.corrcoef(exact, sampled)[0, 1] > 0.8
    assert (sampled == statistics.betweenness(found.adjacency, 0)[0]).all()


def test_the_profile_of_a_relation() -> None:
    store = store_of([("a", "near", "b"), ("b", "near", "a"), ("a", "near", "c"), ("a", "near", "a")])
    store.load([ox.Quad(ox.NamedNode(BASE + "c"), ox.NamedNode(BASE + "near"), ox.Literal("1"), ox.DefaultGraph())])
    (row,) = statistics.profile(Edges.of(store))
    assert row == {
        "iri": f"{BASE}near", "facts": 5, "values": 1, "subjects": 3, "objects": 3, "functional": 0.666667,
        "symmetric": 0.666667,
    }  # fmt: skip


@pytest.mark.parametrize("search", [statistics.leiden, statistics.louvain])
def test_communities(search: Any) -> None:
    if search is statistics.leiden:
        pytest.importorskip("igraph", reason="the extra leiden is not installed")
    cliques = [(f"{c}{i}", "r", f"{c}{j}") for c in "abc" for i in range(6) for j in range(i)]
    found = Edges.of(store_of([*cliques, ("a0", "r", "b0"), ("b1", "r", "c1")]))
    method, group, modularity = search(found.adjacency, 0)
    assert method == search.__name__ and modularity > 0.5
    assert len({tuple(group[i : i + 6]) for i in (0, 6, 12)}) == 3 and len(set(group)) == 3
    assert (search(found.adjacency, 0)[1] == group).all()
    (first, *_) = statistics.communities(found, 2, 0)["largest"]  # type: ignore[index]
    assert first == {"size": 6, "members": [f"{BASE}a0", f"{BASE}a1", f"{BASE}a2"]}


@pytest.mark.parametrize("triples", [[], [("a", "r", "a")]])
def test_hardly_a_graph(triples: list[tuple[str, str, str]]) -> None:
    found = statistics.describe(Edges.of(store_of(triples)), top=5, seed=0)
    assert (found["nodes"], found["edges"], found["communities"]) == (len(triples), len(triples), None)


def test_names_classes_and_properties_are_no_facts(demo: Path) -> None:
    from kgtool.layout import Layout

    manifest, found = Layout(demo).published(), Layout(demo).open_edges()
    assert (len(found.nodes), len(found.relations)) == (manifest.entities, manifest.relations)
    assert len(found.head) + len(found.owner) == manifest.triples


def test_edges_are_kept_and_made_again_where_they_cannot_be_read(tmp_path: Path) -> None:
    store, file = store_of(invented()), tmp_path / files.FILE
    first = Edges.open(tmp_path, store)
    kept = file.read_bytes()
    for damage in (b"", kept[:200], kept):
        file.write_bytes(damage)
        again = Edges.open(tmp_path, store)
        assert (again.nodes, again.relations) == (first.nodes, first.relations)
        assert all((getattr(again, c) == getattr(first, c)).all() for c in files.COLUMNS)
    assert file.read_bytes() == kept and len(list(tmp_path.iterdir())) == 1
    assert Edges.open(tmp_path / "absent", store).nodes == first.nodes


def test_the_order_of_facts_makes_no_difference() -> None:
    triples = invented()
    first = statistics.describe(Edges.of(store_of(triples)), top=5, seed=0)
    assert statistics.describe(Edges.of(store_of(triples[::-1])), top=5, seed=0) == first
