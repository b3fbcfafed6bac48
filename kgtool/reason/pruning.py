"""What is worth following, among relations or entities: by shared words, by an encoder, or by a language model."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kgtool.llm.prompts import Prompt
from kgtool.ports import ModelRequest
from kgtool.reason.matching import Meaning, content
from kgtool.reason.session import Session
from kgtool.words import stem

K1, B = 1.5, 0.75
"""Of BM25, as Robertson and Zaragoza (2009) recommend."""
EACH = 24
"""Tokens that the verdict on one option takes."""


@dataclass(frozen=True)
class Choice:
    """Options to choose among.

    ``kind`` is 'relations' or 'entities'; ``options`` are the names that offline pruners compare with the question,
    ``shown`` the lines that a model sees, in the same order; ``most`` is how many are wanted.
    """

    question: str
    kind: str
    options: Sequence[str]
    shown: Sequence[str]
    most: int


class Pruner(Protocol):
    """Scores the options of a choice."""

    def scores(self, choice: Choice) -> list[float]:
        """One score for each option, none below 0; they add up to 1."""
        ...


class BM25Pruner:
    """Shared words, by Okapi BM25 with the options as the documents."""

    def scores(self, choice: Choice) -> list[float]:
        """See :class:`Pruner`."""
        documents = [[stem(w) for w in content(option)] for option in choice.options]
        return shares(bm25([stem(w) for w in content(choice.question)], documents))


@dataclass
class EncoderPruner:
    """The cosine of question and option."""

    meaning: Meaning

    def scores(self, choice: Choice) -> list[float]:
        """See :class:`Pruner`."""
        return shares([self.meaning.cosine(choice.question, option) for option in choice.options])


@dataclass
class ModelPruner:
    """A language model's scores; where it gives none that can be used, those of another pruner, with a note.

    An option that it does not name has score 0. Numbers that are no option are ignored, of several scores of an option
    the first counts; whole numbers are numbers.
    """

    session: Session
    other: Pruner
    temperature: float
    seed: int = 0

    def scores(self, choice: Choice) -> list[float]:
        """See :class:`Pruner`."""
        numbered = "\n".join(f"{i}. {line}" for i, line in enumerate(choice.shown, 1))
        most = choice.most if choice.kind == "relations" else len(choice.shown)
        prompt = Prompt("kgtool.reason", f"tog-{choice.kind}")
        messages = prompt.messages(numbered, question=choice.question, most=str(most))
        what = f"{choice.kind} chosen"
        data = self.session.ask(
            what, ModelRequest(messages, schema(most), 32 + EACH * most, self.temperature, self.seed)
        )
        if data is None:
            return self.other.scores(choice)
        found = read(data, len(choice.options))
        if not any(found):
            self.session.without(what, "it scores none of those shown")
            return self.other.scores(choice)
        return shares(found)


def schema(most: int) -> dict[str, Any]:
    """The shape of a model's scores."""
    row = {"id": {"type": "integer"}, "score": {"type": "number"}}
    item = {"type": "object", "properties": row, "required": list(row), "additionalProperties": False}
    scores = {"type": "array", "items": item, "maxItems": most}
    return {
        "type": "object",
        "properties": {"scores": scores},
        "required": ["scores"],
        "additionalProperties": False,
    }


def read(data: Any, size: int) -> list[float]:
    """A model's scores by option."""
    found: dict[int, float] = {}
    for row in data["scores"]:
        if 1 <= row["id"] <= size and math.isfinite(row["score"]):
            found.setdefault(row["id"], max(0.0, float(row["score"])))
    return [found.get(i, 0.0) for i in range(1, size + 1)]


def shares(scores: Sequence[float]) -> list[float]:
    """Scores as shares of their sum; equal ones where there is none."""
    positive = [max(0.0, s) for s in scores]
    total = sum(positive)
    return [s / total for s in positive] if total else [1 / len(positive)] * len(positive)


def bm25(query: Sequence[str], documents: Sequence[Sequence[str]]) -> list[float]:
    """Okapi BM25 of each document; the weight of a word is never negative."""
    size = len(documents)
    mean = sum(map(len, documents)) / size or 1.0
    holding = Counter(w for d in documents for w in set(d))
    weight = {w: math.log(1 + (size - n + 0.5) / (n + 0.5)) for w, n in holding.items()}
    found = []
    for document in documents:
        counts = Counter(document)
        norm = K1 * (1 - B + B * len(document) / mean)
        found.append(sum(weight[w] * counts[w] * (K1 + 1) / (counts[w] + norm) for w in query if w in counts))
    return found
