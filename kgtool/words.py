"""Words of a text, folded for comparison. Shared by whatever compares names or questions."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

BEFORE = r"(?:(?<!\w)[-$£€¥](?=\d)|(?<![\w.])\.(?=[^\W\d_]))?"
BEHIND = r"(?:[+#]++(?!\w)|(?<=\d)%)?"
WORD = re.compile(rf"{BEFORE}[^\W_]+{BEHIND}")
"""Letters and digits, with the signs of 'C++', 'C#', '.NET', '-5', '$5' and '5%'."""

JOINED = frozenset({"Mn", "Mc", "So"})
"""Unicode categories of marks and pictograms: parts of a word that Python's regular expressions leave out."""

JOINERS = frozenset("\u200c\u200d")
"""Signs that nobody sees, without which words of some scripts are others."""

DETERMINERS = frozenset("the a an this that these those its his her their our my your".split())

PRONOUNS = frozenset(
    "i you he she it we they me him her us them this that these those one ones who which what whom whose "
    "his its their my your our himself herself itself themselves myself yourself ourselves everyone "
    "everybody someone somebody anyone anybody nobody nothing something anything everything none both "
    "each all many some few others another such there here so".split()
)
"""Words that stand for something else and so never name an entity."""

STOP_WORDS = DETERMINERS | frozenset(
    "of in on at to for from by with as into about and or but not no is are was were be been being am do does did "
    "done has have had having will would can could may might shall should must who whom whose which what when where "
    "why how it he she they we you i him them us me there here then than so if also that s t many much long ago first "
    "name named give tell show list".split()
)
"""Words of a question that say nothing about what is asked; relations are matched by the others."""


def fold(text: str) -> str:
    """Compatibility form, case folded, straight apostrophes, no possessive endings."""
    folded = unicodedata.normalize("NFKC", text).replace("’", "'").casefold()
    return re.sub(r"'s\b", "", folded) if "'" in folded else folded


def words(text: str) -> list[str]:
    """The folded words of a text."""
    folded = fold(text)
    if folded.isascii():
        return WORD.findall(folded)
    marks = {c for c in folded if unicodedata.category(c) in JOINED}
    if not marks:
        return WORD.findall(folded)
    letters = "".join(map(re.escape, sorted(marks)))
    return re.findall(rf"{BEFORE}(?:[^\W_]|[{letters}])+{BEHIND}", folded)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """An English word without its endings: Snowball's English stem, and agents as their verbs ('founder')."""
    found: str = _stemmer().stemWord(word)
    if len(found) > 5 and found.endswith(("er", "tor")):
        return str(_stemmer().stemWord(found.removesuffix("er").removesuffix("or")))
    return found


@lru_cache(maxsize=1)
def _stemmer():  # type: ignore[no-untyped-def]  # the library has no types
    import snowballstemmer

    return snowballstemmer.stemmer("english")


def printable(text: str) -> str:
    """A text without line ends and without signs that a terminal would obey: spaces are in their place.

    Signs that only format (category Cf) are left out, but those that scripts and pictograms join letters by.
    """
    return text if text.isprintable() else "".join(map(seen, text))


def seen(sign: str) -> str:
    """A sign as it may be shown."""
    if sign.isprintable() or sign in JOINERS:
        return sign
    return "" if unicodedata.category(sign) == "Cf" else " "


def in_line(text: str) -> str:
    """A text of a graph in one line for people, with single spaces."""
    return " ".join(printable(text).split())
