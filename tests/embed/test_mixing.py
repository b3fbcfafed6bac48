"""The weights of late fusion."""

from __future__ import annotations

import numpy as np
from embed_support import facts, graph

from kgtool.embed import mixing
from kgtool.embed.dataset import Dataset, of_facts
from kgtool.embed.known import both_ways
from kgtool.embed.ranking import Scores


def noise(data: Dataset, seed: int) -> Scores:
    """Knows nothing: the same scores of all answers to each query, drawn once."""
    table = np.random.default_rng(seed).normal(size=(len(data.entities), 2 * len(data.relations), len(data.entities)))
    scores = table.astype(np.float32)
    return lambda entities, relations: scores[entities, relations].copy()


def oracle(data: Dataset, relations: set[int]) -> Scores:
    """Knows every answer in some relations, and nothing of the others."""
    table = np.zeros((len(data.entities), 2 * len(data.relations), len(data.entities)), dtype=np.float32)
    for part in (data.train, data.valid, data.test):
        for h, r, t in both_ways(part, len(data.relations)).tolist():
            if r % len(data.relations) in relations:
                table[h, r, t] = 3.0
    return lambda entities, asked: table[entities, asked].copy()


def test_noise_gets_no_weight() -> None:
    data = graph()
    found = mixing.weights(oracle(data, {0, 1, 2, 3}), noise(data, 0), data)
    assert found.shape == (2, 2 * len(data.relations)) and found.dtype == np.float32
    assert (found[1] == 0).all() and (found[0] == 1).all()


def test_the_only_one_that_knows_gets_weight() -> None:
    data = graph()
    found = mixing.weights(noise(data, 0), oracle(data, {0, 1, 2, 3}), data)
    assert (found[1] > 0.5).all() and np.allclose(found.sum(0), 1)


def test_a_relation_with_enough_facts_has_a_weight_of_its_own() -> None:
    more = [(f"person{i}", "speaks", f"language{j}") for i in range(150) for j in (5, 6, 7, 8, 9)]
    data = of_facts([*facts(), *more], {})
    speaks = data.relations.index("speaks")
    assert (data.valid[:, 1] == speaks).sum() >= mixing.ENOUGH
    others = set(range(len(data.relations))) - {speaks}
    found = mixing.weights(oracle(data, {speaks}), oracle(data, others), data)
    assert found[1, speaks] < found[1, min(others)]
