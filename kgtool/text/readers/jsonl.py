"""JSON and JSON Lines: one document an object, named ``FILE#ID``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kgtool.errors import KgtoolError
from kgtool.model import Document
from kgtool.text.readers.base import Fields, Input, Part, Unread, decoded, too_large


def read_lines(source: Input) -> Iterator[Part]:
    """JSON Lines (UTF-8), line by line: the size limit is one of each line, not of the file."""
    rows = Rows(source.name, source.fields)
    number = 0
    while line := source.file.readline(source.limit + 1):
        number += 1
        size = len(line)
        while len(line) > source.limit and not line.endswith(b"\n"):
            line = source.file.readline(source.limit + 1)
            size += len(line)
        if size > source.limit + 1:
            yield Unread(f"line {number}: {too_large(size / 2**20, source.max_mb).message}")
        elif line.strip(b"\xef\xbb\xbf \t\r\n"):
            yield rows.part(line, f"line {number}")


def read_json(source: Input) -> Iterator[Part]:
    """An array of objects, an object that holds one array, or one object with a text."""
    rows = Rows(source.name, source.fields)
    try:
        value = json.loads(decoded(source.data()).removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise KgtoolError(f"not valid JSON: {error}", "one object a line is JSON Lines: name it .jsonl") from error
    for number, row in enumerate(objects(value, source.fields), 1):
        yield rows.document(row, f"item {number}")


def objects(value: Any, fields: Fields) -> list[Any]:
    """The array that holds the documents.

    Raises:
        KgtoolError: when there is none, or more than one.
    """
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and fields.names[1] in value:
        return [value]
    lists = [v for v in value.values() if isinstance(v, list)] if isinstance(value, dict) else []
    if len(lists) != 1:
        hint = "kgtool reads an array of objects, an object that holds one array, or one object with a text"
        raise KgtoolError(f"{len(lists)} arrays that could hold the documents", hint)
    return lists[0]


class Rows:
    """The objects of one file as documents; knows the names that it has given."""

    def __init__(self, name: str, fields: Fields) -> None:
        self.name = name
        self.fields = fields.names
        self.given: dict[str, str] = {}

    def part(self, line: bytes, where: str) -> Part:
        """A line as a document, or why it is none."""
        try:
            return self.document(json.loads(line.decode("utf-8-sig")), where)
        except (ValueError, RecursionError) as error:
            return Unread(f"{where}: {explained(error)}")

    def document(self, row: Any, where: str) -> Part:
        """An object as a document, or why it is none."""
        if not isinstance(row, dict):
            return Unread(f"{where}: not an object")
        missing = [f for f in self.fields if f not in row]
        if missing:
            return Unread(f"{where}: no field {missing[0]!r}")
        name, text = (row[f] for f in self.fields)
        return self.named(str(name) if isinstance(name, int) else name, text, where)

    def named(self, name: Any, text: Any, where: str) -> Part:
        """A document with its name, or why there is none."""
        for field, value in zip(self.fields, (name, text), strict=True):
            if not isinstance(value, str) or not is_unicode(value):
                return Unread(f"{where}: {field!r} is no text")
        if not name:
            return Unread(f"{where}: {self.fields[0]!r} is empty")
        first = self.given.setdefault(name, where)
        if first != where:
            return Unread(f"{where}: {self.fields[0]!r} is {name!r}, as in {first}")
        return Document(f"{self.name}#{name}", text)


def explained(error: Exception) -> str:
    """What is wrong with a line."""
    if isinstance(error, UnicodeDecodeError):
        return f"not valid UTF-8 at byte {error.start}"
    return f"not valid JSON: {error}"


def is_unicode(text: str) -> bool:
    """Whether a text has no lone surrogates, which JSON can hold and no file can."""
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)
