"""How good answers are: beside gold sets, with what is refused, and how far confidences can be trusted.

Answers are compared whole, after compatibility form, case folding, underscores and white space; an IRI also by its last
part. No answer is never right, and a question whose gold set is empty is right when it is refused.
"""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from kgtool.errors import NotFoundError, UsageError
from kgtool.model import Answer

SAMPLES = 1000
BINS = 10
SHARES = ("hits_at_1", "hit", "precision", "recall", "f1", "exact")


@dataclass(frozen=True)
class Gold:
    """A question with its answers; none where the graph has none."""

    id: str
    question: str
    answers: tuple[str, ...]


def read(path: Path) -> list[Gold]:
    """The questions of a file: JSON Lines with ``id``, ``question``, ``answers``.

    Raises:
        NotFoundError: when there is none.
        UsageError: naming the line that is no such object, or when there are no questions.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise NotFoundError(f"no such file: {path}", "give a file of questions") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "it must be JSON Lines in UTF-8") from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not isinstance(row["answers"], list):
                raise ValueError("answers is no list")
            found.append(Gold(str(row.get("id", number)), str(row["question"]), tuple(map(str, row["answers"]))))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            hint = 'each line must be an object with "question" and "answers"'
            raise UsageError(f"{path}, line {number}: {error!r}", hint) from error
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
    wanted = [forms(a) for a in gold.answers]
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


def evaluate(questions: Sequence[Gold], ask: Callable[[str], Answer], seed: int = 0) -> dict[str, Any]:
    """Ask every question, and the figures of all.

    Shares are means over the answerable questions, with the middle 95 % of bootstrap samples of two of them. Of
    abstentions, precision is the share whose question was not answerable. ``calibration``: the mean difference of
    confidence and share right over ten equal bins of what was answered. ``cited``: the mean share of evidence that has
    a sentence.
    """
    answers = [ask(q.question) for q in questions]
    pairs = list(zip(questions, answers, strict=True))
    rows = [judge(q, a) for q, a in pairs if q.answers]
    refused = [not q.answers for q, a in pairs if a.abstained]
    empty = [a.abstained for q, a in pairs if not q.answers]
    right = [(a.confidence, bool(q.answers) and judge(q, a)["hits_at_1"] == 1) for q, a in pairs if not a.abstained]
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
        "calibration": calibration(right),
        "cited": mean(list(map(float, cited))),
        "calls": sum(a.calls for a in answers),
        "tokens": sum(a.tokens for a in answers),
        "seconds": {"median": seconds[len(seconds) // 2], "p99": seconds[int(0.99 * len(seconds))]},
    }


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
