"""Dates, numbers and quantities as typed values (XML Schema, part 2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun",
            "july jul", "august aug", "september sep sept", "october oct", "november nov", "december dec",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))

DAY_FIRST = re.compile(
    rf"^(?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({MONTH})\.?,? (\d{{4}})$", re.IGNORECASE | re.ASCII
)
MONTH_FIRST = re.compile(rf"^({MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)? ?,? (\d{{4}})$", re.IGNORECASE | re.ASCII)
MONTH_YEAR = re.compile(rf"^({MONTH})\.?,? (?:of )?(\d{{4}})$", re.IGNORECASE | re.ASCII)
YEAR = re.compile(r"^(?:the year )?([12]\d{3})$", re.IGNORECASE | re.ASCII)
ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$", re.ASCII)
NUMBER = re.compile(r"^(?P<sign>-)?(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?P<part>\.\d+)?$", re.ASCII)
QUANTITY = re.compile(
    r"^(?:(?:about|around|nearly|almost|over|roughly|approximately|some|more than|less than|up to) )?[$£€]? ?\d"
)
MEASURES = frozenset({"DATE", "TIME", "MONEY", "PERCENT", "QUANTITY"})
MEASURED = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|"
    r"ninety|hundred|thousand|million|billion|half|dozen|several|few|years?|months?|weeks?|days?|hours?|minutes?|centur\w+|"
    rf"decades?|today|yesterday|spring|summer|autumn|winter|morning|night|{MONTH})\b",
    re.IGNORECASE | re.ASCII,
)
"""What a measure or a time has in it; a named entity without any of it was labelled wrongly."""

DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True)
class Typed:
    """A lexical form and the name of its XML Schema type."""

    value: str
    datatype: str


def typed_literal(text: str, label: str) -> Typed | None:
    """The typed value of a phrase; None when it names or describes a thing.

    Args:
        text: the phrase.
        label: spaCy's entity label of its head (``DATE``, ``QUANTITY``, …), or empty.
    """
    text = " ".join(text.split())
    found = date(text) or number(text)
    if found:
        return found
    if QUANTITY.match(text) or (label in MEASURES and MEASURED.search(text)):
        return Typed(text, "string")
    return None


def date(text: str) -> Typed | None:
    """A day, a month or a year; None for anything else, and for days that do not exist."""
    if found := DAY_FIRST.match(text):
        return day(found[3], MONTHS[found[2].lower()], int(found[1]))
    if found := MONTH_FIRST.match(text):
        return day(found[3], MONTHS[found[1].lower()], int(found[2]))
    if found := ISO.match(text):
        return day(found[1], int(found[2]), int(found[3]))
    if found := MONTH_YEAR.match(text):
        return Typed(f"{found[2]}-{MONTHS[found[1].lower()]:02d}", "gYearMonth")
    if found := YEAR.match(text):
        return Typed(found[1], "gYear")
    return None


def day(year: str, month: int, number: int) -> Typed | None:
    """A calendar day, if there is such a day in some year."""
    if not 1 <= month <= 12 or not 1 <= number <= DAYS[month - 1]:
        return None
    if (month, number) == (2, 29) and not (int(year) % 4 == 0 and (int(year) % 100 or int(year) % 400 == 0)):
        return None
    return Typed(f"{year}-{month:02d}-{number:02d}", "date")


def number(text: str) -> Typed | None:
    """A number in digits; leading zeros are kept out of it (they mark identifiers, not numbers)."""
    found = NUMBER.match(text)
    if not found:
        return None
    whole = found["whole"].replace(",", "")
    if len(whole) > 1 and whole.startswith("0"):
        return None
    sign = found["sign"] or ""
    if found["part"]:
        return Typed(f"{sign}{whole}{found['part']}".rstrip("0").rstrip("."), "decimal")
    return Typed(f"{sign}{whole}", "integer")
