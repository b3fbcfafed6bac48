"""How well a path of relations fits a question, without a language model.

A path is justified hop by hop: each hop should be asked for by some word of the question, and the words of the question
should be covered by the hops. Words are weighted as in BM25 (Robertson and Zaragoza, 2009): rare among the relations
weighs more. With an encoder, likeness of meaning stands in where no word matches.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kgtool.model import Step
from kgtool.ports import Encoder
from kgtool.reason.expand import Card
from kgtool.words import STOP_WORDS, stem

NEUTRAL = frozenset(stem(w) for w in STOP_WORDS) | {"be", "have", "known", "also"}
"""Stems that say nothing: a relation made of them alone ('is', 'has') is neither asked for nor against the question."""

UNASKED = 0.35
"""Factor of a hop that no word of the question asks for."""
DESCRIBED = 0.25
"""Factor of the weight of a noun that only describes the answer: 'which machine'."""
UNSAID = 0.8
"""Factor of a hop whose relation says nothing."""
MOST_ENCODED = 40
"""Relations per mention that the encoder is asked about: it takes 16 ms of CPU for each."""
SIMILAR = (0.35, 0.75)
"""Cosines that count as no likeness and as full likeness."""


@dataclass
class Scorer:
    """Scores the paths of one question. ``content``: the stems that the question asks with."""

    card: Card
    content: tuple[str, ...]
    asked: str
    encoder: Encoder | None = None
    noun: str = ""
    vectors: dict[str, Any] = field(default_factory=dict)
    _cosines: dict[str, float] = field(default_factory=dict)

    @cached_property
    def weight(self) -> dict[str, float]:
        """The inverse document frequency of each stem among the relations; of an unknown one the highest."""
        n = len(self.card.stems) or 1
        having = {s: sum(s in stems for stems in self.card.stems.values()) for s in self.content}
        weights = {s: math.log(1 + (n - df + 0.5) / (df + 0.5)) for s, df in having.items()}
        return {s: w * (DESCRIBED if s == self.noun else 1.0) for s, w in weights.items()}

    def score(self, steps: Sequence[Step], extra: frozenset[str] = frozenset()) -> float:
        """From 0 to 1.

        Args:
            steps: the path's relations.
            extra: stems that the path's nodes cover.
        """
        covered = extra.union(*(self.card.stems[s.relation] for s in steps))
        total = sum(self.weight.values())
        lexical = sum(w for s, w in self.weight.items() if s in covered) / total if total else 0.0
        meant = max((self.likeness(s.relation) for s in steps), default=0.0) if self.encoder else 0.0
        coverage = max(lexical, 0.8 * meant)
        return coverage * math.prod(self.justified(s) for s in steps)

    def justified(self, step: Step) -> float:
        """How far the question asks for one hop, from ``UNASKED`` to 1."""
        stems = self.card.stems[step.relation]
        hits = stems & set(self.content)
        if hits:
            said = stems - NEUTRAL
            return 0.8 + 0.2 * len(hits & said) / max(1, min(len(said), len(self.content)))
        if not stems - NEUTRAL:
            return UNSAID
        return max(UNASKED, self.likeness(step.relation) if self.encoder else 0.0)

    def likeness(self, relation: str) -> float:
        """Cosine of question and relation, scaled to 0 to 1; of the first ``MOST_ENCODED`` relations met, else 0."""
        if relation not in self._cosines and self.encoder and len(self._cosines) < MOST_ENCODED:
            low, high = SIMILAR
            cosine = float(self.vector(self.asked) @ self.vector(self.card.label(relation)))
            self._cosines[relation] = min(1.0, max(0.0, (cosine - low) / (high - low)))
        return self._cosines.get(relation, 0.0)

    def vector(self, text: str) -> Any:
        """A text's vector, encoded once for all questions."""
        if text not in self.vectors and self.encoder:
            self.vectors[text] = self.encoder.encode([text])[0]
        return self.vectors[text]
