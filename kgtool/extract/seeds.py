"""Seed concepts: what a text is about, by class-based TF-IDF over 1- to 4-grams; no model, the same every time.

Source: step 1 of Graphusion (Yang et al., WWW 2025 companion), which uses BERTopic (Grootendorst, 2022) with 2- to
4-grams. The weight is BERTopic's: ``tf(t, c) * log(1 + A / f(t))`` with ``A`` the mean number of terms of a class.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from kgtool.words import PRONOUNS, STOP_WORDS, words

LONGEST = 4
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"“(])")
BREAK = re.compile(r"[,;:()\[\]\"“”!?]|\.(?:\s|$)")
"""No concept runs across these."""

EMPTY = STOP_WORDS | PRONOUNS


def concepts(text: str, limit: int = 12) -> list[str]:
    """The concepts of one text, its sentences taken as classes: a function of this text alone, so of nothing else."""
    return seeds(SENTENCE.split(text), limit)


def seeds(classes: Sequence[str], limit: int) -> list[str]:
    """The n-grams that stand out in some class, best first; part of a longer one only when better than that.

    Args:
        classes: texts; sentences of a chunk, or chunks of a corpus.
        limit: the most that are returned.
    """
    counts = [Counter(grams(text)) for text in classes]
    total = Counter[tuple[str, ...]]()
    for count in counts:
        total.update(count)
    mean = sum(total.values()) / max(1, len(counts))
    weight = {g: len(g) ** 0.5 * math.log(1 + mean / n) * max(c[g] for c in counts) for g, n in total.items()}
    kept: list[tuple[str, ...]] = []
    for gram in sorted(weight, key=lambda g: (-weight[g], g)):
        if len(kept) == limit:
            break
        if not any(within(gram, other) or within(other, gram) for other in kept):
            kept.append(gram)
    return [" ".join(gram) for gram in kept]


def grams(text: str) -> list[tuple[str, ...]]:
    """1- to 4-grams that neither begin nor end with a function word, and have none inside but 'of'."""
    found = []
    for part in BREAK.split(text):
        found += [
            gram
            for run in runs(words(part))
            for size in range(1, LONGEST + 1)
            for gram in zip(*(run[i:] for i in range(size)), strict=False)
            if gram[0] != "of" and gram[-1] != "of" and any(len(w) > 2 and not w.isdigit() for w in gram)
        ]
    return found


def runs(found: Sequence[str]) -> list[list[str]]:
    """Runs of words without function words."""
    made: list[list[str]] = [[]]
    for word in found:
        if word in EMPTY and not (word == "of" and made[-1]):
            made.append([])
        else:
            made[-1].append(word)
    return [run for run in made if run]


def within(short: Sequence[str], long: Sequence[str]) -> bool:
    """Whether a run of words stands inside another one."""
    size = len(short)
    return any(tuple(long[i : i + size]) == tuple(short) for i in range(len(long) - size + 1))
