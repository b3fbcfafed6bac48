"""``kgtool update``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app
from kgtool.errors import NotFoundError, UsageError


@app.command()
def update(
    sparql: Annotated[str | None, typer.Argument(help="SPARQL Update, or - (stdin).")] = None,
    file: Annotated[
        Path | None, typer.Option("-f", "--file", metavar="FILE", help="Read it from a file.", show_default=False)
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the updates in force, with their numbers.")] = False,
    undo: Annotated[
        int | None, typer.Option(metavar="N", show_default=False, help="Withdraw the update of this number.")
    ] = None,
    store: options.StoreOption = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Change the graph by SPARQL Update.

    It is kept in the journal and run again, in order, whenever the graph is made; so it must give the same each time.
    """
    import kgtool.api

    if sum(given is not None for given in (sparql, file, undo, True if list_ else None)) != 1:
        raise UsageError("give one of: SPARQL, -, -f FILE, --list, --undo N", "see: kgtool update --help")
    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store))
    if list_:
        rows = [{"number": u.number, "hash": u.hash, "text": u.text} for u in graph.updates()]
        if as_json:
            output.write_json(rows)
        else:
            output.write("".join(f"{r['number']}\t{' '.join(str(r['text']).split())}\n" for r in rows))
        return
    if undo is not None:
        number, report = undo, graph.undo_update(undo)
    else:
        made, report = graph.update(text_of(sparql, file))
        number = made.number
    if as_json:
        output.write_json({"number": number, "revision": report.revision, "warnings": report.warnings})
    for warning in report.warnings:
        output.note(f"warning: {warning}")
    output.note(f"update {number} {'withdrawn' if undo is not None else 'done'}", quiet=quiet)


def text_of(sparql: str | None, file: Path | None) -> str:
    """The update's text.

    Raises:
        NotFoundError: for a file that does not exist.
        UsageError: for one that cannot be read.
    """
    if sparql is not None and sparql != "-":
        return sparql
    try:
        return sys.stdin.read() if file is None or str(file) == "-" else file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NotFoundError(f"no such file: {file}", "check -f") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}", "check -f") from error
