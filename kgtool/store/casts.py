"""Casts to the integer types of XML Schema that the engine does not know: ``xsd:int("7")`` and its like.

The engine keeps every integer as an ``xsd:integer``, and so do these.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import pyoxigraph as ox

from kgtool.store.vocabulary import XSD

RANGES: dict[str, tuple[int | None, int | None]] = {
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}
"""The least and the greatest value of each type."""
INTEGER = ox.NamedNode(XSD + "integer")
WHOLE = frozenset(ox.NamedNode(XSD + name) for name in ("string", "integer"))
"""What is written as a whole number."""
NUMBERS = frozenset(ox.NamedNode(XSD + name) for name in ("decimal", "double", "float"))
"""What loses its fraction."""
TRUTH = {"true": 1, "1": 1, "false": 0, "0": 0}


def whole(term: Any) -> int | None:
    """A term as a whole number by the rules of XPath; None where it is none."""
    if not isinstance(term, ox.Literal):
        return None
    try:
        if term.datatype in WHOLE:
            return int(term.value) if term.value.strip().lstrip("+-").isdecimal() and term.value.isascii() else None
        if term.datatype in NUMBERS:
            return int(Decimal(term.value))
    except (ValueError, InvalidOperation, OverflowError):
        return None
    return TRUTH.get(term.value) if term.datatype.value == XSD + "boolean" else None


def cast(low: int | None, high: int | None, *given: Any) -> ox.Literal | None:
    """A term as an integer from ``low`` to ``high``; None (an error in SPARQL) where it is none."""
    value = whole(given[0]) if len(given) == 1 else None
    if value is None or (low is not None and value < low) or (high is not None and value > high):
        return None
    return ox.Literal(str(value), datatype=INTEGER)


FUNCTIONS: dict[ox.NamedNode, Callable[..., Any]] = {
    ox.NamedNode(XSD + name): partial(cast, *limits) for name, limits in RANGES.items()
}
"""Each cast by its IRI."""


def used(sparql: str) -> dict[ox.NamedNode, Callable[..., Any]] | None:
    """The casts, where a query may have one; to hand them over takes a tenth of a point lookup.

    It has one only with the prefix, or with the last part of the namespace, whatever base or prefix of its own it has;
    letters of these may be escaped.
    """
    return FUNCTIONS if "xsd:" in sparql or "XMLSchema" in sparql or "\\" in sparql else None
