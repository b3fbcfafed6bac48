"""Named queries: ``*.rq`` files with a header, and where they are found.

# title: Facts about an entity
# param: name string
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from kgtool.errors import NotFoundError, UsageError
from kgtool.store.vocabulary import XSD

HEADER = re.compile(r"^#[ \t]*(title|description|param)[ \t]*:[ \t]*(.*?)[ \t\r]*$", re.MULTILINE)


LONGEST_NAME = 80
"""Characters; file systems take no name of more than 255 bytes."""


@dataclass(frozen=True)
class NamedQuery:
    """A query of ``queries/``; ``params`` maps names to kinds and defaults (None: must be given)."""

    name: str
    title: str
    sparql: str
    params: dict[str, tuple[str, str | None]]


def folders() -> list[Path]:
    """Where named queries are looked for: ``./queries`` of the user first, then what came with kgtool."""
    package = Path(__file__).resolve().parent.parent
    places = [Path("queries"), package / "_queries", package.parent / "queries"]
    return [p for p in places if p.is_dir()]


def find(name: str) -> NamedQuery:
    """The query with a name.

    Raises:
        NotFoundError: when there is none.
    """
    for folder in folders() if len(name) <= LONGEST_NAME else ():
        file = folder / f"{name}.rq"
        if file.is_file() and file.resolve().parent == folder.resolve():
            return parse(name, file.read_text(encoding="utf-8"))
    known = sorted({f.stem for folder in folders() for f in folder.glob("*.rq")})
    raise NotFoundError(
        f"there is no query named @{name[:LONGEST_NAME]}", f"known: {', '.join('@' + k for k in known)}"
    )


def parse(name: str, text: str) -> NamedQuery:
    """Read a query's header."""
    title, params = "", {}
    for key, value in HEADER.findall(text):
        if key == "title":
            title = value
        elif key == "param" and value:
            words = value.split(maxsplit=2)
            kind = words[1] if len(words) > 1 else "string"
            params[words[0]] = (kind, words[2] if len(words) > 2 else None)
    return NamedQuery(name, title, text, params)


def terms(given: Iterable[str], params: dict[str, tuple[str, str | None]] | None = None) -> dict[str, Any]:
    """``NAME=VALUE`` texts as terms; defaults of a named query are filled in.

    Raises:
        UsageError: for a text without ``=``, a value that does not fit its kind, or a parameter that is missing.
    """
    values: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise UsageError(f"--param {text}: not of the form NAME=VALUE", "for example --param name='Alan Turing'")
        values[name] = value
    kinds = params or {}
    for name, (_, default) in kinds.items():
        if name not in values:
            if default is None:
                raise UsageError(f"the query needs --param {name}=VALUE", "see the query's header")
            values[name] = default
    return {name: term(value, kinds.get(name, ("", None))[0], name) for name, value in values.items()}


def term(value: str, kind: str, name: str) -> Any:
    """One value as a term; without a kind, ``<…>`` is an IRI, digits are a number, the rest is a string.

    Raises:
        UsageError: when it does not fit.
    """
    import pyoxigraph as ox

    guessed = kind or (
        "iri" if re.fullmatch(r"<[^<>\s]+>", value) else "integer" if re.fullmatch(r"-?\d+", value) else "string"
    )
    try:
        if guessed == "iri":
            return ox.NamedNode(value.strip("<>"))
        if guessed == "integer":
            return ox.Literal(str(int(value)), datatype=ox.NamedNode(XSD + "integer"))
        if guessed == "decimal":
            number = Decimal(value)
            if not number.is_finite():
                raise ValueError("it has no end")
            return ox.Literal(format(number, "f"), datatype=ox.NamedNode(XSD + "decimal"))
        if guessed == "date":
            return ox.Literal(date.fromisoformat(value).isoformat(), datatype=ox.NamedNode(XSD + "date"))
    except (ValueError, InvalidOperation) as error:
        raise UsageError(f"--param {name}: {value!r} is no {guessed}", str(error)) from error
    return ox.Literal(value)
