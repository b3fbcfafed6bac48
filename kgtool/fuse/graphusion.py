"""The cascade with a language model as its judge: asked about what the rules leave open, and about nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kgtool.errors import EndpointError, RemoteError
from kgtool.fuse import names
from kgtool.fuse.cascade import CascadeFuser
from kgtool.fuse.conflicts import Choice, Tie
from kgtool.fuse.judging import Pair, Verdict
from kgtool.fuse.mentions import Mentions
from kgtool.fuse.objections import objection
from kgtool.llm.parallel import in_order
from kgtool.llm.prompts import Prompt
from kgtool.model import Fusion, Statement, Triple, Unanswered, digest
from kgtool.ports import LanguageModel, ModelAnswer, ModelRequest

VERSION = "1"
QUESTIONS = 20
"""Most pairs or conflicts in one call."""
CANDIDATES = 8
"""Most candidates of a conflict that are shown, the strongest first."""
SENTENCES = 2
"""Most sentences shown for a name or a candidate."""
LONGEST = 200
"""Characters of a name or a sentence, the rest is cut."""
REASON = 100
"""Characters of a reason."""
UNSURE = 0
"""The candidate that is none."""

NAMES, CONFLICTS = (Prompt("kgtool.fuse", name) for name in ("names", "conflicts"))

Row = Mapping[str, Any]
"""What a model says about one question: ``number``, ``why``, ``answer``."""


def unprepared(requests: Collection[ModelRequest]) -> None:
    """Nothing is done before requests are asked one by one."""


class GraphusionFuser:
    """Step 3 of Graphusion (Yang et al., WWW 2025 companion): merge entities, resolve conflicts; with these departures.

    The rules of the cascade come first, over all triples at once; the model is asked about the pairs of names and the
    ties that they leave open, many in one call, with the shortest sentences about each, instead of concept by concept
    with everything. Its verdicts are decisions like any other, and never go before a veto or a person's word. New links
    are not proposed.

    Args:
        model: the language model.
        cascade: the rules.
        jobs: calls at a time.
        prepare: is given the requests of a round before they are asked, so that it can have them answered in a batch.
    """

    def __init__(
        self,
        model: LanguageModel,
        cascade: CascadeFuser | None = None,
        *,
        jobs: int = 1,
        prepare: Callable[[Collection[ModelRequest]], None] = unprepared,
    ) -> None:
        self.model = model
        self.cascade = cascade or CascadeFuser()
        self.jobs = jobs
        self.prepare = prepare

    def settings(self) -> Mapping[str, str]:
        """Those of the cascade and of the model, with the prompts."""
        rules = dict(self.cascade.settings())
        own = {"fuser": "graphusion", "version": f"{VERSION} on {rules['version']}"}
        return {**rules, **self.model.settings(), **own, "prompts": digest(NAMES.hash, CONFLICTS.hash)[:16]}

    def fuse(self, triples: Sequence[Triple]) -> Fusion:
        """Fuse all triples; see :class:`kgtool.ports.Fuser`.

        Raises:
            RemoteError: when the endpoint failed for all there was to ask.
            BudgetError: when the budget is used up; what was answered is kept by the model's cache.
        """
        judge = ModelJudge(self, triples)
        fusion = self.cascade.fuse(triples, judge)
        return replace(fusion, unanswered=tuple(judge.unanswered))


class ModelJudge:
    """Puts the questions of one fusion to the model; see :class:`kgtool.fuse.judging.Judge`."""

    def __init__(self, fuser: GraphusionFuser, triples: Sequence[Triple]) -> None:
        self.fuser = fuser
        self.triples = triples
        self.unanswered: list[Unanswered] = []

    def names(self, pairs: Sequence[Pair], mentions: Mentions) -> Sequence[Verdict]:
        """Which of the pairs are one thing, and which are two."""
        found = sentences(self.triples, {n for p in pairs for n in (p.a, p.b)})
        rows = self.ask(NAMES, {"type": "string", "enum": ["same", "different", "unsure"]}, [
            "\n".join(described(letter, n, mentions, found[n]) for letter, n in (("A", p.a), ("B", p.b))) for p in pairs
        ])  # fmt: skip
        heard = [(p, row) for p, row in zip(pairs, rows, strict=True) if row and row["answer"] != "unsure"]
        return [Verdict(p, row["answer"], self.said(row)) for p, row in heard]

    def conflicts(self, ties: Sequence[Tie]) -> Mapping[Tie, Choice]:
        """Which candidates are right."""
        rows = self.ask(CONFLICTS, {"type": "integer"}, [conflict(t, self.triples) for t in ties])
        return {
            tie: Choice(tie.candidates[row["answer"] - 1], f"was chosen, {self.said(row)}")
            for tie, row in zip(ties, rows, strict=True)
            if row and UNSURE < row["answer"] <= len(tie.candidates[:CANDIDATES])
        }

    def said(self, row: Row) -> str:
        """Who said it, and why."""
        why = shown(row["why"])[:REASON]
        return f"said by {self.fuser.model.settings()['model']}" + (f": {why}" if why else "")

    def ask(self, prompt: Prompt, answer: Mapping[str, Any], questions: Sequence[str]) -> list[Row | None]:
        """What the model says about each question; None where it says nothing.

        Args:
            prompt: of this kind of question.
            answer: JSON schema of the answer to one.
            questions: one after the other.

        Raises:
            RemoteError: when the endpoint failed for all of them.
        """
        parts = [questions[i : i + QUESTIONS] for i in range(0, len(questions), QUESTIONS)]
        requests = [request(prompt, answer, part) for part in parts]
        self.fuser.prepare(requests)
        answers = list(in_order(self.one, requests, self.fuser.jobs))
        failed = [a for a in answers if isinstance(a, RemoteError)]
        if len(failed) == len(answers):
            raise failed[0]
        return [row for part, said in zip(parts, answers, strict=True) for row in self.rows(prompt, part, said)]

    def one(self, asked: ModelRequest) -> ModelAnswer | RemoteError:
        """The answer, or why this call failed.

        Raises:
            EndpointError: when no call can succeed.
            BudgetError: when the budget is used up.
        """
        try:
            return self.fuser.model.ask(asked)
        except EndpointError:
            raise
        except RemoteError as error:
            return error

    def rows(self, prompt: Prompt, part: Sequence[str], said: ModelAnswer | RemoteError) -> list[Row | None]:
        """What an answer says about each question of its call; without an answer, that is recorded."""
        if isinstance(said, ModelAnswer) and said.complete:
            return by_number(said.data["answers"], len(part))
        remote = isinstance(said, RemoteError)
        about = f"{prompt.name} ({len(part)}), the first {shown(part[0])}"
        error = said.message if isinstance(said, RemoteError) else said.problem
        self.unanswered.append(Unanswered(about, error, remote))
        return [None] * len(part)


# asking


def request(prompt: Prompt, answer: Mapping[str, Any], questions: Sequence[str]) -> ModelRequest:
    """What is asked in one call: numbered questions, each line behind the first one of a question indented."""
    numbered = [f"{i}. {q}".replace("\n", "\n   ") for i, q in enumerate(questions, 1)]
    row = {"number": {"type": "integer"}, "why": {"type": "string", "maxLength": REASON}, "answer": dict(answer)}
    item = {"type": "object", "properties": row, "required": list(row), "additionalProperties": False}
    rows = {"type": "array", "items": item, "minItems": len(questions), "maxItems": len(questions)}
    schema = {"type": "object", "properties": {"answers": rows}, "required": ["answers"], "additionalProperties": False}
    messages = prompt.messages("\n".join(numbered), count=str(len(questions)))
    return ModelRequest(messages, schema, max_tokens=64 + 96 * len(questions))


def by_number(rows: Iterable[Row], count: int) -> list[Row | None]:
    """The row of each question by its number, from 1; None where there is none, or where two contradict."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["number"]].append(row)
    alike = {n: len({row["answer"] for row in same}) == 1 for n, same in found.items()}
    return [found[n][0] if alike.get(n) else None for n in range(1, count + 1)]


def described(letter: str, normal: str, mentions: Mentions, told: Sequence[str]) -> str:
    """A name of a pair: as it is written, with its type and what is said about it."""
    kind = f" ({mentions.kind(normal)})" if mentions.kind(normal) else ""
    return "\n".join([f"{letter}: {shown(mentions.shown(normal))}{kind}", *(f"   {text}" for text in told)])


def conflict(tie: Tie, triples: Sequence[Triple]) -> str:
    """A conflict: the rule that is broken, and the candidates with the sentences that they were taken from."""
    lines = [shown(tie.rule)]
    for i, statement in enumerate(tie.candidates[:CANDIDATES], 1):
        sources = stating(statement, triples)
        lines.append(f"candidate {i}: {shown(words(sources[0]))}")
        lines += [f"   {text}" for text in shortest({sentence(t) for t in sources})]
    return "\n".join(lines)


def stating(statement: Statement, triples: Sequence[Triple]) -> list[Triple]:
    """The triples that make a statement true, in the order of their words, whatever their order is."""
    carried = [triples[i] for i in statement.sources]
    return sorted((t for t in carried if not objection(t)), key=lambda t: (words(t), sentence(t)))


def sentences(triples: Iterable[Triple], wanted: Collection[str]) -> dict[str, list[str]]:
    """The shortest sentences about each of some names (normal forms), those that have the name itself first."""
    found: dict[str, dict[str, bool]] = {n: {} for n in wanted}
    for t in triples:
        for name in (t.subject,) if t.datatype else (t.subject, t.object):
            normal = names.key(name)
            if normal in found:
                text = sentence(t)
                found[normal][text] = found[normal].get(text, False) or name in text
    return {n: shortest({x for x in texts if texts[x]}) or shortest(texts) for n, texts in found.items()}


def shortest(texts: Iterable[str]) -> list[str]:
    """The shortest of some texts, as they are shown."""
    return [shown(text) for text in sorted(texts, key=lambda text: (len(text), text))[:SENTENCES]]


def sentence(triple: Triple) -> str:
    """The sentence that a triple was found in; without one, its words."""
    return triple.evidence.quote if triple.evidence.quote.strip() else words(triple)


def words(triple: Triple) -> str:
    """Subject, predicate and object."""
    return f"{triple.subject} {triple.predicate} {triple.object}"


def shown(text: str) -> str:
    """A text in one line, cut."""
    return " ".join(text.split())[:LONGEST]
