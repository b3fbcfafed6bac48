"""``kgtool build``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app
from kgtool.errors import CheckError, PartialError, UsageError

if TYPE_CHECKING:
    from kgtool.pipeline import Report

PathsArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[PATHS]...",
        help="Files, directories, - (stdin); without any, those recorded before.",
        show_default=False,
    ),
]


@app.command()
def build(
    paths: PathsArgument = None,
    store: options.StoreOption = None,
    extractor: options.ExtractorOption = None,
    fuser: options.FuserOption = None,
    schema: options.SchemaOption = None,
    schema_mode: options.SchemaModeOption = None,
    shapes: options.ShapesOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 8 when statements break the shapes; published all the same.")
    ] = False,
    llm: options.LlmOption = None,
    jobs: options.JobsOption = None,
    max_calls: options.MaxCallsOption = None,
    max_tokens: options.MaxTokensOption = None,
    max_cost: options.MaxCostOption = None,
    estimate: options.EstimateOption = False,
    frozen: options.FrozenOption = False,
    batch: options.BatchOption = False,
    discover: options.DiscoverOption = None,
    id_field: options.IdFieldOption = None,
    text_field: options.TextFieldOption = None,
    dry_run: options.DryRunOption = False,
    yes: options.YesOption = False,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
    log_file: options.LogOption = None,
    config: options.ConfigOption = None,
) -> None:
    """Build the graph from documents, or bring it up to date.

    Only what changed is extracted again. Documents that lay under a PATH and are gone are removed. Formats: txt, md,
    html, pdf, docx, and csv, tsv, json, jsonl with one document a row or object.
    """
    import kgtool.api

    logger = output.log_to(log_file)
    settings = options.load_asking(
        config, store=store, extractor=extractor, fuser=fuser, schema=schema, schema_mode=schema_mode,
        shapes=shapes, llm=llm, jobs=jobs, max_calls=max_calls, max_tokens=max_tokens, max_cost=max_cost,
        frozen=frozen or None, batch=batch or None, discover=discover,
    )  # fmt: skip
    if strict and not settings["shapes"]:
        raise UsageError("--strict is about shapes, and none are named", "--shapes FILE, or shapes in kgtool.toml")
    graph = kgtool.api.KnowledgeGraph(settings)
    if estimate:
        output.write_estimate(
            graph.estimate(*(paths or []), yes=yes, id_field=id_field, text_field=text_field).to_json(), as_json
        )
        return
    with output.progress(quiet=quiet or as_json) as bar:
        report = graph.build(
            *(paths or []), yes=yes, dry_run=dry_run, id_field=id_field, text_field=text_field, progress=bar
        )
    failed = report.documents["failed"]
    for row in report.documents["skipped"]:
        output.note(f"warning: {row['path']}: {row['reason']}, skipped", quiet=quiet)
    for row in failed:
        output.note(f"failed: {row['path']}: {row['error']}")
        logger.error("%s: %s", row["path"], row["error"])
    for warning in report.warnings:
        output.note(f"warning: {warning}")
        logger.warning("%s", warning)
    logger.info("%s", summary(report, dry_run=dry_run))
    if as_json:
        output.write_json(report.to_json())
    elif not quiet:
        output.note(summary(report, dry_run=dry_run))
        if report.calls["made"] or report.calls["cached"]:
            output.note(spent(report))
        if verbose:
            output.note("seconds: " + ", ".join(f"{k} {v:.1f}" for k, v in report.seconds.items()))
    if failed:
        raise PartialError(output.failures(len(failed)), "mend or remove them; the next build tries them again")
    if strict and report.violations:
        raise CheckError(broken(report), "kgtool query @quarantine, and kgtool validate")


def broken(report: Report) -> str:
    """How the graph breaks the shapes."""
    statements = report.triples["quarantined"] - sum(report.dropped.values())
    left = report.violations - statements
    told = [f"{statements} statement{' is' if statements == 1 else 's are'} in quarantine"] if statements else []
    told += [f"{left} violation{' has' if left == 1 else 's have'} no statement that could be"] if left else []
    return ", and ".join(told)


def spent(report: Report) -> str:
    """One line about the calls to a language model."""
    made, cached, failed = (report.calls[k] for k in ("made", "cached", "failed"))
    tokens = f"{report.tokens['prompt']} + {report.tokens['completion']} tokens"
    counts = (f"{name} {n}" for part in (report.rungs, report.dropped) for name, n in part.items())
    cost = f", cost {report.cost:g}" if report.cost else ""
    return f"calls: {made} made, {cached} cached, {failed} failed; {tokens}{cost}; {', '.join(counts)}"


def summary(report: Report, *, dry_run: bool) -> str:
    """One line for people."""
    d = report.documents
    files = f"{d['added']} added, {d['changed']} changed, {d['removed']} removed, {d['unchanged']} unchanged"
    if dry_run:
        return f"would be: {files}"
    graph = f"{report.triples['published']} triples, {report.entities} entities, {report.merges} merges"
    return f"{'built' if report.changed else 'up to date'}: {files}; {graph}"
