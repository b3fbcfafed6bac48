"""``kgtool import``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app
from kgtool.errors import PartialError, UsageError


@app.command("import")
def import_(
    files: Annotated[list[Path] | None, typer.Argument(help="Files, - (stdin); .gz, .bz2 and .zst too.")] = None,
    format: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            show_default=False,
            help="nt, nq, ttl, trig, rdfxml, jsonld, n3, trix, hext, graphml or neo4j (default: by the file's ending).",
        ),
    ] = "",
    base: Annotated[
        str, typer.Option(metavar="IRI", show_default=False, help="What relative IRIs are relative to.")
    ] = "",
    name: Annotated[
        str, typer.Option(metavar="NAME", show_default=False, help="What the graph calls the file (default: its path).")
    ] = "",
    mapping: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default=False, help="Rules in RML that make statements of CSV and TSV."),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the files out again, by path or name.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show what is imported.")] = False,
    store: options.StoreOption = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Take over the statements of files as they are, beside what documents say.

    A file replaces the one that was imported from the same path; the same file again changes nothing.
    """  # fmt: skip
    import kgtool.api

    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store))
    if list_:
        rows = [
            {"name": i.name, "format": i.format, "statements": i.statements, "hash": i.hash, "path": i.place}
            for i in graph.imports()
        ]
        if as_json:
            output.write_json(rows)
        else:
            output.write(
                "".join(f"{r['name']}\t{r['format']}\t{r['statements']}\t{str(r['hash'])[:16]}\n" for r in rows)
            )
        return
    if not files:
        raise UsageError("no FILES given", "kgtool import FILES, or --list")
    if remove:
        told = graph.unimport(*map(str, files))
    else:
        with output.progress(quiet=quiet or as_json) as progress:
            told = graph.import_(*files, format=format, base=base, name=name, mapping=mapping, progress=progress)
    if as_json:
        output.write_json(told.to_json())
    for warning in told.warnings:
        output.note(f"warning: {warning}")
    if told.left_out:
        output.note(f"warning: {told.left_out} statements in kgtool's own graphs (g:...) are left out")
    for row in told.taken_away:
        number, count = row["update"], f"{row['statements']} statement{'s' if row['statements'] > 1 else ''}"
        undo = f"see kgtool update --list; --undo {number} brings them back"
        output.note(f"warning: update {number} takes {count} of {row['path']} away again ({undo})")
    for failure in told.failed:
        output.note(f"failed: {failure['error']}")
    counts = {"added": told.added, "changed": told.changed, "removed": told.removed, "unchanged": told.unchanged}
    shown = ", ".join(f"{len(names)} {word}" for word, names in counts.items() if names)
    output.note(f"imported: {shown or 'nothing'}", quiet=quiet)
    if told.failed:
        raise PartialError(f"{len(told.failed)} of {len(files)} files were not imported", told.failed[0]["hint"])
