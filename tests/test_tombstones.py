"""What tombstones keep out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.fuse.names import is_empty
from kgtool.model import Document, Triple
from kgtool.tombstones import Sieve, of_content, of_document, of_name, of_place, of_statement

DOCUMENT = Document("folder/a.txt", "Some text.", "Title")
BORN = Triple("Maria Silva", "was born in", "Lisbon", predicate_lemma="be born in")


@pytest.mark.parametrize(
    "name", ["Maria Silva", "maria silva", "MARIA SILVA", "the Maria Silva", "Maria  Silva’s", "Lisbon"]
)
def test_a_name_is_known_however_it_is_written(name: str) -> None:
    kept, taken = Sieve(of_name(name)).sift([BORN, Triple("Jonas Berg", "met", "Silva")])
    assert [t.subject for t in kept] == ["Jonas Berg"] and taken == {t.digest for t in of_name(name)}


def test_values_are_no_names() -> None:
    dated = Triple("Acme", "was founded in", "1990", value="1990", datatype="gYear")
    assert Sieve(of_name("1990")).sift([dated]) == ((dated,), set())
    assert Sieve({of_statement(dated)}).sift([dated])[0] == ()


@pytest.mark.parametrize(
    ("triple", "kept"),
    [
        (Triple("maria silva", "is born in", "the Lisbon", predicate_lemma="be born in"), False),
        (Triple("Maria Silva", "lived in", "Lisbon", predicate_lemma="live in"), True),
        (Triple("Lisbon", "was born in", "Maria Silva", predicate_lemma="be born in"), True),
        (Triple("Maria Silva", "was born in", "Lisbon", predicate_lemma="be born in", predicate_id="P19"), True),
    ],
)
def test_a_statement_is_its_normal_form(triple: Triple, kept: bool) -> None:
    assert bool(Sieve({of_statement(BORN)}).sift([triple])[0]) is kept


def test_a_document_is_known_by_place_by_content_and_by_both() -> None:
    elsewhere, changed = Document("b.txt", DOCUMENT.text, DOCUMENT.title), Document(DOCUMENT.name, "New.")
    both = Sieve({of_document(DOCUMENT.name, DOCUMENT.hash)})
    assert [both.stops(d) for d in (DOCUMENT, elsewhere, changed)] == [True, False, False]
    place = Sieve({of_place(DOCUMENT.name)})
    assert [place.stops(d) for d in (DOCUMENT, elsewhere, changed)] == [True, False, True]
    content = Sieve({of_content(DOCUMENT.hash)})
    assert [content.stops(d) for d in (DOCUMENT, elsewhere, changed)] == [True, True, False]
    assert not Sieve(()).stops(DOCUMENT)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("It was MARIA SILVA's idea.", True), ("maria-silva", True), ("Maria\n  Silva", True), ("(Maria Silva)", True),
        ("Maria Silvana", False), ("Maria de Silva", False), ("Silva, Maria", False), ("", False),
    ],
)  # fmt: skip
def test_a_text_names_what_it_has_the_words_of(text: str, named: bool) -> None:
    assert Sieve(of_name("Maria Silva")).names(text) is named


WORD = st.text("abcdeéß", min_size=1, max_size=6)


@given(st.lists(WORD, min_size=1, max_size=4), st.lists(WORD, max_size=5), st.lists(WORD, max_size=5))
def test_a_name_is_found_between_any_words(name: list[str], before: list[str], behind: list[str]) -> None:
    called = " ".join(name)
    if not is_empty(called):
        assert Sieve(of_name(called)).names(" ".join([*before, called, *behind]))
