"""``kgtool reason``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app
from kgtool.errors import AbstainedError, NotFoundError, PartialError, UsageError

if TYPE_CHECKING:
    from kgtool.api import KnowledgeGraph
    from kgtool.model import Answer


@app.command()
def reason(
    question: Annotated[str | None, typer.Argument(help="The question.", show_default=False)] = None,
    file: Annotated[
        Path | None,
        typer.Option("-f", "--file", help="Questions, one a line, or .jsonl with id and question.", show_default=False),
    ] = None,
    store: options.AnyStoreOption = None,
    facts: options.GraphOption = None,
    encoder: Annotated[
        str | None, typer.Option("--encoder", metavar="NAME", help="auto, none, minilm or sbert.", show_default=False)
    ] = None,
    llm: options.ReasoningLlmOption = None,
    strategy: options.StrategyOption = None,
    cascade: options.CascadeOption = None,
    verify: options.VerifyOption = None,
    allow_unverified: options.UnverifiedOption = False,
    allow_parametric: options.ParametricOption = False,
    max_calls: options.MaxCallsOption = None,
    max_tokens: options.MaxTokensOption = None,
    max_cost: options.MaxCostOption = None,
    estimate: options.EstimateOption = False,
    frozen: options.FrozenOption = False,
    as_json: options.JsonOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Answer a question, with supporting sentences.

    Abstains (exit code 7) when the graph does not hold an answer.
    """
    # Texts of a few words are slower on several threads, and much slower where the CPUs are busy.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import kgtool.api

    if (question is None) == (file is None):
        raise UsageError("give one question, or -f FILE", 'for example: kgtool reason "Who designed Colossus?"')
    settings = options.load(
        config, store=store, graph=facts, encoder=encoder, llm=llm, strategy=strategy, cascade=cascade,
        verify_answers=verify, allow_unverified=allow_unverified or None, allow_parametric=allow_parametric or None,
        max_calls=max_calls, max_tokens=max_tokens, max_cost=max_cost, frozen=frozen or None,
    )  # fmt: skip
    graph = kgtool.api.KnowledgeGraph(settings)
    if estimate:
        asked = [question or ""] if file is None else [text for _, text in questions(file)]
        output.write_estimate(graph.estimate_reasoning(asked).to_json(), as_json)
        return
    if file is not None:
        batch(graph, file)
        return
    found = graph.reason(question or "")
    warn(found)
    if as_json:
        output.write_json(found.to_json())
        if found.abstained:
            raise typer.Exit(AbstainedError.code)
        return
    if found.abstained:
        raise AbstainedError(
            f"no answer: {found.reason}", "kgtool query @about --param name=… shows what the graph says"
        )
    show(found)


def batch(graph: KnowledgeGraph, file: Path) -> None:
    """Answer every question of a file, one JSON line each.

    Raises:
        PartialError: when some question failed.
    """
    failed = 0
    for identifier, text in questions(file):
        try:
            found = replace(graph.reason(text), id=identifier)
            warn(found)
            row = found.to_json()
        except (ValueError, ArithmeticError, LookupError) as error:
            failed += 1
            row = {"id": identifier, "question": text, "error": f"{type(error).__name__}: {error}"}
        output.write_json(row)
    if failed:
        raise PartialError(f"{failed} questions failed", "their lines say why")


def questions(file: Path) -> Iterator[tuple[str, str]]:
    """Identifier and text of each question.

    Raises:
        NotFoundError: when the file does not exist.
        UsageError: for a line that is no question.
    """
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NotFoundError(f"no such file: {file}", "check -f") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}", "check -f") from error
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        if file.suffix not in {".jsonl", ".ndjson"}:
            yield str(number), line.strip()
            continue
        try:
            row = json.loads(line)
            yield str(row["id"]), str(row["question"])
        except (ValueError, KeyError, TypeError) as error:
            hint = 'each line must be an object with "id" and "question"'
            raise UsageError(f"{file}, line {number}: {error!r}", hint) from error


def warn(found: Answer) -> None:
    """Say what was done without the model that should take part."""
    for told in found.notes:
        output.note(f"warning: {f'{found.id}: ' if found.id else ''}{told}")


def show(found: Answer) -> None:
    """An answer for people: the set, the sentences, the query."""
    lines = [*found.answers, ""]
    if found.basis:
        lines.append(found.text)
    for number, cited in enumerate(found.evidence, 1):
        lines.append(f"[{number}] {cited.subject} – {cited.predicate} – {cited.object}")
        if cited.quote:
            place = ", ".join(filter(None, (cited.document, cited.anchor, f"{cited.begin}–{cited.end}")))
            lines.append(f"    “{' '.join(cited.quote.split())}” ({place})")
        if cited.justification:
            lines.append(f"    inferred: {cited.justification}")
    lines += ["", f"confidence {found.confidence:.2f}", ""]
    output.write("\n".join(lines))
    output.note(found.sparql)
