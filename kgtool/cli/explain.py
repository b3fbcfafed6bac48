"""``kgtool explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app

if TYPE_CHECKING:
    from kgtool.explain import Explanation


@app.command()
def explain(
    subject: Annotated[str, typer.Argument(help="Name or IRI.")],
    predicate: Annotated[str, typer.Argument(help="Name or IRI.")],
    object: Annotated[str, typer.Argument(help="Name, IRI or value.")],
    store: options.StoreOption = None,
    as_json: options.JsonOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Show why the graph holds a statement.

    Its sentences, and the decisions that merged its names; withheld statements with the reason.
    """
    import kgtool.api

    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store))
    found = graph.explain(subject, predicate, object)
    if as_json:
        output.write_json(found.to_json())
    else:
        output.write("\n".join([*lines(found), ""]))


def lines(found: Explanation) -> list[str]:
    """An explanation for people."""
    reason = f" ({found.reason})" if found.reason else ""
    told = [" ".join(f"<{t}>" if "://" in t else t for t in found.triple)]
    told.append(f"{found.status}{reason}, confidence {found.confidence:.2f}, in {found.support} documents")
    for row in found.evidence:
        told.append(f"  {row['status']}: {row['subject']} – {row['predicate']} – {row['object']}")
        told.append(f"    “{' '.join(row['quote'].split())}”")
        place = ", ".join(filter(None, (row["document"], row.get("anchor"), f"{row['begin']}–{row['end']}")))
        told.append(f"    {place}, {row['extractor']}, confidence {row['confidence']:.2f}")
    for row in found.decisions:
        told.append(f"  {row['kind']} by {row['rule']} ({row['score']:.2f}): {', '.join(row['candidates'])}")
    return told
