"""``kgtool export``."""

from __future__ import annotations

from typing import Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app, read_only
from kgtool.errors import UsageError


@app.command()
def export(
    target: options.OutputOption = None,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="nq, nt, ttl, trig, jsonld or rdfxml (default: by the ending of -o, else nq).",
            show_default=False,
        ),
    ] = None,
    provenance: Annotated[
        str,
        typer.Option(
            "--provenance", metavar="graphs|none", help="With or without the graphs of evidence and decisions."
        ),
    ] = "graphs",
    store: options.AnyStoreOption = None,
    facts: options.GraphOption = None,
    config: options.ConfigOption = None,
) -> None:
    """Write the graph as RDF.

    In a fixed order: equal graphs give equal bytes.
    """
    import kgtool.api
    from kgtool.store.export import SUFFIXES

    read_only()
    if provenance not in {"graphs", "none"}:
        raise UsageError(f"unknown --provenance {provenance!r}", "choose graphs or none")
    ending = target.suffix.lstrip(".").lower() if target else ""
    chosen = format or SUFFIXES.get(ending, "nq")
    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store, graph=facts))
    pieces = graph.export(format=chosen, provenance=provenance == "graphs")
    with output.opened(target) as file:
        for piece in pieces:
            file.write(piece)
