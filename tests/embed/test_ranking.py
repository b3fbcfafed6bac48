"""Ranks are those of a computation in plain Python."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.embed import ranking
from kgtool.embed.dataset import array
from kgtool.embed.known import Known, both_ways

ENTITIES, RELATIONS = 5, 2
FACT = st.tuples(st.integers(0, ENTITIES - 1), st.integers(0, RELATIONS - 1), st.integers(0, ENTITIES - 1))
FACTS = st.lists(FACT, min_size=1, max_size=12, unique=True)
VALUES = (0.0, 1.0, 2.0, math.nan, -math.inf, math.inf)
"""Few scores, so that there are many ties. Infinite ones have an order; one that is no number is last."""
TABLE = st.integers(0, 999).map(lambda seed: random.Random(seed).choices(VALUES, k=2 * RELATIONS * ENTITIES**2))


def scorer(table: list[float]) -> ranking.Scores:
    scores = np.array(table, dtype=np.float32).reshape(ENTITIES, 2 * RELATIONS, ENTITIES)
    return lambda entities, relations: scores[entities, relations].copy()


def place(table: list[float], query: list[int], out: set[int]) -> float:
    """The realistic rank of an answer, those in ``out`` left out, in plain Python."""
    entity, relation, answer = query
    begin = (entity * 2 * RELATIONS + relation) * ENTITIES
    scores = table[begin : begin + ENTITIES]
    others = [scores[e] for e in range(ENTITIES) if e not in out and e != answer]
    right = scores[answer]
    if math.isnan(right):
        return 1 + len(others)
    return 1 + sum(s > right for s in others) + sum(s == right for s in others) / 2


@given(FACTS, FACTS, TABLE)
def test_ranks_are_filtered_realistic_and_of_both_sides(
    train: list[tuple[int, int, int]], held: list[tuple[int, int, int]], table: list[float]
) -> None:
    facts = array(train), array(held)
    known = Known.of(RELATIONS, *facts)
    found = ranking.rank(scorer(table), facts[1], known, facts[0], ENTITIES)
    never = {
        r for r in range(RELATIONS) if not any(h == t and q == r for h, q, t in train)
    }  # of so few facts one loop is more than 1 %
    for i, query in enumerate(both_ways(facts[1], RELATIONS).tolist()):
        entity, relation, answer = query
        known_ones = {t for h, r, t in both_ways(np.concatenate(facts), RELATIONS).tolist() if [h, r] == query[:2]}
        left = ENTITIES - len(known_ones)
        own = {entity} if relation % RELATIONS in never and answer != entity else set()
        assert found.queries[i].tolist() == query
        assert found.ranks[i] == place(table, query, known_ones)
        assert found.expected[i] == 1 + left / 2
        if math.isnan(table[(entity * 2 * RELATIONS + relation) * ENTITIES + answer]):
            assert found.masked[i] == found.ranks[i]
        else:
            assert found.masked[i] == place(table, query, known_ones | own)


@given(FACTS, TABLE)
def test_parts_of_queries_change_nothing(held: list[tuple[int, int, int]], table: list[float]) -> None:
    facts = array(held)
    known = Known.of(RELATIONS, facts)
    whole = ranking.rank(scorer(table), facts, known, facts, ENTITIES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "CELLS", 2 * ENTITIES)
        parts = ranking.rank(scorer(table), facts, known, facts, ENTITIES)
    assert all((getattr(whole, n) == getattr(parts, n)).all() for n in ("queries", "ranks", "expected", "masked"))


def test_figures_of_ranks_by_hand() -> None:
    ranks = np.array([1, 2, 4, 20], dtype=np.float32)
    some = ranking.Ranks(array([(0, 0, 1)] * 4), ranks, np.full(4, 10.5, dtype=np.float32), ranks)
    wanted = {
        "mrr": (1 + 1 / 2 + 1 / 4 + 1 / 20) / 4,
        "hits_at_1": 0.25,
        "hits_at_3": 0.5,
        "hits_at_10": 0.75,
        "amr": 27 / 42,
        "amri": 1 - 23 / 38,
    }
    assert some.figures() == pytest.approx(wanted)


def test_the_right_answer_alone_is_first_and_no_query_gives_no_figures() -> None:
    facts = array([(0, 0, 1)])
    scores: ranking.Scores = lambda entities, relations: np.eye(2, dtype=np.float32)[1 - entities]  # noqa: E731
    ranks = ranking.rank(scores, facts, Known.of(1, facts), facts, 2)
    assert ranks.figures()["mrr"] == 1 and ranks.figures()["amri"] == 1
    assert ranking.rank(scores, array(()), Known.of(1, facts), facts, 2).figures() == {}


def test_the_interval_holds_the_mean_and_is_the_same_each_time() -> None:
    ranks = np.random.default_rng(0).integers(1, 30, 400).astype(np.float32)
    some = ranking.Ranks(array([(0, 0, 1)] * 400), ranks, ranks, ranks)
    low, high = some.interval()
    assert low < some.figures()["mrr"] < high and high - low < 0.1
    assert some.interval() == (low, high)


def test_kinds_of_relations() -> None:
    one = [(i, 0, 10 + i) for i in range(4)]
    many_tails = [(0, 1, i) for i in range(4)]
    many_heads = [(i, 2, 0) for i in range(4)]
    many = [(i, 3, j) for i in range(3) for j in range(3)]
    assert ranking.category(array(one + many_tails + many_heads + many), 5) == ["1-1", "1-n", "n-1", "n-n", "1-1"]


def test_the_report_counts_every_query_once_in_each_division() -> None:
    train = array([(0, 0, 1), (1, 0, 2), (2, 1, 0)])
    held = array([(0, 0, 2), (3, 1, 0)])
    draw = np.random.default_rng(0)
    scores: ranking.Scores = lambda e, r: draw.random((len(e), 4)).astype(np.float32)  # noqa: E731
    ranks = ranking.rank(scores, held, Known.of(2, train, held), train, 4)
    row = ranking.report(ranks, ["a", "b"], train)
    assert row["queries"] == 4
    for division in ("per_relation", "per_category"):
        assert sum(part["queries"] for part in row[division].values()) == 4
    assert row["unseen"]["query"]["queries"] == row["unseen"]["answer"]["queries"] == 1
