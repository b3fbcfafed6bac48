"""Mentions of a question to entities of the graph: longest match over labels and aliases, then fuzzy match."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from kgtool.ports import Store
from kgtool.reason.question import Question
from kgtool.words import DETERMINERS, STOP_WORDS, words

LABELS = """
SELECT ?entity ?name WHERE {
  VALUES ?property { rdfs:label skos:prefLabel skos:altLabel schema:name <http://xmlns.com/foaf/0.1/name> }
  ?entity ?property ?name
  FILTER NOT EXISTS { ?any ?entity ?thing }
  FILTER(isIRI(?entity))
}
"""
MAX_WORDS = 12
"""Longest name looked for, in words."""
FUZZY = 88
"""Least similarity (rapidfuzz ratio, 0 to 100) of a misspelt name."""


@dataclass(frozen=True, order=True)
class Mention:
    """A part of the question (word positions) with the entities that have that name, and how sure the match is."""

    begin: int
    end: int
    name: str
    entities: tuple[str, ...]
    score: float


class Index:
    """Names of the graph's entities, folded."""

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        self.entities: dict[tuple[str, ...], set[str]] = defaultdict(set)
        self.names: dict[tuple[str, ...], str] = {}
        self.capital: set[tuple[str, ...]] = set()
        for entity, name in sorted(rows):
            key = name_key(name)
            if key:
                self.entities[key].add(entity)
                self.names.setdefault(key, name)
                if any(c.isupper() or c.isdigit() for c in name):
                    self.capital.add(key)

    @classmethod
    def of(cls, store: Store) -> Index:
        """The index of a store."""
        rows = store.query(LABELS).rows()
        return cls((entity.value, name.value) for entity, name in rows)

    def link(self, question: Question) -> list[Mention]:
        """The mentions of a question, longest first, without overlap; names before descriptions."""
        exact = self.exact(question)
        if not any(self.is_name(m, question) for m in exact):
            exact += self.fuzzy(question, exact)
        taken: set[int] = set()
        kept = []
        for mention in sorted(exact, key=lambda m: (not self.is_name(m, question), -(m.end - m.begin), -m.score, m)):
            place = set(range(mention.begin, mention.end))
            if not place & taken:
                taken |= place
                kept.append(mention)
        named = [m for m in kept if self.is_name(m, question)]
        return sorted(named or kept)

    def is_name(self, mention: Mention, question: Question) -> bool:
        """Whether the graph writes the mention with a capital or digit: a name, not a description."""
        return mention.score < 1 or question.words[mention.begin : mention.end] in self.capital

    def exact(self, question: Question) -> list[Mention]:
        """Every run of words that is a name."""
        found = []
        for begin in range(len(question.words)):
            for end in range(begin + 1, min(len(question.words), begin + MAX_WORDS) + 1):
                key = question.words[begin:end]
                if key in self.entities and not all(w in STOP_WORDS for w in key):
                    found.append(Mention(begin, end, self.names[key], tuple(sorted(self.entities[key])), 1.0))
        return found

    def fuzzy(self, question: Question, exact: list[Mention]) -> list[Mention]:
        """Runs of words that nearly are a name with a capital."""
        from rapidfuzz import fuzz, process

        choices = {key: " ".join(key) for key in sorted(self.capital) if sum(map(len, key)) > 4}
        found = []
        for begin in range(len(question.words)):
            for end in range(begin + 1, min(len(question.words), begin + 5) + 1):
                part = question.words[begin:end]
                if part[0] in STOP_WORDS or part[-1] in STOP_WORDS or sum(map(len, part)) < 5:
                    continue
                best = process.extractOne(" ".join(part), choices, scorer=fuzz.ratio, score_cutoff=FUZZY)
                if best:
                    _, score, key = best
                    entities = tuple(sorted(self.entities[key]))
                    found.append(Mention(begin, end, self.names[key], entities, score / 100 - 0.01))
        return found

    def nearest(self, question: Question, n: int = 3) -> list[str]:
        """The names most like the question's words, for a hint."""
        from rapidfuzz import fuzz, process

        content = " ".join(w for w in question.words if w not in STOP_WORDS)
        choices = {key: " ".join(key) for key in sorted(self.capital)}
        best = process.extract(content, choices, scorer=fuzz.token_set_ratio, limit=n, score_cutoff=50)
        return [self.names[key] for _, _, key in best]


def name_key(name: str) -> tuple[str, ...]:
    """The folded words of a name without its determiner."""
    found = words(name)
    while len(found) > 1 and found[0] in DETERMINERS:
        found = found[1:]
    return tuple(found)
