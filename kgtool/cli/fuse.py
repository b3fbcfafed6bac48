"""``kgtool fuse``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app
from kgtool.errors import PartialError, UsageError


@app.command()
def fuse(
    files: Annotated[list[Path], typer.Argument(help="JSON Lines as extract writes them, CSV, TSV, - (stdin).")],
    target: options.OutputOption = None,
    clusters: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write each surface form with its canonical name.")
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(metavar="MAP", help="Columns or keys by name, subject=head,object=tail, or by number from 1."),
    ] = None,
    discover: options.DiscoverOption = None,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Fuse triples into one graph, without a store; one JSON line a statement.

    Triples need subject, predicate and object; confidence, status and document are used where they are given.
    """
    from kgtool import fusing, pipeline

    fuser = pipeline.make_fuser(options.load(config, discover=discover))
    lines = list(fusing.read(files, fusing.columns(columns)))
    failed = [line for line in lines if line.triple is None]
    for line in failed:
        output.note(f"failed: {line.where}: {line.error}")
    found = [(line.number, line.triple) for line in lines if line.triple is not None]
    if not found:
        raise UsageError("there is no triple to fuse", "a line needs subject, predicate and object; see --columns")
    numbers, triples = [n for n, _ in found], [t for _, t in found]
    fusion = fuser.fuse(triples)
    with output.opened(target) as file:
        for row in fusing.rows_of(fusion, numbers, triples):
            file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    if clusters is not None:
        with output.opened(clusters) as file:
            for surface, name in fusing.clusters(fusion):
                file.write(f"{surface}\t{name}\n".encode())
    if target is not None:
        published = sum(s.status == "published" for s in fusion.statements)
        output.note(f"{len(triples)} triples, {published} statements, {len(fusion.entities)} entities", quiet=quiet)
    if failed:
        raise PartialError(f"{len(failed)} of {len(lines)} lines are no triples", "mend or remove them")
