"""What a question asks for: its words, the kind of its answer, and how its words lie around the names in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from kgtool.store.vocabulary import XSD
from kgtool.verbs import is_participle
from kgtool.words import STOP_WORDS, words

DATES = tuple(XSD + t for t in ("date", "dateTime", "gYear", "gYearMonth"))
NUMBERS = tuple(XSD + t for t in ("integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger"))

KINDS = {"who": "person", "whom": "person", "whose": "person", "when": "date", "where": "place"}
"""Question words by the kind of answer."""
PERSONS = frozenset("person people man men woman women".split())
"""Words that 'which' asks for persons with: 'which man' is 'who'."""
KIND_WORDS = {
    "person": ("person", "people"), "place": ("place", "country", "city", "location"), "date": ("date", "year", "time"),
}  # fmt: skip
"""Words that a kind of answer is likened by."""
QUANTITIES = frozenset(
    "date year month day time century decade number amount age size price rating score rank count id code".split()
)
"""Words that name a kind of answer that is a date or number; 'which company' asks for neither."""
OPEN = frozenset({"which", "what", "many"})
"""Words behind which the kind of answer is named."""
RETURNS = frozenset("share shares shared same also common together co joint jointly mutual fellow".split())
"""Words that lead back over the relation they came by: 'films that share actors with …', 'co-directors'."""
PREPOSITIONS = frozenset("in for of by from at on with to about".split())
AUXILIARIES = frozenset("is are was were did do does be been has have had".split())
POSSESSIVE = re.compile(r"'s\b", re.IGNORECASE)
ARTICLES = frozenset("the a an".split())
MOST_APPOSED = 2
MAX_WORDS = 64
"""Words of a question that are read."""
BEHIND = 10
"""How much farther a word is from a name when a verb lies between them: it belongs to what is said of all before."""


@dataclass(frozen=True)
class Question:
    """A question's text and its words in order, as written and folded.

    ``plain`` is the beginning of the text without possessive endings, in compatibility form; ``spans`` are the places
    of the words in it; ``owners`` the words that had such an ending.
    """

    text: str
    raw: tuple[str, ...]
    words: tuple[str, ...]
    plain: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    owners: frozenset[int] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Question:
        """Read a question; of a very long one the beginning."""
        plain = straight(text[: 100 * MAX_WORDS])
        spans = tuple(places(plain))[:MAX_WORDS]
        raw = tuple(plain[begin:end] for begin, end in spans)
        owners = frozenset(len(places(before)) - 1 for before in owning(text[: 100 * MAX_WORDS]))
        return cls(text, raw, tuple(w.casefold() for w in raw), plain, spans, owners)


def straight(text: str) -> str:
    """A text in compatibility form with straight apostrophes and without possessive endings."""
    plain = POSSESSIVE.sub("", compatible(text))
    return plain if len(plain.casefold()) == len(plain) else plain.casefold()  # a letter whose small form is two


def compatible(text: str) -> str:
    """A text in compatibility form with straight apostrophes."""
    return unicodedata.normalize("NFKC", text).replace("’", "'")


def owning(text: str) -> list[str]:
    """What stands before each possessive ending of a text, made straight."""
    plain = compatible(text)
    return [straight(plain[: m.start()]) for m in POSSESSIVE.finditer(plain)]


def places(plain: str) -> list[tuple[int, int]]:
    """Where the words of a straight text are, split as :func:`kgtool.words.words` does."""
    low = plain.casefold()
    found, place = [], 0
    for word in words(plain):
        place = low.find(word, place)
        found.append((place, place + len(word)))
        place += len(word)
    return found


def tokens(text: str) -> list[str]:
    """The words of a text in their own case."""
    plain = straight(text)
    return [plain[begin:end] for begin, end in places(plain)]


@dataclass(frozen=True)
class Reading:
    """A question with some places taken as names: the words that are left to explain, and how they lie.

    ``said`` are the words in order, question words as the kind they ask for ('who': 'person'); ``asks`` marks those.
    ``distance`` is how far each is from the nearest name, ``chunk`` numbers the runs of words without a gap, ``focus``
    the words (their numbers) that name the kind of answer: 'which films', 'how many people'.
    """

    said: tuple[str, ...]
    asks: tuple[bool, ...]
    distance: tuple[int, ...]
    chunk: tuple[int, ...]
    pairs: tuple[str, ...]
    """Each word with the next one, where that follows at once; else empty."""
    focus: tuple[int, ...]
    kind: str
    returns: bool
    prepositions: frozenset[str]
    places: tuple[int, ...]
    """The positions of the words in the question."""
    apposed: tuple[int, ...] = ()
    """The words (their numbers) that say what a name is: 'the song White Christmas'."""

    @classmethod
    def of(cls, question: Question, taken: Sequence[tuple[int, int]], asking: frozenset[str] = frozenset()) -> Reading:
        """Read the words outside the places taken; of the stop words those that are ``asking`` only."""
        names = {i for begin, end in taken for i in range(begin, end)}
        free = [i for i in range(len(question.words)) if i not in names]
        word = question.words
        places = [i for i in free if word[i] not in STOP_WORDS or word[i] in KINDS or word[i] in asking]
        named = focus(question, free, places)
        persons = {places[n] for n in named if word[places[n]] in PERSONS}
        said = {i: "person" if i in persons else KINDS.get(word[i], word[i]) for i in places}
        asks = [word[i] in KINDS or i in persons for i in places]
        follows = [b - a == 1 for a, b in pairwise(places)] + [False]
        chunk, number = [], 0
        for place, before in zip(places, [-2, *places], strict=False):
            number += place != before + 1
            chunk.append(number)
        pairs = [
            f"{word[a]} {word[a + 1]}" if joined and word[a] not in KINDS else ""
            for a, joined in zip(places, follows, strict=False)
        ]
        kind = next((KINDS[word[i]] for i in free if word[i] in KINDS and word[i] != "whose"), "")
        if not kind and any(word[i] in PERSONS for i in free):
            kind = "person"
        if not kind and any(word[i] == "which" for i in free) and named:
            kind = "" if QUANTITIES & {word[places[n]] for n in named} else "thing"
        return cls(
            tuple(said[i] for i in places),
            tuple(asks),
            tuple(min((distance(question, i, *t) for t in taken), default=0) for i in places),
            tuple(chunk),
            tuple(pairs),
            named,
            kind,
            any(word[i] in RETURNS for i in free),
            frozenset(word[i] for i in free if word[i] in PREPOSITIONS),
            tuple(places),
            tuple(n for n, i in enumerate(places) if i in apposed(question, names, taken)),
        )


def apposed(question: Question, names: set[int], taken: Sequence[tuple[int, int]]) -> set[int]:
    """The words between an article and a name with a capital that stand for what the name is, at most two."""
    found: set[int] = set()
    for begin, end in taken:
        if not any(c.isupper() for w in question.raw[begin:end] for c in w):
            continue
        first = begin
        while first > 0 and begin - first < MOST_APPOSED and question.words[first - 1] not in STOP_WORDS | PREPOSITIONS:
            first -= 1
        if first > 0 and question.words[first - 1] in ARTICLES and not names & set(range(first, begin)):
            found |= set(range(first, begin))
    return found


def distance(question: Question, place: int, begin: int, end: int) -> int:
    """How far a word is from a name, in words; farther where a verb lies between a name and what follows it."""
    if place < begin:
        return begin - place
    verb = any(w in AUXILIARIES for w in question.words[end:place])
    return place - end + 1 + (BEHIND if verb else 0)


def focus(question: Question, free: Sequence[int], places: Sequence[int]) -> tuple[int, ...]:
    """The words that name the kind of answer, at most two."""
    for i in free:
        if question.words[i] in KINDS and question.words[i] != "whose":
            return ()
        if question.words[i] in OPEN:
            return behind(question, i, set(free), places)
    return ()


def behind(question: Question, place: int, free: set[int], places: Sequence[int]) -> tuple[int, ...]:
    """The first run of words behind a question word that are not stop words."""
    i = place + 1
    while i in free and i - place <= 3 and question.words[i] in STOP_WORDS:
        i += 1
    if i > place + 1 and i in free and is_participle(question.words[i]):
        return ()  # 'what was designed by …'
    found: list[int] = []
    while i in free and len(found) < 2 and question.words[i] not in STOP_WORDS:
        found.append(places.index(i))
        i += 1
    return tuple(found)


def overlaps(place: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    """Whether a place has words in common with others."""
    return any(place[0] < end and begin < place[1] for begin, end in others)
