"""``kgtool reason``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgtool.cli import _answers as answers
from kgtool.cli import _batch as batches
from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app
from kgtool.cli._settings import settings as settings_of
from kgtool.cli._settings import state
from kgtool.errors import AbstainedError, UsageError
from kgtool.iri import last_part
from kgtool.words import in_line

if TYPE_CHECKING:
    from kgtool.api import KnowledgeGraph
    from kgtool.model import Answer


@app.command()
def reason(
    question: Annotated[str | None, typer.Argument(help="The question.", show_default=False)] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "-f", "--file", metavar="FILE", show_default=False,
            help="Questions, one a line, or .jsonl with id and question; - is stdin. One JSON line each.",
        ),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", show_default=False,
            help="With -f: write the lines there; questions that are answered there are not asked again.",
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option("-j", "--jobs", metavar="N", min=1, help="With -f and a model: questions at a time.")
    ] = 1,
    entity: Annotated[
        list[str] | None,
        typer.Option(
            "--entity", metavar="IRI|NAME", show_default=False,
            help="What the question is about, where its words leave that open. Repeatable.",
        ),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also how the answer came about: names, paths with scores, what was left.")
    ] = False,
    trace: Annotated[
        Path | None,
        typer.Option("--trace", metavar="FILE", show_default=False, help="Write what happens, as it happens (JSONL)."),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", show_default=False, help="Draw the cited paths: .svg or .html."),
    ] = None,
    reject: Annotated[
        list[str] | None,
        typer.Option(
            "--reject", metavar="S|R|O", show_default=False,
            help="Answer as if the graph did not have this fact, and show what changes. Repeatable.",
        ),
    ] = None,
    assert_: Annotated[
        list[str] | None,
        typer.Option(
            "--assert", metavar="S|R|O", show_default=False, help="The same as if it had this fact. Repeatable."
        ),
    ] = None,
    save: Annotated[
        bool, typer.Option("--save-corrections", help="Keep --reject and --assert; kgtool update --undo N withdraws.")
    ] = False,
    store: options.AnyStoreOption = None,
    facts: options.GraphOption = None,
    encoder: Annotated[
        str | None, typer.Option("--encoder", metavar="NAME", help="auto, none, minilm or sbert.", show_default=False)
    ] = None,
    hybrid: Annotated[
        bool | None,
        typer.Option(
            "--hybrid/--no-hybrid",
            show_default=False,
            help="Sentences of the texts beside answers too, or never (default: where the graph has no answer).",
        ),
    ] = None,
    reasoner: options.ReasonerOption = None,
    variant: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of tog: tog (default), or tog-r, which samples.", show_default=False),
    ] = None,
    pruner: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of tog: auto, llm, bm25 or encoder.", show_default=False)
    ] = None,
    width: Annotated[
        int | None,
        typer.Option(metavar="N", help="Paths (64) or entities (3, tog) kept at each hop.", show_default=False),
    ] = None,
    depth: Annotated[int | None, typer.Option(metavar="N", help="Most hops (3).", show_default=False)] = None,
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
    frozen: options.ReasoningFrozenOption = False,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Of the model and of samples (0).", show_default=False)
    ] = None,
    as_json: options.JsonOption = False,
    config: options.ConfigOption = None,
) -> None:  # fmt: skip
    """Answer a question, with supporting sentences.

    Abstains (exit code 7) when the graph does not hold an answer.
    """
    # Texts of a few words are slower on several threads, and much slower where the CPUs are busy.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    import kgtool.api

    if (question is None) == (file is None):
        raise UsageError("give one question, or -f FILE", 'for example: kgtool reason "Who designed Colossus?"')
    if question is not None and not question.strip():
        raise UsageError("the question is empty", 'for example: kgtool reason "Who designed Colossus?"')
    if file is not None and (explain or plot or reject or assert_ or save):
        hint = "-f goes with -o, -j, --entity and --trace; ask one question for the others"
        raise UsageError("--explain, --plot and corrections are for one question", hint)
    if file is None and target is not None:
        raise UsageError("-o goes with -f", "a single answer goes to stdout: kgtool reason … > FILE")
    if file is None and jobs > 1:
        raise UsageError("-j goes with -f", "a single question is one at a time")
    if save and not (reject or assert_):
        raise UsageError("there are no corrections to save", "say which: --reject or --assert")
    answers.check_plot(plot)
    asked = batches.questions(file) if file is not None else []
    output.note(f"warning: {'stdin' if str(file) == '-' else file} has no questions", quiet=file is None or bool(asked))
    wanted = None if hybrid is None else "always" if hybrid else "never"
    settings = options.load(
        config, store=store, graph=facts, encoder=encoder, hybrid=wanted, reasoner=reasoner, variant=variant,
        pruner=pruner, beam_width=width, beam_depth=depth, seed=seed, llm=llm, strategy=strategy, cascade=cascade,
        verify_answers=verify, allow_unverified=allow_unverified or None, allow_parametric=allow_parametric or None,
        max_calls=max_calls, max_tokens=max_tokens, max_cost=max_cost, frozen=frozen or None,
    )  # fmt: skip
    asking = {
        "--strategy": strategy, "--cascade": cascade, "--verify": verify, "--allow-unverified": allow_unverified,
        "--allow-parametric": allow_parametric,
    }  # fmt: skip
    idle = [flag for flag, value in asking.items() if value]
    told = f"warning: without a language model (--llm) {', '.join(idle)} has no effect"
    output.note(told, quiet=not idle or bool(settings.text("llm")))
    graph = kgtool.api.KnowledgeGraph(settings)
    if estimate:
        texts = [question or ""] if file is None else [one.text for one in asked]
        output.write_estimate(graph.estimate_reasoning(texts).to_json(), as_json)
        return
    entities = [graph.entity(name) for name in entity or ()]
    with answers.traced(trace) as tell:
        if file is not None:
            origin = batches.Origin(settings_of(graph, entities), state(graph))
            there = batches.run(graph, asked, target, jobs=jobs, entities=entities, trace=tell, origin=origin)
            output.note(f"{there} answers were there", quiet=not there)
            return
        seen = answers.Recorder(tell)
        if reject or assert_:
            found, extra, changes = corrected(
                graph, question or "", seen, entities, (reject or [], assert_ or []), save
            )
        else:
            found, extra, changes = graph.reason(question or "", entities=entities, trace=seen), {}, []
    answers.warn(found)
    if plot and not found.abstained:
        answers.plot(plot, found)
    if as_json:
        output.write_json(found.to_json() | extra | ({"explanation": seen.events} if explain else {}))
        if found.abstained:
            raise typer.Exit(AbstainedError.code)
        return
    output.write("".join(f"{line}\n" for line in changes))
    show(found, seen, explain=explain)


def corrected(
    graph: KnowledgeGraph,
    question: str,
    seen: answers.Recorder,
    entities: list[str],
    facts: tuple[list[str], list[str]],
    save: bool,
) -> tuple[Answer, dict[str, Any], list[str]]:
    """The answer without some facts and with others, what --json has besides, and what changes, in lines."""
    rejected, asserted = facts
    before, after, made = graph.correct(question, rejected=rejected, asserted=asserted, entities=entities, trace=seen)
    for name in made.new:
        output.note(f"new in the graph: {in_line(name)}")
    for entity, kind in made.classes:
        name, called = (last_part(iri.value).replace("_", " ") for iri in (entity, kind))
        output.note(in_line(f"{name} is taken for a {called}, as the others there are"))
    row = made.to_json()
    if save:
        kept, report = graph.update(made.sparql)
        for warning in report.warnings:
            output.note(f"warning: {warning}")
        output.note(f"saved; kgtool update --undo {kept.number} withdraws it")
        row["number"] = kept.number
    return after, {"before": before.to_json(), "corrections": row}, [*answers.changes(before, after), ""]


def show(found: Answer, seen: answers.Recorder, *, explain: bool) -> None:
    """An answer for people.

    Raises:
        AbstainedError: when there is none.
    """
    told = [] if found.abstained else [*answers.lines(found), ""]
    if explain:
        told += [*answers.explanation(seen), ""]
    output.write("".join(f"{line}\n" for line in told))
    for line in answers.homonyms(found):
        output.note(line)
    if found.abstained:
        hint = "kgtool query @about --param name=… shows what the graph says; --explain what was looked at"
        error = AbstainedError(f"no answer: {found.reason}", hint)
        for line in answers.passages(found):
            error.add_note(line)
        raise error
    output.note(answers.query(found))
    if found.reason:
        output.note(in_line(found.reason))
