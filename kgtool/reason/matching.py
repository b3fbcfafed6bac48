"""Words of a question beside words of a relation's name: alike by form, or by meaning where there is an encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from kgtool.ports import Encoder
from kgtool.verbs import base
from kgtool.words import STOP_WORDS, stem, words

COMPOUND, DERIVED = 0.95, 0.9
"""Likeness of a compound and its head ('screenwriter', 'writer') and of words with a long common beginning."""
HEAD, REST = 4, 3
"""Least letters of a compound's head and of what is before it."""
COMMON = 5
"""Least letters of such a beginning."""


@lru_cache(maxsize=50_000)
def roots(word: str) -> frozenset[str]:
    """What forms of a word share: of verbs, of plurals, and of agents with their verbs ('writers', 'wrote')."""
    found = {base(word), stem(word)}
    singular = word[:-1] if word.endswith("s") and len(word) > 4 and not word.endswith("ss") else word
    if singular.endswith(("er", "or")) and len(singular) > 4:
        found |= {base(singular[:-2]), base(f"{singular[:-2]}e")}
    return frozenset(r for r in found if len(r) > 1)


@lru_cache(maxsize=200_000)
def alike(word: str, other: str) -> float:
    """How far two words are one by their form, from 0 to 1; the first may be a compound of the second."""
    ours, theirs = roots(word), roots(other)
    if ours & theirs:
        return 1.0
    if any(is_compound(a.rstrip("e"), b.rstrip("e")) for a in ours for b in theirs):
        return COMPOUND
    common = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    return DERIVED if common >= COMMON and common >= 0.6 * max(len(word), len(other)) - 1 else 0.0


def is_compound(root: str, head: str) -> bool:
    """Whether a root ends with another one, with something that can be a word before it."""
    return len(head) >= HEAD and len(root) - len(head) >= REST and root.endswith(head)


@lru_cache(maxsize=50_000)
def content(name: str) -> tuple[str, ...]:
    """The words of a name that say something; all of them where none does."""
    found = words(name)
    return tuple(w for w in found if w not in STOP_WORDS) or tuple(found)


@dataclass
class Meaning:
    """Cosines of texts by an encoder, each text encoded once; 0 everywhere without one."""

    encoder: Encoder | None
    vectors: dict[str, Any] = field(default_factory=dict)
    _known: dict[tuple[str, str], float] = field(default_factory=dict)

    def cosine(self, a: str, b: str) -> float:
        """The cosine of two texts."""
        if self.encoder is None:
            return 0.0
        found = self._known.get((a, b))
        if found is None:
            found = self._known[a, b] = float(self.vector(a) @ self.vector(b))
        return found

    def vector(self, text: str) -> Any:
        """A text's unit vector."""
        if text not in self.vectors:
            assert self.encoder is not None  # noqa: S101  # cosine() asks for none otherwise
            self.vectors[text] = self.encoder.encode([text])[0]
        return self.vectors[text]

    def closest(self, texts: Sequence[str], names: Sequence[str]) -> float:
        """The highest cosine of some text and some name."""
        return max((self.cosine(t, n) for t in texts for n in names), default=0.0)
