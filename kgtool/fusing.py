"""Fusion without a store: triples of files, also other people's, to one graph of statements."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

from kgtool import datatypes
from kgtool.errors import NotFoundError, UsageError
from kgtool.fuse.mentions import top
from kgtool.model import Evidence, Fusion, Status, Triple
from kgtool.text.readers.base import decoded
from kgtool.text.readers.jsonl import explained, is_unicode

NEEDED = ("subject", "predicate", "object")
KNOWN = {f.name for cls in (Triple, Evidence) for f in fields(cls)} - {"evidence"}
OFFSETS = ("begin", "end")
DELIMITERS = {".csv": ",", ".tsv": "\t"}
STATUSES: tuple[str, ...] = get_args(Status)


@dataclass(frozen=True)
class Line:
    """A line of input, counted from 0 over all files, as a triple; or why it is none."""

    number: int
    where: str
    triple: Triple | None = None
    error: str = ""


def columns(text: str | None) -> dict[str, str]:
    """Which columns or keys hold what: ``subject=head,object=tail``; numbers from 1 for a table without a header.

    Raises:
        UsageError: for a field that triples do not have, or a mixture of names and numbers.
    """
    given: dict[str, str] = {}
    for part in (text or "").split(",") if text else []:
        name, _, column = part.partition("=")
        if name.strip() not in KNOWN or not column.strip():
            raise UsageError(f"cannot read the column {part!r}", "for example --columns subject=head,object=tail")
        given[name.strip()] = column.strip()
    if len({c.isdecimal() for c in given.values()}) > 1:
        raise UsageError("columns by name and by number", "name all of them, or number all of them from 1")
    if by_number(given) and not set(NEEDED) <= given.keys():
        raise UsageError("subject, predicate and object need a number each", "--columns subject=1,predicate=2,object=3")
    return given


def by_number(given: Mapping[str, str]) -> bool:
    """Whether columns are numbered, so that a table has no header."""
    return any(c.isdecimal() for c in given.values())


def read(paths: Sequence[Path], given: Mapping[str, str]) -> Iterator[Line]:
    """The triples of JSON Lines (also ``-``, standard input), CSV and TSV, in order.

    A triple without a document has its line as its document: nothing says that two lines come from one text.

    Args:
        paths: the files.
        given: columns or keys that have other names, see :func:`columns`.

    Raises:
        NotFoundError: for a file that is not there.
        UsageError: for one that cannot be read, or a column that is not there.
    """
    number = 0
    for path in paths:
        name = "stdin" if str(path) == "-" else str(path)
        delimiter = DELIMITERS.get(path.suffix.lower())
        data = bytes_of(path)
        rows = table(data, delimiter, given, name) if delimiter else objects(data)
        for place, row in rows:
            where = f"{name}, line {place}"
            if isinstance(row, str):
                yield Line(number, where, error=row)
            else:
                named = {f: row[c] for f, c in given.items() if c in row} | {
                    k: v for k, v in row.items() if k not in given
                }
                yield line(number, where, named, f"{name}:{place}")
            number += 1


def bytes_of(path: Path) -> bytes:
    """What a file or standard input holds.

    Raises:
        NotFoundError: when there is no such file.
        UsageError: when it cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(f"no such file: {path}", "check the name") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}", "give a file of JSON Lines, CSV or TSV") from error


def objects(data: bytes) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """The objects of JSON Lines by the number of their line, or what is wrong with one."""
    for place, text in enumerate(data.split(b"\n"), 1):
        if not text.strip(b"\xef\xbb\xbf \t\r"):
            continue
        try:
            row = json.loads(text.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            yield place, explained(error)
            continue
        yield place, row if isinstance(row, dict) else "not an object"


def table(
    data: bytes, delimiter: str, given: Mapping[str, str], name: str
) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """The rows of a table by the number of their line, empty cells left out; or what is wrong with one.

    Raises:
        UsageError: when a column is not there.
    """
    text = decoded(data).removeprefix("\ufeff")
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    place = 1
    try:
        for cells in rows:
            begin, place = place, rows.line_num + 1
            if not header:
                header = [str(i) for i, _ in enumerate(cells, 1)] if by_number(given) else [c.strip() for c in cells]
                require(header, given, name)
                if not by_number(given):
                    continue
            if len(cells) == len(header):
                yield begin, {h: c for h, c in zip(header, cells, strict=True) if c != ""}
            elif cells:
                yield begin, f"{len(cells)} cells instead of {len(header)}"
    except csv.Error as error:
        yield place, f"{error}; nothing behind it was read"


def require(header: Sequence[str], given: Mapping[str, str], name: str) -> None:
    """Check that a table has the columns that are needed or were named.

    Raises:
        UsageError: when it does not.
    """
    for column in [given.get(n, n) for n in (*NEEDED, *given)]:
        if column not in header:
            has = ", ".join(map(repr, header))
            raise UsageError(f"{name} has no column {column!r}; it has {has}", "see --columns")


def line(number: int, where: str, row: Mapping[str, Any], document: str) -> Line:
    """A row as a triple, or why it is none."""
    try:
        return Line(number, where, Triple.from_json({"document": document} | checked(row)))
    except ValueError as error:
        return Line(number, where, error=str(error))


def checked(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a triple with their types.

    Raises:
        ValueError: saying which one is wrong.
    """
    found: dict[str, Any] = {}
    for name in sorted(KNOWN & row.keys()):
        value = row[name]
        if name in OFFSETS or name == "confidence":
            found[name] = number_of(name, value)
        elif isinstance(value, str) and is_unicode(value):
            found[name] = value
        else:
            raise ValueError(f"{name!r} is no text")
    for name in NEEDED:
        if not found.get(name, "").strip():
            raise ValueError(f"no {name!r}")
    if found.get("status", "asserted") not in STATUSES:
        raise ValueError(f"the status {found['status']!r} is none of {', '.join(STATUSES)}")
    if found.get("datatype"):
        found["datatype"] = datatypes.bare(found["datatype"])
        text = found.get("value") or found["object"]
        if not datatypes.is_value(text, found["datatype"]):
            raise ValueError(f"{text!r} is no {found['datatype']}")
    return found


def number_of(name: str, value: object) -> float | int:
    """A confidence from 0 to 1, or an offset.

    Raises:
        ValueError: when it is none.
    """
    try:
        read = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        read = math.nan
    if name == "confidence":
        if not 0 <= read <= 1:
            raise ValueError(f"the confidence {value!r} is not between 0 and 1")
        return read
    if not (read >= 0 and read.is_integer()):
        raise ValueError(f"{name!r} is no offset: {value!r}")
    return int(read)


def rows_of(fusion: Fusion, numbers: Sequence[int], triples: Sequence[Triple]) -> Iterator[dict[str, Any]]:
    """The fused statements as ``kgtool fuse`` writes them, in the order of their terms.

    Args:
        fusion: of ``triples``.
        numbers: the input line of each triple.
        triples: for the words of ends that name nothing.
    """
    labels = {e.id: e.label for e in fusion.entities}
    relations = {r.id: r.label for r in fusion.relations}
    for s in fusion.statements:
        said = [(triples[i].subject, triples[i].object) for i in s.sources[:1]] or [("", "")]
        row = {
            "subject": labels.get(s.subject, said[0][0]),
            "predicate": relations[s.predicate],
            "object": labels.get(s.object, said[0][1]) if isinstance(s.object, str) else s.object.value,
            "subject_id": s.subject,
            "predicate_id": s.predicate,
            "object_id": s.object if isinstance(s.object, str) else f'"{s.object.value}"^^{s.object.datatype}',
            "status": s.status,
            "confidence": s.confidence,
            "support": s.support,
            "sources": [numbers[i] for i in s.sources],
        }
        yield row | ({"reason": s.reason} if s.reason else {})


def entities_of(fusion: Fusion, triples: Sequence[Triple]) -> dict[str, str]:
    """Each name as it is written in the triples of a fusion, with the identifier of the entity that it mostly names."""
    known = {e.id for e in fusion.entities}
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for s in fusion.statements:
        for t in (triples[i] for i in s.sources):
            for name, entity in ((t.subject, s.subject), (t.object, s.object)):
                if isinstance(entity, str) and entity in known:
                    votes[name][entity] += 1
    return {name: top(counts) for name, counts in sorted(votes.items())}


def clusters(fusion: Fusion, triples: Sequence[Triple]) -> Iterator[tuple[str, str]]:
    """Each surface form with the canonical name of its entity; its identifier where two entities have one name."""
    labels = {e.id: e.label for e in fusion.entities}
    named = Counter(labels.values())
    for surface, entity in entities_of(fusion, triples).items():
        label = labels[entity]
        yield " ".join(surface.split()), " ".join((entity if named[label] > 1 else label).split())
