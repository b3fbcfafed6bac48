"""When a predicted triple is a gold one: both are brought to the names of the gold standard and compared as sets.

A name stands for the thing of its document that it names exactly (after normalisation, aliases included); with
``relaxed`` also for the one whose name holds it, or is held by it, when the shorter has at least half of the longer's
words. So every gold triple is found at most once, and what says the same twice counts once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kgtool.evaluate.gold import GoldDocument
from kgtool.fuse.names import key
from kgtool.model import Triple
from kgtool.words import DETERMINERS, words

STRICT, RELAXED = "strict", "relaxed"
MATCHES = (STRICT, RELAXED)

HALF = 0.5

CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])")

Fact = tuple[str, str, str]
"""Subject, relation and object as normal forms."""

Pair = tuple[str, str]
"""The ends of a fact, in alphabetical order: an open predicate may tell it from the other side."""


@dataclass(frozen=True)
class Marked:
    """What one document states and what was found in it, in the same names."""

    gold: frozenset[Fact]
    predicted: frozenset[Fact]


def relation(predicate: str) -> str:
    """The normal form of a predicate: ``countryOfOrigin``, ``country_of_origin`` and "Country of origin" are one."""
    return " ".join(words(CAMEL.sub(" ", predicate))) or predicate.strip()


def pair(fact: Fact) -> Pair:
    """The ends of a fact."""
    return min(fact[0], fact[2]), max(fact[0], fact[2])


def mark(document: GoldDocument, predicted: Iterable[Triple], relations: frozenset[str], match: str) -> Marked:
    """Gold and predicted triples of a document as facts.

    Args:
        document: the gold.
        predicted: what was found in it.
        relations: the normal forms of the gold's relations.
        match: ``strict`` or ``relaxed``.
    """
    named = Names(document, relaxed=match == RELAXED)
    return Marked(
        frozenset((named.exact(s), relation(p), named.exact(o)) for s, p, o in document.triples),
        frozenset((named(t.subject), relation_of(t, relations), named(t.object)) for t in predicted),
    )


def relation_of(triple: Triple, relations: frozenset[str]) -> str:
    """The relation of a predicted triple: its predicate, or the last part of the identifier that a schema gave it."""
    own = relation(triple.predicate)
    given = relation(re.split(r"[/#:]", triple.predicate_id)[-1])
    return given if given in relations and own not in relations else own


class Names:
    """The things of one document by their names.

    Args:
        document: its triples and aliases.
        relaxed: whether a name may also be longer or shorter than the gold's.
    """

    def __init__(self, document: GoldDocument, *, relaxed: bool) -> None:
        self.known: dict[str, str] = {}
        for group in document.aliases:
            for name in group:
                self.known.setdefault(key(name), key(group[0]))
        for subject, _, other in document.triples:
            for name in (subject, other):
                self.known.setdefault(key(name), key(name))
        self.bags = {n: bag(n) for n in sorted(self.known)} if relaxed else {}

    def exact(self, name: str) -> str:
        """The thing of a name; a name that is not known stands for itself."""
        normal = key(name)
        return self.known.get(normal, normal)

    def __call__(self, name: str) -> str:
        """The thing of a predicted name: the one that it names exactly, or else (relaxed) most nearly."""
        normal = key(name)
        if normal in self.known or not self.bags:
            return self.exact(name)
        own = bag(normal)
        near = max(self.bags, key=lambda n: overlap(own, self.bags[n]))
        return self.known[near] if overlap(own, self.bags[near]) >= HALF else normal


def bag(normal: str) -> frozenset[str]:
    """The words of a normal form without determiners."""
    split = frozenset(normal.split())
    return split - DETERMINERS or split


def overlap(a: frozenset[str], b: frozenset[str]) -> float:
    """The part of the longer name that the shorter one holds; nothing when neither is within the other."""
    return min(len(a), len(b)) / max(len(a), len(b)) if a and (a <= b or b <= a) else 0.0
