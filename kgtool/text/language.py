"""Whether a text is in the language that the pipeline speaks."""

from __future__ import annotations

import re

ENGLISH = frozenset(
    "the of and to in is was that for it as with on be by at this from are were which an or had not but have has his "
    "her their its they he she we you who been when there than also can into more after other".split()
)
"""The most frequent function words of English; few of them are frequent elsewhere."""

WORD = re.compile(r"[^\W\d_]+")
LATIN = re.compile(r"[a-z\u00c0-\u024f\u1e00-\u1eff]")
SAMPLE = 20_000
LEAST_WORDS = 40
LEAST_SHARE = 0.12


def is_english(text: str) -> bool:
    """Whether enough of a text's words are function words of English (about 35 % are; 2–6 % in other languages).

    Texts of fewer than 40 words are given the benefit of the doubt, unless they are in another script.
    """
    words = [w.lower() for w in WORD.findall(text[:SAMPLE])]
    if not words:
        return True
    if sum(LATIN.match(w) is not None for w in words) < len(words) / 3:
        return False
    if len(words) < LEAST_WORDS:
        return True
    return sum(w in ENGLISH for w in words) / len(words) >= LEAST_SHARE
