"""``kgtool evaluate reasoning``."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli.evaluate import group
from kgtool.errors import UsageError

if TYPE_CHECKING:
    from kgtool.api import KnowledgeGraph
    from kgtool.evaluate.reasoning import Gold

FIGURES = {
    "hits_at_1": "Hits@1", "hit": "any right", "precision": "precision", "recall": "recall", "f1": "F1",
    "exact": "exact", "abstention_precision": "abst. prec.", "abstention_recall": "abst. recall",
    "refused_answerable": "refused", "calibration": "calibration", "cited": "cited", "evidence_precision": "ev. prec.",
}  # fmt: skip
COSTS = ("calls", "tokens", "median s", "p99 s")


@group.command()
def reasoning(
    questions: Annotated[
        Path | None,
        typer.Argument(help="JSON Lines: id, question, answers, perhaps evidence.", show_default=False),
    ] = None,
    gold: Annotated[
        Path | None, typer.Option("--gold", metavar="FILE", help="The same as QUESTIONS.", show_default=False)
    ] = None,
    store: options.AnyStoreOption = None,
    facts: options.GraphOption = None,
    compare: Annotated[
        str | None,
        typer.Option(
            "--compare", metavar="NAMES", help="Reasoners side by side, for example paths,tog.", show_default=False
        ),
    ] = None,
    fit: Annotated[
        bool | None,
        typer.Option(
            "--fit/--unfit",
            show_default=False,
            help="Fit what confidences mean to these questions and keep it in the store; or drop it (without any).",
        ),
    ] = None,
    encoder: Annotated[
        str | None, typer.Option("--encoder", metavar="NAME", help="auto, none, minilm or sbert.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the bootstrap samples.")] = 0,
    as_json: options.JsonOption = False,
    target: options.OutputOption = None,
    config: options.ConfigOption = None,
) -> None:
    """Score the reasoner by questions with gold answers.

    Answers are compared as sets. A question with an empty list of answers is to be refused. kgtool synth qa makes such
    questions of a graph.
    """  # fmt: skip
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in kgtool reason
    import kgtool.api
    from kgtool.evaluate import reasoning as evaluation

    dropping = fit is False and questions is None and gold is None
    if (questions is None) == (gold is None) and not dropping:
        raise UsageError("give one file of questions", "for example: kgtool evaluate reasoning QUESTIONS.jsonl")
    rows = evaluation.read(questions or gold or Path()) if not dropping else []
    names: list[str | None] = [*dict.fromkeys(compare.split(","))] if compare is not None else [None]
    if fit is not None and len(names) > 1:
        raise UsageError("--fit is for one reasoner", "leave out --compare")
    graphs = [
        kgtool.api.KnowledgeGraph(options.load(config, store=store, graph=facts, encoder=encoder, reasoner=name))
        for name in names
    ]
    for graph in graphs:
        graph.reasoner  # noqa: B018  # a name that is not there is told before questions are asked
    if dropping:
        drop(graphs[0], as_json=as_json)
        return
    if fit is not None:
        calibrate(graphs[0], rows if fit else None)
    found = [[graph.reasoner.reason(q.question) for q in rows] for graph in graphs]
    made = [
        {"reasoner": graph.config.text("reasoner")} | evaluation.figures(rows, answers, seed)
        for graph, answers in zip(graphs, found, strict=True)
    ]
    if compare is not None:
        for row, answers in zip(made[1:], found[1:], strict=True):
            row["better"] = evaluation.differences(rows, answers, found[0], seed)
    with output.opened(target) as file:
        told = json.dumps(made[0] if compare is None else {"rows": made}) + "\n" if as_json else page(made)
        file.write(told.encode())


def drop(graph: KnowledgeGraph, *, as_json: bool) -> None:
    """Drop what confidences of the reasoner mean, and say whether that was fitted at all."""
    name = graph.config.text("reasoner")
    had = graph.calibrations.get(name)
    graph.calibrate(None)
    fitted = had.questions if had else 0
    if as_json:
        output.write_json({"reasoner": name, "dropped": fitted})
    else:
        output.note(f"dropped: the confidences of {name} were fitted on {fitted} answers" if had else "none was fitted")


def calibrate(graph: KnowledgeGraph, questions: Sequence[Gold] | None) -> None:
    """Fit the reasoner's confidences to its answers without a bar, and keep that; or drop it without questions."""
    from kgtool.evaluate.reasoning import is_right
    from kgtool.reason.calibration import Calibration

    if questions is None:
        graph.calibrate(None)
        return
    raw = graph.make_reasoner(raw=True)
    answers = [(q, raw.reason(q.question)) for q in questions]
    fitted = Calibration.fit((a.confidence, is_right(q, a)) for q, a in answers if not a.abstained)
    graph.calibrate(fitted)
    output.note(f"confidences are fitted on {fitted.questions} answers; the figures are of the same questions")


def page(rows: Sequence[Mapping[str, Any]]) -> str:
    """The figures as a table with a column for each reasoner."""
    file = io.StringIO()
    file.write(f"{rows[0]['questions']} questions, {rows[0]['answerable']} answerable\n\n")
    lines = [(title, *(shown(row[name]) for row in rows)) for name, title in FIGURES.items()]
    costs = [(r["calls"], r["tokens"], f"{r['seconds']['median']:.3f}", f"{r['seconds']['p99']:.3f}") for r in rows]
    lines += [(title, *map(str, found)) for title, found in zip(COSTS, zip(*costs, strict=True), strict=True)]
    output.table(("", *(row["reasoner"] for row in rows)), lines, file)
    file.write("\n")
    for row in rows:
        for name, found in row["intervals"].items():
            if found:
                shares = f"{found[0]:.3f} and {found[1]:.3f}"
                file.write(f"{row['reasoner']}, {FIGURES[name]}: 95 % of bootstrap samples between {shares}\n")
        for name, found in row.get("better", {}).items():
            if found["interval"]:
                low, high = found["interval"]
                told = f"{found['mean']:+.3f} ({low:+.3f} to {high:+.3f})"
                file.write(f"{row['reasoner']} against {rows[0]['reasoner']}, {FIGURES[name]}: {told}\n")
    return file.getvalue()


def shown(figure: float | None) -> str:
    """A figure, or a dash where there is nothing to count."""
    return "–" if figure is None else f"{figure:.3f}"
