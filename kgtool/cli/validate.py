"""``kgtool validate``."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app, read_only
from kgtool.errors import CheckError, UsageError

if TYPE_CHECKING:
    from kgtool.api import KnowledgeGraph
    from kgtool.store.shacl import Checked

COLUMNS = ("node", "path", "value", "what", "shape", "severity")


@app.command()
def validate(
    shapes: options.ShapesOption = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", show_default=False, help="Write the report as RDF, by its ending."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 8 when there are violations, or nothing to check.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=0, help="Rows on a terminal; 0: all.")] = 50,
    infer: Annotated[
        bool, typer.Option("--infer-shapes", help="Write shapes that the graph follows already, as Turtle.")
    ] = False,
    support: Annotated[
        int, typer.Option("--support", metavar="N", min=1, help="Of inferred shapes: cases that make a rule.")
    ] = 10,
    share: Annotated[
        float,
        typer.Option("--share", metavar="X", min=0.5, max=1, help="Of inferred shapes: share that follows a rule."),
    ] = 0.95,
    target: options.OutputOption = None,
    store: options.AnyStoreOption = None,
    facts: options.GraphOption = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Check the facts against shapes (SHACL), or infer shapes from them.

    What is found is printed: a table on a terminal, else lines with tabs. Evidence is not checked.
    """
    import kgtool.api

    read_only()
    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store, graph=facts, shapes=shapes))
    if infer:
        if shapes or report or strict or as_json:
            raise UsageError("--infer-shapes only writes shapes", "then: kgtool validate --shapes FILE")
        with output.opened(target) as file:
            file.write(graph.infer_shapes(support=support, share=share).encode())
        return
    if target:
        raise UsageError("-o is for --infer-shapes", "--report FILE writes what was found")
    if report:
        from kgtool.store.shacl_report import format_of

        format_of(report)
    found = graph.validate()
    for warning in found.warnings:
        output.note(f"warning: {warning}")
    if report:
        write_report(found, report, graph)
    tell(found, graph, limit, as_json=as_json)
    if not found.nodes:
        output.note("warning: nothing was checked: no node of the graph is the target of a shape")
    elif not (quiet or as_json):
        output.note(summary(found))
    broken = found.counts["Violation"]
    if strict and (broken or not found.nodes):
        told = plural(broken, "violation") if broken else "nothing was checked"
        raise CheckError(told, "" if broken else "is there a spelling mistake in a target?")


def write_report(found: Checked, path: Path, graph: KnowledgeGraph) -> None:
    """Write what was found as RDF."""
    from kgtool.store.shacl_report import format_of
    from kgtool.store.shacl_report import report as made

    with output.opened(path) as file:
        file.write(made(found, format_of(path), graph.store.space))


def tell(found: Checked, graph: KnowledgeGraph, limit: int, *, as_json: bool) -> None:
    """Print what was found."""
    if as_json:
        output.write_json(found.to_json())
        return
    if not found.results:
        return
    short = graph.store.space.short
    rows: Iterable[list[str]] = (
        [
            *(short(text) for text in (r.focus, r.path, r.value, r.message)),
            short(f"<{r.shape}>") if "://" in r.shape else r.shape,
            r.severity,
        ]
        for r in found.results
    )
    if not sys.stdout.isatty():
        for row in rows:
            output.write("\t".join(" ".join(cell.split()) for cell in row) + "\n")
        return
    output.table(COLUMNS, islice(rows, limit or None))
    if 0 < limit < len(found.results):
        output.note(f"… and {len(found.results) - limit} more: --limit 0, --json or --report FILE have them all")


def summary(found: Checked) -> str:
    """One line for people."""
    violations, warnings, infos = found.counts.values()
    told = [plural(violations, "violation")]
    told += [plural(n, name) for n, name in ((warnings, "warning"), (infos, "note")) if n]
    return f"{', '.join(told)}; {plural(found.nodes, 'node')} checked by {plural(found.shapes, 'shape')}"


def plural(count: int, name: str) -> str:
    """A number with its noun."""
    return f"{count:,} {name}{'' if count == 1 else 's'}"
