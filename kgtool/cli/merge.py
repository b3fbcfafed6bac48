"""``kgtool merge``, ``split`` and ``review``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app
from kgtool.errors import NotFoundError, UsageError

NameArgument = Annotated[str, typer.Argument(help="A name as it stands in the texts, a label or an alias.")]
UndoOption = Annotated[bool, typer.Option("--undo", help="Withdraw what was said about the two names.")]
LATER = "the next kgtool build applies it"


@app.command()
def merge(
    a: NameArgument,
    b: NameArgument,
    undo: UndoOption = False,
    store: options.StoreOption = None,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Say that two names are one thing, for every build from the next one on."""
    import kgtool.api

    kgtool.api.KnowledgeGraph(options.load(config, store=store)).merge(a, b, undo=undo)
    output.note(f"{'withdrawn' if undo else 'recorded'}; {LATER}", quiet=quiet)


@app.command()
def split(
    a: NameArgument,
    b: NameArgument,
    undo: UndoOption = False,
    store: options.StoreOption = None,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Say that two names are different things, for every build from the next one on."""
    import kgtool.api

    kgtool.api.KnowledgeGraph(options.load(config, store=store)).split(a, b, undo=undo)
    output.note(f"{'withdrawn' if undo else 'recorded'}; {LATER}", quiet=quiet)


@app.command()
def review(
    file: Annotated[Path | None, typer.Argument(help="A filled table, - (stdin); without it one is written.")] = None,
    target: options.OutputOption = None,
    store: options.StoreOption = None,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Write the pairs of names that the rules left open as a table, or read the decisions filled into it."""
    import kgtool.api

    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store))
    if file is None:
        with output.opened(target) as out:
            out.write(graph.review().encode())
        return
    count = graph.decide(text_of(file))
    output.note(f"{count} decisions recorded; {LATER}", quiet=quiet)


def text_of(file: Path) -> str:
    """The text of a file.

    Raises:
        NotFoundError: when there is none.
        UsageError: when it cannot be read.
    """
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return data.decode("utf-8")
    except FileNotFoundError as error:
        raise NotFoundError(f"no such file: {file}", "check the name") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}", "give a table of kgtool review, in UTF-8") from error
