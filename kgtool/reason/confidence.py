"""How sure an answer is: a logistic model of what its path leaves unexplained, and of the next best answer.

Fitted by ``benchmarks/fit_reasoning.py`` on development questions and on the same questions after the fact that answers
them was taken out of the graph, with and without the encoder.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kgtool.reason.question import RETURNS
from kgtool.reason.score import FEATURES, Scorer

if TYPE_CHECKING:
    from kgtool.reason.score import Array

WEIGHTS: Mapping[str, float] = {
    "denied": -4.52,
    "left_share": -5.36,
    "unasked": -2.16,
    "margin": 0.53,
    "missed": -2.20,
    "absent": -1.74,
    "self": -6.06,
    "capital_lost": -2.00,  # by hand, see decision 32
    "overused": -1.53,
    "repeated": 0.00,
    "turned": -3.00,  # by hand, see decision 32
    "number": 0.00,
    "vague": -3.13,
    "kind_missed": -1.0,
    "focus_missed": -1.0,
}
"""What each part counts; see :func:`parts`."""
BIAS = 1.01
MOST_MARGIN = 5.0
NEAR = 2.0
"""How much worse or better a path that is not there may be for it to count less or more."""


def confidence(scorer: Scorer, matrix: Array, scores: Array, best: int) -> float:
    """The probability that a candidate is the answer, from 0 to 1, rounded."""
    found = parts(scorer, matrix, scores, best)
    logit = BIAS + sum(WEIGHTS[name] * value for name, value in found.items())
    return round(1 / (1 + math.exp(-logit)), 3)


def parts(scorer: Scorer, matrix: Array, scores: Array, best: int) -> dict[str, float]:
    """What the confidence is made of.

    ``denied``: words that name a relation of the graph and are not explained; ``left_share``: the share of words that
    are not explained; ``vague``: how far the word that is least so is near in meaning to the relation it is taken for;
    ``kind_missed``: how far another relation leads more to what 'where' or 'when' asks for; ``absent``: how near a path
    comes, or goes beyond, that is not there though the graph has the like elsewhere; ``margin``: the lead over the next
    candidate with other answers; ``self``: only the named thing itself is found where others are asked for. The rest
    are features of :class:`kgtool.reason.score.Scorer`.
    """
    import numpy as np

    candidate = scorer.candidates[best]
    view = scorer.view(candidate.places)
    row = dict(zip(FEATURES, matrix[best].tolist(), strict=True))
    back = RETURNS if view.reading.returns and not row["not_returned"] else frozenset()
    told = view.asks | np.array([word in back for word in view.reading.said], dtype=bool)  # what the way back explains
    missing = (1 - view.covered(candidate, scorer.kinds(candidate)))[~told]
    known = view.known[~told]
    nodes = candidate.nodes
    others = [
        score
        for score, other in zip(scores, scorer.candidates, strict=True)
        if len(other.nodes) != len(nodes) or (other.nodes != nodes).any()
    ]
    gone = scorer.absent_score
    lead = float(scores[best]) - float(max(others)) if others else MOST_MARGIN
    kept = {
        name: row[name] for name in ("unasked", "missed", "capital_lost", "overused", "repeated", "turned", "number")
    }
    return kept | {
        "denied": float(missing[known].sum()),
        "left_share": float(missing.mean()) if len(missing) else 0.0,
        "kind_missed": view.kind_missed([p.steps[-1] for p in candidate.paths]),
        "vague": float(view.vague(candidate).max(initial=0.0)),
        "margin": min(MOST_MARGIN, lead),
        "absent": max(0.0, NEAR + min(NEAR, gone - float(scores[best]))) if gone is not None else 0.0,
        "self": float(view.reading.returns and any(p.returns for p in candidate.paths)),
    }
