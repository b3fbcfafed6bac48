"""The language-model extractor: one call per chunk, structured answers, nothing believed that is not in the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kgtool.errors import BudgetError, EndpointError, RemoteError
from kgtool.extract.grounding import ANSWERS, locate, status, tail, unfit, ungrounded
from kgtool.extract.literals import typed_literal
from kgtool.extract.parts import parts
from kgtool.extract.seeds import concepts
from kgtool.llm.parallel import in_order
from kgtool.llm.prompts import Prompt
from kgtool.model import Chunk, Evidence, Triple, canonical_json, digest
from kgtool.ports import Extraction, LanguageModel, ModelAnswer, ModelRequest
from kgtool.words import words

if TYPE_CHECKING:
    from kgtool.extract.mapping import SchemaMapper

VERSION = "4"

FULL, PART = 0.8, 0.75
"""Confidence of a triple whose quotation has both ends in it, and of one where an end stands elsewhere in the chunk."""

UNSUPPORTED = 0.3

NAME = re.compile(r"(?<=[^\W_] )[A-Z][\w\-]+|\b\d{3,}\b")
"""A sign that a text speaks of something: a capital inside of a sentence, a year."""

BE = frozenset("is are was were am been being".split())

SENTENCE_END = re.compile(r"[.!?][\"”’)]*\s+|\n+")
SHORTEST_HALF = 40
"""Characters; a chunk is not cut into pieces below this."""


class GraphusionExtractor:
    """Steps 1 and 2 of Graphusion (Yang et al., WWW 2025 companion), with these departures.

    One call per chunk, not per concept over all its texts cut at 10,000 characters. Seed concepts come from the chunk
    and from the user's list and only steer. The answer is JSON of a schema whose lengths are sized from the chunk.
    Every triple has a quotation, looked up in the chunk; subject and object must occur in it. No worked example stands
    in the prompt: small models give it back as facts. An answer that was cut, that repeats itself, or that is empty for
    a chunk that names something, is no success: the chunk is halved and asked again, once.

    Args:
        model: the language model.
        wanted: concepts that matter to the user.
        mapper: maps what the model says, in its own words, to a schema's relations.
        jobs: calls at a time.
    """

    def __init__(
        self, model: LanguageModel, *, wanted: Sequence[str] = (), mapper: SchemaMapper | None = None, jobs: int = 1
    ) -> None:
        self.model = model
        self.wanted = sorted(set(wanted))
        self.mapper = mapper
        self.jobs = jobs
        self.prompt = Prompt("kgtool.extract", "graphusion")
        self.dropped: Counter[str] = mapper.reasons if mapper else Counter()
        self._down: EndpointError | None = None
        self._answered = False

    @cached_property
    def prompt_words(self) -> list[str]:
        """The words of the instructions, which are no facts."""
        return words(self.prompt.texts[0])

    def settings(self) -> Mapping[str, str]:
        """Extractor, version, model, prompt; and concepts and schema where they are given."""
        found = {"extractor": "graphusion", "version": VERSION, "prompt": self.prompt.hash, **self.model.settings()}
        if self.wanted:
            found["concepts"] = digest(canonical_json(self.wanted))[:16]
        return found | (self.mapper.settings() if self.mapper else {})

    def extract(self, chunks: Iterable[Chunk]) -> Iterator[Extraction]:
        """One :class:`Extraction` per chunk, in order; one that failed has its error and can be tried again.

        Raises:
            EndpointError: when the first requests show that none can succeed.
            BudgetError: when the budget is used up; what came before has been given.
        """
        return map(self.mapped, in_order(self.one, chunks, self.jobs))

    def mapped(self, found: Extraction) -> Extraction:
        """An extraction in the words of the schema, where one is given: its facts, and the names inside of them."""
        if self.mapper is None:
            return found
        texts = (words(found.chunk.text), words(found.chunk.title))
        inside = [p for t in found.triples for p in parts(t) if not ungrounded(p.object, *texts)]
        return replace(found, triples=tuple(self.mapper.apply([*found.triples, *inside])))

    def one(self, chunk: Chunk) -> Extraction:
        """The facts of one chunk, in the words of the model."""
        if self._down:
            return Extraction(chunk, error=self._down.message, remote=True)
        try:
            found = self.asked(chunk)
            self._answered = True
            return found
        except EndpointError as error:
            if not self._answered:
                raise
            self._down = error
            return Extraction(chunk, error=error.message, remote=True)
        except BudgetError:
            raise
        except RemoteError as error:
            return Extraction(chunk, error=error.message, remote=True)

    # asking

    def request(self, chunk: Chunk) -> ModelRequest:
        """What is asked about a chunk."""
        text = " ".join(words(chunk.text))
        given = [c for c in self.wanted if f" {' '.join(words(c))} " in f" {text} "]
        seeds = [*given, *(c for c in concepts(chunk.text) if c not in given)]
        messages = self.prompt.messages(chunk.text, title=chunk.title or "–", concepts="; ".join(seeds) or "–")
        most = most_items(chunk.text)
        schema = self.answer_schema(chunk.text, most)
        return ModelRequest(messages, schema, max_tokens=64 + 64 * most, about=chunk.key)

    def answer_schema(self, text: str, most: int) -> dict[str, Any]:
        """The shape of an answer: bounded lengths, keys of one token each (whole words: small models need them)."""
        name = {"type": "string", "maxLength": min(120, max(20, len(text)))}
        row = {  # the quotation first: a small model copies what it reads, and words what it has copied
            "quote": {"type": "string", "maxLength": min(240, max(20, len(text)))},
            "subject": name,
            "predicate": {"type": "string", "maxLength": 60},
            "object": name,
            "stated": {"type": "string", "enum": list(ANSWERS)},
        }
        least = 1 if NAME.search(text) else 0  # small models like to be done before they have begun
        item = {"type": "object", "properties": row, "required": list(row), "additionalProperties": False}
        return {
            "type": "object",
            "properties": {"facts": {"type": "array", "items": item, "minItems": least, "maxItems": most}},
            "required": ["facts"],
            "additionalProperties": False,
        }

    def asked(self, chunk: Chunk) -> Extraction:
        """Ask about a chunk, and about its halves when the answer is no success."""
        answer = self.model.ask(self.request(chunk))
        triples = self.triples(chunk, answer)
        if succeeded(chunk, answer, triples):
            return Extraction(chunk, triples)
        pieces = halves(chunk)
        if not pieces or (answer.data is None and answer.finish == "stop"):
            return self.reported(chunk, [answer], triples)
        answers = [self.model.ask(replace(self.request(part), about=chunk.key)) for part in pieces]
        found = [t for part, a in zip(pieces, answers, strict=True) for t in self.triples(part, a)]
        whole = tuple(replace(t, evidence=replace(t.evidence, chunk=chunk.id)) for t in found)
        return self.reported(chunk, answers, self.distinct(whole))

    def reported(self, chunk: Chunk, answers: Sequence[ModelAnswer], triples: tuple[Triple, ...]) -> Extraction:
        """The extraction, or why there is none after the last attempt."""
        for answer in answers:
            if not answer.complete:
                return Extraction(chunk, error=f"{chunk.id}: {answer.problem}")
        self.dropped["no triple from a chunk"] += not triples
        return Extraction(chunk, triples)

    # reading answers

    def triples(self, chunk: Chunk, answer: ModelAnswer) -> tuple[Triple, ...]:
        """What an answer holds of this chunk: grounded, located, each once."""
        if answer.data is None:
            return ()
        rows = [dict(pairs) for pairs in dict.fromkeys(tuple(sorted(row.items())) for row in answer.data["facts"])]
        self.dropped["duplicate"] += len(answer.data["facts"]) - len(rows)
        most = most_items(chunk.text)
        self.dropped["too many"] += max(0, len(rows) - most)
        texts = (words(chunk.text), words(chunk.title))
        made = (self.triple(chunk, row, texts) for row in rows[:most])
        return self.distinct(tuple(t for t in made if t))

    def triple(self, chunk: Chunk, row: Mapping[str, str], texts: tuple[list[str], list[str]]) -> Triple | None:
        """One item of an answer as a triple; None, and counted, when it is not grounded in the chunk."""
        subject, predicate, other = (" ".join(row[k].split()) for k in ("subject", "predicate", "object"))
        reason = unfit(predicate, self.prompt_words, *texts)
        reason = reason or ungrounded(subject, *texts) or ungrounded(other, *texts)
        reason = reason or ("subject is object" if words(subject) == words(other) else "")
        if reason:
            self.dropped[reason] += 1
            return None
        place = locate(row["quote"], chunk.text) or locate(tail(row["quote"], subject), chunk.text)
        begin, end = place or (0, len(chunk.text))
        quote = chunk.text[begin:end]
        literal = typed_literal(other, "")
        return Triple(
            subject, predicate, other,
            predicate_lemma=canonical(predicate),
            value=literal.value if literal else "",
            datatype=literal.datatype if literal else "",
            confidence=confidence(subject, other, quote) if place else UNSUPPORTED,
            status=status(row["stated"], subject, predicate, other, quote) if place else "unsupported",
            evidence=Evidence(
                chunk.document, chunk.id, chunk.begin + begin, chunk.begin + end, quote,
                "graphusion", self.model.settings()["model"], self.prompt.hash,
            ),
        )  # fmt: skip

    def distinct(self, triples: Sequence[Triple]) -> tuple[Triple, ...]:
        """Each statement once."""
        kept: dict[tuple[str, ...], Triple] = {}
        for triple in triples:
            key = tuple(" ".join(words(part)) for part in (triple.subject, triple.predicate, triple.object))
            self.dropped["duplicate"] += key in kept
            kept.setdefault(key, triple)
        return tuple(kept.values())


def canonical(predicate: str) -> str:
    """A predicate folded, with the forms of 'be' as 'be': what differs in tense only is one relation."""
    return " ".join("be" if w in BE else w for w in words(predicate))


def most_items(text: str) -> int:
    """The most triples that a text of this length can be expected to state: one for every four words."""
    return max(4, len(text.split()) // 4)


def succeeded(chunk: Chunk, answer: ModelAnswer, triples: Sequence[Triple]) -> bool:
    """Whether an answer can be taken: complete, and not empty for a chunk that names something."""
    return answer.complete and bool(triples or not NAME.search(chunk.text))


def halves(chunk: Chunk) -> list[Chunk]:
    """A chunk in two, at the end of a sentence or at a space near the middle; nothing when it is too short."""
    text, middle = chunk.text, len(chunk.text) // 2
    borders = [m.end() for m in SENTENCE_END.finditer(text)] or [m.end() for m in re.finditer(r"\s+", text)]
    borders = [b for b in borders if SHORTEST_HALF <= b <= len(text) - SHORTEST_HALF]
    if not borders:
        return []
    cut = min(borders, key=lambda b: (abs(b - middle), b))
    end = len(text[:cut].rstrip())
    return [
        replace(chunk, end=chunk.begin + end, text=text[:end]),
        replace(chunk, begin=chunk.begin + cut, text=text[cut:]),
    ]


def confidence(subject: str, other: str, quote: str) -> float:
    """By whether the quotation names both ends."""
    own = words(quote)
    return PART if ungrounded(subject, own) or ungrounded(other, own) else FULL
