"""Gold triples and predicted triples from JSON Lines: read whole, and refused by file and line when damaged."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kgtool.errors import NotFoundError, UsageError
from kgtool.fusing import checked
from kgtool.model import Triple
from kgtool.text.readers.jsonl import explained, is_unicode

SUBJECT, PREDICATE, OBJECT = ("subject", "sub", "arg1"), ("predicate", "rel"), ("object", "obj", "arg2")
TRIPLES = ("triples", "gold")
"""Names of the fields; the first is the documented one, the others stand in public data sets."""

HINT = 'a line is {"id", "text", "triples": [[subject, predicate, object], ...]}; see docs/evaluate.md'

Names = tuple[str, ...]


@dataclass(frozen=True)
class GoldDocument:
    """A text with the triples that it states; each of ``aliases`` has names of one thing, the first is its own."""

    id: str
    text: str = field(repr=False)
    title: str
    triples: tuple[tuple[str, str, str], ...]
    aliases: tuple[Names, ...] = ()


def read_gold(path: Path, *, texts: bool = True) -> list[GoldDocument]:
    """The documents of a gold file.

    Args:
        path: JSON Lines; ``-`` is standard input.
        texts: whether every document must have its text.

    Raises:
        NotFoundError: when there is no such file.
        UsageError: for a line that is damaged, or when there is not one triple.
    """
    found: dict[str, GoldDocument] = {}
    for where, row in rows(path):
        try:
            document = gold_document(row, texts=texts)
            if document.id in found:
                raise ValueError(f"'id' is {document.id!r}, as in a line before")
        except ValueError as error:
            raise UsageError(f"{where}: {error}", HINT) from error
        found[document.id] = document
    if not any(d.triples for d in found.values()):
        raise UsageError(f"{path} has no triples", HINT)
    return list(found.values())


def read_predictions(path: Path) -> list[Triple]:
    """The triples of a file as ``kgtool extract`` writes it.

    Raises:
        NotFoundError: when there is no such file.
        UsageError: for a line that is no triple with its document, or has a field of a wrong type.
    """
    found = []
    for where, row in rows(path):
        try:
            triple = Triple.from_json(checked(row))
            if not triple.evidence.document:
                raise ValueError("no 'document'")
        except ValueError as error:
            raise UsageError(f"{where}: {error}", "give a file that kgtool extract wrote") from error
        found.append(triple)
    return found


def rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of a JSON Lines file, each with the words that name its place.

    Raises:
        NotFoundError: when there is no such file.
        UsageError: when it cannot be read, or for a line that is no JSON object.
    """
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(f"no such file: {path}", "check the name") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error}", "give a file of JSON Lines") from error
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip(b"\xef\xbb\xbf \t\r"):
            where = f"{'stdin' if str(path) == '-' else path}, line {number}"
            yield where, row_of(line, where)


def row_of(line: bytes, where: str) -> Mapping[str, Any]:
    """The object of one line.

    Raises:
        UsageError: when it is none.
    """
    try:
        row = json.loads(line.decode("utf-8-sig"))
        whole = is_unicode(json.dumps(row, ensure_ascii=False))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where}: {explained(error)}", "one JSON object a line, in UTF-8") from error
    if not isinstance(row, dict):
        raise UsageError(f"{where}: not an object", "one JSON object a line, in UTF-8")
    if not whole:
        raise UsageError(f"{where}: a lone surrogate, which is no text", "one JSON object a line, in UTF-8")
    return row


def gold_document(row: Mapping[str, Any], *, texts: bool) -> GoldDocument:
    """An object as a document.

    Raises:
        ValueError: saying what is wrong with it.
    """
    identifier = str(row["id"]) if type(row.get("id")) is int else text_of(row, ("id",))
    listed = first(row, TRIPLES)
    if not isinstance(listed, list):
        raise ValueError("no list 'triples'")
    triples = [gold_triple(item, f"triple {number}") for number, item in enumerate(listed, 1)]
    text = text_of(row, ("text",)) if texts else ""
    title = row.get("title", "")
    if not isinstance(title, str):
        raise ValueError("'title' is no text")
    return GoldDocument(identifier, text, title, tuple(triples), aliases(row, listed))


def gold_triple(item: Any, where: str) -> tuple[str, str, str]:
    """An array of three texts, or an object with three, as a triple.

    Raises:
        ValueError: when it is neither.
    """
    if isinstance(item, dict):
        return text_of(item, SUBJECT, where), text_of(item, PREDICATE, where), text_of(item, OBJECT, where)
    if not isinstance(item, list) or len(item) != 3 or not all(isinstance(t, str) and t.strip() for t in item):
        raise ValueError(f"{where} is not three texts")
    return item[0], item[1], item[2]


def aliases(row: Mapping[str, Any], listed: Sequence[Any]) -> tuple[Names, ...]:
    """The names of one thing each: ``aliases`` of the document's ``entities``, and ``sub_aliases`` of its triples.

    Raises:
        ValueError: for names that are no list of texts.
    """
    entities = row.get("entities") or []
    if not isinstance(entities, list):
        raise ValueError("'entities' is no list")
    found = [texts_of(e["aliases"]) for e in entities if isinstance(e, dict) and "aliases" in e]
    for item in (i for i in listed if isinstance(i, dict)):
        for keys, key in ((SUBJECT, "sub_aliases"), (OBJECT, "obj_aliases")):
            if key in item:
                found.append((first(item, keys), *texts_of(item[key])))
    return tuple(found)


def texts_of(value: Any) -> Names:
    """A list of texts.

    Raises:
        ValueError: when it is none.
    """
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise ValueError("aliases that are no list of texts")
    return tuple(value)


def text_of(row: Mapping[str, Any], keys: Sequence[str], where: str = "") -> str:
    """A text that must be there, under the first of its names.

    Raises:
        ValueError: when there is none, or it is blank.
    """
    value = first(row, keys)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where}{': ' * bool(where)}no text {keys[0]!r}")
    return value


def first(row: Mapping[str, Any], keys: Sequence[str]) -> Any:
    """What stands under the first of some names that is there."""
    return next((row[k] for k in keys if k in row), None)
