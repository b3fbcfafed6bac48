"""Texts to chunks with exact offsets.

A chunk is a paragraph, or a run of whole sentences of one that is too long. Its borders depend on the paragraph alone:
an edit elsewhere moves a chunk but does not change it, and so costs no new extraction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kgtool.model import Chunk, Document

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
HEADING = re.compile(r"\ufeff?[ \t]*#{1,6}[ \t]")

WRAP = 200
"""A line longer than this was not wrapped by hand: its end is the end of a paragraph."""

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
        for b, e in pieces(text, *trim(text, begin, end), size):
            b, e = trim(text, b, e)
            if b < e:
                found.append(Chunk(document.name, b, e, text[b:e], document.title, document.anchor(b)))
    return found


def blocks(text: str) -> Iterator[tuple[int, int]]:
    """Paragraphs: lines up to one that is blank, a markdown heading (a title, no sentence), or was not wrapped."""
    begin = 0
    for line in LINE.finditer(text):
        if not line[0].strip() or HEADING.match(line[0]):
            yield begin, line.start()
            begin = line.end()
        elif len(line[0].rstrip()) > WRAP:
            yield begin, line.end()
            begin = line.end()
    yield begin, len(text)


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
