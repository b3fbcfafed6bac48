"""The things that flow through kgtool."""

from __future__ import annotations

import hashlib
import json
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.iri import slug
from kgtool.model import (
    Answer,
    Chunk,
    Citation,
    Document,
    Evidence,
    LiteralValue,
    Statement,
    Step,
    Triple,
    canonical_json,
    digest,
)

TEXT = st.text(max_size=10)
NUMBER = st.integers(0, 10**6)
EVIDENCE = st.builds(Evidence, TEXT, TEXT, NUMBER, NUMBER, TEXT, TEXT, TEXT, TEXT)
TRIPLES = st.builds(
    Triple,
    subject=TEXT,
    predicate=TEXT,
    object=TEXT,
    predicate_lemma=TEXT,
    subject_type=TEXT,
    object_type=TEXT,
    value=TEXT,
    datatype=TEXT,
    confidence=st.floats(0, 1),
    status=st.sampled_from(["asserted", "negated", "hedged", "attributed", "unsupported"]),
    evidence=EVIDENCE,
)


@given(TRIPLES)
def test_a_triple_survives_json(triple: Triple) -> None:
    assert Triple.from_json(json.loads(json.dumps(triple.to_json()))) == triple


@given(TRIPLES, NUMBER)
def test_a_triple_that_is_moved_and_back_is_the_same(triple: Triple, offset: int) -> None:
    there = triple.moved("b", "0-9", offset)
    assert there.evidence.begin == triple.evidence.begin + offset
    assert there.moved(triple.evidence.document, triple.evidence.chunk, -offset) == triple


def test_empty_optional_keys_are_left_out() -> None:
    row = Triple("a", "b", "c").to_json()
    assert row == {
        "subject": "a", "predicate": "b", "object": "c", "confidence": 1.0, "status": "asserted",
        "document": "", "chunk": "", "begin": 0, "end": 0, "quote": "", "extractor": "",
    }  # fmt: skip


def test_unknown_keys_are_ignored_and_missing_ones_named() -> None:
    assert Triple.from_json({"subject": "a", "predicate": "b", "object": "c", "new": 1}) == Triple("a", "b", "c")
    with pytest.raises(KeyError, match="object, subject"):
        Triple.from_json({"predicate": "b"})


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_digests_are_equal_for_equal_parts_only(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)


def test_a_digest_is_the_same_on_every_machine() -> None:
    assert digest("a", "é") == hashlib.sha256("1:a2:é".encode()).hexdigest()
    assert digest("ab", "c") != digest("a", "bc") != digest("abc")
    assert digest("\ud800") != digest("?")


@given(st.dictionaries(st.text(max_size=3), st.one_of(st.text(max_size=3), st.integers(), st.none())))
def test_equal_values_have_equal_json(value: dict[str, object]) -> None:
    backwards = dict(reversed(value.items()))
    assert canonical_json(value) == canonical_json(backwards)
    assert json.loads(canonical_json(value)) == value


def test_the_name_of_a_document_is_no_part_of_its_hash_but_the_title_is() -> None:
    assert Document("a", "x").hash == Document("b", "x").hash != Document("a", "y").hash
    assert Document("a", "x").hash != Document("a", "x", "t").hash


def test_the_place_of_a_chunk_is_no_part_of_its_key() -> None:
    assert Chunk("a", 0, 1, "x").key == Chunk("b", 5, 6, "x").key != Chunk("a", 0, 1, "x", "title").key


def test_an_entity_and_a_string_are_other_objects() -> None:
    entity = Statement("s", "p", "o", "published", 1.0, 1, (0,))
    text = Statement("s", "p", LiteralValue("o"), "published", 1.0, 1, (0,))
    assert entity.key == ("s", "p", "o", "") and text.key == ("s", "p", "o", "string")


def test_values_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Triple("a", "b", "c").subject = "x"  # type: ignore[misc]


def test_a_step_back_is_the_way_back() -> None:
    step = Step("r", True)
    assert step.inverse == Step("r", False) and step.inverse.inverse == step


def test_an_answer_is_json() -> None:
    answer = Answer("Who?", ("A",), ("iri:A",), evidence=(Citation("A", "r", "B", "forward"),))
    row = json.loads(json.dumps(answer.to_json()))
    assert row["answers"] == ["A"] and row["evidence"][0]["direction"] == "forward" and "reason" not in row
    assert Answer("Who?", abstained=True, reason="no").to_json()["reason"] == "no"


def test_a_slug_folds_white_space_and_composition() -> None:
    assert slug(" Kurt \t Go\u0308del\n") == slug("Kurt Gödel") == "Kurt_G%C3%B6del"
