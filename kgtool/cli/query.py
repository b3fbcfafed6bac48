"""``kgtool query``."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app, read_only
from kgtool.errors import CheckError, NotFoundError, UsageError

if TYPE_CHECKING:
    from kgtool.store.oxigraph import OxigraphResults

SUFFIXES = {"md": "markdown", "jsonl": "ndjson", "turtle": "ttl"}
KINDS = {
    "select": ("table", "csv", "tsv", "json", "xml", "ndjson"),
    "ask": ("table", "json", "xml"),
    "graph": ("ttl", "nt", "rdfxml", "jsonld"),
}
"""What each kind of result can be written as."""
FORMATS = (*KINDS["select"], *KINDS["graph"])


@app.command()
def query(
    sparql: Annotated[
        str | None,
        typer.Argument(metavar="SPARQL|@NAME|-", help="A query, a named query, or - for stdin.", show_default=False),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("-f", "--file", help="Read the query from a file.", show_default=False)
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help="A value for $NAME.", show_default=False)
    ] = None,
    format: Annotated[
        str | None, typer.Option("--format", metavar="NAME", help=f"One of: {', '.join(FORMATS)}.", show_default=False)
    ] = None,
    target: options.OutputOption = None,
    exit_status: Annotated[
        bool, typer.Option("--exit-status", help="Exit with 8 when ASK is false or there are no rows.")
    ] = False,
    allow_service: Annotated[bool, typer.Option("--allow-service", help="Let the query call other servers.")] = False,
    store: options.AnyStoreOption = None,
    facts: options.GraphOption = None,
    as_json: options.JsonOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Ask the graph in SPARQL.

    A table on a terminal, tab-separated values elsewhere; `--format` chooses, or the ending of `-o`.
    """
    import kgtool.api
    from kgtool.store import named

    read_only()
    text, params = read_query(sparql, file)
    chosen = choose_format(format, target)
    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store, graph=facts))
    results: Any = graph.query(text, parameters=named.terms(param or [], params), allow_service=allow_service)
    chosen = fit(results.kind, chosen, as_json=as_json, terminal=target is None and sys.stdout.isatty())
    if chosen == "table" and target is None and results.kind == "select":
        rows = [[shown(t) for t in row] for row in results.rows()]
        output.table(results.variables, rows)
        some = bool(rows)
    else:
        counter = Counter()
        with output.opened(target) as out:
            for piece in serialise(results, chosen, counter):
                out.write(piece)
        some = counter.some
    if exit_status and not some:
        raise CheckError("ASK is false" if results.kind == "ask" else "no rows", "")


def read_query(sparql: str | None, file: Path | None) -> tuple[str, dict[str, tuple[str, str | None]]]:
    """The query's text, and the parameters of its header.

    Raises:
        UsageError: unless there is exactly one query.
        NotFoundError: for a file or name that does not exist.
    """
    from kgtool.store import named

    if (sparql is None) == (file is None):
        raise UsageError("give one query: SPARQL, @NAME, -, or -f FILE", "for example: kgtool query @top")
    if file is not None and str(file) != "-":
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise NotFoundError(f"no such file: {file}", "check -f") from error
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file} cannot be read: {error}", "check -f") from error
        return text, named.parse(file.stem, text).params
    if sparql is None or sparql == "-":
        text = sys.stdin.read()
        return text, named.parse("-", text).params
    if sparql.startswith("@"):
        found = named.find(sparql[1:])
        return found.sparql, found.params
    return sparql, {}


def choose_format(given: str | None, target: Path | None) -> str:
    """The format asked for, by name or by the file's ending; empty when it is not said.

    Raises:
        UsageError: for an unknown one.
    """
    if given is not None:
        if given not in FORMATS:
            raise UsageError(f"unknown format {given!r}", f"choose one of: {', '.join(FORMATS)}")
        return given
    ending = target.suffix.lstrip(".").lower() if target else ""
    ending = SUFFIXES.get(ending, ending)
    return ending if ending in FORMATS else ""


def fit(kind: str, chosen: str, *, as_json: bool, terminal: bool) -> str:
    """The format for a kind of result: the one chosen, else the one that suits it.

    Raises:
        UsageError: when the kind has no such format.
    """
    if chosen and chosen not in KINDS[kind]:
        told = {
            "select": "this query gives rows",
            "ask": "this query gives true or false",
            "graph": "this query gives a graph",
        }
        raise UsageError(f"{chosen} does not fit: {told[kind]}", f"choose one of: {', '.join(KINDS[kind])}")
    if chosen:
        return chosen
    if as_json:
        return "jsonld" if kind == "graph" else "json"
    return {"select": "table" if terminal else "tsv", "ask": "table", "graph": "ttl"}[kind]


class Counter:
    """Whether there was any row, or the ASK was true."""

    def __init__(self) -> None:
        self.some = False

    def watch(self, rows: Iterable[Any]) -> Iterator[Any]:
        """The rows as they are."""
        for row in rows:
            self.some = True
            yield row


def serialise(results: OxigraphResults, chosen: str, counter: Counter) -> Iterator[bytes]:
    """The results in a format of their kind, in pieces."""
    if results.kind == "ask":
        counter.some = results.boolean()
        yield from ask(results, chosen)
    elif results.kind == "graph":
        yield from triples(results, chosen, counter)
    else:
        yield from solutions(results, chosen, counter)


def ask(results: OxigraphResults, chosen: str) -> Iterator[bytes]:
    """True or false."""
    import pyoxigraph as ox

    formats = {"json": ox.QueryResultsFormat.JSON, "xml": ox.QueryResultsFormat.XML}
    if chosen in formats:
        yield results.serialised(formats[chosen]) + b"\n"
    else:
        yield b"true\n" if results.boolean() else b"false\n"


def triples(results: OxigraphResults, chosen: str, counter: Counter) -> Iterator[bytes]:
    """A constructed graph."""
    import pyoxigraph as ox

    from kgtool.store.export import xml

    rdf = ox.RdfFormat
    formats = {"ttl": rdf.TURTLE, "nt": rdf.N_TRIPLES, "rdfxml": rdf.RDF_XML, "jsonld": rdf.JSON_LD}
    distinct = sorted(counter.watch({ox.Triple(*row) for row in results.rows()}), key=str)
    whole = ox.serialize(distinct, format=formats[chosen]) or b""
    yield xml(whole) if chosen == "rdfxml" else whole


def solutions(results: OxigraphResults, chosen: str, counter: Counter) -> Iterator[bytes]:
    """Rows. The W3C formats are written by the engine, the others row by row."""
    import pyoxigraph as ox

    from kgtool.store.export import xml

    w3c = {
        "json": ox.QueryResultsFormat.JSON,
        "xml": ox.QueryResultsFormat.XML,
        "csv": ox.QueryResultsFormat.CSV,
        "tsv": ox.QueryResultsFormat.TSV,
    }
    if chosen in w3c:
        whole = results.serialised(w3c[chosen])
        counter.some = any_row(chosen, whole)
        yield (xml(whole) if chosen == "xml" else whole) + (b"\n" if chosen in {"json", "xml"} else b"")
    elif chosen == "table":
        yield tabbed([list(results.variables)])
        yield from (tabbed([[shown(t) for t in row]]) for row in counter.watch(results.rows()))
    else:
        for row in counter.watch(results.rows()):
            bound = {v: t.value for v, t in zip(results.variables, row, strict=True) if t is not None}
            yield json.dumps(bound, ensure_ascii=False).encode() + b"\n"


def any_row(chosen: str, whole: bytes) -> bool:
    """Whether a serialised result has a row."""
    if chosen == "json":
        return bool(json.loads(whole)["results"]["bindings"])
    if chosen == "xml":
        return b"<result>" in whole
    return whole.count(b"\n") > 1


def tabbed(rows: Iterable[list[str]]) -> bytes:
    """Rows with tabs between cells."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter="\t", lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode()


def shown(term: Any) -> str:
    """A term for people: its text, without the angle brackets and types."""
    return "" if term is None else str(getattr(term, "value", term))
