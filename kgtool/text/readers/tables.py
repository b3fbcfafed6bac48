"""CSV and TSV: one document a row, named ``FILE#ID``. The first row names the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kgtool.errors import KgtoolError
from kgtool.text.readers.base import Fields, Input, Part, Unread, decoded
from kgtool.text.readers.jsonl import Rows

if TYPE_CHECKING:
    from _csv import Reader as Table


def read_csv(source: Input) -> Iterator[Part]:
    """Cells between commas (RFC 4180)."""
    return read_table(source, ",")


def read_tsv(source: Input) -> Iterator[Part]:
    """Cells between tabs."""
    return read_table(source, "\t")


def read_table(source: Input, delimiter: str) -> Iterator[Part]:
    """The rows of a table; one that has too few or too many cells is named by its line, and the rest goes on."""
    text = decoded(source.data()).removeprefix("\ufeff")
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next(table, [])
        columns = Columns.of(header, source.fields)
        rows = Rows(source.name, Fields(source.fields.id or "id", source.fields.text or "text"))
        yield from documents(table, len(header), columns, rows)
    except csv.Error as error:
        yield Unread(f"line {table.line_num}: {error}; nothing behind it was read")


def documents(table: Table, width: int, columns: Columns, rows: Rows) -> Iterator[Part]:
    """The rows below the header."""
    line = table.line_num + 1
    for row in table:
        where = f"line {line}"
        line = table.line_num + 1
        if len(row) not in (0, width):
            yield Unread(f"{where}: {len(row)} cells instead of {width}")
        elif row:
            name = where.removeprefix("line ") if columns.id is None else row[columns.id].strip()
            yield rows.named(name, columns.text_of(row), where)


class Columns:
    """Which cells of a row are the document's name (None: the number of its line) and text (None: all cells)."""

    def __init__(self, id: int | None, text: int | None) -> None:
        self.id = id
        self.text = text

    @classmethod
    def of(cls, header: Sequence[str], fields: Fields) -> Columns:
        """Find the columns in the header; one that was asked for must be there.

        Raises:
            KgtoolError: when it is not.
        """
        names = [cell.strip() for cell in header]
        if len(names) == 1 and ";" in names[0]:
            raise KgtoolError("its columns are separated by semicolons", "save it with commas")
        for wanted in (fields.id, fields.text):
            if wanted is not None and wanted not in names:
                raise KgtoolError(f"no column {wanted!r}; it has {', '.join(map(repr, names))}", "name one of them")
        places = [names.index(n) if n in names else None for n in fields.names]
        return cls(*places)

    def text_of(self, row: Sequence[str]) -> str:
        """The text of a row: its text cell, or all cells but the name, each a paragraph of its own."""
        if self.text is not None:
            return row[self.text]
        return "\n\n".join(cell for i, cell in enumerate(row) if i != self.id and cell.strip())
