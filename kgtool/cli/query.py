"""``kgtool query``."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._apart import apart, cut_short, paged, pager
from kgtool.cli._app import app
from kgtool.errors import CheckError, UsageError

if TYPE_CHECKING:
    from kgtool.api import KnowledgeGraph
    from kgtool.store.named import NamedQuery
    from kgtool.store.oxigraph import OxigraphResults

FORMATS = "table, csv, tsv, json, xml, ndjson, markdown; for graphs ttl, nt, trig, rdfxml, jsonld"
PAGE = 200
"""Rows of a table that are aligned with one another; memory holds no more."""

ParamOption = Annotated[
    list[str] | None,
    typer.Option("--param", metavar="NAME=VALUE", help="A value for $NAME; may be repeated.", show_default=False),
]
TimeoutOption = Annotated[
    float | None,
    typer.Option("--timeout", metavar="SECONDS", help="Give up after that time (exit code 124).", show_default=False),
]
ServiceOption = Annotated[bool, typer.Option("--allow-service", help="Let the query call other servers.")]


@app.command()
def query(
    sparql: Annotated[
        str | None,
        typer.Argument(metavar="SPARQL|@NAME|-", help="A query, a named query, or - for stdin.", show_default=False),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("-f", "--file", help="Read the query from a file; - for stdin.", show_default=False)
    ] = None,
    param: ParamOption = None,
    format: Annotated[
        str | None, typer.Option("--format", metavar="NAME", help=f"One of: {FORMATS}.", show_default=False)
    ] = None,
    target: options.OutputOption = None,
    exit_status: Annotated[
        bool, typer.Option("--exit-status", help="Exit with 8 when ASK is false or there are no rows.")
    ] = False,
    timeout: TimeoutOption = None,
    timed: Annotated[bool, typer.Option("--time", help="Say on stderr how long it took.")] = False,
    no_pager: Annotated[bool, typer.Option("--no-pager", help="No $PAGER on a terminal.")] = False,
    allow_service: ServiceOption = False,
    store: options.StoreOption = None,
    as_json: options.JsonOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Ask the graph in SPARQL.

    A table on a terminal, tab-separated values elsewhere; `--format` chooses, or the ending of `-o`.
    """
    import kgtool.api
    from kgtool.store import results as formats

    asked = read_query(sparql, file)
    chosen = formats.choose(format, target.suffix[1:] if target else "")
    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store))
    terminal = target is None and sys.stdout.isatty()
    begin = time.perf_counter()

    def work(out: IO[bytes]) -> tuple[str, bool]:
        found = ask(graph, asked, param, allow_service=allow_service)
        return found.kind, write(found, formats.fit(found.kind, chosen, as_json=as_json, terminal=terminal), out, graph)

    with cut_short(as_json=as_json), written_to(target, terminal and not no_pager) as out:
        kind, some = apart(lambda: work(out), timeout)
    if timed:
        output.note(f"time: {time.perf_counter() - begin:.3f} s")
    if exit_status and not some:
        raise CheckError("ASK is false" if kind == "ask" else "no rows", "")


def read_query(sparql: str | None, file: Path | None) -> NamedQuery:
    """The query that is meant, with its header.

    Raises:
        UsageError: unless there is exactly one query.
        NotFoundError: for a file or name that does not exist.
    """
    from kgtool.store import named

    if (sparql is None) == (file is None):
        raise UsageError("give one query: SPARQL, @NAME, -, or -f FILE", "for example: kgtool query @top")
    if sparql == "-" or str(file) == "-":
        return named.parse("-", sys.stdin.read())
    if sparql is None:
        return named.read(Path(str(file)))
    return named.find(sparql[1:]) if sparql.startswith("@") else named.NamedQuery("", "", sparql, {})


def ask(graph: KnowledgeGraph, asked: NamedQuery, param: list[str] | None, *, allow_service: bool) -> OxigraphResults:
    """Run a query with its parameters.

    Raises:
        UsageError: when a parameter, the query or its header is wrong.
    """
    from kgtool.store import named

    parameters = named.terms(param or [], asked.params, graph.store)
    found = graph.store.query(asked.sparql, parameters=parameters, allow_service=allow_service)
    named.check_columns(asked, found)
    return found


@contextmanager
def written_to(target: Path | None, page: bool) -> Iterator[IO[bytes]]:
    """Where results go: a file, stdout, or a pager."""
    if page:
        with paged(pager()) as out:
            yield out
    else:
        with output.opened(target) as out:
            yield out


def write(results: OxigraphResults, chosen: str, out: IO[bytes], graph: KnowledgeGraph) -> bool:
    """Write results in a format that fits; whether there was a row, a triple, or the answer was true."""
    from kgtool.store import results as formats
    from kgtool.store.export import prefixes

    if chosen == "table" and results.kind == "select":
        return table(results, out)
    return formats.write(results, chosen, out, prefixes(graph.store))


def table(results: OxigraphResults, out: IO[bytes]) -> bool:
    """A table for people, a page of rows after the other, each with its header; whether there was a row."""
    from kgtool.store.results import shown

    rows = results.rows()
    page = list(islice(rows, PAGE))
    some = bool(page)
    while True:
        text = io.StringIO()
        output.table(results.variables, [[shown(term) for term in row] for row in page], text)
        out.write(text.getvalue().encode())
        page = list(islice(rows, PAGE))
        if not page:
            return some
