"""Chunks: exact offsets, nothing lost, and stable keys."""

from __future__ import annotations

import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.model import Chunk, Document
from kgtool.text.chunking import chunks, splitter_id

PIECES = st.sampled_from(
    '\n \r \r\n \n\n \t \u2028 \x85 \ufeff . ! ? " ’ ( # ## Dr. A. e\u0301 👩‍👩‍👧 שלום'.split(" ")
    + " |  |. |\n# Heading\n|\n \t\n|Turing. |He was born in 1912. ".split("|")
    + ["word " * 50, "x" * 230]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map("".join))
SIZES = st.integers(200, 600)
SENTENCE = st.sampled_from(
    ["Alan Turing was born.", "He met Dr. Smith!", "(Why?) Ü 👍.", "word " * 70 + ".", "x" * 450]
)
PARAGRAPH = st.lists(SENTENCE, min_size=1, max_size=5).map(" ".join)


def split(text: str, size: int = 2000) -> list[Chunk]:
    return chunks(Document("a", text, "T"), size)


def texts(text: str, size: int = 2000) -> list[str]:
    return [c.text for c in split(text, size)]


@given(TEXTS, SIZES)
def test_offsets_are_exact_in_order_and_do_not_overlap(text: str, size: int) -> None:
    at = 0
    for chunk in split(text, size):
        assert at <= chunk.begin < chunk.end
        assert text[chunk.begin : chunk.end] == chunk.text
        assert chunk.text.strip() == chunk.text != ""
        assert len(chunk.text) <= size
        at = chunk.end


@given(TEXTS, SIZES)
def test_nothing_is_lost_but_headings(text: str, size: int) -> None:
    covered = {i for c in split(text, size) for i in range(c.begin, c.end)}
    for heading in re.finditer(r"(?:\A|(?<=[\r\n]))\ufeff?[ \t]*#{1,6}[ \t][^\r\n]*", text):
        covered.update(range(*heading.span()))
    lost = {i for i, c in enumerate(text) if not c.isspace() and c != "\ufeff"} - covered
    assert not lost


@given(TEXTS, SIZES)
def test_splitting_is_deterministic(text: str, size: int) -> None:
    assert split(text, size) == split(text, size)


BLANKS = st.sampled_from(["\n\n", "\r\n\r\n", "\n \n"])


@given(st.lists(PARAGRAPH, min_size=2, max_size=6), PARAGRAPH, st.integers(0, 5), BLANKS)
def test_an_edit_leaves_the_keys_of_other_paragraphs(paragraphs: list[str], new: str, number: int, blank: str) -> None:
    edited = number % len(paragraphs)
    changed = [new if i == edited else p for i, p in enumerate(paragraphs)]
    assert others(paragraphs, edited, blank) == others(changed, edited, blank)


def others(paragraphs: list[str], edited: int, blank: str) -> list[str]:
    """The keys of all chunks that begin outside one paragraph."""
    begin = len(blank.join([*paragraphs[:edited], ""]))
    end = begin + len(paragraphs[edited])
    return [c.key for c in split(blank.join(paragraphs), 200) if not begin <= c.begin < end]


@given(st.lists(PARAGRAPH, min_size=2, max_size=4), BLANKS)
def test_a_paragraph_is_split_the_same_wherever_it_stands(paragraphs: list[str], blank: str) -> None:
    together = split(blank.join(paragraphs), 200)
    assert [c.text for c in together] == [t for p in paragraphs for t in texts(p, 200)]


@pytest.mark.parametrize("text", ["a\r\nb", "a\rb", "a\u2028b", "e\u0301 👩‍👩‍👧 \u202eשלום"])
def test_no_character_is_translated(text: str) -> None:
    assert texts(text) == [text]


def test_a_byte_order_mark_is_left_out() -> None:
    (chunk,) = split("\ufeffAlan")
    assert (chunk.begin, chunk.end, chunk.text) == (1, 5, "Alan")


@pytest.mark.parametrize("blank", ["\n\n", "\r\n\r\n", "\n \t\n", "\n\n\n\n"])
def test_a_blank_line_ends_a_paragraph(blank: str) -> None:
    assert texts(f"One two.{blank}Three four.") == ["One two.", "Three four."]


def test_lines_wrapped_by_hand_are_one_paragraph() -> None:
    assert texts("Alan Turing\nwas born\n") == ["Alan Turing\nwas born"]


def test_a_long_line_ends_a_paragraph() -> None:
    line = "word " * 50 + "end."
    assert texts(f"{line}\n{line}\nshort\nlines") == [line, line, "short\nlines"]


def test_headings_are_no_chunks() -> None:
    assert texts("# Title\n\nOne.\n## Two\nThree.\n### Four") == ["One.", "Three."]


def test_a_heading_behind_a_byte_order_mark_is_no_chunk() -> None:
    assert texts("\ufeff# Title\n\nOne.") == ["One."]


def test_a_heading_ends_with_its_line_however_lines_end() -> None:
    assert texts("# Title\r\rOne two.") == ["One two."]


def test_a_hash_without_space_is_no_heading() -> None:
    assert texts("#1 in the charts") == ["#1 in the charts"]


def test_long_paragraphs_are_cut_between_sentences() -> None:
    one, two, three = (f"{name} was born in a town that nobody remembers. " * 2 for name in ("Ada", "Bob", "Cid"))
    assert texts(one + two + three, 200) == [(one + two).strip(), three.strip()]


def test_abbreviations_end_no_sentence() -> None:
    first = "x " * 60 + "y."
    second = "It was Dr. Smith, A. M. Turing and Prof. Newman who built it at the University, it is said."
    assert texts(f"{first} {second}", 200) == [first, second]


def test_a_long_sentence_is_cut_at_a_space() -> None:
    found = texts("word " * 100, 200)
    assert all(set(t.split()) == {"word"} for t in found)
    assert sum(len(t.split()) for t in found) == 100


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "\ufeff", "# Only a heading"])
def test_blank_texts_have_no_chunks(text: str) -> None:
    assert split(text) == []


def test_equal_paragraphs_of_other_documents_share_a_key_unless_the_title_differs() -> None:
    (a,), (b,) = chunks(Document("a", "One.", "T")), chunks(Document("b", "\n\nOne.", "T"))
    (c,) = chunks(Document("c", "One.", "U"))
    assert a.key == b.key != c.key
    assert a.id == "0-4" and b.id == "2-6"


def test_a_paragraph_of_a_megabyte_needs_little_memory() -> None:
    text = "This is one more sentence. " * 40_000
    tracemalloc.start()
    try:
        assert len(split(text)) > 500
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * len(text)


def test_the_splitter_is_named_by_its_size() -> None:
    assert splitter_id(200) != splitter_id(2000)
