"""Pools of entities that are near each other by their texts."""

from __future__ import annotations

import numpy as np
import pytest

from kgtool.embed.neighbourhoods import Neighbourhoods, clustered, nearest

HEAPS = np.repeat(np.eye(4, 12), 5, axis=0) + np.random.default_rng(0).normal(0, 0.01, (20, 12))
"""Twenty entities in four heaps of five."""


def test_clusters_are_the_heaps() -> None:
    pools = clustered(HEAPS, clusters=4, union=1)
    assert all(pools.of(i).tolist() == list(range(i // 5 * 5, i // 5 * 5 + 5)) for i in range(20))


def test_a_union_of_clusters_has_the_entity_and_whole_clusters() -> None:
    pools = clustered(HEAPS, clusters=4, union=2)
    for i in range(20):
        pool = set(pools.of(i).tolist())
        assert i in pool and len(pool) == 10
        assert all(set(range(h * 5, h * 5 + 5)) <= pool or not set(range(h * 5, h * 5 + 5)) & pool for h in range(4))


def test_nearest_are_the_others_with_the_largest_cosines() -> None:
    vectors = np.random.default_rng(1).normal(size=(1500, 8)) * np.arange(1, 1501)[:, None]  # lengths do not matter
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T - 3 * np.eye(1500)
    pools = nearest(vectors, 7)
    for i in (0, 700, 1023, 1024, 1499):  # on both sides of a block's end
        assert pools.of(i).tolist() == sorted(np.argsort(-cosines[i])[:7].tolist())


@pytest.mark.parametrize("make", [clustered, nearest])
def test_entities_without_text_have_no_pool_and_are_in_none(make: object) -> None:
    vectors = HEAPS.copy()
    vectors[[3, 11]] = 0
    pools = make(vectors)  # type: ignore[operator]
    assert pools.size[[3, 11]].tolist() == [0, 0] and not np.isin([3, 11], pools.members).any()
    assert (np.delete(pools.size, [3, 11]) > 0).all()


@pytest.mark.parametrize("make", [clustered, nearest])
@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_texts_make_no_pools(make: object, count: int) -> None:
    vectors = np.zeros((5, 4), dtype=np.float16)
    vectors[:count] = 1
    pools = make(vectors)  # type: ignore[operator]
    assert len(pools.members) == 0 and pools.size.tolist() == [0] * 5


@pytest.mark.parametrize("make", [clustered, nearest])
def test_equal_texts(make: object) -> None:
    pools = make(np.ones((6, 4), dtype=np.float16))  # type: ignore[operator]
    assert (pools.size > 0).all()


def test_equal_seeds_give_equal_pools() -> None:
    vectors = np.random.default_rng(2).normal(size=(300, 16)).astype(np.float16)
    a, b = (clustered(vectors, seed=7) for _ in range(2))
    assert all(np.array_equal(getattr(a, f), getattr(b, f)) for f in Neighbourhoods.__dataclass_fields__)
