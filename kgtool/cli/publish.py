"""``kgtool publish``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app

if TYPE_CHECKING:
    from kgtool.publishing import Published


@app.command()
def publish(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where updates go, or the address of a graph store.")],
    facts: Annotated[
        str | None,
        typer.Option(
            "--graph",
            metavar="IRI",
            show_default=False,
            help="Graph of the facts there (default: BASE_IRIgraph/facts).",
        ),
    ] = None,
    provenance: Annotated[
        bool, typer.Option("--provenance", help="Send evidence and decisions as well, into their own graphs.")
    ] = False,
    protocol: Annotated[
        str, typer.Option(metavar="update|gsp", help="SPARQL 1.1 Update, or the Graph Store Protocol.")
    ] = "update",
    queries: Annotated[
        str | None,
        typer.Option(
            "--query-url", metavar="URL", help="Where queries go, where that is another address.", show_default=False
        ),
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Take out the graphs there first, and send everything.")] = False,
    dry_run: options.DryRunOption = False,
    store: options.StoreOption = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Bring a graph of a SPARQL endpoint up to what the store has published.

    Only what changed since the last time is sent; a run that was cut short is finished by the next one.
    """  # fmt: skip
    import kgtool.api

    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store, graph=facts))
    told = graph.publish(
        url, provenance=provenance, protocol=protocol, queries=queries, anew=anew, dry_run=dry_run
    )  # fmt: skip
    if as_json:
        output.write_json(told.to_json())
        return
    output.note(summary(told, dry_run=dry_run), quiet=quiet)
    if told.more and not quiet:
        output.note(f"there are {told.more} triples more in these graphs, which were not sent from here")


def summary(told: Published, *, dry_run: bool) -> str:
    """One line for people."""
    would = "would be " if dry_run else ""
    cleared = f"; taken out first: {', '.join(f'<{g}>' for g in told.cleared)}" if told.cleared else ""
    counts = f"{told.added} triples {would}added, {told.removed} removed, in {told.requests} requests"
    return f"{told.url}: {counts}; {told.triples} in all{cleared}"
