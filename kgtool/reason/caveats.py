"""What an answer takes for granted, said with it: which of several things of one name, and what was not read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kgtool.model import Answer, Homonym
from kgtool.ports import Reasoner, Trace, silent
from kgtool.reason.question import MAX_WORDS
from kgtool.words import words

READ = 100 * MAX_WORDS
"""Characters of a question that are read; see :meth:`kgtool.reason.question.Question.parse`."""


def asked(reasoner: Reasoner, question: str, *, entities: Sequence[str] = (), trace: Trace = silent) -> Answer:
    """The reasoner's answer with its homonyms and notes; see :class:`kgtool.ports.Reasoner`.

    Raises:
        NotFoundError: when an entity of the asker's is not in the graph.
    """
    names: list[Mapping[str, Any]] = []

    def watched(event: str, told: Mapping[str, Any]) -> None:
        if event == "link":
            names.extend(told["names"])
        trace(event, told)

    found = reasoner.reason(question, entities=entities, trace=watched)
    return replace(found, homonyms=homonyms(names, found.sparql), notes=(*found.notes, *cut(question)))


def homonyms(names: Iterable[Mapping[str, Any]], sparql: str) -> tuple[Homonym, ...]:
    """The names of a question that several things have.

    Args:
        names: as the event ``link`` tells them; see :mod:`kgtool.reason.trace`.
        sparql: the query of the answer, which has the IRI of the one that was taken.
    """
    found: dict[Homonym, None] = {}
    for name in names:
        called: dict[str, dict[str, None]] = {}
        for candidate in name["candidates"]:
            called.setdefault(candidate["label"], {})[candidate["iri"]] = None
        for iris in (tuple(sorted(filter(None, each))) for each in called.values()):
            if len(iris) > 1:
                taken = next((iri for iri in iris if f"<{iri}>" in sparql), "")
                found[Homonym(name["text"], taken, iris)] = None
    return tuple(found)


def cut(question: str) -> tuple[str, ...]:
    """A note where a question is longer than what is read of it."""
    whole = len(question.strip()) <= READ and len(words(question)) <= MAX_WORDS
    return () if whole else (f"the question is long: only its first {MAX_WORDS} words were read",)
