"""Names and their normal forms."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

from kgtool.words import DETERMINERS, PRONOUNS, STOP_WORDS, fold
from kgtool.words import words as split

DEFINITE = DETERMINERS - {"a", "an"}
ROMAN = re.compile(r"(?=[ivx])x{0,3}(?:ix|iv|v?i{0,3})")
"""Roman numerals to 39; larger ones are rarely parts of names, and 'c', 'd', 'l', 'm' are letters."""
ORDINALS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve first second third fourth fifth sixth seventh "
    "eighth ninth tenth".split()
)
QUALIFIERS = frozenset(
    "north south east west northern southern eastern western northeast northwest southeast southwest central new old "
    "upper lower inner outer left right major minor great greater lesser primary secondary tertiary positive negative "
    "former early late ancient modern pre post pro anti non counter sub super inter intra macro micro hyper hypo "
    "junior senior jr sr male female father mother son daughter internal external direct inverse indirect "
    "supervised unsupervised "
    "single multi multiple full partial high low long short top bottom front back un".split()
)
"""Words that make another thing of what they are put before or behind: York and New York, acid and amino acid."""
PREFIXES = tuple(
    "counter hyper inter intra macro micro multi super under anti hypo over post semi mono poly non pre sub dis mis un "
    "in im ir il ab a".split()
)
"""Beginnings of words that make another thing of them, longest first: correct and incorrect, hyper- and hypotension."""
BRACKETED = re.compile(r"(.*\S)\s*\(([^\W_]{2,10})\)?")
JOINING = frozenset("and or vs versus".split())
NO_PLURALS = frozenset("news lens mars physics mathematics economics politics".split())
CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that are not seen, or turn the ones behind them round; not white space."""
SHORT = 3
"""Words below this length are told apart by their accents."""
LINKING = frozenset("of for at in on to from by with about".split())
POINTING = frozenset("this that these those such other others each both another".split())
"""First words of descriptions that point to something said before."""
NEAR = frozenset({"this", "these", "those"})
POSSESSIVE = frozenset("its his her their my your".split())
TITLES = frozenset("mr mrs ms miss dr prof professor sir dame lord lady captain general admiral rear president".split())
LEGAL = frozenset("inc incorporated ltd limited corp corporation co company plc llc gmbh ag sa".split())

SUFFIXES = frozenset("inc incorporated ltd limited llc plc gmbh ag sa".split())
"""Legal forms that are no part of a company's name; "company" and "corporation" may be what is named."""
WRITTEN_OUT = {"co": "company", "corp": "corporation"}
FOLLOWING = LEGAL | frozenset("of for at in and".split())
"""Words from which on an organization's name is left out when it is named again."""


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
    """A regular English plural as singular; anything else as it is: 'news', 'physics', '1990s'."""
    if word in NO_PLURALS or word[-2:-1].isdigit():
        return word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def variant(name_key: str, singulars: Mapping[str, str]) -> str:
    """The form that spellings of one name share where :func:`key` keeps them apart.

    Common nouns singular, Latin letters without accents, initials joined ("U.S." and "US"), "X of Y" as "Y X", no
    article inside, no legal form behind a company's name.

    Args:
        name_key: a normal form.
        singulars: the singulars of words whose plural is a plural.
    """
    single = [singulars.get(w, w) for w in name_key.split()]
    words = join_initials([unaccented(w) for i, w in enumerate(single) if not (i and w == "the")])
    while len(words) > 1 and words[-1] in SUFFIXES:
        words = words[:-1]
    if len(words) > 1:
        words[-1] = WRITTEN_OUT.get(words[-1], words[-1])
    if words.count("of") == 1 and words[0] != "of" and words[-1] != "of":
        place = words.index("of")
        words = words[place + 1 :] + words[:place]
    return " ".join(words) or name_key


def join_initials(words: list[str]) -> list[str]:
    """The words with single letters that follow one another as one word: 'u s army' is 'us army'."""
    joined: list[str] = []
    open_run = False
    for word in words:
        letter = len(word) == 1 and word.isalpha()
        if letter and open_run:
            joined[-1] += word
        else:
            joined.append(word)
        open_run = letter
    return joined


def unaccented(word: str) -> str:
    """A Latin word without its accents; marks of other scripts are letters and stay, as do those of short words."""
    if word.isascii() or len(word) < SHORT:
        return word
    parts = unicodedata.normalize("NFD", word)
    if any(c.isalpha() and not unicodedata.name(c, "").startswith("LATIN") for c in parts):
        return word
    return "".join(c for c in parts if unicodedata.category(c) != "Mn")


def numbers(form: str) -> tuple[str, ...]:
    """The numbers in a form in order: digits, Roman numerals behind a word, ordinals, and the signs of 'C++'."""
    words = form.split()
    return tuple(w for i, w in enumerate(words) if is_number(w) or (i and ROMAN.fullmatch(w)) or w[-1] in "+#")


def is_number(word: str) -> bool:
    """Whether a word has a digit in it, or is a numeral in letters."""
    return any(c.isdigit() for c in word) or word in ORDINALS


def opposed(a: str, b: str) -> bool:
    """Whether two forms differ by a word or a prefix that makes another thing: a direction, a degree, a negation."""
    left, right = set(a.split()), set(b.split())
    mine, others = left - right, right - left
    if (mine | others) & QUALIFIERS:
        return True
    cores = {core for word in others for core in (word, without_prefix(word))}
    return any(core in cores for word in mine for core in (word, without_prefix(word)))


def without_prefix(word: str) -> str:
    """A word without a prefix that makes another thing of it; a word whose rest would be short stays whole."""
    for prefix in PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) > SHORT:
            return word[len(prefix) :]
    return word


def strip_determiner(name: str) -> str:
    """The name without a leading article or the like, white space folded."""
    words = name.split()
    while len(words) > 1 and words[0].lower() in DETERMINERS:
        words = words[1:]
    return " ".join(words)


def label(name: str) -> str:
    """The name as it is shown: no determiner but that of a title, no quotes around it, no possessive at its end.

    Control characters are left out.
    """
    shown = CONTROLS.sub("", name) or name
    while True:
        plain = " ".join(shown.split()) if is_titled(shown) else strip_determiner(shown)
        bare = re.sub(r"['’]s$", "", plain).strip("\"'`“”‘’ ")
        if bare in {shown, ""}:
            return shown
        shown = bare


def is_titled(name: str) -> bool:
    """Whether a determiner is written as a part of the name: 'A Corp', 'This Is Spinal Tap'."""
    words = name.split()
    big = all(w in STOP_WORDS or not w[0].islower() for w in words)
    return len(words) > 1 and words[0][0].isupper() and big and any(w[0].isupper() for w in words[1:])


def without_titles(counts: Counter[str]) -> Counter[str]:
    """Forms of one name with their numbers, those that only begin with a determiner more counted for the shorter one.

    'The Colossus' at the beginning of a sentence or as a heading is no title where the texts also say 'Colossus'.
    """
    if len(counts) == 1:
        return counts
    found: Counter[str] = Counter()
    for name, count in counts.items():
        bare = strip_determiner(name)
        found[bare if bare in counts else name] += count
    return found


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
    """'these tattoos', 'each of these stages', 'one of his works': whether what a text means was said before it."""
    words = name.split()
    return len(words) > 1 and (
        not NEAR.isdisjoint(words) or (words[1] == "of" and not POSSESSIVE.isdisjoint(words[2:3]))
    )


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


def short_forms(full: str, *, person: bool) -> list[str]:
    """The names that may stand for a fuller one in the same document: 'Turing', 'Moore School'.

    Args:
        full: normal form of the fuller name.
        person: whether it is a person's; then the surname is its short form, and titles may stand before that.
    """
    words = full.split()
    if person:
        return words[-1:] if len(words) > 1 else []
    return [" ".join(words[:i]) for i in range(2, len(words)) if words[i] in FOLLOWING]


def is_acronym(short: str, full: str) -> bool:
    """Whether the first text's letters are, in order, initials of the second's words: 'SSEM', 'NPL'."""
    capitals = [c for c in short if c.isupper()]
    initials = iter(w[0].upper() for w in re.split(r"[\s\-]+", full) if w and w[0].isalnum())
    return len(capitals) > 1 and " " not in short.strip() and all(c in initials for c in capitals)


def bracketed(name: str) -> tuple[str, str]:
    """A name and the acronym of it that stands in brackets behind it; two empty texts when none does.

    The closing bracket may be missing, as extractors cut it off.
    """
    found = BRACKETED.fullmatch(name)
    if found is None or not is_acronym(found[2], found[1]):
        return "", ""
    return found[1], found[2]


def initialism(name: str) -> str:
    """The letters that the words of a name begin with, without the small words in it; empty for fewer than three."""
    words = [w for w in re.split(r"[\s\-]+", name) if w[:1].isalpha() and w.lower() not in LINKING | JOINING | {"the"}]
    return "".join(w[0] for w in words).lower() if len(words) > 2 else ""
