"""Questions one after the other: pronouns, and what is left out, stand for what was said before.

What a pronoun may stand for are the last answers and names, those of a fitting kind first, then the latest; all of them
are tried like homonyms, so the relation that is asked for decides. 'They' and its like stand for all of the last
answers: the question is asked of each (:mod:`kgtool.reason.several`). 'And X?' asks the last question of X.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kgtool.iri import last_part
from kgtool.model import Answer
from kgtool.ports import Reasoner, Store, Trace, silent
from kgtool.reason.anchors import PERSONS, PRONOUNS, SEVERAL, THINGS
from kgtool.reason.caveats import asked
from kgtool.reason.linking import is_name
from kgtool.reason.question import KIND_WORDS, Question
from kgtool.reason.several import together
from kgtool.words import words

REMEMBERED = 8
"""Entities kept in mind."""
TRIED = 5
"""Entities that a pronoun is tried with."""
SETS, MOST = 3, 10
"""Last answers among which 'they' may stand for a set, and most things of it that are asked about."""
AMONG = re.compile(r"\bof (?:them|these|those)\b", re.IGNORECASE)
"""A choice among several, which is no question about each."""
AGAIN = re.compile(r"^\s*(?:and|or|but)?\s*(?:(?:what|how)\s+about|and)\s+(?P<rest>.+?)[\s?.!]*$", re.IGNORECASE)
"""The last question, asked of something else."""
TYPES = "SELECT ?type ?label { %s a ?type OPTIONAL { ?type rdfs:label ?label } }"


@dataclass
class Conversation:
    """What was asked and answered, and the entities in mind, the latest first."""

    reasoner: Reasoner
    store: Store
    trace: Trace = silent
    entities: list[str] = field(default_factory=list)
    """IRIs."""
    said: list[Answer] = field(default_factory=list)
    _names: list[Mapping[str, Any]] = field(default_factory=list)
    """What the last question named, as :mod:`kgtool.reason.trace` tells it."""
    _persons: dict[str, bool | None] = field(default_factory=dict)

    def ask(self, text: str, entities: Sequence[str] = ()) -> Answer:
        """Answer the next question.

        Args:
            text: the question.
            entities: IRIs of what it is about, where the asker says so.

        Raises:
            NotFoundError: when such an entity is not in the graph.
        """
        whole = self.completed(text)
        question = Question.parse(whole)
        if not entities and pronouns(question) & SEVERAL and not AMONG.search(whole):
            for group in self.groups():
                if answered := self.of_each(whole, group):
                    self.remember(answered, list(group))
                    return answered
        meant = list(entities) or (self.fitting(question) if pronouns(question) else [])
        found = self.reason(whole, meant)
        bare = not any(map(is_name, question.raw[1:]))
        if found.abstained and not meant and not self._names and bare and self.entities:
            found = self.reason(whole, self.entities[:TRIED])  # 'When was the machine built?'
        self.remember(found, meant)
        return found

    def groups(self) -> list[dict[str, str]]:
        """The sets of several things among the last answers, names by IRIs, the latest first."""
        answered = [found for found in reversed(self.said) if not found.abstained][:SETS]
        several = [found for found in answered if len(found.iris) == len(found.answers) > 1]
        return [dict(zip(found.iris, found.answers, strict=True)) for found in several]

    def of_each(self, question: str, group: Mapping[str, str]) -> Answer | None:
        """A question asked of each of some things; None where nothing of it is known."""
        rows = [(name, self.reason(question, [iri])) for iri, name in list(group.items())[:MOST]]
        found = together(self.store, rows)
        if found and len(group) > MOST:
            return replace(
                found, notes=(*found.notes, f"only {MOST} of the {len(group)} last answers were asked about")
            )
        return found

    def reason(self, question: str, entities: Sequence[str]) -> Answer:
        """Ask the reasoner, and note the names that it finds."""
        self._names = []

        def note(event: str, told: Mapping[str, Any]) -> None:
            if event == "link":
                self._names += told["names"]
            self.trace(event, told)

        return asked(self.reasoner, question, entities=entities, trace=note)

    def completed(self, text: str) -> str:
        """A question that leaves out all but a name, as the last one with that name; any other as it is."""
        again = AGAIN.match(text)
        if not again or not self.said or not self._names:
            return text
        rest = Question.parse(again["rest"])
        if not rest.raw or any(w in PRONOUNS for w in rest.words) or not is_name(rest.raw[-1]):
            return text
        old = self._names[-1]["text"]
        last = self.said[-1].question
        place = re.search(r"\W+".join(map(re.escape, old.split())), last, re.IGNORECASE)
        return f"{last[: place.start()]}{again['rest']}{last[place.end() :]}" if place else text

    def fitting(self, question: Question) -> list[str]:
        """The entities in mind, those first that the pronouns of a question stand for by their kind.

        The others are tried as well: classes that were read from texts are not always right.
        """
        said = pronouns(question)
        wanted = True if said & PERSONS else False if said & (THINGS | {"there"}) else None
        return sorted(self.entities, key=lambda e: wanted is not None and self.is_person(e) is not wanted)[:TRIED]

    def is_person(self, iri: str) -> bool | None:
        """Whether an entity is a person; None where the graph gives it no class."""
        if iri not in self._persons:
            rows = list(self.store.query(TYPES % f"<{iri}>").rows())
            names = {w for kind, label in rows for w in words(label.value if label else last_part(kind.value))}
            self._persons[iri] = bool(names & set(KIND_WORDS["person"])) if rows else None
        return self._persons[iri]

    def remember(self, found: Answer, meant: Sequence[str]) -> None:
        """Keep an answer, and have in mind its entities, then those that it was asked of."""
        self.said.append(found)
        named = [c["iri"] for n in self._names for c in n["candidates"] if c["iri"] and is_name(c["label"])]
        used = [iri for iri in named if f"<{iri}>" in found.sparql]
        latest = [*found.iris[:TRIED], *(used or named or meant)]
        self.entities = list(dict.fromkeys([*latest, *self.entities]))[:REMEMBERED]

    def mention(self, iri: str) -> None:
        """Have an entity in mind before all others."""
        self.entities = [iri, *(e for e in self.entities if e != iri)][:REMEMBERED]


def pronouns(question: Question) -> frozenset[str]:
    """The pronouns of a question; those with a capital behind its beginning belong to names."""
    raw = zip(question.raw, question.words, strict=True)
    return frozenset(w for i, (r, w) in enumerate(raw) if w in PRONOUNS and (i == 0 or r.islower()))
