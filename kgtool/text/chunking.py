"""Texts to chunks with exact offsets.

A chunk is a paragraph, or a run of whole sentences of one that is too long. Its borders depend on the paragraph alone:
an edit elsewhere moves a chunk but does not change it, and so costs no new extraction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kgtool.model import Chunk, Document

PARAGRAPH = re.compile(r"(?:[^\n]|\n(?![^\S\n]*(?:\n|\Z)))+")
"""Lines up to one that is empty or blank."""

WRAP = 200
"""A line longer than this was not wrapped by hand: its end is the end of a paragraph."""

HEADING_LINE = re.compile(r"^[ \t]*#{1,6}[ \t]+[^\n]*\n?", re.MULTILINE)
"""A markdown heading."""

SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*\s+(?=[\"'“‘(\[]*[A-Z0-9])")
ABBREVIATION = re.compile(
    r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Inc|Ltd|Co|Corp|vs|etc|e\.g|i\.e|cf|No|Vol|Fig))\.$"
)

VERSION = "1"


def splitter_id(size: int) -> str:
    """Names the way of splitting; part of what an extraction depends on."""
    return f"paragraph/{VERSION}/{size}"


def chunks(document: Document, size: int = 2000) -> list[Chunk]:
    """Split a document.

    Args:
        document: the text to split.
        size: longest chunk, in code points; a single longer sentence is cut at white space.

    Returns:
        chunks in order, without overlap, none of them blank, ``document.text[c.begin:c.end] == c.text``.
    """
    text = document.text
    found = []
    for begin, end in blocks(text):
        for b, e in pieces(text, begin, end, size):
            b, e = trim(text, b, e)
            if b < e:
                found.append(Chunk(document.name, b, e, text[b:e], document.title))
    return found


def blocks(text: str) -> Iterator[tuple[int, int]]:
    """Paragraphs, without markdown headings: those are titles, not sentences."""
    for paragraph in PARAGRAPH.finditer(text):
        begin, end = paragraph.span()
        for heading in HEADING_LINE.finditer(text, begin, end):
            yield from unwrapped(text, begin, heading.start())
            begin = heading.end()
        yield from unwrapped(text, begin, end)


def unwrapped(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """A paragraph, cut behind lines that were not wrapped by hand."""
    line = begin
    while (newline := text.find("\n", line, end)) >= 0:
        if newline - line > WRAP:
            yield begin, newline
            begin = newline
        line = newline + 1
    yield begin, end


def pieces(text: str, begin: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    """Runs of whole sentences of at most ``size`` code points."""
    start = begin
    last = begin
    for border in [*sentence_ends(text, begin, end), end]:
        if border - start > size and last > start:
            yield start, last
            start = last
        while border - start > size:
            cut = text.rfind(" ", start, start + size)
            cut = cut if cut > start else start + size
            yield start, cut
            start = cut
        last = border
    if start < end:
        yield start, end


def sentence_ends(text: str, begin: int, end: int) -> Iterator[int]:
    """Offsets behind the sentences, the last one's left out."""
    for found in SENTENCE_END.finditer(text, begin, end):
        if not ABBREVIATION.search(text, max(begin, found.start() - 8), found.start() + 1):
            yield found.end()


def trim(text: str, begin: int, end: int) -> tuple[int, int]:
    """The span without white space (and byte order mark) at its ends."""
    while begin < end and (text[begin].isspace() or text[begin] == "\ufeff"):
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    return begin, end
