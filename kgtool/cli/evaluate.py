"""``kgtool evaluate extraction``."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app, help_without_command
from kgtool.errors import PartialError, UsageError

if TYPE_CHECKING:
    from kgtool.config import Config
    from kgtool.evaluate.extraction import Found
    from kgtool.evaluate.gold import GoldDocument

group = typer.Typer(
    invoke_without_command=True, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
)
app.add_typer(group, name="evaluate")


@group.callback()
def root(context: typer.Context) -> None:
    """Measure against a gold standard."""
    help_without_command(context)


@group.command()
def extraction(
    gold: Annotated[Path, typer.Option("--gold", metavar="FILE", help="JSON Lines: id, text, triples.")],
    predictions: Annotated[
        Path | None,
        typer.Option(
            "--predictions",
            metavar="FILE",
            show_default=False,
            help="Score these triples (as extract writes them) instead of extracting.",
        ),
    ] = None,
    match: Annotated[
        str, typer.Option("--match", metavar="HOW", help="When names are the same: strict or relaxed.")
    ] = "strict",
    baseline: Annotated[
        bool, typer.Option("--baseline/--no-baseline", help="Also run the rules extractor, for comparison.")
    ] = True,
    target: options.OutputOption = None,
    as_json: options.JsonOption = False,
    extractor: options.ExtractorOption = None,
    schema: options.SchemaOption = None,
    schema_mode: options.SchemaModeOption = None,
    llm: options.LlmOption = None,
    jobs: options.JobsOption = None,
    max_calls: options.MaxCallsOption = None,
    max_tokens: options.MaxTokensOption = None,
    max_cost: options.MaxCostOption = None,
    estimate: options.EstimateOption = False,
    frozen: options.FrozenOption = False,
    batch: options.BatchOption = False,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Score an extractor against gold triples.

    Precision, recall and F1 per relation, micro and macro, as the relations are spread and with all of them balanced;
    what a document costs; and the rules extractor beside it.
    """
    from kgtool import pipeline
    from kgtool.evaluate import extraction as evaluation
    from kgtool.evaluate.gold import read_gold
    from kgtool.evaluate.matching import MATCHES

    settings = options.load_asking(
        config, extractor=extractor, schema=schema, schema_mode=schema_mode, llm=llm, jobs=jobs,
        max_calls=max_calls, max_tokens=max_tokens, max_cost=max_cost, frozen=frozen or None, batch=batch or None,
    )  # fmt: skip
    if match not in MATCHES:
        raise UsageError(f"--match {match!r} is not known", f"choose one of: {', '.join(MATCHES)}")
    if str(gold) == str(predictions) == "-":
        raise UsageError("--gold and --predictions cannot both be standard input", "name a file for one of them")
    documents = read_gold(gold, texts=predictions is None or baseline)
    if estimate:
        row = pipeline.estimate_documents(evaluation.documents(documents), settings).to_json()
        output.write_estimate(row, as_json=as_json)
        return
    with output.opened(target) as file:  # first, so that no call is paid for in vain
        found = [given(predictions, documents)] if predictions else []
        found += extracted(documents, settings, own=predictions is None, baseline=baseline, quiet=quiet)
        row = {
            "match": match,
            "gold": evaluation.gold_row(documents),
            "rows": [evaluation.score(documents, f, match) for f in found],
        }
        file.write((json.dumps(row, ensure_ascii=False) + "\n" if as_json else page(row)).encode())
    failed = {d for f in found for d in f.failed}
    if failed:
        raise PartialError(output.failures(len(failed)), "they count as documents without triples")


def given(path: Path, documents: Sequence[GoldDocument]) -> Found:
    """The triples of a file.

    Raises:
        UsageError: when none of them is of a document of the gold.
    """
    from kgtool.evaluate.extraction import Found
    from kgtool.evaluate.gold import read_predictions

    triples = read_predictions(path)
    names = {d.id for d in documents}
    kept = [t for t in triples if t.evidence.document in names]
    if triples and not kept:
        hint = "documents are named by their id, as kgtool extract GOLD does"
        raise UsageError(f"no document of {path} is in the gold", hint)
    if len(kept) < len(triples):
        output.note(f"left out: {len(triples) - len(kept)} triples of documents that are not in the gold")
    return Found("predictions", kept)


def extracted(
    documents: Sequence[GoldDocument], settings: Config, *, own: bool, baseline: bool, quiet: bool
) -> Iterator[Found]:
    """What the extractor of the settings finds, and what the baseline does, unless it is the same."""
    from kgtool import pipeline
    from kgtool.evaluate.extraction import BASELINE, run, run_baseline

    def fail(document: str, error: str) -> None:
        output.note(f"failed: {document}: {error}")

    runs = [run] if own else []
    runs += [run_baseline] if baseline and not (own and settings["extractor"] == BASELINE) else []
    for each in runs:
        with output.progress(quiet=quiet) as bar:
            yield each(documents, settings, failed=fail, progress=bar or pipeline.silent)


# tables for people


def page(row: Mapping[str, Any]) -> str:
    """The figures as tables."""
    file = io.StringIO()
    size = row["gold"]
    file.write(
        f"{size['documents']} documents, {size['triples']} gold triples, {size['relations']} relations; "
        f"match {row['match']}\n\n"
    )
    output.table(("extractor", "on", "weights", "average", *FIGURES), overall(row["rows"]), file)
    costs = [cost_cells(r) for r in row["rows"] if r["cost"] is not None]
    if costs:
        file.write("\n")
        output.table(COSTS, costs, file)
    for each in row["rows"]:
        file.write(f"\n{name_of(each)}, {each['predicted']} triples ({each['outside']} with other predicates)\n")
        output.table(("relation", "gold", "predicted", "right", *FIGURES, "pair recall"), relation_rows(each), file)
    return file.getvalue()


FIGURES = ("precision", "recall", "F1")
COSTS = ("per document", "seconds", "calls", "cached", "prompt tokens", "completion tokens", "money")


def name_of(row: Mapping[str, Any]) -> str:
    """How a row is called."""
    return f"{row['extractor']} (baseline)" if row["baseline"] else str(row["extractor"])


def overall(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Each extractor's averages."""
    for row in rows:
        name = name_of(row)
        for level in ("triple", "pair"):
            for weights in ("as_is", "balanced"):
                for average, figures in row[level][weights].items():
                    yield name, level, weights.replace("_", " "), average, *cells(figures)
                    name = ""


def relation_rows(row: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """One extractor's figures by relation."""
    for each in row["relations"]:
        counts = (str(each[k]) for k in ("gold", "predicted", "right"))
        yield each["relation"], *counts, *cells(each), f"{each['pair_recall']:.3f}"


def cells(figures: Mapping[str, float]) -> tuple[str, ...]:
    """Precision, recall and F1."""
    return tuple(f"{figures[k.lower()]:.3f}" for k in FIGURES)


def cost_cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """What a document took."""
    cost, tokens = row["cost"], row["cost"]["tokens"]
    numbers = (cost["seconds"], cost["calls"], cost["cached"], tokens["prompt"], tokens["completion"])
    return name_of(row), *(f"{n:.4g}" for n in numbers), "unknown" if cost["money"] is None else f"{cost['money']:g}"
