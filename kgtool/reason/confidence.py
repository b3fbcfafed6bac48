"""How sure an answer is: a logistic model of what its path leaves unexplained, and of the next best answer.

Fitted by ``benchmarks/fit_reasoning.py`` on development questions and on the same questions after the fact that answers
them was taken out of the graph, with and without the encoder.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kgtool.reason.expand import Candidate
from kgtool.reason.question import RETURNS
from kgtool.reason.score import FEATURES, Scorer

if TYPE_CHECKING:
    from kgtool.reason.score import Array

FIXED = {
    "turned": -3.0, "kind_missed": -6.0, "vague": -4.5, "idle": -1.5, "margin": 0.2, "number": -1.0, "absent": -1.2,
}  # fmt: skip
"""Weights that are set by hand: what the development questions have too little of, or too much of one kind."""
WEIGHTS: Mapping[str, float] = {
    "denied": -7.59,
    "left_share": -4.31,
    "unasked": -1.73,
    "missed": -1.81,
    "self": -5.47,
    "capital_lost": -6.77,
    "overused": -1.14,
    **FIXED,
}
"""What each part counts; see :func:`parts`."""
BIAS = 1.91
MOST_MARGIN = 5.0
UNTOLD = 0.5
"""Share of a word that is not explained from which on it is not."""
IDLE = 0.1
"""How far a hop is asked for at least."""
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
    ``idle``: hops of a longer path that no word asks for; ``kind_missed``: how far another relation leads more to what
    'where' or 'when' asks for; ``absent``: how near a path comes, or goes beyond, that is not there though the graph
    has the like elsewhere; ``margin``: the lead over the next candidate with other answers; ``self``: only the named
    thing itself is found where others are asked for. The rest are features of
    :class:`kgtool.reason.score.Scorer`.
    """
    import numpy as np

    candidate = scorer.candidates[best]
    view = scorer.view(candidate.places)
    row = dict(zip(FEATURES, matrix[best].tolist(), strict=True))
    back = RETURNS if view.reading.returns and not row["not_returned"] else frozenset()
    told = view.asks | np.array([word in back for word in view.reading.said], dtype=bool)  # what the way back explains
    missing = 1 - view.covered(candidate, scorer.kinds(candidate))
    left = missing[~told & ~unseen(scorer, candidate, missing < UNTOLD, told)]
    ends = [p.steps[-1] for p in candidate.paths]
    nodes = candidate.nodes
    others = [
        score
        for score, other in zip(scores, scorer.candidates, strict=True)
        if len(other.nodes) != len(nodes) or (other.nodes != nodes).any()
    ]
    gone = scorer.absent_score
    lead = float(scores[best]) - float(max(others)) if others else MOST_MARGIN
    kept = {name: row[name] for name in ("unasked", "missed", "capital_lost", "overused", "turned", "number")}
    return kept | {
        "denied": float(missing[view.known & ~told].sum()),
        "left_share": float(left.mean()) if len(left) else float(not len(missing) and row["unasked"] > 0),
        "kind_missed": 0.0 if row["dated"] else view.kind_missed(ends, scorer.kinds(candidate)),
        "vague": float(view.vague(candidate).max(initial=0.0)),
        "idle": float(sum(idle(view.hops(p.steps).values) for p in candidate.paths)),
        "margin": min(MOST_MARGIN, lead),
        "absent": max(0.0, NEAR + min(NEAR, gone - float(scores[best]))) if gone is not None else 0.0,
        "self": float(view.reading.returns and any(p.returns for p in candidate.paths)),
    }


def idle(hops: Sequence[float]) -> int:
    """How many of several hops are asked for by next to nothing."""
    return sum(value < IDLE for value in hops) if len(hops) > 1 else 0


def unseen(scorer: Scorer, candidate: Candidate, explained: Any, told: Any) -> Any:
    """Which words name a kind of answer that the graph cannot show: 'which films' where nothing has a class.

    Only beside another word that is explained; alone such a word is what is asked for ("the capital of").
    """
    import numpy as np

    reading = scorer.view(candidate.places).reading
    kinds = np.isin(np.arange(len(reading.said)), reading.focus)
    others = explained & ~told & ~kinds
    return kinds & bool(others.any()) & (not scorer.kinds(candidate))
