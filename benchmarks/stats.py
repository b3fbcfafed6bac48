"""What ``kgtool stats``, ``search`` and ``viz`` cost on a large graph, beside networkx.

usage: python benchmarks/stats.py [NODES] [FACTS]

The graph is invented (seed 1): labels of two words out of 20,000 and a number, and facts whose ends are drawn so that
few nodes have many. At most 100,000 of its facts are given to networkx, and the ratio is told for these. Prints
Markdown.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import pyoxigraph as ox

from kgtool.store import statistics, textindex
from kgtool.store.edges import Edges
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.textindex import TextIndex
from kgtool.store.vocabulary import Namespaces
from kgtool.view import choice, page

SPACE = Namespaces("https://invented.example/")
LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
RELATIONS = 30
COMPARED = 100_000


def invented(nodes: int, facts: int) -> Iterator[ox.Quad]:
    """Labels and facts."""
    rng = random.Random(1)
    syllables = [c + v for c in "bcdfghklmnprstvw" for v in "aeiou"]
    words = ["".join(rng.choices(syllables, k=rng.randint(2, 4))).capitalize() for _ in range(20_000)]
    for i in range(nodes):
        name = ox.Literal(f"{rng.choice(words)} {rng.choice(words)} {i % 97}", language="en")
        yield ox.Quad(ox.NamedNode(SPACE.entity(f"E{i}")), LABEL, name, ox.DefaultGraph())
    for _ in range(facts):
        head, tail = int(nodes * rng.random() ** 2), int(nodes * rng.random() ** 3)
        relation = SPACE.relation(f"r{int(RELATIONS * rng.random() ** 2)}")
        ends = ox.NamedNode(SPACE.entity(f"E{head}")), ox.NamedNode(SPACE.entity(f"E{tail}"))
        yield ox.Quad(ends[0], ox.NamedNode(relation), ends[1], ox.DefaultGraph())


def timed(what: str, work: Callable[[], Any]) -> Any:
    """The result of some work; its CPU seconds are printed as a row."""
    begin = time.process_time()
    found = work()
    print(f"| {what} | {time.process_time() - begin:.3f} |", flush=True)
    return found


def compared(what: str, own: Callable[[], Any], other: Callable[[], Any]) -> None:
    """Print the CPU seconds of two ways, and how many times the second takes."""
    spent = []
    for work in (own, other):
        begin = time.process_time()
        work()
        spent.append(time.process_time() - begin)
    print(f"| {what} | {spent[0]:.3f} | {spent[1]:.2f} | {spent[1] / max(spent[0], 1e-3):.0f} |", flush=True)


def part(edges: Edges, facts: int) -> Edges:
    """The first facts of a graph."""
    chosen = random.Random(1).sample(range(len(edges.head)), min(facts, len(edges.head)))
    chosen.sort()
    columns = {key: getattr(edges, key)[chosen] for key in ("head", "relation", "tail")}
    return Edges(edges.nodes, edges.relations, owner=edges.owner[:0], said=edges.said[:0], **columns)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nodes", type=int, nargs="?", default=200_000)
    parser.add_argument("facts", type=int, nargs="?", default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("| what | CPU s |\n|---|---|")
        store = OxigraphStore.create(folder / "graph", SPACE)
        timed("load into Oxigraph, to compare with", lambda: store.load(invented(given.nodes, given.facts)))
        timed("text index, whole", lambda: textindex.fill(folder / "text.db", store))
        few = [SPACE.entity(f"E{i}") for i in range(50)]
        timed("text index, 50 nodes more", lambda: textindex.grow(folder / "b.db", folder / "text.db", store, few))
        index = TextIndex(textindex.reading(folder / "text.db"))
        label = index.prefix("b", 1)[0].text
        timed("search, a label", lambda: index.search(label))
        timed("search, a label misspelt", lambda: index.search(label[:-1] + "qx"))
        timed("edges out of the graph, once a revision", lambda: Edges.open(folder, store))
        edges = timed("edges, kept", lambda: Edges.open(folder, store))
        timed("components", lambda: statistics.component_sizes(edges))
        timed("PageRank", lambda: statistics.pagerank(edges))
        timed(f"betweenness, {statistics.PIVOTS} sources", lambda: statistics.betweenness(edges.adjacency, 0))
        timed("communities (Leiden)", lambda: statistics.communities(edges, 10, 0))
        timed("relations", lambda: statistics.profile(edges))
        timed("a page of 100 nodes", lambda: page.page(store, edges, choice.best(edges, 100), "Invented"))
        small = part(edges, COMPARED)
        print(f"\n| {len(small.head):,} facts | here, CPU s | networkx, CPU s | times |\n|---|---|---|---|")
        graph = nx.MultiDiGraph()
        pairs = list(zip(small.head.tolist(), small.tail.tolist(), strict=True))
        compared("graph in memory", lambda: small.adjacency, lambda: graph.add_edges_from(pairs))
        simple = nx.DiGraph(graph)
        compared("components", lambda: statistics.component_sizes(small),
                 lambda: list(nx.weakly_connected_components(simple)))  # fmt: skip
        compared("PageRank", lambda: statistics.pagerank(small), lambda: nx.pagerank(simple))
        both = simple.to_undirected()
        compared(f"betweenness, {statistics.PIVOTS} sources", lambda: statistics.betweenness(small.adjacency, 0),
                 lambda: nx.betweenness_centrality(both, k=statistics.PIVOTS, seed=0))  # fmt: skip


if __name__ == "__main__":
    main()
