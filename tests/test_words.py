"""Folding, words and stems."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.words import fold, stem, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Turing's ACE", ["turing", "ace"]),
        ("Turing’s ACE", ["turing", "ace"]),
        ("C, C++ and C#", ["c", "c++", "and", "c#"]),
        ("C++11", ["c", "11"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("ﬁle Ⅳ", ["file", "iv"]),
        ("snake_case", ["snake", "case"]),
        ("", []),
        ("… — !", []),
    ],
)
def test_words_are_folded(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_composed_and_decomposed_letters_are_equal() -> None:
    assert words("Ko\u0308nig") == words("König") == ["könig"]


def test_a_possessive_goes_but_an_apostrophe_inside_a_name_stays() -> None:
    assert fold("O'Sullivan's") == "o'sullivan"


@given(st.text())
def test_words_are_in_the_folded_text_in_order(text: str) -> None:
    folded, at = fold(text), 0
    for word in words(text):
        found = folded.find(word, at)
        assert found >= at
        at = found + len(word)


@given(st.text())
def test_case_does_not_matter_to_ascii_words(text: str) -> None:
    plain = text.encode("ascii", "ignore").decode()
    assert words(plain.upper()) == words(plain.lower())


@pytest.mark.parametrize(
    ("one", "other"),
    [("founder", "founded"), ("inventor", "invented"), ("designs", "designing"), ("director", "directed")],
)
def test_agents_have_the_stem_of_their_verb(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("water", "wat"), ("paper", "pap")])
def test_unrelated_words_have_different_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)
