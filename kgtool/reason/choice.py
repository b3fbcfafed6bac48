"""Which candidate answers a question, and how sure that is: by the scores alone, or with a language model's voice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kgtool.reason.confidence import BIAS, WEIGHTS, confidence, parts
from kgtool.reason.expand import Candidate
from kgtool.reason.score import Scorer

if TYPE_CHECKING:
    from kgtool.reason.score import Array

LIFT = 5.0
"""What a model's full score for a path is worth in the scale of the scores: it lifts a path over one that explains the
question somewhat better, never over one that does so much better."""
EXPLAINS = frozenset({"left_share", "unasked", "missed"})
TRUST = 0.8
"""What of the confidence a model's full score makes good, and how far: words and hops that the words of the graph leave
unexplained, since the model may know what they mean. Not what speaks against a path: a word for another relation."""
AGREES, LIFTED, DENIED = 1.0, 0.5, -1.0
"""What it adds to the logit of the confidence when the model chooses the best path too, when it lifts another one, and
when it says that no path answers the whole question."""


@dataclass(frozen=True)
class Choice:
    """The candidate chosen (by its number) with its confidence.

    ``scores`` are those of all candidates; ``operator`` is what a model reads the question to ask for.
    """

    scorer: Scorer
    scores: Array
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
        return Choice(scorer, scores, best, confidence(scorer, matrix, scores, best))
    both = scores.copy()
    for number, said in voice.scores.items():
        both[number] += LIFT * said
    chosen = int(both.argmax())
    found = parts(scorer, matrix, scores if chosen == best else both, chosen)
    said = voice.scores.get(chosen, 0.0) if voice.enough else 0.0
    change = said * (AGREES if same(scorer, chosen, best) else LIFTED) if said else DENIED
    share = {name: 1 - TRUST * said if name in EXPLAINS else 1.0 for name in found}
    logit = BIAS + change + sum(WEIGHTS[name] * share[name] * value for name, value in found.items())
    return Choice(scorer, both, chosen, round(1 / (1 + math.exp(-logit)), 3), voice.operator)


def liftable(scorer: Scorer, most: int) -> list[int]:
    """The best candidates, the best first: those that a voice could make the best, at most ``most``."""
    scores = scorer.scores(scorer.matrix())
    return [n for n in ranked(scores, most) if scores[n] >= scores.max() - LIFT]


def same(scorer: Scorer, one: int, other: int) -> bool:
    """Whether two candidates have the same answers."""
    return nodes_of(scorer.candidates[one]) == nodes_of(scorer.candidates[other])


def moved(sure: float, change: float) -> float:
    """A confidence with something added to its logit."""
    kept = min(max(sure, 0.001), 0.999)
    return round(1 / (1 + math.exp(-math.log(kept / (1 - kept)) - change)), 3)


def ranked(scores: Array, most: int) -> list[int]:
    """The numbers of the best candidates, the best first."""
    return sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:most]


def nodes_of(candidate: Candidate) -> bytes:
    """The answers of a candidate as something to compare; with the name that it is to lead to."""
    return bytes(candidate.nodes.tobytes()) + str(candidate.also).encode()
