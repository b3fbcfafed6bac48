"""The W3C test suites of SPARQL 1.0, 1.1 and 1.2, through the project's own query layer.

``W3C_SPARQL`` names the folder that holds ``sparql10``, ``sparql11`` and ``sparql12`` of https://github.com/w3c/rdf-tests
(W3C test suite licence). What is known to fail is listed in ``w3c_known_failures.txt``, each with its reason.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from kgtool.errors import QueryError, UnknownFunctionError
from kgtool.store.oxigraph import OxigraphResults, OxigraphStore
from kgtool.store.vocabulary import RDF, Namespaces

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
GIVEN = os.environ.get("W3C_SPARQL", "")
FOLDER = Path(GIVEN).resolve() if GIVEN else Path()
KNOWN = Path(__file__).with_name("w3c_known_failures.txt")
SUITES = ("sparql10", "sparql11", "sparql12")
APART = (
    "entailment",
    "syntax-fed",
    "service",
    "protocol",
    "service-description",
    "graph-store-protocol",
    "http-rdf-update",
)
"""Folders of the suites that are not about queries to a store: entailment regimes, and other servers."""
MANIFEST = f"""
PREFIX mf: <{MF}> PREFIX qt: <http://www.w3.org/2001/sw/DataAccess/tests/test-query#>
SELECT ?test ?kind ?query ?direct ?result ?data ?named WHERE {{
  ?test a ?kind ; mf:action ?action
  OPTIONAL {{ ?action qt:query ?query }}
  BIND(?action AS ?direct)
  OPTIONAL {{ ?test mf:result ?result }}
  OPTIONAL {{ ?action qt:data ?data }}
  OPTIONAL {{ ?action qt:graphData ?named }}
}}
"""
EVALUATION = ("QueryEvaluationTest", "CSVResultFormatTest")
WRONG = ("NegativeSyntaxTest", "NegativeSyntaxTest11")
RIGHT = ("PositiveSyntaxTest", "PositiveSyntaxTest11")
PREFIXES = dict.fromkeys(Namespaces("https://kgtool.example/").prefixes())
DATASETS = {"nq", "trig"}


@dataclass(frozen=True)
class Case:
    """A test of a manifest; its files."""

    name: str
    kind: str
    query: Path
    result: Path | None
    data: tuple[Path, ...]
    named: tuple[Path, ...]

    @property
    def suite(self) -> str:
        """The version of SPARQL that it is about."""
        return self.name.partition("/")[0]


def local(iri: Any) -> Path:
    """The file that an IRI below the folder names."""
    return Path(iri.value.removeprefix("file://"))


@cache
def cases() -> tuple[Case, ...]:
    """Every test of the suites that is about queries, in alphabetical order."""
    found = [case for suite in SUITES for file in (FOLDER / suite).glob("*/manifest.ttl") for case in of(suite, file)]
    return tuple(sorted(found, key=lambda case: case.name))


def of(suite: str, file: Path) -> Iterator[Case]:
    """The tests of one manifest."""
    if file.parent.name in APART:
        return
    store = ox.Store()
    store.load(path=file, base_iri=file.as_uri())
    rows: dict[str, list[Any]] = {}
    for row in store.query(MANIFEST):
        if row["kind"].value.startswith(MF):
            rows.setdefault(row["test"].value, []).append(row)
    for test, several in rows.items():
        first = several[0]
        kind = first["kind"].value.removeprefix(MF)
        if kind not in (*EVALUATION, *WRONG, *RIGHT):
            continue
        yield Case(
            f"{suite}/{file.parent.name}/{test.rpartition('#')[2].rpartition('/')[2]}", kind,
            local(first["query"] or first["direct"]), local(first["result"]) if first["result"] else None,
            tuple(sorted({local(r["data"]) for r in several if r["data"]})),
            tuple(sorted({local(r["named"]) for r in several if r["named"]})),
        )  # fmt: skip


def known() -> dict[str, str]:
    """The reasons of what is known to fail, by name."""
    lines = (
        line.partition("\t") for line in KNOWN.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    )
    return {name: reason for name, _, reason in lines}


def parameters() -> list[Any]:
    """The tests, each marked where it is known to fail."""
    reasons = known()
    if not FOLDER.name or not FOLDER.is_dir():
        return [pytest.param(None, marks=pytest.mark.skip(reason="W3C_SPARQL does not name the W3C suites"), id="none")]
    return [
        pytest.param(c, id=c.name, marks=[pytest.mark.xfail(reason=reasons[c.name])] if c.name in reasons else [])
        for c in cases()
    ]


def asked(case: Case, store: OxigraphStore) -> OxigraphResults:
    """The query's results; relative IRIs are relative to its file."""
    text = case.query.read_bytes().decode()
    return store.query(f"BASE <{case.query.as_uri()}> {text}")


def store_of(case: Case) -> OxigraphStore:
    """The data of a test, and of the graphs that its query names by FROM."""
    store = OxigraphStore()
    for file in case.data:
        store.raw.load(path=file, base_iri=file.as_uri(), lenient=True)
    for file in case.named or near(case):
        graph = ox.NamedNode(file.as_uri())
        store.raw.load(path=file, base_iri=file.as_uri(), to_graph=graph, lenient=True)
    return store


def near(case: Case) -> list[Path]:
    """The data beside a query that names its own dataset."""
    text = case.query.read_bytes().decode()
    return [f for f in sorted(case.query.parent.glob("*.ttl")) if "FROM" in text.upper() and f.name in text]


def expected(case: Case) -> tuple[str, list[dict[str, Any]]]:
    """Kind and content of the result that is right: rows by variable (``#`` is their place, where that counts)."""
    file = case.result
    assert file is not None
    ending = file.suffix[1:]
    formats = {"srx": ox.QueryResultsFormat.XML, "srj": ox.QueryResultsFormat.JSON, "tsv": ox.QueryResultsFormat.TSV}
    if ending in formats:
        results = ox.parse_query_results(file.read_bytes(), format=formats[ending])
        return content(OxigraphResults(results))
    triples = {q.triple for q in ox.parse(path=file, base_iri=file.as_uri(), lenient=True)}
    if any(t.object == ox.NamedNode(RS + "ResultSet") for t in triples):
        return rows_of(triples)
    return "graph", [{"s": t.subject, "p": t.predicate, "o": t.object} for t in triples]


def rows_of(triples: set[ox.Triple]) -> tuple[str, list[dict[str, Any]]]:
    """A result that is written in the vocabulary of result sets."""
    values: dict[Any, dict[str, list[Any]]] = {}
    for t in triples:
        values.setdefault(t.subject, {}).setdefault(t.predicate.value.removeprefix(RS), []).append(t.object)
    for said in values.values():
        if "boolean" in said:
            return "ask", [{"": said["boolean"][0]}]
    rows = []
    for solution in [s for said in values.values() for s in said.get("solution", [])]:
        row = {
            values[b]["variable"][0].value: values[b]["value"][0] for b in values.get(solution, {}).get("binding", [])
        }
        if index := values.get(solution, {}).get("index"):
            row["#"] = ox.Literal(index[0].value)
        rows.append(row)
    return "select", rows


def content(results: OxigraphResults) -> tuple[str, list[dict[str, Any]]]:
    """Kind and content of results."""
    if results.kind == "ask":
        return "ask", [{"": ox.Literal(results.boolean())}]
    names = results.variables or ("s", "p", "o")
    rows = [{n: t for n, t in zip(names, row, strict=False) if t is not None} for row in results.rows()]
    return results.kind, rows


def canonical(kind: str, rows: list[dict[str, Any]]) -> set[str]:
    """Rows, or triples, with blank nodes named by what they are."""
    data = ox.Dataset()
    for row in rows:
        if kind == "graph":
            data.add(ox.Quad(row["s"], row["p"], normal(row["o"])))
            continue
        node = ox.BlankNode()
        data.add(ox.Quad(node, ox.NamedNode(RDF + "type"), ox.NamedNode(RS + "Solution")))
        for name, value in row.items():
            data.add(ox.Quad(node, ox.NamedNode(f"urn:variable:{name}"), normal(value)))
    data.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {str(q) for q in data}


def normal(term: Any) -> Any:
    """A term as the engine keeps it: it writes numbers and dates in one way."""
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("urn:x"), ox.NamedNode("urn:x"), term))
    return next(iter(store)).object


def cells(table: str) -> list[list[tuple[str, str]]]:
    """The rows of a table in CSV, whatever the order of rows and columns, and the labels of blank nodes."""
    rows = csv.DictReader(io.StringIO(table))
    return sorted(sorted((k, "_:" if v.startswith("_:") else v) for k, v in row.items()) for row in rows)


@pytest.mark.parametrize("case", parameters())
def test_of_the_w3c(case: Case) -> None:
    if case.kind in WRONG:
        with pytest.raises(QueryError):
            asked(case, OxigraphStore())
    elif case.kind in RIGHT:
        with suppress(UnknownFunctionError):  # which is found when it runs
            asked(case, OxigraphStore())
    elif case.kind == "CSVResultFormatTest":
        assert case.result is not None
        written = asked(case, store_of(case)).raw.serialize(format=ox.QueryResultsFormat.CSV)
        assert cells(written.decode()) == cells(case.result.read_text(encoding="utf-8"))
    else:
        kind, rows = expected(case)
        got, found = content(asked(case, store_of(case)))
        if any("#" in row for row in rows):
            found = [row | {"#": ox.Literal(str(i))} for i, row in enumerate(found, 1)]
        if case.query.parent.name == "reduced":  # duplicates may stay
            rows, found = ([dict(t) for t in {tuple(r.items()) for r in several}] for several in (rows, found))
        assert (got, canonical(got, found)) == (kind, canonical(kind, rows))


@pytest.mark.skipif(not FOLDER.name or not FOLDER.is_dir(), reason="W3C_SPARQL does not name the W3C suites")
@pytest.mark.parametrize(
    ("suite", "least", "of_all"), [("sparql10", 266, 283), ("sparql11", 215, 225), ("sparql12", 61, 63)]
)
def test_as_many_pass_as_are_wanted(suite: str, least: int, of_all: int) -> None:
    counted = [c.name for c in cases() if c.suite == suite and c.kind in EVALUATION]
    passed = len(counted) - len(set(counted) & known().keys())
    assert len(counted) >= of_all and passed >= least
    assert known().keys() <= {c.name for c in cases()}
