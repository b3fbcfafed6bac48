"""Files to documents: one module a format, and the table of them.

Every file is read, or skipped with a reason, or fails with a reason; a part of a file that is broken (a row, a line) is
named and the rest goes on. Offsets are code points of the text that the reader gives.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from kgtool.errors import KgtoolError
from kgtool.text.readers import docx, files, html, jsonl, pdf, plain, tables
from kgtool.text.readers.base import BY_DEFAULT, Fields, Input, Part, Reader, Unread
from kgtool.text.readers.files import STDIN, Found

READERS: Mapping[str, Reader] = {
    ".txt": plain.read_text,
    ".text": plain.read_text,
    ".md": plain.read_markdown,
    ".markdown": plain.read_markdown,
    ".html": html.read_html,
    ".htm": html.read_html,
    ".xhtml": html.read_html,
    ".pdf": pdf.read_pdf,
    ".docx": docx.read_docx,
    ".csv": tables.read_csv,
    ".tsv": tables.read_tsv,
    ".json": jsonl.read_json,
    ".jsonl": jsonl.read_lines,
    ".ndjson": jsonl.read_lines,
}
"""What reads a file, by its suffix."""

LINES_SUFFIXES = frozenset({".jsonl", ".ndjson"})


def find(path: Path) -> list[Found]:
    """The readable files at or below a PATH; see :func:`kgtool.text.readers.files.find`."""
    return files.find(path, READERS)


def read(found: Found, *, fields: Fields = BY_DEFAULT, max_mb: float = 16.0) -> Iterator[Part]:
    """The documents of one file, in order; an :class:`Unread` for each part that could not be read.

    Args:
        found: the file; one without a suffix, and standard input, is plain text.
        fields: where rows and objects have their name and text.
        max_mb: the size limit in MB, of a file or (JSON Lines) of a line.

    Raises:
        KgtoolError: saying why the file cannot be read; documents given before stand.
        OSError: when it cannot be opened.
    """
    suffix = found.path.suffix.lower()
    reader = READERS.get(suffix or ".txt")
    if reader is None:
        raise KgtoolError(f"unknown format {suffix}", f"kgtool reads {', '.join(sorted(READERS))}")
    with opened(found) as file:
        yield from reader(Input(found.name, file, fields, max_mb))


@contextmanager
def opened(found: Found) -> Iterator[BinaryIO]:
    """The file, or standard input."""
    if found.path == STDIN:
        yield sys.stdin.buffer
        return
    if not found.path.is_file():
        raise KgtoolError("not a regular file", "give a file, or - for standard input")
    with found.path.open("rb") as file:
        yield file


__all__ = (
    "BY_DEFAULT",
    "LINES_SUFFIXES", "READERS", "STDIN", "Fields", "Found", "Input", "Part", "Unread", "find", "read",
)  # fmt: skip
