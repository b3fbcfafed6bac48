"""The facts of a graph, asked from both ends: which answers does (entity, relation, ?) have?

A relation ``r`` of ``n`` is asked backwards as ``r + n``, its reciprocal (Lacroix et al., "Canonical Tensor
Decomposition for Knowledge Base Completion", ICML 2018), so that every query has the form (entity, relation, ?).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]


def both_ways(triples: Ids, relations: int) -> Ids:
    """Triples and their reciprocals; shape ``(2n, 3)`` from ``(n, 3)``."""
    import numpy as np

    backwards = np.stack([triples[:, 2], triples[:, 1] + relations, triples[:, 0]], axis=1)
    return np.concatenate([triples, backwards])


@dataclass(frozen=True)
class Known:
    """Facts grouped by query. Query ``i`` is ``queries[i]`` (entity, relation); its answers, sorted, are
    ``answers[starts[i]:starts[i + 1]]``."""

    relations: int
    queries: Ids
    starts: Ids
    answers: Ids

    @classmethod
    def of(cls, relations: int, *parts: Ids) -> Self:
        """The facts of some parts of a graph, each of shape ``(n, 3)``; what stands twice counts once."""
        import numpy as np

        triples = both_ways(np.concatenate(parts), relations)
        triples = np.unique(triples, axis=0)
        first = np.ones(len(triples), dtype=bool)
        first[1:] = (triples[1:, :2] != triples[:-1, :2]).any(axis=1)
        starts = np.append(np.flatnonzero(first), len(triples))
        return cls(relations, triples[first][:, :2], starts, triples[:, 2].copy())

    @property
    def keys(self) -> Ids:
        """One sorted number a query."""
        return self.key(self.queries[:, 0], self.queries[:, 1])

    def key(self, entities: Ids, relations: Ids) -> Ids:
        """The numbers of queries, of any shape."""
        return entities * (2 * self.relations) + relations

    def of_queries(self, entities: Ids, relations: Ids) -> tuple[Ids, Ids]:
        """The answers to ``n`` queries as pairs of a row (0 to n - 1) and an entity."""
        import numpy as np

        keys, wanted = self.keys, self.key(entities, relations)
        at = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
        found = keys[at] == wanted if len(keys) else np.zeros(len(wanted), dtype=bool)
        return self.spread(np.flatnonzero(found), at[found])

    def spread(self, rows: Ids, queries: Ids) -> tuple[Ids, Ids]:
        """Each row as often as its query, by number, has answers; and those answers."""
        import numpy as np

        counts = self.starts[queries + 1] - self.starts[queries]
        begins = np.cumsum(counts) - counts
        within = np.arange(counts.sum()) - np.repeat(begins, counts)
        return np.repeat(rows, counts), self.answers[np.repeat(self.starts[queries], counts) + within]

    def has(self, triples: Ids) -> Any:
        """Whether each of ``n`` triples is a fact; shape ``(n,)``."""
        import numpy as np

        rows, answers = self.of_queries(triples[:, 0], triples[:, 1])
        hit = np.zeros(len(triples), dtype=bool)
        hit[rows[answers == triples[rows, 2]]] = True
        return hit
