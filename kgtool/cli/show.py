"""``kgtool show``."""

from __future__ import annotations

from typing import Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app, read_only


@app.command()
def show(
    entity: Annotated[str, typer.Argument(help="Label, alias or IRI.")],
    quotes: Annotated[bool, typer.Option("--quotes", help="With the sentences that say it.")] = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Facts of a relation at most.")] = 10,
    store: options.StoreOption = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Show an entity: what it is, what it is called, its facts in both directions, and where they are from."""
    import kgtool.api
    from kgtool.view import card

    read_only()
    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store))
    iri, others = graph.resolve(entity)
    found = card.card(graph.store, iri, limit)
    for other in others:
        output.note(f"{entity} is also {other.role}, {other.kind}: <{other.iri}>", quiet=quiet)
    if as_json:
        output.write_json(found.to_json())
    else:
        output.write("".join(f"{line}\n" for line in card.lines(found, quotes=quotes)))
