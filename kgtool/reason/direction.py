"""Which end of a relation a name in a question is, told by how the question and the relation's name are put.

"Who acquired A?" asks for who did it, "What did A acquire?" for what it was done to; of "the parent of A" A is the
child, of a relation "parent of" its object. Where either is put in another way, nothing is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from kgtool.reason.matching import content, roots
from kgtool.reason.question import ARTICLES, AUXILIARIES, MOST_APPOSED, PREPOSITIONS, Question
from kgtool.verbs import FORMS, is_participle
from kgtool.words import DETERMINERS, STOP_WORDS, words

Form = Literal["", "noun", "of", "active", "passive", "state"]
"""How a relation is named: 'parent', 'parent of', 'acquired', 'was acquired by', 'plays for'."""
Role = Literal["", "owner", "holder", "doer", "object", "end", "by", "passive", "undergoer"]
"""What a name is to a word: 'the parent of A', 'A is the parent', 'did A acquire', 'acquired A', 'plays for A',
'acquired by A', 'was A acquired by', 'was A acquired'."""

BE = frozenset("is are was were be been being".split())
HAVE = frozenset("has have had".split())
DO = frozenset("do does did".split())
MUTUAL = frozenset(
    root
    for word in "spouse wife husband married partner sibling brother sister twin cousin friend colleague neighbour "
    "neighbor border adjacent same similar related connected met engaged divorced with equal opposite".split()
    for root in roots(word)
)
"""What holds both ways."""
LEADING = PREPOSITIONS | frozenset("through into onto over under against during near across around behind".split())
"""Words that lead from a verb to a name."""
MOST_BEFORE = 2
"""Words between an auxiliary verb and a name behind it."""

SUBJECT: dict[Form, dict[Role, bool]] = {
    "passive": {"by": False, "doer": False, "passive": True, "undergoer": True, "object": True},
    "active": {"by": True, "doer": True, "passive": False, "object": False},
    "state": {"doer": True, "passive": True, "undergoer": True, "object": False, "end": False},
    "noun": {"owner": True, "holder": False},
    "of": {"owner": False, "holder": True},
}
"""Whether a name in a role is the relation's subject."""
AGENT: dict[Form, dict[Role, bool]] = {
    "passive": {"owner": True, "holder": False},
    "active": {"owner": False, "holder": True},
    "state": {"owner": False, "holder": True},
    "noun": {"object": True, "end": True, "passive": True, "undergoer": True, "doer": False, "by": False},
}
"""The same where a word for who does something stands beside a verb: 'the designer of A', 'designed'."""


def is_subject(question: Question, place: tuple[int, int], word: int, label: str) -> bool | None:
    """Whether a name is the subject of a relation that a word of the question says; None where nothing tells.

    Args:
        question: the question.
        place: of the name.
        word: the position of the word.
        label: what the relation is called.
    """
    how, put = role(question, place, word), form(label)
    told = SUBJECT.get(put, {}).get(how)
    agents = question.words[word] if put != "noun" else head(label)
    return AGENT.get(put, {}).get(how) if told is None and is_agent(agents) else told


@lru_cache(maxsize=10_000)
def form(label: str) -> Form:
    """How a relation is named; empty where that is not clear, and for what holds both ways."""
    said = words(label)
    if any(roots(w) & MUTUAL for w in said):
        return ""
    passive = said[:1] and said[0] in BE
    owned = said[:1] and said[0] in HAVE
    while len(said) > 1 and said[0] in BE | HAVE | DETERMINERS:
        said = said[1:]
    if not said:
        return ""
    first, last = said[0], said[-1]
    if is_participle(first):
        if "by" in said[1:2] or last == "by":
            return "passive"
        if len(said) == 1:
            return "state" if passive else "" if owned else "active"
        return "state" if said[1] in LEADING else ""
    if first in LEADING or (first.endswith("s") and said[1:2] and said[1] in LEADING - {"of"}):
        return "state"
    return "of" if last == "of" else "" if last in LEADING else "noun"


def role(question: Question, place: tuple[int, int], word: int) -> Role:
    """What a name is to a word of the question; empty where that is not clear."""
    begin, end = place
    said = question.words
    if word >= end:
        return before(question, place, word, said[end:word])
    if word >= begin or any(w not in STOP_WORDS | LEADING for w in said[end : end + 1]):
        return ""  # 'written by A authors'
    between = [w for w in said[word + 1 : naming(said, word + 1, begin)] if w not in DETERMINERS]
    if "by" in between:
        return "by"
    if between[:1] == ["of"]:
        return "owner" if len(between) == 1 else ""
    if between and between[0] in BE:
        return "holder" if len(between) == 1 and end == len(said) else ""
    if between and between[0] in DO:
        return "owner" if len(between) == 1 and HAVE & set(said[end : end + 1]) else ""
    verb = is_participle(said[word]) or said[word] in FORMS or said[word].endswith(("s", "ing"))
    near = len(between) <= 1 and set(between) <= LEADING
    if not near or not (verb or auxiliary(question, word)):
        return ""
    return "end" if between else "object"


def naming(said: Sequence[str], first: int, begin: int) -> int:
    """Where the words begin that say what a name is ('the song …'), not before ``first``; else where the name does."""
    for place in range(max(first, begin - MOST_APPOSED - 1), begin):
        if said[place] in ARTICLES and not set(said[place + 1 : begin]) & (STOP_WORDS | LEADING):
            return place
    return begin


def before(question: Question, place: tuple[int, int], word: int, between: tuple[str, ...]) -> Role:
    """The role of a name that stands before the word."""
    begin, end = place
    said = question.words
    if end - 1 in question.owners:
        return "owner" if not between else ""
    if not between and not is_participle(said[word]) and not auxiliary(question, begin):
        return ""  # 'the Forward position'
    if between and between[-1] in DETERMINERS:
        return "holder" if set(between[:-1]) <= BE else ""
    if any(w not in AUXILIARIES for w in between):
        return ""
    verb = between[-1:] or said[max(begin - 1, 0) : begin]
    if verb and verb[0] in BE and is_participle(said[word]):
        return "passive" if said[word + 1 : word + 2] == ("by",) else "undergoer"
    return "doer"


def auxiliary(question: Question, place: int) -> bool:
    """Whether an auxiliary verb stands just before a place."""
    return any(w in AUXILIARIES for w in question.words[max(place - MOST_BEFORE, 0) : place])


def is_agent(word: str) -> bool:
    """Whether a word is made of a verb for who does it: 'designer', 'directors'."""
    return word.removesuffix("s").endswith(("er", "or")) and len(word) > 4


def leads_away(word: str, content: Sequence[str], passive: bool, step: int) -> bool:
    """Whether a word for who does something names the other end of a step over a relation named by the verb.

    Args:
        word: such as 'players', beside a relation that 'plays for'.
        content: the words of the relation's names.
        passive: whether the relation leads to who does it.
        step: over the relation, even for forwards.
    """
    said = [c for c in content if roots(c) & roots(word)]
    return is_agent(word) and bool(said) and not any(map(is_agent, said)) and bool(step % 2) == passive


def head(label: str) -> str:
    """The word of a noun's name that says what it is: 'place' of birth, main 'director'."""
    said = words(label)
    first = next((i for i, w in enumerate(said) if w in PREPOSITIONS), len(said))
    return (content(" ".join(said[:first])) or ("",))[-1]
