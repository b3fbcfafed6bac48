"""Which entities are near each other by their texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 1024
"""Entities compared with all others at a time."""


@dataclass(frozen=True)
class Neighbourhoods:
    """A pool of entities for each entity; entities may share one.

    ``members`` has the pools one behind the other; the pool of entity i is ``members[start[i] : start[i] + size[i]]``,
    sorted. An entity without text has none (size 0) and is in none.
    """

    members: NDArray[np.int64]
    start: NDArray[np.int64]
    size: NDArray[np.int64]

    def of(self, entity: int) -> NDArray[np.int64]:
        """The pool of an entity."""
        begin = self.start[entity]
        return self.members[begin : begin + self.size[entity]]


def clustered(
    vectors: NDArray[Any], clusters: int = 15, union: int = 3, components: int = 64, seed: int = 0
) -> Neighbourhoods:
    """The pool of an entity: all in the ``union`` clusters whose centres are nearest to it, itself included.

    Clusters are those of k-means++ (Arthur and Vassilvitskii, SODA 2007; the best of 10 starts) of the principal
    components of the vectors; there are fewer where there are fewer distinct texts. Equal seeds give equal pools.

    Args:
        vectors: one row an entity, zero where it has no text; shape ``(n, d)``.
        clusters: how many.
        union: how many of them make a pool.
        components: how many principal components are kept, at most.
        seed: of the starts.
    """
    import numpy as np
    from sklearn.cluster import KMeans

    described = with_text(vectors)
    if len(described) < 2:
        return none(len(vectors))
    given = vectors[described]
    count = min(clusters, len(np.unique(given, axis=0)))
    reduced = principal(given, components)
    model = KMeans(n_clusters=count, init="k-means++", n_init=10, random_state=seed).fit(reduced)
    near = np.argsort(model.transform(reduced), axis=1, kind="stable")[:, :union]
    unions, which = np.unique(np.sort(near, axis=1), axis=0, return_inverse=True)
    return shared(len(vectors), described, [described[np.isin(model.labels_, u)] for u in unions], which)


def nearest(vectors: NDArray[Any], count: int = 100) -> Neighbourhoods:
    """The pool of an entity: the ``count`` others whose vectors have the largest cosine with its own.

    All pairs are compared: the time grows with the square of the number of entities.

    Args:
        vectors: one row an entity, zero where it has no text; shape ``(n, d)``.
        count: how many; fewer where fewer have a text.
    """
    import numpy as np

    described = with_text(vectors)
    if len(described) < 2:
        return none(len(vectors))
    unit = vectors[described].astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    kept = min(count, len(described) - 1)
    pools: list[NDArray[np.int64]] = []
    for begin in range(0, len(unit), BLOCK):
        cosines = unit[begin : begin + BLOCK] @ unit.T
        rows = np.arange(len(cosines))
        cosines[rows, begin + rows] = -np.inf  # not itself
        near = np.argpartition(cosines, -kept, axis=1)[:, -kept:]
        pools += list(np.sort(described[near], axis=1))
    return shared(len(vectors), described, pools, np.arange(len(described)))


def with_text(vectors: NDArray[Any]) -> NDArray[np.int64]:
    """The entities whose vectors are not zero."""
    import numpy as np

    return np.flatnonzero(vectors.any(axis=1))


def none(count: int) -> Neighbourhoods:
    """No pools, for so many entities."""
    import numpy as np

    zero = np.zeros(count, dtype=np.int64)
    return Neighbourhoods(np.zeros(0, dtype=np.int64), zero, zero)


def shared(
    count: int, described: NDArray[np.int64], pools: list[NDArray[np.int64]], which: NDArray[np.int64]
) -> Neighbourhoods:
    """Pools given once each; ``which[i]`` is the pool of the entity ``described[i]``, of ``count`` entities."""
    import numpy as np

    sizes = np.array([len(p) for p in pools], dtype=np.int64)
    start, size = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    start[described], size[described] = (np.cumsum(sizes) - sizes)[which], sizes[which]
    return Neighbourhoods(np.concatenate(pools), start, size)


def principal(vectors: NDArray[Any], components: int) -> NDArray[np.float32]:
    """The first principal components of the rows; shape ``(n, min(components, d))``."""
    import numpy as np

    centred = vectors.astype(np.float32)
    centred -= centred.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)  # by rising variance
    reduced: NDArray[np.float32] = centred @ axes[:, ::-1][:, :components]
    return reduced
