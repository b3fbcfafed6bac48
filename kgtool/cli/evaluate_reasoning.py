"""``kgtool evaluate reasoning``."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli.evaluate import group

FIGURES = {
    "hits_at_1": "Hits@1", "hit": "any right", "precision": "precision", "recall": "recall", "f1": "F1",
    "exact": "exact",
}  # fmt: skip


@group.command()
def reasoning(
    gold: Annotated[Path, typer.Argument(metavar="QUESTIONS", help="JSON Lines: id, question, answers.")],
    store: options.StoreOption = None,
    encoder: Annotated[
        str | None, typer.Option("--encoder", metavar="NAME", help="auto, none, minilm or sbert.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the bootstrap samples.")] = 0,
    as_json: options.JsonOption = False,
    target: options.OutputOption = None,
    config: options.ConfigOption = None,
) -> None:
    """Score the reasoner by questions with gold answers.

    Answers are compared as sets. A question with an empty list of answers is to be refused.
    """
    import json

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in kgtool reason
    import kgtool.api
    from kgtool.evaluate import reasoning as evaluation

    questions = evaluation.read(gold)
    graph = kgtool.api.KnowledgeGraph(options.load(config, store=store, encoder=encoder))
    row = evaluation.evaluate(questions, graph.reason, seed)
    with output.opened(target) as file:
        file.write((json.dumps(row) + "\n" if as_json else page(row)).encode())


def page(row: Mapping[str, Any]) -> str:
    """The figures as tables."""
    file = io.StringIO()
    file.write(f"{row['questions']} questions, {row['answerable']} answerable\n\n")
    output.table(tuple(FIGURES.values()), [tuple(shown(row[name]) for name in FIGURES)], file)
    for name, found in row["intervals"].items():
        if found:
            file.write(f"{FIGURES[name]}: 95 % of bootstrap samples between {found[0]:.3f} and {found[1]:.3f}\n")
    file.write(
        f"\nabstained {row['abstained']} times: precision {shown(row['abstention_precision'])}, recall "
        f"{shown(row['abstention_recall'])}; answerable ones refused {shown(row['refused_answerable'])}\n"
        f"calibration error {shown(row['calibration'])}; evidence with a sentence {shown(row['cited'])}\n"
        f"seconds a question: median {row['seconds']['median']:.3f}, p99 {row['seconds']['p99']:.3f}\n"
    )
    return file.getvalue()


def shown(figure: float | None) -> str:
    """A figure, or a dash where there is nothing to count."""
    return "–" if figure is None else f"{figure:.3f}"
