"""``kgtool explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgtool.cli import _answers as answers
from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app
from kgtool.errors import UsageError

if TYPE_CHECKING:
    from kgtool.explain import EntityExplanation, Explanation


@app.command()
def explain(
    subject: Annotated[str, typer.Argument(help="Name or IRI; alone, of the entity to explain.")],
    predicate: Annotated[str | None, typer.Argument(help="Name or IRI.")] = None,
    object: Annotated[str | None, typer.Argument(help="Name, IRI or value.")] = None,
    store: options.StoreOption = None,
    as_json: options.JsonOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Show why the graph holds a statement, or why names are one entity.

    Its sentences, the decisions that merged its names, and what it excludes; withheld statements with the reason.
    """
    import kgtool.api

    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store))
    if predicate is None:
        entity = graph.explain_entity(subject)
        shown, row = entity_lines(entity), entity.to_json()
    elif object is None:
        raise UsageError("a statement has subject, predicate and object", "name one entity, or all three")
    else:
        statement = graph.explain(subject, predicate, object)
        shown, row = lines(statement), statement.to_json()
    if as_json:
        output.write_json(row)
    else:
        output.write("\n".join([*map(answers.in_line_kept, shown), ""]))


def entity_lines(found: EntityExplanation) -> list[str]:
    """An entity for people: its names, and what is kept apart."""
    told = [f"<{found.entity}>", ", ".join([found.label, *(f"<{t}>" for t in found.types)])]
    for row in found.names:
        told.append(f"  {row['name']}: {row['times']} times, in {row['documents']} documents")
        told += [f"    {decision(d)}" for d in row["decisions"]]
    return told + [f"  {decision(d)}" for d in found.apart]


def decision(row: dict[str, Any]) -> str:
    """A decision in one line."""
    return f"{row['kind']} by {row['rule']} ({row['score']:.2f}): {', '.join(row['candidates'])}"


def lines(found: Explanation) -> list[str]:
    """A statement for people."""
    reason = f" ({found.reason})" if found.reason else ""
    told = [" ".join(f"<{t}>" if "://" in t else t for t in found.triple)]
    told.append(f"{found.status}{reason}, confidence {found.confidence:.2f}, in {found.support} documents")
    for row in found.evidence:
        told.append(f"  {row['status']}: {row['subject']} – {row['predicate']} – {row['object']}")
        told.append(f"    “{' '.join(row['quote'].split())}”")
        place = ", ".join(filter(None, (row["document"], row.get("anchor"), f"{row['begin']}–{row['end']}")))
        told.append(f"    {place}, {row['extractor']}, confidence {row['confidence']:.2f}")
    for row in found.losers:
        told.append(f"  excludes {' '.join(f'<{t}>' if '://' in t else t for t in row['triple'])} ({row['reason']})")
    return told + [f"  {decision(row)}" for row in found.decisions]
