"""``kgtool fuse``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app
from kgtool.errors import BudgetError, PartialError, UsageError


@app.command()
def fuse(
    files: Annotated[list[Path], typer.Argument(help="JSON Lines as extract writes them, CSV, TSV, - (stdin).")],
    target: options.OutputOption = None,
    clusters: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write each surface form with its canonical name.")
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(metavar="MAP", help="Columns or keys by name, subject=head,object=tail, or by number from 1."),
    ] = None,
    fuser: options.FuserOption = None,
    llm: options.LlmOption = None,
    jobs: options.JobsOption = None,
    max_calls: options.MaxCallsOption = None,
    max_tokens: options.MaxTokensOption = None,
    max_cost: options.MaxCostOption = None,
    frozen: options.FrozenOption = False,
    batch: options.BatchOption = False,
    discover: options.DiscoverOption = None,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Fuse triples into one graph, without a store; one JSON line a statement.

    Triples need subject, predicate and object; confidence, status and document are used where they are given.
    """
    from kgtool import fusing, making, pipeline
    from kgtool.calls import Calls

    settings = options.load(
        config, fuser=fuser, llm=llm, jobs=jobs, max_calls=max_calls, max_tokens=max_tokens, max_cost=max_cost,
        frozen=frozen or None, batch=batch or None, discover=discover,
    )  # fmt: skip
    if llm and settings["fuser"] != making.ASKING_FUSER:
        raise UsageError(f"the fuser {settings['fuser']} asks no language model", "add --fuser graphusion")
    made = making.make_fuser(settings, Calls(settings, Path(":memory:")))
    lines = list(fusing.read(files, fusing.columns(columns)))
    failed = [line for line in lines if line.triple is None]
    for line in failed:
        output.note(f"failed: {line.where}: {line.error}")
    found = [(line.number, line.triple) for line in lines if line.triple is not None]
    if not found:
        raise UsageError("there is no triple to fuse", "a line needs subject, predicate and object; see --columns")
    numbers, triples = [n for n, _ in found], [t for _, t in found]
    try:
        fusion = made.fuse(triples)
    except BudgetError as error:
        raise BudgetError(error.message, "nothing was written; build keeps answers and goes on") from error
    for asked in fusion.unanswered:
        output.note(f"warning: {pipeline.UNANSWERED}: {asked.about}: {asked.error}")
    with output.opened(target) as file:
        for row in fusing.rows_of(fusion, numbers, triples):
            file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    if clusters is not None:
        with output.opened(clusters) as file:
            for surface, name in fusing.clusters(fusion, triples):
                file.write(f"{surface}\t{name}\n".encode())
    if target is not None:
        published = sum(s.status == "published" for s in fusion.statements)
        output.note(f"{len(triples)} triples, {published} statements, {len(fusion.entities)} entities", quiet=quiet)
    if failed:
        raise PartialError(f"{len(failed)} of {len(lines)} lines are no triples", "mend or remove them")
