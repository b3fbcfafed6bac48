"""Names and their normal forms."""

from __future__ import annotations

import re
import unicodedata

from kgtool.words import DETERMINERS, PRONOUNS, fold
from kgtool.words import words as split

DEFINITE = DETERMINERS - {"a", "an"}
POINTING = frozenset("this that these those such other others each both another".split())
"""First words of descriptions that point to something said before."""
NEAR = frozenset({"this", "these", "those"})
POSSESSIVE = frozenset("its his her their my your".split())
TITLES = frozenset("mr mrs ms miss dr prof professor sir dame lord lady captain general admiral rear president".split())
LEGAL = frozenset("inc incorporated ltd limited corp corporation co company plc llc gmbh ag sa".split())


def key(name: str) -> str:
    """The normal form under which names are the same: case, accents of form, punctuation, determiners, hyphens, plural.

    A name without any letter or digit is its own normal form.
    """
    words = split(name)
    while len(words) > 1 and words[0] in DETERMINERS:
        words = words[1:]
    if not words:
        return " ".join(fold(name).split()) or name.strip()
    if name.islower() or not any(c.isupper() for c in strip_determiner(name)):
        words[-1] = singular(words[-1])
    return " ".join(words)


def singular(word: str) -> str:
    """A regular English plural as singular; anything else as it is."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def strip_determiner(name: str) -> str:
    """The name without a leading article or the like, white space folded."""
    words = name.split()
    while len(words) > 1 and words[0].lower() in DETERMINERS:
        words = words[1:]
    return " ".join(words)


def label(name: str) -> str:
    """The name as it is shown: no determiner, no quotes around it, no possessive at its end."""
    shown = name
    while True:
        bare = re.sub(r"['’]s$", "", strip_determiner(shown)).strip("\"'`“”‘’ ")
        if bare in {shown, ""}:
            return shown
        shown = bare


def is_empty(name: str) -> bool:
    """Whether the text names nothing: a pronoun ("us", not "US"), or no letter, digit or pictogram at all."""
    bare = name.strip()
    if len(bare) > 1 and bare.isupper():
        return False
    words = bare.lower().split()
    if words[-2:] and words[-2:-1] == ["of"] and words[-1] in PRONOUNS:
        return True  # 'several of them', 'two of which'
    return bare.lower() in PRONOUNS or not any(c.isalnum() or unicodedata.category(c) == "So" for c in bare)


def is_bare_description(name: str) -> bool:
    """'the machine', 'its designers', 'this unusual feature': a description that means another thing each time.

    Titles are names: 'This Is Spinal Tap', 'His Dark Materials'.
    """
    words = name.split()
    if len(words) < 2 or words[0] in POSSESSIVE or points_back(name):
        return len(words) > 1
    lower = words[1:] == [w.lower() for w in words[1:]]
    if words[0].lower() in POINTING | POSSESSIVE and lower:
        return True
    return len(words) == 2 and words[0].lower() in DEFINITE and words[1].islower()


def points_back(name: str) -> bool:
    """'these tattoos', 'each of these stages': whether what a text means was said before it."""
    return len(name.split()) > 1 and not NEAR.isdisjoint(name.split())


def person_words(name_key: str) -> tuple[str, ...]:
    """The words of a person's name without titles."""
    words = name_key.split()
    kept = tuple(w for w in words if w not in TITLES)
    return kept or tuple(words)


def compatible(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether two person names of at least two words may name one person.

    The last words are equal, the first ones equal or one the other's initial, and the middle ones of the shorter name
    occur, in order and as words or initials, in the longer one.
    """
    if len(a) < 2 or len(b) < 2 or a[-1] != b[-1] or not initial_or_same(a[0], b[0]):
        return False
    short, long = sorted((a[1:-1], b[1:-1]), key=len)
    rest = iter(long)
    return all(any(initial_or_same(s, m) for m in rest) for s in short)


def initial_or_same(a: str, b: str) -> bool:
    """Whether two words are equal, or one is the other's first letter."""
    return a == b or (len(a) == 1 and b.startswith(a)) or (len(b) == 1 and a.startswith(b))


def is_short_for(short: str, full: str, *, person: bool) -> bool:
    """Whether a name may stand for a fuller one in the same document: 'Turing', 'Moore School'.

    Args:
        short: normal form of the shorter name.
        full: normal form of the fuller name.
        person: whether the fuller name is a person's.
    """
    a, b = tuple(short.split()), tuple(full.split())
    if person:
        return len(person_words(short)) == 1 and len(b) > 1 and person_words(short)[-1] == b[-1]
    follows = b[len(a)] if len(b) > len(a) else ""
    return len(a) > 1 and b[: len(a)] == a and follows in {"of", "for", "at", "in", "and"} | LEGAL


def is_acronym(short: str, full: str) -> bool:
    """Whether the first text's letters are, in order, initials of the second's words: 'SSEM', 'NPL'."""
    capitals = [c for c in short if c.isupper()]
    initials = iter(w[0].upper() for w in re.split(r"[\s\-]+", full) if w and w[0].isalnum())
    return len(capitals) > 1 and " " not in short.strip() and all(c in initials for c in capitals)
