"""``kgtool forget``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from typer.exceptions import Exit

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app, help_without_command
from kgtool.errors import UsageError

if TYPE_CHECKING:
    from kgtool.api import KnowledgeGraph
    from kgtool.config import Config
    from kgtool.forgetting import Forgotten

group = typer.Typer(
    invoke_without_command=True, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
)
app.add_typer(group, name="forget")

ClosureOption = Annotated[
    bool, typer.Option("--closure", help="Forget the documents that name it, or that it was read in, as well.")
]
UndoOption = Annotated[
    bool, typer.Option("--undo", help="Let it come back with the next build; in the words as they were given then.")
]


@group.callback()
def root(context: typer.Context) -> None:
    """Forget something for good: it goes from journal and graph, and no build brings it back."""
    help_without_command(context)


@group.command()
def document(
    name: Annotated[str, typer.Argument(help="The document's name below its PATH, or its path.")],
    undo: UndoOption = False,
    dry_run: options.DryRunOption = False,
    yes: options.YesOption = False,
    store: options.StoreOption = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Forget a document with its text and all that was read in it."""
    wanted = Wanted("document", (name,), undo=undo, dry_run=dry_run, yes=yes)
    run(options.load(config, store=store), wanted, as_json=as_json, quiet=quiet)


@group.command()
def entity(
    name: Annotated[str, typer.Argument(help="A name of the entity, or its IRI.")],
    closure: ClosureOption = False,
    undo: UndoOption = False,
    dry_run: options.DryRunOption = False,
    yes: options.YesOption = False,
    store: options.StoreOption = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Forget an entity: every triple that has one of its names at an end."""
    wanted = Wanted("entity", (name,), closure=closure, undo=undo, dry_run=dry_run, yes=yes)
    run(options.load(config, store=store), wanted, as_json=as_json, quiet=quiet)


@group.command()
def triple(
    subject: Annotated[str, typer.Argument(help="Name or IRI.")],
    predicate: Annotated[str, typer.Argument(help="Name or IRI.")],
    object: Annotated[str, typer.Argument(help="Name, IRI or value.")],
    closure: ClosureOption = False,
    undo: UndoOption = False,
    dry_run: options.DryRunOption = False,
    yes: options.YesOption = False,
    store: options.StoreOption = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Forget a statement with all its evidence."""
    wanted = Wanted("triple", (subject, predicate, object), closure=closure, undo=undo, dry_run=dry_run, yes=yes)
    run(options.load(config, store=store), wanted, as_json=as_json, quiet=quiet)


@dataclass(frozen=True)
class Wanted:
    """What is to be forgotten, and how."""

    kind: str
    words: tuple[str, ...]
    closure: bool = False
    undo: bool = False
    dry_run: bool = False
    yes: bool = False


def run(config: Config, wanted: Wanted, *, as_json: bool, quiet: bool) -> None:
    """Forget, after asking, and show the proof."""
    import kgtool.api

    graph = kgtool.api.KnowledgeGraph(config)
    if not (wanted.undo or wanted.dry_run or wanted.yes):
        agree(graph, wanted)
    told = graph.forget(wanted.kind, *wanted.words, closure=wanted.closure, undo=wanted.undo, dry_run=wanted.dry_run)
    if as_json:
        output.write_json(told.to_json())
    elif told.holds is not None:
        output.write(f"{told.query}{str(told.holds).lower()}\n")
    if wanted.undo:
        output.note("withdrawn; the next kgtool build takes it up again", quiet=quiet)
        return
    for warning in told.warnings:
        output.note(f"warning: {warning}")
    output.note(f"{'would be ' if wanted.dry_run else ''}forgotten: {summary(told)}", quiet=quiet)
    if told.naming:
        output.note(
            f"the texts of the documents stay: it is in {told.naming} of them; --closure forgets these", quiet=quiet
        )


def agree(graph: KnowledgeGraph, wanted: Wanted) -> None:
    """Ask whether it may go for good.

    Raises:
        UsageError: where nobody can be asked.
    """
    if not sys.stdin.isatty():
        raise UsageError("forgetting is for good", "agree with --yes; --dry-run says what would go")
    told = graph.forget(wanted.kind, *wanted.words, closure=wanted.closure, dry_run=True)
    if not typer.confirm(f"forget for good: {summary(told)}?", err=True):
        output.note("nothing was forgotten")
        raise Exit(1)


def summary(told: Forgotten) -> str:
    """One line for people."""
    called = f" ({', '.join(told.names)})" if told.names else ""
    documents = f": {', '.join(told.documents)}" if told.documents else ""
    counts = f"{told.triples} triples, {told.answers} answers of models, {told.rulings} rulings"
    return f"{told.kind} {' – '.join(told.words)}{called}; {counts}, {len(told.documents)} documents{documents}"
