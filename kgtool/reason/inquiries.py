"""What a language model is asked about paths, and what is made of its answers: it chooses among numbered lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kgtool.llm.prompts import Prompt
from kgtool.model import Answer, digest
from kgtool.ports import ModelRequest
from kgtool.reason import showing

OPTIONS = 12
"""Most paths shown in one call."""
MOST_KEPT = 3
"""Paths that a model may keep."""
OPERATORS = ("none", "count", "ask")
CITED = 12
"""Triples that a verifier sees."""
MOST_KNOWN = 10
"""Answers that a model may give from its own knowledge."""

CHOOSE, HOP, QUERY, VERIFY, KNOWN = (
    Prompt("kgtool.reason", name) for name in ("choose", "hop", "query", "verify", "known")
)


def numbers(question: str, lines: Sequence[str]) -> list[int]:
    """A number of three digits for each line. Who writes a name cannot know which one will stand before a line."""
    seed = digest(question, *lines)
    return sorted(range(100, 1000), key=lambda n: digest(seed, str(n)))[: len(lines)]


def choice(prompt: Prompt, question: str, lines: Sequence[str]) -> ModelRequest:
    """Which of some numbered lines are kept."""
    ids = numbers(question, lines)
    row = {"id": {"type": "integer", "enum": ids}, "score": {"type": "number"}}
    item = {"type": "object", "properties": row, "required": list(row), "additionalProperties": False}
    properties = {
        "keep": {"type": "array", "items": item, "maxItems": MOST_KEPT},
        "enough": {"type": "boolean"},
        "op": {"type": "string", "enum": list(OPERATORS)},
    }
    tokens = 32 + 24 * MOST_KEPT
    text = showing.listed(question, dict(zip(ids, lines, strict=True)))
    return asked(prompt, text, properties, tokens, most=str(MOST_KEPT))


def query(question: str, card: str, things: Sequence[str]) -> ModelRequest:
    """A SPARQL query that answers the question; the schema card comes first, alike for all questions of a graph."""
    named = ["The question names:", *things] if things else []
    text = "\n".join([*named, f"Question: {showing.quoted_question(question)}"])
    shape = {"query": {"type": "string", "maxLength": 1000}}
    return asked(QUERY, text, shape, 320, card=card, seal=digest(card)[:12])


def verification(answer: Answer) -> ModelRequest:
    """Whether the triples that an answer cites support it."""
    given = "; ".join(map(showing.quoted, answer.answers[:CITED]))
    more = len(answer.answers) - CITED
    title = f"Answer: {given}{f' and {more} more' if more > 0 else ''}\nStatements"
    cited = (" ".join(map(showing.quoted, (c.subject, c.predicate, c.object))) for c in answer.evidence[:CITED])
    text = showing.listed(answer.question, dict(enumerate(cited, 1)), title)
    return asked(VERIFY, text, {"supported": {"type": "string", "enum": ["yes", "no", "unsure"]}}, 32)


def knowledge(question: str) -> ModelRequest:
    """What the model knows itself; it sees nothing of the graph."""
    answers = {"type": "array", "items": {"type": "string", "maxLength": 120}, "maxItems": MOST_KNOWN}
    text = showing.shown(question, showing.LONGEST_QUESTION)
    return asked(KNOWN, text, {"known": {"type": "boolean"}, "answers": answers}, 320)


def asked(prompt: Prompt, text: str, properties: Mapping[str, Any], tokens: int, **filled: str) -> ModelRequest:
    """A request for an object of some properties, all of them required."""
    schema = {
        "type": "object", "properties": dict(properties), "required": list(properties), "additionalProperties": False,
    }  # fmt: skip
    return ModelRequest(prompt.messages(text, **filled), schema, max_tokens=tokens)


def kept(data: Mapping[str, Any], ids: Sequence[int]) -> dict[int, float]:
    """The lines that a model keeps, by their places from 0, with scores from 0 to 1.

    Numbers that are no line are ignored. Scores may be whole numbers: where one is above 1, all are parts of 10, or of
    100. Of a line that is kept twice the first score counts. Each score is weighed with its share of all: who keeps
    three lines alike has said little about any of them.
    """
    rows = [(row["id"], row["score"]) for row in data["keep"] if row["id"] in ids and row["score"] > 0][:MOST_KEPT]
    highest = max((score for _, score in rows), default=0)
    scale = 1 if highest <= 1 else 10 if highest <= 10 else 100
    found: dict[int, float] = {}
    for number, score in rows:
        found.setdefault(ids.index(number), min(1.0, score / scale))
    total = sum(found.values())
    return {line: score * score / total for line, score in found.items()}
