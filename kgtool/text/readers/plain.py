"""Plain text and Markdown. No newline is translated, so that offsets are those of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kgtool.model import Document
from kgtool.text.readers.base import Input, decoded

HEADING = re.compile(r"\A\ufeff?\s*#{1,6}[ \t]+(?P<title>[^\r\n]+?)(?:[ \t]+#+)?[ \t]*(?:\r|\n|\Z)")
FIRST_LINE = re.compile(r"\A\ufeff?\s*(?P<title>[^\r\n]{1,100}?)[ \t]*\r?\n[ \t]*\r?\n")


def read_text(source: Input) -> Iterator[Document]:
    """Plain text."""
    text = decoded(source.data())
    yield Document(source.name, text, title_of(text, markdown=False))


def read_markdown(source: Input) -> Iterator[Document]:
    """Markdown, as it is."""
    text = decoded(source.data())
    yield Document(source.name, text, title_of(text, markdown=True))


def title_of(text: str, *, markdown: bool) -> str:
    """The first heading of a markdown text; the first line of a plain one, when it stands alone and is no sentence."""
    found = HEADING.match(text) if markdown else FIRST_LINE.match(text)
    title = found["title"].strip() if found else ""
    return title if markdown or not title.endswith((".", "!", "?", ":", ";", ",")) else ""
