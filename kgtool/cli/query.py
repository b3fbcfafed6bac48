"""``kgtool query``."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import IO, TYPE_CHECKING, Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._apart import apart, cut_short, paged, pager
from kgtool.cli._app import app
from kgtool.errors import CheckError, NotFoundError, UsageError

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
EndpointOption = Annotated[
    str | None,
    typer.Option(
        "-s", "--store", "--endpoint", metavar="DIR|URL", show_default=False,
        help="Store directory, or the address of a SPARQL endpoint (default: KGTOOL_STORE, or ./kg).",
    ),
]  # fmt: skip
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
    with_provenance: Annotated[
        bool, typer.Option("--with-provenance", help="Two columns more: the documents that say so, and how sure it is.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Only say how the engine would answer the query: its plan.")
    ] = False,
    no_pager: Annotated[bool, typer.Option("--no-pager", help="No $PAGER on a terminal.")] = False,
    allow_service: ServiceOption = False,
    listed: Annotated[bool, typer.Option("--list", help="Only list the named queries.")] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Run every named query and compare with its stored result; 8 if one differs."),
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="With --check: store the results of ./queries as they are now.")
    ] = False,
    store: EndpointOption = None,
    facts: options.GraphOption = None,
    as_json: options.JsonOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Ask the graph in SPARQL.

    A table on a terminal, tab-separated values elsewhere; `--format` chooses, or the ending of `-o`; .gz, .bz2 or
    .zst behind it compresses.
    """
    import kgtool.api
    from kgtool.store import results as formats
    from kgtool.store.reading import suffix

    if listed or check:
        if sparql is not None or file is not None:
            raise UsageError("--list and --check are about all named queries", "give no query with them")
        if listed:
            list_queries(as_json=as_json)
        else:
            check_queries(
                kgtool.api.KnowledgeGraph(options.load(config, store=store, graph=facts)), timeout, accept=accept
            )
        return
    asked = read_query(sparql, file)
    chosen = formats.choose(format, suffix(target) if target else "")
    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store, graph=facts))
    if explain:
        with output.opened(target) as out:
            out.write(plan_of(graph, asked, param, allow_service=allow_service, as_json=as_json).encode())
        return
    terminal = target is None and sys.stdout.isatty()
    begin = time.perf_counter()

    def work(out: IO[bytes]) -> tuple[str, bool]:
        found = ask(graph, asked, param, allow_service=allow_service, with_provenance=with_provenance)
        fitted = formats.fit(found.kind, chosen, guessed=format is None, as_json=as_json, terminal=terminal)
        return found.kind, write(found, fitted, out, graph)

    with cut_short(as_json=as_json), written_to(target, terminal and not no_pager) as out:
        kind, some = apart(lambda: work(out), timeout)
    if timed:
        output.note(f"time: {time.perf_counter() - begin:.3f} s")
    if exit_status and not some:
        raise CheckError("ASK is false" if kind == "ask" else "no rows", "")


def list_queries(*, as_json: bool) -> None:
    """The named queries, with title and parameters."""
    from kgtool.store import named

    queries = [named.read(file) for file in named.files().values()]
    if as_json:
        rows = [
            {"name": q.name, "title": q.title, "description": q.description, "columns": q.columns}
            | {"params": {name: {"kind": kind, "default": default} for name, (kind, default) in q.params.items()}}
            for q in queries
        ]
        output.write_json(rows)
        return
    output.table(
        ("query", "what", "parameters"),
        [(f"@{q.name}", q.title, ", ".join(shown_param(n, *p) for n, p in q.params.items())) for q in queries],
    )


def shown_param(name: str, kind: str, default: str | None) -> str:
    """A parameter for people."""
    return f"{name} ({kind})" if default is None else f"{name}={default}"


def check_queries(graph: KnowledgeGraph, timeout: float | None, *, accept: bool) -> None:
    """Run every named query with the examples of its header and compare with its stored result, or store that.

    Raises:
        CheckError: when one fails, has no stored result, or another one.
    """
    from kgtool.store import named
    from kgtool.store import results as formats

    wrong = 0
    for name, file in named.files().items():
        stored = named.result_file(file)
        try:
            found = result_of(graph, named.read(file), timeout, formats)
        except (UsageError, NotFoundError) as error:
            said = error.message
        else:
            if accept and file.parent == named.OWN:  # never what came with kgtool
                with output.opened(stored) as out:
                    out.write(found)
            same = stored.is_file() and stored.read_bytes() == found
            said = "" if same else "another result" if stored.is_file() else "no stored result"
        wrong += bool(said)
        output.write(f"{name}\t{said or 'ok'}\n")
    if wrong:
        raise CheckError(f"{wrong} queries differ", "kgtool query --check --accept stores the results as they are now")


def result_of(graph: KnowledgeGraph, asked: NamedQuery, timeout: float | None, formats: ModuleType) -> bytes:
    """The result of a query with its examples, as its file holds it."""
    held = io.BytesIO()

    def work() -> None:
        found = ask(graph, asked, list(asked.examples), allow_service=False)
        formats.write(found, formats.fit(found.kind, "", guessed=True, as_json=False, terminal=False), held, {})

    with cut_short(as_json=False):
        apart(work, timeout)
    return held.getvalue()


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


def ask(
    graph: KnowledgeGraph,
    asked: NamedQuery,
    param: list[str] | None,
    *,
    allow_service: bool,
    with_provenance: bool = False,
) -> OxigraphResults:
    """Run a query with its parameters.

    Raises:
        UsageError: when a parameter, the query or its header is wrong.
    """
    from kgtool.store import named

    parameters = named.terms(param or [], asked.params, graph.store)
    if with_provenance:
        from kgtool.view.sources import sourced

        return sourced(graph.store, asked.sparql, parameters=parameters, allow_service=allow_service)
    found = graph.store.query(asked.sparql, parameters=parameters, allow_service=allow_service)
    named.check_columns(asked, found)
    return found


def plan_of(
    graph: KnowledgeGraph, asked: NamedQuery, param: list[str] | None, *, allow_service: bool, as_json: bool
) -> str:
    """A query's plan, for people or as JSON.

    Raises:
        UsageError: when the query is wrong, or goes to an endpoint.
    """
    from kgtool.store import named
    from kgtool.store.address import is_url
    from kgtool.store.plan import plan

    if is_url(graph.config.text("store")):
        raise UsageError("how an endpoint answers is its own business", "--explain is for a store directory")
    parameters = named.terms(param or [], asked.params, graph.store)
    step = plan(asked.sparql, graph.store.space, parameters=parameters, allow_service=allow_service)
    return (json.dumps(step.to_json(), ensure_ascii=False) if as_json else "\n".join(step.lines())) + "\n"


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
