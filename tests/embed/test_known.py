"""Facts grouped by query say what a dict of sets says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kgtool.embed.dataset import array
from kgtool.embed.known import Known, both_ways

ENTITIES, RELATIONS = 6, 3
FACT = st.tuples(st.integers(0, ENTITIES - 1), st.integers(0, RELATIONS - 1), st.integers(0, ENTITIES - 1))
FACTS = st.lists(FACT, max_size=30)
QUERIES = st.lists(st.tuples(st.integers(0, ENTITIES - 1), st.integers(0, 2 * RELATIONS - 1)), max_size=20)


def answers(facts: list[tuple[int, int, int]]) -> dict[tuple[int, int], set[int]]:
    """The answers to each query, both ways, in plain Python."""
    found: dict[tuple[int, int], set[int]] = {}
    for h, r, t in facts:
        found.setdefault((h, r), set()).add(t)
        found.setdefault((t, r + RELATIONS), set()).add(h)
    return found


@given(FACTS, FACTS, QUERIES)
def test_answers_are_those_of_a_dict(
    first: list[tuple[int, int, int]], second: list[tuple[int, int, int]], asked: list[tuple[int, int]]
) -> None:
    known, wanted = Known.of(RELATIONS, array(first), array(second)), answers(first + second)
    queries = array((e, r, 0) for e, r in asked)
    rows, found = known.of_queries(queries[:, 0], queries[:, 1])
    pairs = [(row, answer) for row, query in enumerate(asked) for answer in sorted(wanted.get(query, ()))]
    assert list(zip(rows.tolist(), found.tolist(), strict=True)) == pairs


@given(FACTS)
def test_every_query_is_there_once_with_its_answers(facts: list[tuple[int, int, int]]) -> None:
    known = Known.of(RELATIONS, array(facts))
    groups = zip(known.queries.tolist(), known.starts[:-1].tolist(), known.starts[1:].tolist(), strict=True)
    found = {(e, r): known.answers[begin:end].tolist() for (e, r), begin, end in groups}
    assert found == {query: sorted(tails) for query, tails in answers(facts).items()}
    assert len(found) == len(known.queries) and sorted(known.keys.tolist()) == known.keys.tolist()


@given(FACTS, FACTS)
def test_has_says_what_a_set_says(facts: list[tuple[int, int, int]], asked: list[tuple[int, int, int]]) -> None:
    found = Known.of(RELATIONS, array(facts)).has(array(asked + facts))
    assert found.tolist() == [f in set(facts) for f in asked + facts]


def test_both_ways_turns_each_fact_round() -> None:
    assert both_ways(array([(1, 0, 2), (3, 2, 3)]), 3).tolist() == [[1, 0, 2], [3, 2, 3], [2, 3, 1], [3, 5, 3]]
