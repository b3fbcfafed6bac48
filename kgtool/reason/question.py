"""What a question asks for: its words, its kind of answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kgtool.store.vocabulary import SCHEMA, XSD
from kgtool.words import STOP_WORDS, fold, stem, words

DATES = tuple(XSD + t for t in ("date", "dateTime", "gYear", "gYearMonth"))
NUMBERS = tuple(XSD + t for t in ("integer", "decimal", "double", "float"))

KINDS: tuple[tuple[str, str], ...] = (
    (r"\bwhen\b|\b(?:what|which|in what|in which) (?:year|date|day|month|decade)\b|\bhow long ago\b", "date"),
    (r"\bhow (?:many|much|tall|long|far|old|heavy|large|big|fast)\b", "number"),
    (r"\bwho(?:m|se)?\b|\b(?:what|which) (?:person|people|man|woman|mathematician|engineer|scientist)\b", "person"),
    (r"\bwhere\b|\b(?:what|which) (?:city|country|place|town|state)\b", "place"),
)
NOUN = re.compile(r"\b(?:which|what)\s+([^\W\d_]+)\s+(?:is|are|was|were|did|do|does|has|have|had|can|could)\b")
KIND_WORDS = frozenset("year date day month decade person people city country place town state".split())
"""Words that name the kind of answer; no relation has to match them."""


@dataclass(frozen=True)
class Question:
    """A question's folded text, its words in order, and the kind of its answer (empty when open).

    ``noun`` is the stem of the noun behind 'which' or 'what': it describes the answer, and no relation need say it.
    """

    text: str
    words: tuple[str, ...]
    kind: str
    noun: str = ""

    @classmethod
    def parse(cls, text: str) -> Question:
        """Read a question."""
        folded = fold(text)
        kind = next((k for pattern, k in KINDS if re.search(pattern, folded)), "")
        noun = NOUN.search(folded)
        return cls(text, tuple(words(text)), kind, stem(noun[1]) if noun else "")

    def content(self, taken: frozenset[int]) -> tuple[str, ...]:
        """The stems of the words that are not stop words, do not name the kind of answer, and are not taken."""
        kept = (w for i, w in enumerate(self.words) if i not in taken and w not in STOP_WORDS)
        return tuple(dict.fromkeys(stem(w) for w in kept if not (self.kind and w in KIND_WORDS)))


CLASSES = {"person": SCHEMA + "Person", "place": SCHEMA + "Place"}
"""The class of an answer by kind of question."""
