"""How far up the right answers stand: filtered, realistic ranks of both sides, and what follows from them.

Filtered: other known answers to a query count as no mistakes (Bordes et al., NIPS 2013). Realistic: a tie counts as the
mean of its best and worst place (Berrendorf et al., "On the Ambiguity of Rank-Based Evaluation of Entity Alignment or
Link Prediction Methods", arXiv 2002.06914), from which the adjusted mean rank (index), AMR and AMRI, also come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from kgtool.embed.known import Known, both_ways

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]
    Floats = NDArray[np.float32]

HITS = (1, 3, 10)
IRREFLEXIVE = 0.01
"""A relation with a smaller share of facts of an entity with itself is taken never to hold so."""
CELLS = 16_000_000
"""Most scores held at a time."""
SAMPLES = 1000
"""Of the bootstrap."""
MANY = 1.5
"""From so many tails a head, or heads a tail, a side of a relation is called ``n`` (Bordes et al., NIPS 2013)."""


class Scores(Protocol):
    """Scores of all entities as answers to queries."""

    def __call__(self, entities: Ids, relations: Ids) -> Floats:
        """Shapes ``(n,)``, ``(n,)`` to ``(n, all entities)``; reciprocals: :mod:`kgtool.embed.known`."""
        ...


@dataclass(frozen=True)
class Ranks:
    """Ranks of queries: each fact of a part as a question for its tail, then each as one for its head."""

    queries: Ids
    """Entity, relation (reciprocal or not), answer; shape ``(n, 3)``."""
    ranks: Floats
    expected: Floats
    """The mean rank of an order by chance."""
    masked: Floats
    """Ranks when a relation that is never reflexive does not answer with the entity asked about."""

    def some(self, chosen: Any) -> Ranks:
        """Those that a mask or an index chooses."""
        return Ranks(self.queries[chosen], self.ranks[chosen], self.expected[chosen], self.masked[chosen])

    def figures(self) -> dict[str, float]:
        """MRR, Hits@k, AMR and AMRI; see the module."""
        ranks, expected = self.ranks.astype(float), self.expected.astype(float)
        if not len(ranks):
            return {}
        row = {"mrr": float((1 / ranks).mean())}
        row |= {f"hits_at_{k}": float((ranks <= k).mean()) for k in HITS}
        row["amr"] = float(ranks.mean() / expected.mean())
        above = (expected - 1).mean()
        row["amri"] = float(1 - (ranks - 1).mean() / above) if above else 0.0
        return row

    def interval(self, seed: int = 0) -> tuple[float, float]:
        """The 95 % interval of MRR by bootstrap over facts, whose two questions stay together."""
        import numpy as np

        half = len(self.ranks) // 2
        by_fact = (1 / self.ranks[:half] + 1 / self.ranks[half:]) / 2
        draw = np.random.default_rng(seed)
        means = [by_fact[draw.integers(half, size=half)].mean() for _ in range(SAMPLES)] if half else [0.0]
        low, high = np.quantile(means, (0.025, 0.975))
        return float(low), float(high)


def irreflexive(train: Ids, relations: int) -> NDArray[np.bool_]:
    """Which relations, reciprocals included, never hold of an entity and itself, as far as ``train`` tells."""
    import numpy as np

    every = np.bincount(train[:, 1], minlength=relations)
    loops = np.bincount(train[train[:, 0] == train[:, 2], 1], minlength=relations)
    found = loops < IRREFLEXIVE * np.maximum(every, 1)
    return np.concatenate([found, found])


def rank(scores: Scores, triples: Ids, known: Known, train: Ids, entities: int) -> Ranks:
    """The ranks of facts, shape ``(n, 3)``, asked from both sides.

    A score that is no number stands last: a model that computes nothing is never right.
    """
    import numpy as np

    queries = both_ways(triples, known.relations)
    never = irreflexive(train, known.relations)
    ranks, expected, masked = (np.empty(len(queries), dtype=np.float32) for _ in range(3))
    step = max(1, CELLS // entities)
    for begin in range(0, len(queries), step):
        part = slice(begin, begin + step)
        asked, relation, answer = queries[part].T
        found = np.nan_to_num(scores(asked, relation), nan=-np.inf)
        each = np.arange(len(asked))
        right = found[each, answer].copy()
        rows, others = known.of_queries(asked, relation)
        found[rows, others] = -np.inf
        found[each, answer] = -np.inf
        others_left = entities - np.bincount(rows, minlength=len(asked))
        better, same = (found > right[:, None]).sum(1), (found == right[:, None]).sum(1)
        lost = ~np.isfinite(right)
        ranks[part] = np.where(lost, 1 + others_left, 1 + better + same / 2)
        expected[part] = 1 + others_left / 2
        own = np.where(never[relation] & ~lost, found[each, asked], -np.inf)
        masked[part] = ranks[part] - (own > right) - ((own == right) & ~lost) / 2
    return Ranks(queries, ranks, expected, masked)


def category(train: Ids, relations: int) -> list[str]:
    """Of each relation, ``1-1``, ``1-n``, ``n-1`` or ``n-n`` by its heads a tail and tails a head in ``train``."""
    import numpy as np

    found = []
    for relation in range(relations):
        pairs = np.unique(train[train[:, 1] == relation][:, [0, 2]], axis=0)
        heads, tails = (max(len(np.unique(pairs[:, side])), 1) for side in (0, 1))
        many = [len(pairs) / n >= MANY for n in (tails, heads)]
        found.append(f"{'n' if many[0] else '1'}-{'n' if many[1] else '1'}")
    return found


def report(ranks: Ranks, relations: Sequence[str], train: Ids) -> dict[str, Any]:
    """All figures: over all queries, masked, by side, of unseen entities, by relation, by category."""
    import numpy as np

    of = ranks.queries[:, 1] % len(relations)
    backwards = ranks.queries[:, 1] >= len(relations)
    masked = Ranks(ranks.queries, ranks.masked, ranks.expected, ranks.masked)
    kinds = np.array(category(train, len(relations)))
    row: dict[str, Any] = dict(ranks.figures())
    row["interval"] = list(ranks.interval())
    row["queries"] = len(ranks.queries)
    row["masked"] = masked.figures() | {"interval": list(masked.interval())}
    row["sides"] = {name: ranks.some(backwards == side).figures() for name, side in (("tail", False), ("head", True))}
    seen = np.zeros(int(max(ranks.queries[:, [0, 2]].max(initial=0), train[:, [0, 2]].max(initial=0))) + 1, dtype=bool)
    seen[train[:, [0, 2]]] = True
    row["unseen"] = {
        name: counted(ranks.some(~seen[ranks.queries[:, column]])) for name, column in (("query", 0), ("answer", 2))
    }
    row["per_relation"] = {
        relations[r]: counted(ranks.some(of == r)) | {"category": str(kinds[r])} for r in np.unique(of)
    }
    row["per_category"] = {
        str(kind): counted(ranks.some(kinds[of] == kind)) for kind in np.unique(kinds[np.unique(of)])
    }
    return row


def counted(ranks: Ranks) -> dict[str, Any]:
    """The figures of some queries, and how many they are."""
    return {"queries": len(ranks.ranks)} | ranks.figures()
