"""What twelve queries cost through kgtool's query layer, through the bare engine, and in rdflib.

usage: python benchmarks/queries.py [TRIPLES] [--runs N]

The graph is that of import_.py, in a store made by ``kgtool import``. Each query is asked of both by turns, all rows
are read, and the least CPU time (all threads) of the runs counts; rdflib has its graph in memory and is asked twice.
All three must give as many rows. Then a point lookup as a process of its own, from start to end. Prints Markdown.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import rdflib
from import_ import best, invent

import kgtool

HEAD = "PREFIX p: <http://data.example/p/> PREFIX t: <http://data.example/thing/>\n"
QUERIES = {
    "point: all about one thing": "SELECT ?p ?o { t:352 ?p ?o }",
    "point, backwards": "SELECT ?s ?p { ?s ?p t:352 }",
    "is there a fact": "ASK { t:352 ?p ?x . ?x ?q ?y }",
    "join of 2": "SELECT ?a ?c { ?a p:x1 ?b . ?b p:x2 ?c }",
    "join of 3": "SELECT (COUNT(*) AS ?n) { ?a p:x1 ?b . ?b ?q ?c . ?c ?r ?d }",
    "join, star of 3": "SELECT ?a { ?a p:x1 ?b ; ?q ?c . ?a p:x2 ?d }",
    "aggregate: facts of each relation": "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) ?p",
    "aggregate: the best connected": "SELECT ?o (COUNT(?s) AS ?n) { ?s ?p ?o FILTER(isIRI(?o)) } GROUP BY ?o "
    "HAVING(COUNT(?s) > 8) ORDER BY DESC(?n) ?o LIMIT 10",
    "aggregate: distinct things": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
    "optional, and what is absent": "SELECT ?a ?x { ?a p:x1 ?b OPTIONAL { ?b p:x3 ?x } "
    "FILTER NOT EXISTS { ?a p:x4 ?y } }",
    "a rare text": 'SELECT ?s ?o { ?s ?p ?o FILTER(CONTAINS(STR(?o), "value 43824 ")) }',
    "construct": "CONSTRUCT { ?a p:near ?c } WHERE { ?a p:x5 ?b . ?b p:x6 ?c }",
}
FAMILIES = ("join", "aggregate")
"""Beginnings of names; each of these families is summed up as well."""


def least(runs: int, *calls: Callable[[], int]) -> list[tuple[float, int]]:
    """The least CPU milliseconds of each call, and what it gave, over runs by turns."""
    found = [(float("inf"), 0)] * len(calls)
    for _ in range(runs):
        for place, call in enumerate(calls):
            begin = time.process_time()
            rows = call()
            found[place] = min(found[place], (1000 * (time.process_time() - begin), rows))
    return found


def bare(store: ox.Store, query: str) -> int:
    """The number of rows that the engine gives, each read as a tuple."""
    results = store.query(query)
    if isinstance(results, ox.QueryBoolean):
        return int(bool(results))
    if isinstance(results, ox.QueryTriples):
        return sum(1 for row in results if (row.subject, row.predicate, row.object))
    return sum(1 for row in map(tuple, results) if row)


def layered(graph: kgtool.KnowledgeGraph, query: str) -> int:
    """The number of rows that kgtool gives."""
    results = graph.query(query)
    return int(results.boolean()) if results.kind == "ask" else sum(1 for row in results.rows() if row)


def in_rdflib(graph: rdflib.Graph, query: str) -> int:
    """The number of rows that rdflib gives."""
    results = graph.query(query)
    return int(bool(results.askAnswer)) if results.type == "ASK" else sum(1 for _ in results)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("triples", type=int, nargs="?", default=100_000)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--no-rdflib", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data, place = Path(folder, "data.nt"), Path(folder, "kg")
        invent(data, given.triples)
        graph = kgtool.open(place)
        graph.import_(data)
        revision, _ = graph.layout.open_revision()
        raw = ox.Store.read_only(str(revision))
        other = rdflib.Graph()
        if not given.no_rdflib:
            other.parse(data, format="nt")
        print(f"{given.triples:,} triples, {given.runs} runs\n")
        print("| query | rows | pyoxigraph, CPU ms | kgtool, CPU ms | of pyoxigraph's | rdflib, CPU ms | of kgtool's |")
        print("|---|---|---|---|---|---|---|")
        wrong = []
        sums: defaultdict[str, list[tuple[float, float, float]]] = defaultdict(list)
        for name, text in QUERIES.items():
            query = HEAD + text
            (engine, rows), (layer, again) = least(
                given.runs, lambda q=query: bare(raw, q), lambda q=query: layered(graph, q)
            )
            if rows != again:
                wrong.append(f"{name}: {rows} rows, {again} through kgtool")
            cells = [name, f"{rows:,}", f"{engine:.2f}", f"{layer:.2f}", f"{layer / engine:.2f}"]
            if not given.no_rdflib:
                ((slow, third),) = least(2, lambda q=query: in_rdflib(other, q))
                cells += [f"{slow:.1f}", f"{slow / layer:.0f}"]
                if third != rows:
                    wrong.append(f"{name}: {third} rows in rdflib")
                sums[name.split(":")[0].split()[0].rstrip(",")].append((engine, layer, slow))
            print(f"| {' | '.join(cells)} |", flush=True)
        for family in FAMILIES if sums else ():
            engine, layer, slow = map(sum, zip(*sums[family], strict=True))
            cells = [f"**all of {family}**", "", f"{engine:.2f}", f"{layer:.2f}", f"{layer / engine:.2f}"]
            print(f"| {' | '.join([*cells, f'{slow:.1f}', f'{slow / layer:.0f}'])} |")
        lookup = best(
            given.runs, "-m", "kgtool", "query", HEAD + QUERIES["point: all about one thing"], "-s", str(place)
        )
        start = best(given.runs, "-c", "import typer, rich.console")
        print(f"\nA point lookup as a process of its own: {lookup.cpu:.3f} s of CPU", end="")
        print(f" (importing typer and rich: {start.cpu:.3f} s).")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
