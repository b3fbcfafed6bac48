"""How good answers are: beside gold sets, with what is refused, and how far confidences can be trusted.

Answers are compared whole, after compatibility form, case folding, underscores and white space; an IRI also by its last
part. No answer is never right, and a question whose gold set is empty is right when it is refused.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote

from kgtool.errors import UsageError
from kgtool.evaluate.gold import rows as objects
from kgtool.model import Answer

SAMPLES = 1000
BINS = 10
SHARES = ("hits_at_1", "hit", "precision", "recall", "f1", "exact")


@dataclass(frozen=True)
class Gold:
    """A question with its answers; none where the graph has none.

    ``others`` are further names of each answer, ``evidence`` the triples (labels) that the answers rest on.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    others: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def from_json(cls, row: Mapping[str, Any], number: int) -> Self:
        """A line of a file; an answer is a name or a list of names of one thing.

        Raises:
            ValueError: saying what is wrong with it.
        """
        answers, evidence = row.get("answers"), row.get("evidence", [])
        if not isinstance(row.get("question"), str):
            raise ValueError("no text 'question'")
        if not isinstance(answers, list):
            raise ValueError("no list 'answers'")
        if not isinstance(evidence, list):
            raise ValueError("'evidence' is no list")
        names = [tuple(map(str, a)) if isinstance(a, list) else (str(a),) for a in answers]
        if not all(names) or not all(isinstance(t, list) and len(t) == 3 for t in evidence):
            raise ValueError("an answer has no name, or a triple of the evidence has not three parts")
        others = tuple(n[1:] for n in names) if any(len(n) > 1 for n in names) else ()
        triples = tuple(tuple(map(str, t)) for t in evidence)
        return cls(str(row.get("id", number)), row["question"], tuple(n[0] for n in names), others, triples)

    @property
    def wanted(self) -> list[frozenset[str]]:
        """What each answer is compared by."""
        others = self.others or ((),) * len(self.answers)
        return [forms(a).union(*map(forms, more)) for a, more in zip(self.answers, others, strict=True)]


def read(path: Path) -> list[Gold]:
    """The questions of a file: JSON Lines with ``id``, ``question``, ``answers``, perhaps ``evidence``.

    Raises:
        NotFoundError: when there is none.
        UsageError: naming the line that is no such object, or when there are no questions.
    """
    found = []
    for number, (where, row) in enumerate(objects(path), 1):
        try:
            found.append(Gold.from_json(row, number))
        except ValueError as error:
            raise UsageError(f"{where}: {error}", 'a line is {"id", "question", "answers": [name, …]}') from error
    if not found:
        raise UsageError(f"{path} has no questions", "each line is one question")
    return found


def forms(text: str) -> frozenset[str]:
    """What an answer is compared by."""
    found = {fold(text)}
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:\S", text):
        found.add(fold(unquote(re.split(r"[#/:]", text.rstrip("/"))[-1])))
    return frozenset(found - {""})


def fold(text: str) -> str:
    """Compatibility form, case folded, underscores as spaces, white space folded."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold().replace("_", " ")).strip()


def judge(gold: Gold, answer: Answer) -> dict[str, float]:
    """The figures of one answerable question."""
    wanted = gold.wanted
    iris = answer.iris if len(answer.iris) == len(answer.answers) else ("",) * len(answer.answers)
    given = [forms(a) | forms(i) for a, i in zip(answer.answers, iris, strict=True)]
    hits = [any(g & w for w in wanted) for g in given]
    precision = sum(hits) / len(hits) if hits else 0.0
    recall = sum(any(g & w for g in given) for w in wanted) / len(wanted)
    both = precision + recall
    return {
        "hits_at_1": float(bool(hits) and hits[0]),
        "hit": float(any(hits)),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / both if both else 0.0,
        "exact": float(precision == recall == 1),
    }


def supported(gold: Gold, answer: Answer) -> float:
    """The share of what is cited that is among the gold's triples."""
    wanted = {tuple(map(fold, triple)) for triple in gold.evidence}
    given = [tuple(map(fold, (c.subject, c.predicate, c.object))) for c in answer.evidence]
    return sum(g in wanted for g in given) / len(given)


def is_right(gold: Gold, answer: Answer) -> bool:
    """Whether the first answer is one of the gold's."""
    return bool(gold.answers) and judge(gold, answer)["hits_at_1"] == 1


def evaluate(questions: Sequence[Gold], ask: Callable[[str], Answer], seed: int = 0) -> dict[str, Any]:
    """Ask every question, and the figures of all; see :func:`figures`."""
    return figures(questions, [ask(q.question) for q in questions], seed)


def figures(questions: Sequence[Gold], answers: Sequence[Answer], seed: int = 0) -> dict[str, Any]:
    """The figures of answers to questions.

    Shares are means over the answerable questions, with the middle 95 % of bootstrap samples of two of them. Of
    abstentions, precision is the share whose question was not answerable. ``calibration``: the mean difference of
    confidence and share right over ten equal bins of what was answered. ``cited``: the mean share of evidence that has
    a sentence. ``evidence_precision``: the mean share of what an answer cites that is among the gold's triples, over
    the answered questions whose gold has some.
    """
    pairs = list(zip(questions, answers, strict=True))
    rows = [judge(q, a) for q, a in pairs if q.answers]
    refused = [not q.answers for q, a in pairs if a.abstained]
    empty = [a.abstained for q, a in pairs if not q.answers]
    seconds = sorted(a.seconds for a in answers)
    cited = [bool(c.quote or c.justification) for a in answers for c in a.evidence]
    return {
        "questions": len(questions),
        "answerable": len(rows),
        **{name: mean([row[name] for row in rows]) for name in SHARES},
        "intervals": {name: interval([row[name] for row in rows], seed) for name in ("hits_at_1", "f1")},
        "abstained": len(refused),
        "abstention_precision": mean(list(map(float, refused))),
        "abstention_recall": mean(list(map(float, empty))),
        "refused_answerable": (len(refused) - sum(refused)) / len(rows) if rows else None,
        "calibration": calibration([(a.confidence, is_right(q, a)) for q, a in pairs if not a.abstained]),
        "cited": mean(list(map(float, cited))),
        "evidence_precision": mean([supported(q, a) for q, a in pairs if q.evidence and a.evidence]),
        "calls": sum(a.calls for a in answers),
        "tokens": sum(a.tokens for a in answers),
        "seconds": {"median": seconds[len(seconds) // 2], "p99": seconds[int(0.99 * len(seconds))]},
    }


def differences(
    questions: Sequence[Gold], ours: Sequence[Answer], others: Sequence[Answer], seed: int = 0
) -> dict[str, Any]:
    """How much better some answers are than others to the same questions, with intervals of the paired differences."""
    pairs = [(judge(q, a), judge(q, b)) for q, a, b in zip(questions, ours, others, strict=True) if q.answers]
    found = {name: [a[name] - b[name] for a, b in pairs] for name in ("hits_at_1", "f1")}
    return {name: {"mean": mean(row), "interval": interval(row, seed)} for name, row in found.items()}


def mean(values: Sequence[float]) -> float | None:
    """The mean; None of nothing."""
    return sum(values) / len(values) if values else None


def interval(values: Sequence[float], seed: int) -> list[float] | None:
    """Where the mean of the middle 95 % of bootstrap samples lies; None of nothing."""
    if not values:
        return None
    chance = random.Random(seed)  # noqa: S311  # samples of figures, no secret
    means = sorted(sum(chance.choices(values, k=len(values))) / len(values) for _ in range(SAMPLES))
    return [means[int(0.025 * SAMPLES)], means[int(0.975 * SAMPLES)]]


def calibration(said: Sequence[tuple[float, bool]]) -> float | None:
    """The expected calibration error of confidences; None of nothing."""
    if not said:
        return None
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for sure, right in said:
        bins[min(BINS - 1, int(sure * BINS))].append((sure, right))
    return sum(abs(sum(s for s, _ in b) - sum(r for _, r in b)) for b in bins) / len(said)
