"""Names and their normal forms."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kgtool.fuse import names
from kgtool.iri import MAX_SLUG, slug


@pytest.mark.parametrize(
    "same",
    [
        ("the Colossus", "Colossus", "colossus", "COLOSSUS", " Colossus "),
        ("general-purpose computer", "general purpose computers", "a general–purpose computer"),
        ("Turing", "Turing's", "Turing’s"),
        ("Ko\u0308nig", "König"),
        ("vacuum tubes", "vacuum tube"),
        ("A.M. Turing", "A. M. Turing"),
        ("", " ", "\r"),
    ],
)
def test_ways_of_writing_one_name_have_one_key(same: tuple[str, ...]) -> None:
    assert len({names.key(n) for n in same}) == 1


@pytest.mark.parametrize(
    "apart",
    [
        ("C", "C++", "C#"),
        ("Mark I", "Mark II", "Mark"),
        ("Bells", "Bell"),
        ("🍕", "🍔", "👍", "👎"),
        ("Team 🍕", "Team 🍔"),
        ("की", "कि", "के"),
        ("שלום", "ירושלים"),
        ("5", "-5"),
        ("1912", "1954"),
        ("", "—"),
    ],
)
def test_different_names_have_different_keys(apart: tuple[str, ...]) -> None:
    assert len({names.key(n) for n in apart}) == len(apart)


@given(st.text())
def test_a_key_is_its_own_key_where_it_has_a_capital(text: str) -> None:
    upper = text.upper()
    assert names.key(upper) == names.key(names.key(upper).upper())


@given(st.text())
@example('"the Colossus"')
@example("Turing's's")
def test_labels_are_idempotent(text: str) -> None:
    shown = names.label(text)
    assert names.label(shown) == shown


@given(st.text(min_size=1))
def test_a_label_is_never_empty(text: str) -> None:
    assert names.label(text)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("the  Pilot ACE", "Pilot ACE"), ("“Colossus”", "Colossus"), ("Turing's", "Turing"), ("The", "The"), ("''", "''"),
     ("A Corp", "A Corp"), ("A Day in the  Life", "A Day in the Life"), ("“The Who”", "The Who"), ("My", "My"),
     ("The British government", "British government"), ("A machine", "machine"), ("The 1920s", "1920s")],
)  # fmt: skip
def test_a_label_is_the_bare_name_or_a_title(name: str, shown: str) -> None:
    assert names.label(name) == shown


@pytest.mark.parametrize("name", ["It", "they", " which ", "", "...", "—", "\u3000", "\u2028"])
def test_pronouns_and_signs_name_nothing(name: str) -> None:
    assert names.is_empty(name)


@pytest.mark.parametrize("name", ["Colossus", "7", "C#", "👍", "图灵", "US", "WHO", "IT"])
def test_names_name_something(name: str) -> None:
    assert not names.is_empty(name)


def test_a_definite_noun_is_a_bare_description() -> None:
    assert names.is_bare_description("the machine") and names.is_bare_description("Its designers")
    assert not any(map(names.is_bare_description, ["the Colossus", "a machine", "the first machine", "machine"]))


@pytest.mark.parametrize(
    "name", ["its elaborate burial customs", "Their first engine", "each of these stages", "One of his works"]
)
def test_what_points_back_is_a_bare_description(name: str) -> None:
    assert names.is_bare_description(name)


@pytest.mark.parametrize("name", ["This Is Spinal Tap", "His Dark Materials", "These Days", "My Fair Lady"])
def test_a_title_is_no_description(name: str) -> None:
    assert not names.is_bare_description(name)


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        ("alan turing", "alan mathison turing", True),
        ("a m turing", "alan mathison turing", True),
        ("j adams", "john quincy adams", True),
        ("john q adams", "john quincy adams", True),
        ("alan turing", "adam turing", False),
        ("alan m turing", "alan q turing", False),
        ("alan turing", "alan church", False),
        ("turing", "alan turing", False),
    ],
)
def test_compatible_people(one: str, other: str, fits: bool) -> None:
    a, b = names.person_words(one), names.person_words(other)
    assert names.compatible(a, b) == names.compatible(b, a) == fits


def test_titles_are_no_part_of_a_person() -> None:
    assert names.person_words("prof dr alan turing") == ("alan", "turing")
    assert names.person_words("dr") == ("dr",)


@pytest.mark.parametrize(
    ("full", "person", "short"),
    [
        ("alan turing", True, ["turing"]),
        ("turing", True, []),
        ("moore school of electrical engineering", False, ["moore school"]),
        ("hyundai motor company", False, ["hyundai motor"]),
        ("bank of england", False, []),
        ("pilot ace computer", False, []),
    ],
)
def test_short_forms(full: str, person: bool, short: list[str]) -> None:
    assert names.short_forms(full, person=person) == short


@pytest.mark.parametrize(
    ("short", "full", "fits"),
    [
        ("NPL", "National Physical Laboratory", True),
        ("SSEM", "Small-Scale Experimental Machine", True),
        ("NPL", "National Laboratory", False),
        ("N", "National", False),
        ("Npl", "National Physical Laboratory", False),
    ],
)
def test_acronyms(short: str, full: str, fits: bool) -> None:
    assert names.is_acronym(short, full) == fits


@given(st.text(max_size=200), st.text(max_size=200))
@example("", "\r")
def test_slugs_are_ascii_and_differ_when_names_do(one: str, other: str) -> None:
    a, b = slug(one), slug(other)
    assert a and a.isascii() and not set(a) & set(' <>"{}|^`\\/?#')
    if names.key(one) != names.key(other) and "_" not in one + other:
        assert a != b


def test_a_long_name_is_cut_by_a_hash_of_all_of_it() -> None:
    one, other = slug("x" * 10_000), slug("x" * 9_999 + "y")
    assert one != other and len(one) == len(other) == MAX_SLUG + 13


@pytest.mark.parametrize("group", [("C", "C++", "C#"), ("", "."), ("a/b", "a b", "a%2Fb"), ("🍕", "🍔"), ("1", "2")])
def test_slugs_of_different_names_differ(group: tuple[str, ...]) -> None:
    assert all(slug(a) != slug(b) for a, b in permutations(group, 2))
