"""How likely two names are one thing: logistic models over what the names look like and what is said of them.

The weights are fitted by ``benchmarks/fit_names.py``; on what, and how well they do on data that they were not fitted
on, is in ``benchmarks/results/fusion.md``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from kgtool.fuse import names

LONG = 4
"""Letters from which on a word is found inside of other words, and digits that make a number of an article."""


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


# two names that look alike


def resemblance(a: str, b: str, rarity: Callable[[str], float]) -> dict[str, float]:
    """The features of two names of about the same words, each from 0 to 1.

    Args:
        a: form of one name.
        b: form of the other.
        rarity: weight of a word, the higher the fewer names have it.
    """
    from rapidfuzz import fuzz

    weights_a, weights_b = ({w: rarity(w) for w in form.split()} for form in (a, b))
    joined_a, joined_b = a.replace(" ", ""), b.replace(" ", "")
    common = covered(weights_a, weights_b, joined_b), covered(weights_b, weights_a, joined_a)
    codes_a, codes_b = ({w for w in form.split() if is_code(w)} for form in (a, b))
    digits_a, digits_b = ({w for w in form.split() if w.isdigit()} for form in (a, b))
    return {
        "words of the longer": min(common),
        "words of the shorter": max(common),
        "letters": fuzz.ratio(a, b) / 100,
        "letters in any order": fuzz.token_sort_ratio(a, b) / 100,
        "letters of the shorter": fuzz.partial_ratio(joined_a, joined_b) / 100,
        "a code of both": float(bool(codes_a & codes_b)),
        "other codes": float(bool(codes_a and codes_b) and not codes_a & codes_b),
        "other numbers": float(bool(digits_a and digits_b) and digits_a != digits_b),
        "a number more": float(bool(digits_a) != bool(digits_b)),
        "equal": float(a == b),
    }


def covered(words: Mapping[str, float], others: Mapping[str, float], joined: str) -> float:
    """The share of a name's words, by rarity, that another name has: as words, misspelt, or inside of its letters."""
    total = sum(words.values())
    found = sum(v for w, v in words.items() if w in others or (len(w) >= LONG and (w in joined or near(w, others))))
    return found / total if total else 0.0


def near(word: str, others: Iterable[str]) -> bool:
    """Whether a word without digits is one letter, or two neighbours changing places, away from another word."""
    from rapidfuzz.distance import OSA

    return word.isalpha() and any(o.isalpha() and OSA.distance(word, o, score_cutoff=1) == 1 for o in others)


def is_code(word: str) -> bool:
    """Whether a word looks like a model or article number: digits with letters, or many digits."""
    digits = sum(c.isdigit() for c in word)
    return digits > 0 and (digits >= LONG or (digits < len(word) and len(word) >= LONG))


def rarity(having: int, names_in_all: int) -> float:
    """The weight of a word that so many of all names have: the logarithm of its inverse frequency, at least ln 2."""
    return math.log(1 + names_in_all / having)
