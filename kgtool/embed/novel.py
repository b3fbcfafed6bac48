"""Candidate links over a whole graph, without scoring all pairs.

A relation, or its reciprocal, is asked of the entities that have it already and of those whose nearest neighbours have
it. Of the answers that it has elsewhere the best few are judged from both sides; a link is told where a known fact with
one of its ends resembles it.

The probability of a single answer supposes a question that has one, and most questions over a whole graph have none. So
novel links have probabilities of their own: the facts of ``valid`` are hidden, links are looked for in the same way,
and the share of them that was hidden is what probabilities are fitted to. They hold for a graph that lacks as much as
was hidden; of a graph that lacks more they are too low, of one that is complete too high.

For ``n`` entities with vectors of ``d`` numbers this costs at most ``2 * (NEAR + QUESTIONS + 2 * CANDIDATES) * n * d``
multiplications, whatever the graph: some minutes for 40,000 entities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kgtool.embed import ranking
from kgtool.embed.calibration import Calibration, as_links, as_queries, best, evenly, fitted
from kgtool.embed.known import Known
from kgtool.embed.predict import Fact, Predictor, units
from kgtool.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]
    Floats = NDArray[np.float64]

NEAR = 10_000
"""Most entities whose neighbours are looked for; of more, evenly chosen ones."""
NEIGHBOURS = 5
"""Nearest entities whose relations are asked of an entity too,"""
SHARED = 2
"""where so many of them have the relation."""
QUESTIONS = 20_000
"""Most questions that are asked; of more, evenly chosen ones."""
TOP = 3
"""Answers to each that are looked at."""
CANDIDATES = 20_000
"""Most links that are judged from both sides: those with the best scores."""
SINGLE = 0.9
"""A relation with so many heads a fact has one tail a head; likewise for tails (as in discovery)."""


@dataclass(frozen=True)
class Link:
    """A link that is not known, by labels and identifiers; its probability and what makes it plausible."""

    subject: str
    predicate: str
    object: str
    subject_id: str
    predicate_id: str
    object_id: str
    probability: float
    because: tuple[Fact, ...]


def novel(predictor: Predictor, above: float, limit: int, by: Calibration | None = None) -> Iterator[Link]:
    """The links that are at least so probable, the most probable first; see the module.

    An end that has another end already, where nearly all have one only, gets no second one; others get at most as many
    more of a relation as they have, or one.

    Args:
        predictor: the model, and what is known.
        above: least probability.
        limit: most links.
        by: what log-odds say; None is :func:`expected` of the same predictor.

    Raises:
        UsageError: when the model is not calibrated.
    """
    import numpy as np

    if predictor.calibration is None:
        hint = "train it on more facts: some are held out to fit them"
        raise UsageError("the model has no probabilities, so that nothing says which links to trust", hint)
    links, queries, odds = found(predictor)
    if not len(queries):
        return
    sure = (by or expected(predictor)).probability(odds)
    order = np.lexsort((*links.T[::-1], -sure))
    told: set[tuple[int, ...]] = set()
    room = np.maximum(answered(predictor.known, links), 1)
    given = Counter[tuple[int, int]]()
    for i in order.tolist():
        if sure[i] < above or len(told) == limit:
            return
        link = head, relation, tail = tuple(links[i].tolist())
        ends = ((head, relation), (tail, relation + predictor.known.relations))
        if link in told or any(given[end] >= most for end, most in zip(ends, room[i], strict=True)):
            continue
        because = predictor.reasons(queries[i])
        if because or predictor.units is None:
            told.add(link)
            given.update(ends)
            yield worded(predictor, link, float(sure[i]), because)


def found(predictor: Predictor) -> tuple[Ids, Ids, Floats]:
    """The links that are judged, in no order: as head, relation and tail, and as a question with its answer, both of
    shape ``(n, 3)``; and their log-odds there and back, shape ``(n, 2)``."""
    single = singles(predictor)
    queries = candidates(predictor, askers(predictor, single), single)
    return as_links(queries, predictor.known.relations), queries, predictor.questions.there_and_back(queries)


def expected(predictor: Predictor) -> Calibration:
    """What log-odds of links that are found say: how many of them were hidden, where ``valid`` is hidden."""
    import numpy as np

    model, data = predictor.model, predictor.data
    links, _, odds = found(Predictor(replace(model, dataset=replace(data, valid=data.valid[:0]))))
    hidden = Known.of(len(data.relations), data.valid).has(links).astype(float)
    return fitted(odds, hidden, np.ones(len(links)))


def answered(known: Known, links: Ids) -> Ids:
    """How many known answers the questions for the tail and for the head of links have; shape ``(n, 2)``."""
    import numpy as np

    ways = ((links[:, 0], links[:, 1]), (links[:, 2], links[:, 1] + known.relations))
    counts = [np.bincount(known.of_queries(*way)[0], minlength=len(links)) for way in ways]
    return np.stack(counts, axis=1)


def worded(predictor: Predictor, link: tuple[int, ...], sure: float, because: tuple[Fact, ...]) -> Link:
    """A link in words."""
    head, relation, tail = link
    (subject, subject_id), (object_, object_id) = predictor.told(head), predictor.told(tail)
    predicate, predicate_id = predictor.told(-1 - relation)
    return Link(subject, predicate, object_, subject_id, predicate_id, object_id, round(sure, 4), because)


def singles(predictor: Predictor) -> NDArray[np.bool_]:
    """Which relations, reciprocals included, have one answer to nearly every question."""
    import numpy as np

    known = predictor.known
    counts = np.diff(known.starts)
    facts = np.bincount(known.queries[:, 1], weights=counts, minlength=2 * known.relations)
    asked = np.bincount(known.queries[:, 1], minlength=2 * known.relations)
    found: NDArray[np.bool_] = asked >= SINGLE * np.maximum(facts, 1)
    return found


def askers(predictor: Predictor, single: NDArray[np.bool_]) -> Ids:
    """Entities with the relations, reciprocals included, that may be asked of them; shape ``(n, 2)``, sorted."""
    import numpy as np

    have = predictor.known.queries
    relations = 2 * predictor.known.relations
    near = like(predictor)
    order = have[np.argsort(have[:, 0], kind="stable")]
    at = np.searchsorted(order[:, 0], np.arange(len(predictor.data.entities) + 1))
    counts = at[near[:, 1] + 1] - at[near[:, 1]]
    begins = np.cumsum(counts) - counts
    within = np.arange(counts.sum()) - np.repeat(begins, counts)
    lent = np.stack([np.repeat(near[:, 0], counts), order[np.repeat(at[near[:, 1]], counts) + within, 1]], axis=1)
    lent, times = np.unique(lent, axis=0, return_counts=True)
    may = np.unique(np.concatenate([have, lent[times >= SHARED]]), axis=0)
    taken = single[may[:, 1]] & np.isin(may @ [relations, 1], have @ [relations, 1])
    may = may[~taken]
    chosen: Ids = may[evenly(len(may), QUESTIONS)]
    return chosen


def like(predictor: Predictor) -> Ids:
    """Entities, each with its nearest ones; shape ``(n, 2)``. None where the model has no vectors to compare."""
    import numpy as np

    if predictor.units is None:
        return np.empty((0, 2), dtype=np.int64)
    vectors = units(predictor.units.entities)
    chosen = evenly(len(vectors), NEAR)
    step = max(1, ranking.CELLS // len(vectors))
    found = []
    for begin in range(0, len(chosen), step):
        part = chosen[begin : begin + step]
        cosines = vectors[part] @ vectors.T
        cosines[np.arange(len(part)), part] = -np.inf
        others = best(cosines, min(NEIGHBOURS, len(vectors) - 1))
        found.append(np.stack([np.repeat(part, others.shape[1]), others.ravel()], axis=1))
    return np.concatenate(found)


def candidates(predictor: Predictor, asked: Ids, single: NDArray[np.bool_]) -> Ids:
    """The best new answers to questions, shape ``(n, 3)``, of which at most ``CANDIDATES`` with the best log-odds."""
    import numpy as np

    known, entities = predictor.known, len(predictor.data.entities)
    has = np.zeros((2 * known.relations, entities), dtype=bool)
    has[known.queries[:, 1], known.queries[:, 0]] = True
    found = [np.empty((0, 3), dtype=np.int64)]
    step = max(1, ranking.CELLS // entities)
    for begin in range(0, len(asked), step):
        part = asked[begin : begin + step]
        _, new = predictor.questions.answers(part)
        back = (part[:, 1] + known.relations) % (2 * known.relations)
        new[has[back] == single[back][:, None]] = -np.inf
        new[np.arange(len(part)), part[:, 0]] = -np.inf
        top = best(new, TOP)
        rows, columns = np.nonzero(np.isfinite(np.take_along_axis(new, top, axis=1)))
        found.append(as_queries(part, rows, top[rows, columns]))
    queries = np.concatenate(found)
    order = np.argsort(-predictor.questions.log_odds(queries), kind="stable")[:CANDIDATES]
    return queries[order]
