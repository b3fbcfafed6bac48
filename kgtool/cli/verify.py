"""``kgtool verify``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._apart import apart, cut_short
from kgtool.cli._app import app
from kgtool.cli.query import ParamOption, ServiceOption, TimeoutOption, ask, read_query
from kgtool.errors import CheckError, QueryError, UsageError

if TYPE_CHECKING:
    from kgtool.api import KnowledgeGraph
    from kgtool.store.named import NamedQuery


@app.command()
def verify(
    queries: Annotated[list[str], typer.Argument(metavar="FILE|@NAME...", help="Queries that must find nothing.")],
    param: ParamOption = None,
    timeout: TimeoutOption = None,
    allow_service: ServiceOption = False,
    store: options.StoreOption = None,
    as_json: options.JsonOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Check the graph with queries that must find nothing.

    Each row of a SELECT, and an ASK that is true, is a violation: it is printed, and the exit code is 8. Where there is
    none, nothing is printed. With `--json` a violation is an object on a line of its own.
    """
    import kgtool.api

    asked = [read_query(q, None) if q.startswith("@") else read_query(None, Path(q)) for q in queries]
    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store))
    known = {name for query in asked for name in query.params}
    if unknown := [text for text in param or [] if text.partition("=")[0] not in known]:
        raise UsageError(f"no query has the parameter {unknown[0]!r}", "parameters are declared in a query's header")

    def work() -> int:
        count = 0
        for query in asked:
            own = [text for text in param or [] if text.partition("=")[0] in query.params]
            try:
                for values in violations(graph, query, own, allow_service=allow_service):
                    count += 1
                    tell(query, values, as_json=as_json)
            except QueryError as error:
                raise QueryError(f"{query.name}: {error.message}", error.hint) from error
        return count

    with cut_short(as_json=as_json):
        count = apart(work, timeout)
    if count:
        raise CheckError(f"{count} violation{'s' if count > 1 else ''}", "")


def violations(
    graph: KnowledgeGraph, query: NamedQuery, param: list[str], *, allow_service: bool
) -> Iterator[dict[str, str]]:
    """What a query finds: the values of each row, by column; of an ASK that is true an empty one.

    Raises:
        UsageError: when it gives a graph.
    """
    found = ask(graph, query, param, allow_service=allow_service)
    if found.kind == "graph":
        raise UsageError(f"query {query.name} gives a graph", "write a SELECT or an ASK")
    if found.kind == "ask" and found.boolean():
        yield {}
    for row in found.rows():
        yield {name: str(term) for name, term in zip(found.variables, row, strict=True) if term is not None}


def tell(query: NamedQuery, values: dict[str, str], *, as_json: bool) -> None:
    """One violation."""
    if as_json:
        output.write_json({"query": query.name, "title": query.title, "values": values})
    else:
        output.write("\t".join([query.name, *(f"{name}={value}" for name, value in values.items())]) + "\n")
