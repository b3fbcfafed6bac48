"""Words of degree, comparison and measure: general English, as closed lists.

What a word of degree is a degree *of* ('heavy': weight) is in :mod:`kgtool.reason.senses`; here is which end it means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kgtool.reason.matching import roots
from kgtool.reason.senses import senses

BARE = frozenset("most least max maximum min minimum highest lowest largest smallest biggest greatest fewest".split())
"""Superlatives that need a noun to say of what: 'the highest density'."""
FEW = "least min minimum lowest smallest fewest fewer less"
LOW = frozenset("light cheap small low short narrow young few little slow near weak poor thin shallow".split())
"""Adjectives of the lower end of a number."""
LATE = frozenset("new recent late young last".split())
"""Adjectives of the later end of dates; the others of age and time mean the earlier one."""
TIME = frozenset("old young new recent early late".split())
"""Adjectives that a date tells as well as a number."""
MONTHS = "january february march april may june july august september october november december".split()

UNITS: dict[str, tuple[str, float]] = {
    name: (kind, size)
    for kind, row in {
        "length": "mm:.001 millimeter:.001 millimetre:.001 milimeter:.001 cm:.01 centimeter:.01 centimetre:.01 m:1 "
        "meter:1 metre:1 km:1000 kilometer:1000 kilometre:1000 inch:.0254 foot:.3048 feet:.3048 ft:.3048 mile:1609.344",
        "mass": "mg:.001 milligram:.001 g:1 gram:1 gramme:1 kg:1000 kilo:1000 kilogram:1000 t:1000000 ton:1000000 "
        "tonne:1000000 pound:453.592 lb:453.592 lbs:453.592",
        "time": "ms:.001 s:1 sec:1 second:1 min:60 minute:60 h:3600 hour:3600 day:86400 week:604800",
        "money": "eur:1 euro:1 €:1 usd:1 dollar:1 $:1 gbp:1 £:1",
    }.items()
    for name, size in ((entry.split(":")[0], float(entry.split(":")[1])) for entry in row.split())
}
"""Units of measure by name: what they measure, and how much of it. Money is not converted: the size is 1."""
MEASURES = {"mass": ("weight", "mass"), "money": ("price", "cost", "amount"), "time": ("duration", "length")}
"""What a relation may be called that is measured so, where the question does not say."""


@dataclass(frozen=True)
class Degree:
    """Which end of what a word means: ``least`` of a number, ``late`` of a date; ``bare`` needs a noun."""

    root: str
    least: bool
    late: bool
    bare: bool = False

    @property
    def time(self) -> bool:
        """Whether dates tell it."""
        return self.root in TIME


@lru_cache(maxsize=10_000)
def superlative(word: str) -> Degree | None:
    """What 'heaviest', 'most' or 'latest' means; None for other words ('forest')."""
    if word in BARE:
        return Degree(word, word in FEW.split(), False, bare=True)
    return adjective(word, "est")


@lru_cache(maxsize=10_000)
def comparative(word: str) -> Degree | None:
    """What 'heavier' or 'later' means; None for other words ('water')."""
    return adjective(word, "er")


@lru_cache(maxsize=10_000)
def plain(word: str) -> Degree | None:
    """What an adjective behind 'more' or 'most' means; None for a word that is none of degree."""
    return known(word) if word in LOW | TIME or roots(word) & senses().keys() else None


def adjective(word: str, ending: str) -> Degree | None:
    """The degree whose form with an ending is a word."""
    root = word.removesuffix(ending)
    if root == word or len(root) < 2:
        return None
    forms = (root, f"{root}e", f"{root[:-1]}y", root[:-1] if root[-1:] == root[-2:-1] else root)
    return next((known(form) for form in forms if form in senses() or form in LOW | TIME), None)


def known(root: str) -> Degree:
    """The degree of an adjective."""
    return Degree(root, root in LOW, root in LATE)


def unit(word: str) -> tuple[str, float] | None:
    """What a unit measures and how much; None for other words."""
    return UNITS.get(word) or UNITS.get(word.removesuffix("s")) or UNITS.get(word.removesuffix("es"))


def number(text: str) -> float:
    """The value of '1,500', '2.5 million' or '7'."""
    found = re.match(r"([-+]?[\d,]*\.?\d+)\s*(hundred|thousand|million|billion)?", text)
    if not found:
        raise ValueError(text)
    size = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}.get(found[2] or "", 1.0)
    return float(found[1].replace(",", "")) * size


def date(text: str) -> str:
    """A year, a month or a day as ISO 8601 writes it, '' where a text is no date."""
    if re.fullmatch(r"\d{4}(-\d\d){0,2}", text):
        return text
    year = re.search(r"\b\d{4}\b", text)
    day = re.search(r"\b\d{1,2}\b", text)
    month = next((i for i, name in enumerate(MONTHS, 1) if re.search(rf"\b{name[:3]}", text)), 0)
    if not year or not month:
        return year[0] if year and year[0] == text else ""
    return f"{year[0]}-{month:02}-{int(day[0]):02}" if day else f"{year[0]}-{month:02}"
