"""DOCX: paragraphs, headings and the cells of tables, in the order of the document."""

from __future__ import annotations

import io
import zipfile
import zlib
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


PIECE = 2**16
"""So many bytes are unpacked at a time when parts are measured."""


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
    """Refuse an archive that unpacks to far more than it is (a zip bomb), before python-docx unpacks it whole.

    Raises:
        KgtoolError: saying what is too large.
    """
    left = MAX_UNPACKED * source.limit
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for part in archive.infolist():
                size = unpacked(archive, part, left)
                left -= size
                if left < 0:
                    hint = "split the file, or raise max_document_mb"
                    raise KgtoolError(f"unpacks to more than {MAX_UNPACKED * source.max_mb:g} MB", hint)
                if size > MIB and size > MAX_RATIO * max(part.compress_size, 1):
                    ratio, hint = size // max(part.compress_size, 1), "is it a zip bomb? leave it out"
                    raise KgtoolError(f"{part.filename} unpacks to {ratio} times its size", hint)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError) as error:
        raise damaged(error) from error


def unpacked(archive: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> int:
    """How many bytes a part unpacks to, counted in pieces; more than ``most`` are not counted to the end.

    The size that the archive declares may be a lie, so it is overwritten by one that is never reached: zipfile stops
    reading there.

    Raises:
        ValueError: for another method than those of Word documents; others unpack without a bound.
    """
    if part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ValueError(f"{part.filename} is packed with method {part.compress_type}")
    part.file_size = most + 2 * PIECE
    size = 0
    with archive.open(part) as file:
        while size <= most and (piece := file.read(PIECE)):
            size += len(piece)
    return size


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
