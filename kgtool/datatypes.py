"""Datatypes of XML Schema (part 2, 1.1): which texts are values of them."""

from __future__ import annotations

import calendar
import re

XSD = ("xsd:", "xs:", "http://www.w3.org/2001/XMLSchema#")
"""How a datatype's name may begin where triples come from elsewhere."""

ZONE = r"(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?"
YEAR = r"(?P<year>-?(?:[1-9]\d{3,}|0\d{3}))"
MONTH = r"(?P<month>0[1-9]|1[0-2])"
DAY = r"(?P<day>0[1-9]|[12]\d|3[01])"
TIME = r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)"
WHOLE = r"[+-]?\d+"
DECIMAL = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
DOUBLE = rf"{DECIMAL}(?:[eE][+-]?\d+)?|[+-]?INF|NaN"
INTEGERS = (
    "integer nonPositiveInteger negativeInteger nonNegativeInteger positiveInteger long int short byte unsignedLong "
    "unsignedInt unsignedShort unsignedByte"
)
TEXTS = (
    "string normalizedString token language Name NCName NMTOKEN anyURI QName hexBinary base64Binary duration "
    "dayTimeDuration yearMonthDuration"
)
FORMS: dict[str, str] = {
    **dict.fromkeys(TEXTS.split(), r"[\s\S]*"),
    **dict.fromkeys(INTEGERS.split(), WHOLE),
    "boolean": "true|false|0|1",
    "decimal": DECIMAL,
    "double": DOUBLE,
    "float": DOUBLE,
    "date": f"{YEAR}-{MONTH}-{DAY}{ZONE}",
    "dateTime": f"{YEAR}-{MONTH}-{DAY}T{TIME}{ZONE}",
    "dateTimeStamp": f"{YEAR}-{MONTH}-{DAY}T{TIME}(?!$){ZONE}",
    "time": f"{TIME}{ZONE}",
    "gYear": f"{YEAR}{ZONE}",
    "gYearMonth": f"{YEAR}-{MONTH}{ZONE}",
    "gMonthDay": f"--{MONTH}-{DAY}{ZONE}",
    "gMonth": f"--{MONTH}{ZONE}",
    "gDay": f"---{DAY}{ZONE}",
}
"""What the values of each look like. Of texts everything is one; of integers the bounds are not looked at."""
LEAP = 2000
"""A leap year, for days without a year."""


def bare(datatype: str) -> str:
    """The name of a datatype without its namespace.

    Raises:
        ValueError: when XML Schema has none of that name.
    """
    name = next((datatype.removeprefix(p) for p in XSD if datatype.startswith(p)), datatype)
    if name not in FORMS:
        raise ValueError(f"the datatype {datatype!r} is none of XML Schema")
    return name


def is_value(text: str, datatype: str) -> bool:
    """Whether a text is a value of a datatype, given by its bare name: there is no 30 February."""
    found = re.fullmatch(FORMS[datatype], text, re.ASCII)
    if found is None or "day" not in found.groupdict() or "month" not in found.groupdict():
        return found is not None
    year = int(found.groupdict().get("year") or LEAP)
    month = int(found["month"])
    # the calendar repeats every 400 years, and Python's begins with the year 1
    return int(found["day"]) <= calendar.monthrange(year % 400 + 400, month)[1]
