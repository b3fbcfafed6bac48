"""Which candidate answers a question, and how sure that is: by the scores alone, or with a language model's voice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kgtool.reason.confidence import confidence
from kgtool.reason.score import Candidate, Scorer

if TYPE_CHECKING:
    from kgtool.reason.score import Array

LIFT = 4.0
"""What a model's full score for a path is worth in the scale of the scores: it lifts a path over one that explains the
question somewhat better, never over one that does so much better."""
AGREES, LIFTED, DENIED = 1.5, 1.0, -1.0
"""What it adds to the logit of the confidence when the model chooses the best path too, when it lifts another one, and
when it says that no path answers the whole question."""


@dataclass(frozen=True)
class Choice:
    """The candidate chosen (by its number) with its confidence; ``operator`` as a model reads the question."""

    scorer: Scorer
    best: int
    sure: float
    operator: str = ""

    @property
    def candidate(self) -> Candidate:
        """The candidate chosen."""
        return self.scorer.candidates[self.best]


@dataclass(frozen=True)
class Voice:
    """What a model says about candidates: scores from 0 to 1 by their numbers, and whether the best answers it all."""

    scores: Mapping[int, float] = field(default_factory=dict)
    enough: bool = True
    operator: str = ""


def choose(scorer: Scorer, voice: Voice | None = None) -> Choice:
    """The best candidate by its score; with a voice by both, more sure where they agree."""
    matrix = scorer.matrix()
    scores = scorer.scores(matrix)
    best = int(scores.argmax())
    if voice is None:
        return Choice(scorer, best, confidence(scorer, matrix, scores, best))
    both = scores.copy()
    for number, said in voice.scores.items():
        both[number] += LIFT * said
    chosen = int(both.argmax())
    said = voice.scores.get(chosen, 0.0)
    own = confidence(scorer, matrix, scores if chosen == best else both, chosen)
    change = said * (AGREES if same(scorer, chosen, best) else LIFTED) if voice.enough and said else DENIED
    return Choice(scorer, chosen, raised(own, change), voice.operator)


def same(scorer: Scorer, one: int, other: int) -> bool:
    """Whether two candidates have the same answers."""
    return nodes_of(scorer.candidates[one]) == nodes_of(scorer.candidates[other])


def raised(sure: float, change: float) -> float:
    """A confidence with something added to its logit."""
    kept = min(max(sure, 0.001), 0.999)
    return round(1 / (1 + math.exp(-math.log(kept / (1 - kept)) - change)), 3)


def ranked(scorer: Scorer, scores: Array, most: int) -> list[int]:
    """The numbers of the best candidates, the best first; of several with the same answers the best."""
    order: Sequence[int] = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    first: dict[bytes, int] = {}
    for number in order:
        first.setdefault(nodes_of(scorer.candidates[number]), number)
    return list(first.values())[:most]


def nodes_of(candidate: Candidate) -> bytes:
    """The answers of a candidate as something to compare; with the name that it is to lead to."""
    return bytes(candidate.nodes.tobytes()) + str(candidate.also).encode()
