"""How likely two names are one thing: logistic models over what the names look like and what is said of them.

The weights are fitted by ``benchmarks/fit_names.py``; on what, and how well they do on data that they were not fitted
on, is in ``benchmarks/results/fusion.md``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from kgtool.fuse import names


@lru_cache(maxsize=1)
def weights() -> dict[str, dict[str, float]]:
    """The fitted weights of each model by feature; ``bias`` is the intercept."""
    loaded: dict[str, dict[str, float]] = json.loads(
        files("kgtool.fuse").joinpath("scoring.json").read_text(encoding="utf-8")
    )
    return loaded


def probability(model: str, features: Mapping[str, float]) -> float:
    """What a model of the file makes of features, in thousandths, from 0.01 to 0.99."""
    known = weights()[model]
    z = known["bias"] + sum(known[name] * value for name, value in features.items())
    return round(min(0.99, max(0.01, 1 / (1 + math.exp(-z)))), 3)


def objection(a: str, b: str) -> str:
    """Why two forms cannot name one thing, whatever else is alike; empty when nothing speaks against it."""
    if names.numbers(a) != names.numbers(b):
        return "different numbers"
    if names.opposed(a, b):
        return "opposed words"
    joined = names.JOINING & ({*a.split()} ^ {*b.split()})
    return "one of them names several things" if joined else ""


# a shorter name and a fuller one


@dataclass(frozen=True)
class Shortening:
    """What is known of a name whose words are all in a fuller name.

    Args:
        short: form of the shorter name.
        full: form of the fuller name.
        written: the fuller name as it is written.
        rivals: share of the statements about all fuller names that are about other things than this one, 0 to 1.
        compounds: number of things whose names have all words of the shorter one.
        small: share of the shorter name's mentions that are written without a capital.
        mentions: how often the two are mentioned.
        told: statements of which the two are the subject.
        shared: statements made of both, those that are made of many names counting less.
        rest: whether the words that the shorter name leaves out are a name too.
    """

    short: str
    full: str
    written: str
    rivals: float
    compounds: int
    small: float
    mentions: tuple[int, int]
    told: tuple[int, int]
    shared: float
    rest: bool

    def features(self) -> dict[str, float]:
        """The features, each from -1 to 1."""
        a, b = self.short.split(), self.full.split()
        place = b.index(a[0])
        last, first = float(b[-len(a) :] == a), float(b[: len(a)] == a)
        proper = (1 - self.small) * float(self.written.istitle() or not any(w.islower() for w in self.written.split()))
        return {
            "rivals": self.rivals,
            "compounds": min(math.log2(self.compounds), 6.0) / 6,
            "often": min(6.0, max(-6.0, math.log2(self.mentions[0] / self.mentions[1]))) / 6,
            "small": self.small,
            "name": proper,
            "first": first,
            "last": last,
            "first of a name": first * proper,
            "last of a name": last * proper,
            "apart": float(not last and not first),
            "complement": float(place > 0 and b[place - 1] in names.LINKING),
            "words left out": min(len(b) - len(a), 4) / 4,
            "words": min(len(a) - 1, 3) / 3,
            "told short": min(math.log2(self.told[0]), 5.0) / 5,
            "told full": min(math.log2(self.told[1]), 5.0) / 5,
            "rest is a name": proper * float(self.rest),
            "shared": min(math.log1p(self.shared), 3.0) / 3,
        }


def likely(pair: Shortening) -> float:
    """Probability that a shorter name means the fuller one."""
    return probability("shortened", pair.features())


# two names that look alike


def resemblance(a: str, b: str, rarity: Callable[[str], float]) -> dict[str, float]:
    """The features of two names of about the same words.

    Args:
        a: form of one name.
        b: form of the other.
        rarity: weight of a word, the higher the fewer names have it.
    """
    from rapidfuzz import fuzz

    left, right = set(a.split()), set(b.split())
    both, either = sum(map(rarity, sorted(left & right))), sum(map(rarity, sorted(left | right)))
    smaller = min(sum(map(rarity, sorted(left))), sum(map(rarity, sorted(right))))
    digits = [{w for w in words if any(c.isdigit() for c in w)} for words in (left, right)]
    return {
        "same words": both / either if either else 0.0,
        "words of the shorter": both / smaller if smaller else 0.0,
        "letters": fuzz.ratio(a, b) / 100,
        "letters in any order": fuzz.token_sort_ratio(a, b) / 100,
        "letters of the shorter": fuzz.partial_ratio(a.replace(" ", ""), b.replace(" ", "")) / 100,
        "other digits": float(bool(digits[0] ^ digits[1])),
        "no shared digits": float(bool(digits[0] and digits[1]) and not digits[0] & digits[1]),
        "equal": float(a == b),
    }
