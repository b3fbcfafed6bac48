"""DOCX: paragraphs, headings and the cells of tables, in the order of the document."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kgtool.errors import KgtoolError
from kgtool.model import Document
from kgtool.text.readers.base import MIB, Input

if TYPE_CHECKING:
    from docx.document import Document as Opened
    from docx.table import Table
    from docx.text.paragraph import Paragraph

MAX_UNPACKED = 8
"""All parts together may unpack to so many times the size limit."""

MAX_RATIO = 200
"""No part of more than a megabyte may be compressed better than this; XML of real documents is packed 5 to 50 times."""


def read_docx(source: Input) -> Iterator[Document]:
    """The text of a Word document.

    Raises:
        KgtoolError: when it is encrypted, damaged, or unpacks to more than is sensible.
    """
    data = source.data()
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise KgtoolError("encrypted, or in the old .doc format", "save it as .docx without a password")
    check_size(data, source)
    opened = open_docx(data)
    blocks = list(blocks_of(opened))
    title = opened.core_properties.title or next((b.lstrip("# ") for b in blocks if b.startswith("#")), "")
    yield Document(source.name, "".join(f"{b}\n\n" for b in blocks), " ".join(title.split()))


def check_size(data: bytes, source: Input) -> None:
    """Refuse an archive that unpacks to far more than it is (a zip bomb), before anything is unpacked.

    Raises:
        KgtoolError: saying what is too large.
    """
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise damaged(error) from error
    total = sum(part.file_size for part in parts)
    if total > MAX_UNPACKED * source.limit:
        hint = "split the file, or raise max_document_mb"
        raise KgtoolError(f"unpacks to {total / MIB:.0f} MB, more than {MAX_UNPACKED * source.max_mb:g} MB", hint)
    for part in parts:
        if part.file_size > MIB and part.file_size > MAX_RATIO * max(part.compress_size, 1):
            ratio = part.file_size // max(part.compress_size, 1)
            raise KgtoolError(f"{part.filename} unpacks to {ratio} times its size", "is it a zip bomb? leave it out")


def open_docx(data: bytes) -> Opened:
    """Open a document.

    Raises:
        KgtoolError: when it is damaged.
    """
    import docx
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    try:
        return docx.Document(io.BytesIO(data))
    except (OpcError, LxmlError, KeyError, ValueError, AttributeError, OSError, zipfile.BadZipFile) as error:
        raise damaged(error) from error


def damaged(error: Exception) -> KgtoolError:
    """The error for a file that cannot be opened."""
    return KgtoolError(f"not a readable DOCX: {error}", "open it in a word processor and save it again")


def blocks_of(opened: Opened) -> Iterator[str]:
    """The text of paragraphs and table rows; headings as in Markdown."""
    from docx.table import Table

    for item in opened.iter_inner_content():
        yield from table_rows(item) if isinstance(item, Table) else paragraph_text(item)


def paragraph_text(paragraph: Paragraph) -> Iterator[str]:
    """The text of a paragraph, if it has any."""
    text = paragraph.text.strip()
    level = heading_level(paragraph)
    if text:
        yield f"{'#' * level} {' '.join(text.split())}" if level else text


def heading_level(paragraph: Paragraph) -> int:
    """1 to 6 for a heading, 0 for anything else."""
    name = paragraph.style.name or "" if paragraph.style else ""
    if name == "Title":
        return 1
    kind, _, level = name.partition(" ")
    return min(int(level), 6) if kind.lower() == "heading" and level.isdigit() else 0


def table_rows(table: Table) -> Iterator[str]:
    """Each row as a paragraph of its cells; a merged cell once."""
    for row in table.rows:
        cells = []
        for cell in dict.fromkeys(row.cells):
            text = " ".join(word for b in cell.iter_inner_content() for word in inner_text(b).split())
            if text:
                cells.append(text)
        if cells:
            yield " | ".join(cells)


def inner_text(block: Paragraph | Table) -> str:
    """The text of what is inside a cell; a table in it row by row."""
    from docx.table import Table

    return " ".join(table_rows(block)) if isinstance(block, Table) else block.text
