"""``kgtool synth qa``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app, help_without_command
from kgtool.errors import PartialError, UsageError

group = typer.Typer(
    invoke_without_command=True, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
)
app.add_typer(group, name="synth")
MOST_HOPS = 5


@group.callback()
def root(context: typer.Context) -> None:
    """Make test data of the graph itself."""
    help_without_command(context)


@group.command()
def qa(
    store: options.AnyStoreOption = None,
    facts: options.GraphOption = None,
    hops: Annotated[str, typer.Option(metavar="N,N…", help="Lengths of the ways to the answers.")] = "1,2,3",
    n: Annotated[int, typer.Option("--n", metavar="N", min=1, help="How many questions.")] = 500,
    unanswerable: Annotated[
        float, typer.Option(metavar="SHARE", min=0, max=1, help="Share of questions that have no answer.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(metavar="N", help="Of all choices.")] = 0,
    target: options.OutputOption = None,
    config: options.ConfigOption = None,
) -> None:
    """Make questions with gold answers, to evaluate reasoning on your own graph.

    JSON Lines: id, question, answers, iris, sparql, hops, topic, kind, evidence. Gold is what the query gives.
    Where the graph has fewer questions than asked for, all of them are written and the exit code is 5.
    """
    import kgtool.api
    from kgtool.evaluate import synth

    lengths = parsed(hops)
    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store, graph=facts))
    items = synth.make(graph.store, hops=lengths, n=n, unanswerable=unanswerable, seed=seed)
    with output.opened(target) as file:
        for item in items:
            file.write((json.dumps(item.to_json(), ensure_ascii=False) + "\n").encode())
    if len(items) < n:
        without = sum(item.kind == "none" for item in items)
        told = f"{len(items)} of {n} questions: {len(items) - without} with answers, {without} without"
        raise PartialError(f"the graph has only {told}", "ask for fewer, or for other --hops")


def parsed(hops: str) -> list[int]:
    """The lengths given.

    Raises:
        UsageError: when they are no numbers from 1 to 5.
    """
    found = [int(part) if part.isdecimal() else 0 for part in hops.replace(" ", "").split(",")]
    if not all(1 <= number <= MOST_HOPS for number in found):
        raise UsageError(f"--hops {hops!r} is no list of lengths", f"for example 1,2,3; from 1 to {MOST_HOPS}")
    return found
