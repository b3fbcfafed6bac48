"""``kgtool search``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app, read_only
from kgtool.errors import AbstainedError, UsageError
from kgtool.words import in_line

if TYPE_CHECKING:
    from kgtool.store.textindex import Found, Hit

SHOWN = 100
"""Characters of the searched text that messages repeat."""


@app.command()
def search(
    text: Annotated[list[str], typer.Argument(metavar="TEXT", help="Words to look for; the last may be only begun.")],
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", metavar="label|alias|quote", help="Only such texts; may be repeated.", show_default=False
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Hits at most.")] = 10,
    store: options.StoreOption = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Find entities, relations and sentences by their words.

    Looks through labels, aliases and quotes, without regard to case and accents. Where no text has all the words, it
    says what it took them for. Exit code 7 when there is nothing.
    """
    import kgtool.api
    from kgtool.store.textindex import KINDS

    read_only()
    for name in kind or ():
        if name not in KINDS:
            raise UsageError(f"unknown --kind {name!r}", f"choose one of: {', '.join(KINDS)}")
    wanted = " ".join(text)
    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store))
    found = graph.search(wanted, limit=limit, kinds=kind or KINDS)
    if not found.hits:
        raise AbstainedError(f"nothing has {short(wanted)}", "see what is there: kgtool query @top")
    if as_json:
        output.write_json(row(wanted, found))
        return
    if found.how != "words":
        told = f"showing {short(found.read_as)}" if found.how == "spelling" else "showing what has it inside of words"
        output.note(f"no text has the words {short(wanted)}; {told}", quiet=quiet)
    if sys.stdout.isatty():
        output.table(["kind", "text", "where"], map(cells, found.hits))
    else:
        output.write("".join("\t".join(cells(hit)) + "\n" for hit in found.hits))


def row(wanted: str, found: Found) -> dict[str, Any]:
    """A search with its hits; the object of ``--json``."""
    return {"text": wanted, "how": found.how, "read_as": found.read_as, "hits": [vars(hit) for hit in found.hits]}


def cells(hit: Hit) -> tuple[str, str, str]:
    """Kind, text in one line, and what is called so, or where it is written."""
    return hit.kind, in_line(hit.text), hit.document if hit.kind == "quote" else f"<{hit.iri}>"


def short(text: str) -> str:
    """A text in quotation marks, not longer than a line."""
    told = in_line(text)
    return f"“{told if len(told) <= SHOWN else told[: SHOWN - 1] + '…'}”"
