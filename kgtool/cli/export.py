"""``kgtool export``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app, read_only
from kgtool.errors import UsageError

FOLDER = "neo4j"
"""The format that is a folder."""


@app.command()
def export(
    target: options.OutputOption = None,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="nq, nt, ttl, trig, jsonld, rdfxml or n3; graphml, cytoscape, parquet or neo4j (a folder) "
            "(default: by the ending of -o, else nq).",
            show_default=False,
        ),
    ] = None,
    provenance: Annotated[
        str,
        typer.Option(
            "--provenance",
            metavar="none|graphs|reification|rdf12",
            help="Without evidence; in graphs of its own; or beside the facts, as reification or RDF 1.2 reifiers.",
        ),
    ] = "graphs",
    store: options.AnyStoreOption = None,
    facts: options.GraphOption = None,
    config: options.ConfigOption = None,
) -> None:
    """Write the graph as RDF, or as a property graph.

    In a fixed order: equal graphs give equal bytes. An ending .gz, .bz2 or .zst of -o compresses.
    """  # fmt: skip
    import kgtool.api
    from kgtool.store.export import SUFFIXES
    from kgtool.store.reading import suffix

    read_only()
    chosen = format or SUFFIXES.get(suffix(target) if target else "", "nq")
    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store, graph=facts))
    if chosen == FOLDER:
        write_folder(target, graph.export_neo4j())
        return
    pieces = graph.export(format=chosen, provenance=provenance)
    with output.opened(target) as file:
        file.writelines(pieces)


def write_folder(target: Path | None, files: Iterable[tuple[str, Iterable[bytes]]]) -> None:
    """Write several files into a folder, which is made when absent.

    Raises:
        UsageError: without a folder's name.
    """
    if target is None or str(target) == "-" or target.is_file():
        raise UsageError("neo4j is a folder of two files", "name it: -o FOLDER")
    target.mkdir(parents=True, exist_ok=True)
    for name, pieces in files:
        with output.opened(target / name) as file:
            file.writelines(pieces)
