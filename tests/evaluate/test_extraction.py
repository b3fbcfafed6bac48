"""Scores against gold triples: what must hold for any gold and any predictions, and figures worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.evaluate.extraction import Found, Score, gold_row, score
from kgtool.evaluate.gold import GoldDocument
from kgtool.evaluate.matching import Names, relation
from kgtool.model import Evidence, Triple

Rows = Sequence[tuple[str, str, str]]


def document(identifier: str, *triples: tuple[str, str, str], aliases: Sequence[Sequence[str]] = ()) -> GoldDocument:
    return GoldDocument(identifier, "", "", triples, tuple(tuple(a) for a in aliases))


def predicted(identifier: str, *triples: tuple[str, str, str], **more: Any) -> list[Triple]:
    evidence = Evidence(identifier, "", 0, 0, "", "")
    return [Triple(s, p, o, evidence=evidence, **more) for s, p, o in triples]


def scored(gold: Sequence[GoldDocument], triples: Sequence[Triple], match: str = "strict") -> dict[str, Any]:
    return score(gold, Found("x", triples), match)


def averages(row: dict[str, Any]) -> list[dict[str, float]]:
    return [f for level in ("triple", "pair") for w in ("as_is", "balanced") for f in row[level][w].values()]


NAMES = st.sampled_from(["Ada", "ada", "the Baby", "Baby", "EDSAC 2", "machines", "Machine", "C++", "C#", "…"])
RELATIONS = st.sampled_from(["part of", "partOf", "part_of", "built", "USED-FOR", "="])
TRIPLES = st.lists(st.tuples(NAMES, RELATIONS, NAMES), max_size=8)
GOLD = st.lists(TRIPLES, min_size=1, max_size=4).filter(any)
MATCH = st.sampled_from(["strict", "relaxed"])


def built(texts: Sequence[Rows]) -> list[GoldDocument]:
    return [document(str(n), *rows) for n, rows in enumerate(texts)]


def said(texts: Sequence[Rows]) -> list[Triple]:
    return [t for n, rows in enumerate(texts) for t in predicted(str(n), *rows)]


@given(GOLD, MATCH)
def test_predictions_equal_to_the_gold_are_perfect(texts: list[Rows], match: str) -> None:
    row = scored(built(texts), said(texts), match)
    assert all(v == 1 for f in averages(row) for v in f.values())
    assert row["outside"] == 0 and row["predicted"] == sum(r["gold"] for r in row["relations"])
    assert all(r["f1"] == r["pair_recall"] == r["balanced"]["f1"] == 1 for r in row["relations"])


@given(GOLD, st.data(), MATCH)
def test_neither_the_order_nor_repetition_matters(texts: list[Rows], data: st.DataObject, match: str) -> None:
    triples = said(data.draw(st.lists(TRIPLES, max_size=5)))
    gold = built(texts)
    again = data.draw(st.permutations(triples + triples[:2]))
    turned = [document(g.id, *data.draw(st.permutations(g.triples))) for g in data.draw(st.permutations(gold))]
    assert scored(turned, again, match) | {"withheld": 0} == scored(gold, triples, match) | {"withheld": 0}


@given(GOLD, st.lists(TRIPLES, max_size=5), MATCH)
def test_what_holds_for_all_figures(texts: list[Rows], other: list[Rows], match: str) -> None:
    row = scored(built(texts), said(other), match)
    assert all(0 <= v <= 1 for f in averages(row) for v in f.values())
    assert row["pair"]["as_is"]["micro"]["recall"] >= 0
    balanced = row["triple"]["balanced"]
    assert balanced["micro"]["recall"] == pytest.approx(balanced["macro"]["recall"], abs=1e-4)
    for each in row["relations"]:
        assert each["right"] <= min(each["gold"], each["predicted"])
        assert each["recall"] == each["balanced"]["recall"] <= each["pair_recall"]


@given(st.lists(st.sampled_from("pqr"), min_size=3, max_size=3, unique=True), st.integers(1, 3), st.data())
def test_balancing_changes_nothing_that_is_balanced(relations: list[str], each: int, data: st.DataObject) -> None:
    rows = [(f"s{n}", r, f"o{n}{r}") for r in relations for n in range(each)]
    other = data.draw(st.lists(st.sampled_from([*rows, *((s, "p", o) for s, _, o in rows), ("x", "q", "y")])))
    row = scored([document("a", *rows)], predicted("a", *other))
    assert row["triple"]["as_is"] == row["triple"]["balanced"]
    assert row["pair"]["as_is"] == row["pair"]["balanced"]


def test_relaxed_never_finds_less() -> None:
    gold = [document("a", ("the NIS gene", "causes", "thyroid disease"), ("NIS", "is a", "protein"))]
    triples = predicted("a", ("NIS gene", "causes", "disease"), ("NIS", "is a", "small protein"))
    assert scored(gold, triples)["triple"]["as_is"]["micro"]["recall"] == 0
    assert scored(gold, triples, "relaxed")["triple"]["as_is"]["micro"]["recall"] == 1


def test_figures_by_hand() -> None:
    """Three of the frequent relation, one of the rare one: balanced, they weigh 2/3 and 2."""
    gold = [document("a", ("A", "often", "B"), ("A", "often", "C"), ("A", "often", "D"), ("B", "seldom", "C"))]
    triples = predicted("a", ("A", "often", "B"), ("A", "often", "C"), ("B", "often", "C"), ("X", "other", "Y"))
    row = scored(gold, triples)
    assert (row["predicted"], row["outside"]) == (4, 1)
    often, seldom = row["relations"]
    assert (often["relation"], often["gold"], often["predicted"], often["right"]) == ("often", 3, 3, 2)
    assert (often["precision"], often["recall"], often["f1"]) == (0.6667, 0.6667, 0.6667)
    assert seldom["f1"] == 0 and seldom["pair_recall"] == 1
    assert row["triple"]["as_is"]["micro"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5}
    assert row["triple"]["as_is"]["macro"] == {"precision": 0.3333, "recall": 0.3333, "f1": 0.3333}
    # the confusion of "seldom" with "often" now weighs as much as the gold triple that it stands over: 2
    assert often["balanced"]["precision"] == round((4 / 3) / (4 / 3 + 2), 4)
    assert row["triple"]["balanced"]["micro"]["precision"] == round((4 / 3) / (4 / 3 + 2 + 1), 4)
    assert row["triple"]["balanced"]["micro"]["recall"] == round((4 / 3) / 4, 4)
    assert row["pair"]["as_is"]["micro"] == {"precision": 0.75, "recall": 0.75, "f1": 0.75}


def test_aliases_name_one_thing_and_count_once() -> None:
    gold = [document("a", ("Wilfried Schneider", "born in", "Mediaș"), aliases=[["Wilfried Schneider", "Schneider"]])]
    row = scored(gold, predicted("a", ("Schneider", "born in", "Mediaș"), ("Wilfried Schneider", "born in", "Mediaș")))
    assert row["triple"]["as_is"]["micro"] == {"precision": 1, "recall": 1, "f1": 1} and row["predicted"] == 1


def test_a_pair_has_no_direction_and_a_triple_has_one() -> None:
    row = scored([document("a", ("A", "made", "B"))], predicted("a", ("B", "made", "A")))
    assert row["triple"]["as_is"]["micro"]["f1"] == 0 and row["pair"]["as_is"]["micro"]["f1"] == 1


def test_only_what_is_asserted_counts() -> None:
    gold = [document("a", ("A", "made", "B"))]
    row = scored(gold, predicted("a", ("A", "made", "B"), status="negated"))
    assert (row["predicted"], row["withheld"]) == (0, 1)


def test_a_triple_counts_in_its_own_document_alone() -> None:
    gold = [document("a", ("A", "made", "B")), document("b", ("A", "made", "B"))]
    row = scored(gold, predicted("a", ("A", "made", "B")))
    assert row["triple"]["as_is"]["micro"]["recall"] == 0.5
    assert gold_row(gold) == {"documents": 2, "triples": 2, "relations": 1}


@pytest.mark.parametrize("written", ["countryOfOrigin", "country_of_origin", "Country of origin", "COUNTRY-OF-ORIGIN"])
def test_ways_to_write_a_relation(written: str) -> None:
    assert relation(written) == "country of origin"


def test_the_identifier_of_a_schema_names_the_relation_too() -> None:
    gold = [document("a", ("A", "birthPlace", "B"))]
    triples = predicted("a", ("A", "was born in", "B"), predicate_id="https://schema.org/birthPlace")
    assert scored(gold, triples)["triple"]["as_is"]["micro"]["f1"] == 1


def test_relaxed_names_take_the_nearest() -> None:
    gold = document("a", ("President George Bush", "met", "Bush Senior"))
    named = Names(gold, relaxed=True)
    assert named("George Bush") == "president george bush" and named("Bush Senior of Texas") == "bush senior"
    assert named("Texas") == "texas"
    assert Names(gold, relaxed=False)("George Bush") == "george bush"


def test_nothing_predicted_is_no_division_by_zero() -> None:
    assert Score(1, 0, 0).to_json() == {"precision": 0, "recall": 0, "f1": 0}
    assert scored([document("a", ("A", "made", "B"))], [])["triple"]["as_is"]["micro"]["f1"] == 0
