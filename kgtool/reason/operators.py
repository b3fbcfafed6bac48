"""Questions that are more than a path: what a few words at a few places ask to do with what a path finds."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal

from kgtool.reason.question import Question
from kgtool.reason.senses import senses

Operator = Literal["", "count", "ask", "relate", "negate", "rank"]

ASKS = frozenset(
    "is are was were do does did has have had can could will would isn aren wasn weren don doesn didn".split()
)
"""Words that a question for yes or no begins with."""
NEGATIONS = frozenset("not never without except neither nor".split())
MOST = frozenset({"most", "least"})
COUNTS = re.compile(r"\bhow many\b|\bnumber of\b|^\W*count\b", re.IGNORECASE)
RELATES = re.compile(
    r"^\W*how (?:are|is|were|was)\b.*\b(?:related|connected|linked)\b"
    r"|\b(?:relation|relationship|connection|link|path) between\b.*\band\b|\bwhat (?:connects|links)\b.*\band\b",
    re.IGNORECASE | re.DOTALL,
)


def is_superlative(word: str) -> bool:
    """Whether a word asks for the most or least: 'most', 'heaviest'; 'forest' does not."""
    root = word.removesuffix("est")
    return word in MOST or (
        root != word and any(form in senses() for form in (root, f"{root}e", f"{root[:-1]}y", root[:-1]))
    )


def operator(question: Question, names: Collection[tuple[int, int]] = ()) -> Operator:
    """What a question asks to do: count the answers, say yes or no, tell how two things are connected.

    ``negate`` is a question for what is not so, ``rank`` one for the most or least of something: paths answer neither.

    Args:
        question: the question.
        names: the places of names in it; their words ask for nothing.
    """
    taken = {i for begin, end in names for i in range(begin, end)}
    free = [(i, w) for i, w in enumerate(question.words) if i not in taken]
    contracted = any(w == "t" and question.words[i - 1].endswith("n") for i, w in free if i)
    if contracted or any(w in NEGATIONS for _, w in free):
        return "negate"
    if any(is_superlative(w) for _, w in free):
        return "rank"
    if COUNTS.search(question.text):
        return "count"
    if RELATES.search(question.text):
        return "relate"
    return "ask" if free and free[0][0] == 0 and free[0][1] in ASKS else ""
