"""Which names are worth comparing: those that share a rare word, and misspellings by what is left of them.

Nothing here compares all pairs. A word that many names have says little about any of them, so it opens no block; a
misspelling is found by the letters that remain when one is left out (the symmetric deletions of SymSpell, W. Garbe,
2012), which finds every pair at one edit without a search.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from kgtool.fuse.names import LINKING

MAX_BLOCK = 64
"""Most names that a word may be in before it opens no block."""
RARE = 8
"""Most names that have a word by which two names are compared that share another one too."""
SPELT = range(8, 41)
"""Lengths of names in which a misspelling is looked for; in shorter ones another letter is another name."""


def index(forms: Iterable[str]) -> dict[str, list[str]]:
    """The names of each word, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for form in sorted(forms):
        for word in dict.fromkeys(form.split()):
            found[word].append(form)
    return found


def fuller(form: str, names_of: Mapping[str, list[str]]) -> list[str]:
    """The names that have all words of a form in its order, and more; none when its rarest word is in too many.

    Args:
        form: a normal form.
        names_of: result of :func:`index`.
    """
    words = form.split()
    block = min((names_of.get(w, []) for w in words), key=len, default=[])
    if len(block) > MAX_BLOCK:
        return []
    return [n for n in block if n != form and within(words, n.split())]


def sharing(names_of: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Pairs of names that share a rare word and another one, and of which none is a part of the other; sorted.

    Args:
        names_of: result of :func:`index`.
    """
    pairs = {
        (a, b)
        for block in names_of.values()
        if 1 < len(block) <= RARE
        for k, a in enumerate(block)
        for b in block[k + 1 :]
        if len({*a.split()} & {*b.split()}) > 1
    }
    for a, b in sorted(pairs):
        words = [{*form.split()} for form in (a, b)]
        if not any(one <= other and other - one - LINKING for one, other in (words, words[::-1])):
            yield a, b


def within(short: list[str], long: list[str]) -> bool:
    """Whether the words of one list are in another, in order."""
    rest = iter(long)
    return all(w in rest for w in short)


def respelled(forms: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Pairs of names that differ by one letter behind the first, or by two that changed places; sorted, each once.

    Names with digits are left out: another digit is another thing.
    """
    import numpy as np

    kept = [f for f in sorted(forms) if len(f) in SPELT and not any(c.isdigit() for c in f)]
    sizes = [len(f) for f in kept]
    hashes = np.fromiter((h for f in kept for h in remainders(f)), dtype=np.uint32, count=sum(sizes))
    owners = np.repeat(np.arange(len(kept), dtype=np.int32), sizes)
    order = np.lexsort((owners, hashes))
    hashes, owners = hashes[order], owners[order]
    edges = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1], [True])))
    pairs: set[tuple[int, int]] = set()
    for i in np.flatnonzero(np.diff(edges) > 1):
        block = sorted(set(owners[edges[i] : edges[i + 1]].tolist()))
        if len(block) <= MAX_BLOCK:
            pairs.update((a, b) for k, a in enumerate(block) for b in block[k + 1 :])
    for a, b in sorted(pairs):
        if one_edit(kept[a], kept[b]):
            yield kept[a], kept[b]


def remainders(form: str) -> Iterator[int]:
    """Hashes of a name and of what remains when one letter behind the first is left out; as many as it has letters."""
    yield zlib.crc32(form.encode("utf-8", "surrogatepass"))
    for i in range(1, len(form)):
        yield zlib.crc32((form[:i] + form[i + 1 :]).encode("utf-8", "surrogatepass"))


def one_edit(a: str, b: str) -> bool:
    """Whether two names differ by one letter that is added, left out, other, or by two neighbours changing places."""
    from rapidfuzz.distance import OSA

    return OSA.distance(a, b, score_cutoff=1) == 1
