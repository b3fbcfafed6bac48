"""What every reader takes and gives."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from kgtool.errors import KgtoolError
from kgtool.model import Document

MIB = 2**20

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
"""Byte order marks and the encodings that they announce. That of UTF-8 stays a code point of the text."""


@dataclass(frozen=True)
class Fields:
    """Where the rows of a table or the objects of JSON have their name and their text; None: ``id`` and ``text``."""

    id: str | None = None
    text: str | None = None

    @property
    def names(self) -> tuple[str, str]:
        """Both names, the defaults filled in."""
        return self.id or "id", self.text or "text"


BY_DEFAULT = Fields()


@dataclass(frozen=True)
class Unread:
    """A part of a file that could not be read, and why; the rest of the file goes on."""

    error: str


Part = Document | Unread


@dataclass(frozen=True)
class Input:
    """An open file: its name below its PATH, its bytes, and what the reader has to know."""

    name: str
    file: BinaryIO
    fields: Fields = BY_DEFAULT
    max_mb: float = 16.0

    @property
    def limit(self) -> int:
        """The size limit in bytes."""
        return int(self.max_mb * MIB)

    def data(self) -> bytes:
        """All bytes.

        Raises:
            KgtoolError: when there are more than the limit.
        """
        data = self.file.read(self.limit + 1)
        if len(data) > self.limit:
            size = (len(data) + len(self.file.read())) / MIB
            raise too_large(size, self.max_mb)
        return data


class Reader(Protocol):
    """Reads one format."""

    def __call__(self, source: Input, /) -> Iterable[Part]:
        """The documents of a file, in order.

        Raises:
            KgtoolError: when nothing of the file can be read; says why.
        """


def too_large(size: float, limit: float) -> KgtoolError:
    """The error for more than the limit, both in MB."""
    return KgtoolError(
        f"{size:.0f} MB is more than the limit of {limit:g} MB", "split the file, or raise max_document_mb"
    )


def decoded(data: bytes) -> str:
    """Bytes as text: UTF-8, or UTF-16 with a byte order mark. No other encoding is guessed.

    Raises:
        KgtoolError: for anything else.
    """
    encoding = next((name for mark, name in BOMS if data.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in data:
        raise KgtoolError("binary file", "give a file of text")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        where = f"not valid {encoding.upper()} at byte {error.start}"
        raise KgtoolError(where, "convert it, for example with: iconv -f latin1 -t utf-8") from error
    if "\0" in text:
        raise KgtoolError("binary file", "give a file of text")
    return text
