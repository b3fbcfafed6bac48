"""Late fusion: how much a text model has to say beside a structural one, by relation and side.

The weight is chosen on ``valid``, from a range that has 0 in it: first one for all, then one for each relation and side
with enough facts to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgtool.embed import ranking
from kgtool.embed.dataset import Dataset
from kgtool.embed.known import both_ways
from kgtool.embed.model import mixed
from kgtool.embed.ranking import Scores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

RANGE = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Weights of the second part; the first has the rest."""
ENOUGH = 50
"""Queries of ``valid`` from which a relation's side has a weight of its own."""


def weights(first: Scores, second: Scores, dataset: Dataset) -> Floats:
    """The weights of two parts; shape ``(2, 2 * relations)``."""
    import numpy as np

    sides = 2 * len(dataset.relations)
    of = both_ways(dataset.valid, len(dataset.relations))[:, 1]
    gains = np.stack([reciprocals(first, second, w, dataset) for w in RANGE])
    best = np.full(sides, gains.mean(1).argmax())
    for side in np.unique(of):
        mine = of == side
        if mine.sum() >= ENOUGH:
            best[side] = gains[:, mine].mean(1).argmax()
    chosen = np.array(RANGE, dtype=np.float32)[best]
    return np.stack([1 - chosen, chosen])


def reciprocals(first: Scores, second: Scores, weight: float, dataset: Dataset) -> Floats:
    """The reciprocal rank of each query of ``valid`` at one weight."""
    import numpy as np

    def scores(entities: NDArray[np.int64], relations: NDArray[np.int64]) -> Floats:
        each = np.repeat(np.array([[1 - weight], [weight]], dtype=np.float32), len(entities), axis=1)
        return mixed([first(entities, relations), second(entities, relations)], each)

    ranks = ranking.rank(scores, dataset.valid, dataset.known, dataset.train, len(dataset.entities))
    return (1 / ranks.ranks).astype(np.float32)
