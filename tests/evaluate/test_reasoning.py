"""Figures of answers beside gold sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgtool.errors import NotFoundError, UsageError
from kgtool.evaluate.reasoning import Gold, evaluate, judge, read
from kgtool.model import Answer

SURE = Answer("q", answers=("Ann", "Bob"), confidence=0.9)
NOTHING = Answer("q", abstained=True, reason="no")


def test_sets_are_compared() -> None:
    row = judge(Gold("1", "q", ("bob", "ANN", "Cid")), SURE)
    assert (row["hits_at_1"], row["precision"], row["recall"], row["exact"]) == (1, 1, 2 / 3, 0)
    assert row["f1"] == pytest.approx(0.8)


def test_nothing_and_the_empty_string_are_never_right() -> None:
    for answer in (NOTHING, Answer("q"), Answer("q", answers=("",))):
        assert set(judge(Gold("1", "q", ("Ann",)), answer).values()) == {0}
    assert set(judge(Gold("1", "q", ("Ann",)), Answer("q", answers=("Yes",))).values()) == {0}


def test_an_iri_is_also_its_last_part() -> None:
    answer = Answer("q", answers=("A. Field",), iris=("https://example.org/e/Ann_Field",))
    assert judge(Gold("1", "q", ("ann field",)), answer)["exact"] == 1


def test_what_has_no_answer_is_to_be_refused() -> None:
    questions = [Gold("1", "a", ("Ann", "Bob")), Gold("2", "b", ()), Gold("3", "c", ("Cid",)), Gold("4", "d", ())]
    given = {"a": SURE, "b": NOTHING, "c": NOTHING, "d": SURE}
    row = evaluate(questions, given.__getitem__)
    assert (row["questions"], row["answerable"], row["hits_at_1"], row["exact"]) == (4, 2, 0.5, 0.5)
    assert (row["abstention_precision"], row["abstention_recall"], row["refused_answerable"]) == (0.5, 0.5, 0.5)
    assert row["calibration"] == pytest.approx(0.4)
    assert row == evaluate(questions, given.__getitem__)


def test_bad_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read(tmp_path / "none.jsonl")
    file = tmp_path / "q.jsonl"
    for text, told in [
        ("", f"{file} has no questions"),
        ("nonsense\n", "line 1: not valid JSON"),
        ('\n{"question": "x"}\n', "line 2: no list 'answers'"),
        ('{"question": "x", "answers": "y"}\n', "line 1: no list 'answers'"),
        ('{"answers": ["y"]}\n', "line 1: no text 'question'"),
        ("[]\n", "line 1: not an object"),
    ]:
        file.write_text(text)
        with pytest.raises(UsageError, match=told):
            read(file)
    file.write_text('{"question": "x", "answers": ["y"]}\n')
    assert read(file) == [Gold("1", "x", ("y",))]
