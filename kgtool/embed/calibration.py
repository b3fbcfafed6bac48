"""From scores to probabilities of links, by the validation part.

A score says little of itself: each model and relation has its own scale. What is compared is the log-odds of an answer
among all entities that may be new answers to the question, and that of the entity asked about when the question is put
the other way. Their weights are fitted by logistic regression (Platt, "Probabilistic Outputs for Support Vector
Machines", 1999).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kgtool.embed import ranking
from kgtool.embed.known import Known
from kgtool.embed.ranking import Scores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kgtool.embed.dataset import Dataset

    Ids = NDArray[np.int64]
    Floats = NDArray[np.float64]

QUESTIONS = 1000
"""Most questions of the validation part that are used."""
LEAST = 20
"""Fewer questions say nothing of probabilities."""
HARD = 10
"""False answers to each question that the model likes best."""
DRAWN = 5
"""False answers to each question drawn from the rest, for which they stand."""
FAR = 50.0
"""Log-odds beyond which nothing more is said."""
NOTHING = -1e30
"""The log of next to nothing."""
CERTAIN = 1e-9
"""What is left to the other answers at least."""
RIDGE = 1.0
"""Penalty on the squares of the weights, so that they stay finite where all can be told apart."""
ROUNDS = 50


# log-odds


@dataclass(frozen=True)
class Questions:
    """Questions to a model, and which answers would be new.

    Args:
        scores: the model; see :class:`kgtool.embed.ranking.Scores`.
        entities: how many there are.
        known: answers that are not new.
        never: which relations, reciprocals included, never answer with the entity asked about.
    """

    scores: Scores
    entities: int
    known: Known
    never: NDArray[np.bool_]

    @classmethod
    def of(cls, scores: Scores, dataset: Dataset, known: Known) -> Self:
        """Questions to a model of a dataset."""
        return cls(scores, len(dataset.entities), known, ranking.irreflexive(dataset.train, len(dataset.relations)))

    def answers(self, asked: Ids) -> tuple[Any, Any]:
        """The scores of all entities as answers, and the same with -inf for what is no new answer.

        Args:
            asked: entity and relation (reciprocal or not), shape ``(n, 2)``.

        Returns:
            Both of shape ``(n, entities)``; a score that is no number is -inf.
        """
        import numpy as np

        heads, relations = asked.T
        found = np.nan_to_num(self.scores(heads, relations), nan=-np.inf)
        new = found.copy()
        new[self.known.of_queries(heads, relations)] = -np.inf
        own = np.flatnonzero(self.never[relations])
        new[own, heads[own]] = -np.inf
        return found, new

    def there_and_back(self, queries: Ids) -> Floats:
        """The log-odds of answers, and of the entities asked about when it is asked back; shape ``(n, 2)``."""
        import numpy as np

        odds = self.log_odds(np.concatenate([queries, turned(queries, self.known.relations)]))
        return np.stack([odds[: len(queries)], odds[len(queries) :]], axis=1)

    def log_odds(self, queries: Ids) -> Floats:
        """The log-odds of answers against all others that would be new.

        Args:
            queries: entity, relation (reciprocal or not) and answer, shape ``(n, 3)``.

        Returns:
            Shape ``(n,)``, from -``FAR`` to ``FAR``.
        """
        import numpy as np

        asked, place = np.unique(queries[:, :2], axis=0, return_inverse=True)
        order = np.argsort(place, kind="stable")
        at = np.searchsorted(place[order], np.arange(len(asked) + 1))
        odds = np.empty(len(queries))
        step = max(1, ranking.CELLS // self.entities)
        for begin in range(0, len(asked), step):
            end = min(begin + step, len(asked))
            mine = order[at[begin] : at[end]]
            odds[mine] = against_others(*self.answers(asked[begin:end]), place[mine] - begin, queries[mine, 2])
        return odds


def against_others(found: Any, new: Any, rows: Ids, answers: Ids) -> Floats:
    """The log-odds of some answers, by row and entity, against the other new ones; see :meth:`Questions.answers`."""
    import numpy as np

    most = np.maximum(new.max(axis=1), NOTHING)
    with np.errstate(divide="ignore"):  # where nothing else is new it is the log of zero
        total = most + np.log(np.exp(new - most[:, None]).sum(axis=1, dtype=float))
    total = np.maximum(total, NOTHING)[rows]
    share = np.exp(np.minimum(new[rows, answers] - total, 0))
    odds: Floats = np.clip(found[rows, answers] - total - np.log(np.maximum(1 - share, CERTAIN)), -FAR, FAR)
    return odds


# probabilities


@dataclass(frozen=True)
class Calibration:
    """Weights of the log-odds there and back, and a constant."""

    there: float
    back: float
    bias: float

    def probability(self, odds: Floats) -> Floats:
        """Log-odds there and back, shape ``(n, 2)``, to probabilities, shape ``(n,)``."""
        return logistic(self.there * odds[:, 0] + self.back * odds[:, 1] + self.bias)

    def to_json(self) -> dict[str, float]:
        """As ``model.json`` holds it."""
        return dict(vars(self))

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self | None:
        """That of a model, from its ``model.json``; None where there was nothing to fit it by."""
        found = row.get("calibration")
        return cls(**found) if found else None


def fit(scores: Scores, dataset: Dataset) -> Calibration | None:
    """Fit by the validation part; None where it has less than ``LEAST`` questions.

    Right are the held-out answers to each question; false are the ``HARD`` best-scored entities that are no answer
    that any part knows, and ``DRAWN`` others, each with the weight of those that it stands for. So a probability is
    that of one candidate among all entities, to a question that has an answer that is missing. Held-out facts are not
    known when log-odds are told, as what is predicted is not.
    """
    held = Known.of(len(dataset.relations), dataset.valid)
    if len(held.queries) < LEAST:
        return None
    asked = held.queries[evenly(len(held.queries), QUESTIONS)]
    right = as_queries(asked, *held.of_queries(*asked.T))
    false, weights = candidates(Questions.of(scores, dataset, dataset.known), asked)
    return regression(scores, dataset, right, false, weights)


def regression(scores: Scores, dataset: Dataset, right: Ids, false: Ids, weights: Floats) -> Calibration:
    """The calibration for right and false answers to questions."""
    import numpy as np

    before = Questions.of(scores, dataset, Known.of(len(dataset.relations), dataset.train))
    odds = before.there_and_back(np.concatenate([right, false]))
    labels = np.repeat([1.0, 0.0], [len(right), len(false)])
    return fitted(odds, labels, np.concatenate([np.ones(len(right)), weights]))


def fitted(odds: Floats, labels: Floats, weights: Floats) -> Calibration:
    """The calibration for log-odds there and back, shape ``(n, 2)``, of answers that are right (1) or false (0)."""
    kept = [0, 1]
    found = logistic_regression(odds, labels, weights)
    while (found[:-1] < 0).any():  # a model that knows nothing: better scores must not make a link less likely
        del kept[int(found[:-1].argmin())]
        found = logistic_regression(odds[:, kept], labels, weights)
    there, back = (round(float(found[kept.index(side)]), 6) if side in kept else 0.0 for side in (0, 1))
    return Calibration(there, back, round(float(found[-1]), 6))


def evenly(n: int, most: int) -> Any:
    """Numbers below ``n``: all, or ``most`` at even distances."""
    import numpy as np

    return np.linspace(0, n - 1, min(n, most)).astype(int)


def as_queries(asked: Ids, rows: Ids, answers: Ids) -> Ids:
    """Questions with an answer each, shape ``(n, 3)``, from the rows of questions."""
    import numpy as np

    return np.concatenate([asked[rows], answers[:, None]], axis=1)


def turned(queries: Ids, relations: int) -> Ids:
    """Questions with answers, each asked back from its answer; shape ``(n, 3)`` of both."""
    import numpy as np

    entity, relation, answer = queries.T
    return np.stack([answer, (relation + relations) % (2 * relations), entity], axis=1)


def as_links(queries: Ids, relations: int) -> Ids:
    """Questions with answers as head, relation and tail; shape ``(n, 3)`` of both."""
    import numpy as np

    return np.where(queries[:, 1:2] >= relations, turned(queries, relations), queries)


def candidates(questions: Questions, asked: Ids) -> tuple[Ids, Floats]:
    """False answers to questions: the hard ones and some others; and the weights of each. Seeded."""
    import numpy as np

    draw = np.random.default_rng(0)
    found, weights = [np.empty((0, 3), dtype=np.int64)], [np.empty(0)]
    step = max(1, ranking.CELLS // questions.entities)
    for begin in range(0, len(asked), step):
        part = asked[begin : begin + step]
        _, new = questions.answers(part)
        hard = best(new, HARD)
        rest = draw.integers(questions.entities, size=(len(part), DRAWN))
        left = np.isfinite(new).sum(axis=1) - HARD  # what the drawn ones stand for
        rows = np.arange(len(part))[:, None]
        fresh = np.isfinite(new[rows, rest]) & (rest[:, :, None] != hard[:, None, :]).all(axis=2)
        weigh = np.maximum(left, 0)[:, None] / np.maximum(fresh.sum(axis=1), 1)[:, None] * fresh
        chosen = np.concatenate([hard, rest], axis=1)
        weight = np.concatenate([np.isfinite(new[rows, hard]).astype(float), weigh], axis=1)
        at, column = np.nonzero(weight)
        found.append(as_queries(part, at, chosen[at, column]))
        weights.append(weight[at, column])
    return np.concatenate(found), np.concatenate(weights)


def best(scores: Any, k: int) -> Any:
    """The columns of the ``k`` highest scores of each row, the highest first, equals in order; shape ``(n, k)``."""
    import numpy as np

    k = min(k, scores.shape[1])
    some = np.sort(np.argpartition(-scores, k - 1, axis=1)[:, :k], axis=1)
    order = np.argsort(-np.take_along_axis(scores, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)


def logistic(x: Floats) -> Floats:
    """Log-odds to probabilities."""
    import numpy as np

    found: Floats = 1 / (1 + np.exp(-x))
    return found


def logistic_regression(features: Floats, labels: Floats, weights: Floats) -> Floats:
    """The weights of features, shape ``(n, f)``, and a constant, shape ``(f + 1,)``, by Newton's method."""
    import numpy as np

    x = np.concatenate([features, np.ones((len(features), 1))], axis=1)
    penalty = RIDGE * np.diag([1.0] * features.shape[1] + [0.0])
    found = np.zeros(x.shape[1])
    for _ in range(ROUNDS):
        p = logistic(np.clip(x @ found, -FAR, FAR))
        slope = x.T @ (weights * (p - labels)) + penalty @ found
        bend = (x * (weights * p * (1 - p))[:, None]).T @ x + penalty + CERTAIN * np.eye(len(found))
        step = np.linalg.solve(bend, slope)
        found = found - step
        if np.abs(step).max() < 1e-8:
            break
    return found
