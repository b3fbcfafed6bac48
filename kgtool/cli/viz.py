"""``kgtool viz``."""

from __future__ import annotations

from typing import Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app, read_only


@app.command()
def viz(
    entity: Annotated[str | None, typer.Argument(help="Label, alias or IRI; without it the whole graph.")] = None,
    hops: Annotated[int, typer.Option("--hops", metavar="N", min=1, help="How far from ENTITY, in facts.")] = 1,
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, max=2000, help="Entities at most.")] = 100,
    target: options.OutputOption = None,
    store: options.StoreOption = None,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Draw the graph as an HTML page that works offline.

    The neighbourhood of an entity, or the entities with the most facts. A click shows the sentences.
    """
    import kgtool.api

    read_only()
    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store))
    page, choice = graph.draw(entity, hops=hops, top=top)
    with output.opened(target) as file:
        file.write(page.encode())
    if len(choice.nodes) < choice.of_nodes:
        told = f"{len(choice.nodes)} of {choice.of_nodes} entities are shown"
        output.note(f"{told}, those with the most facts; --top shows more", quiet=quiet)
