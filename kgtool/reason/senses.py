"""Words of questions that ask for a relation by another word: 'how tall' for a height, 'dad' for a parent.

General English, a closed list of what no form of a word shows; the encoder does the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from kgtool.reason.matching import alike, roots

SENSE = 0.95
"""How much another word counts (:mod:`kgtool.reason.senses`)."""
SAID = 0.9
"""Likeness by form from which on a word says a relation."""

TABLE = """
about: topic subject theme tag keyword | describe: description tag keyword topic
topic theme: topic subject theme tag keyword | word term: word term tag keyword
kind type sort: kind type category class genre
old young: age birth | tall: height | high: height elevation | long short: length duration | wide narrow: width
deep: depth | heavy light: weight mass | big large small: size area population | far near: distance
fast slow: speed | hot cold: temperature | expensive cheap cost: price cost | rich poor: worth wealth income
bear: birth born | die dead: death | kill: death killer murder | bury: burial grave
marry wife husband: spouse partner married | mother father mom mum dad: parent mother father
son daughter kid offspring: child son daughter | brother sister: sibling brother sister
sex: gender | job work career occupation: profession occupation job employer employment
nation citizen: nationality country citizenship | live reside home: residence home address
address: address location residence | study graduate: education school university alma | faith belief: religion
speak: language | boss: manager head leader | own: owner | make: maker manufacturer producer
write: author writer | author: author writer written | act star appear: actor cast starring
found establish: founder founded inception | create creator: creator author developer maker
release publish: release publication date | locate: location place | buy sell: price seller supplier
supply deliver provide: supplier provider
buy purchase acquire: bought purchased acquired
"""
"""Words, and behind the colon what a graph may call what they ask for."""


PAIRS = """
child children kid son daughter offspring heir: parent father mother ancestor | grandchild grandchildren: grandparent
employee worker: employer | student pupil: teacher supervisor advisor | successor: predecessor
buyer: seller | owner: subsidiary | winner: loser
"""
"""Words for the two ends of one relation."""


@lru_cache(maxsize=1)
def opposites() -> dict[str, frozenset[str]]:
    """The words for the other end by each root."""
    found: dict[str, set[str]] = {}
    for entry in PAIRS.replace("\n", "|").split("|"):
        one, _, other = entry.partition(":")
        for some, others in ((one, other), (other, one)):
            for root in {r for word in some.split() for r in roots(word)}:
                found.setdefault(root, set()).update(others.split())
    return {root: frozenset(words) for root, words in found.items()}


@lru_cache(maxsize=10_000)
def opposite(word: str, names: tuple[str, ...]) -> bool:
    """Whether a word is for the other end of what some names say: 'children' beside 'parent'."""
    others = frozenset[str]().union(*(opposites().get(root, frozenset()) for root in roots(word)))
    return any(alike(o, n) >= SAID for o in others for n in names)


@lru_cache(maxsize=1)
def senses() -> dict[str, tuple[str, ...]]:
    """The other words by each root."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in TABLE.replace("\n", "|").split("|"):
        said, _, meant = entry.partition(":")
        for word in said.split():
            for root in sorted(roots(word)):
                found[root] = (*found.get(root, ()), *meant.split())
    return found


@lru_cache(maxsize=10_000)
def meant(word: str) -> tuple[str, ...]:
    """What a graph may call what a word asks for; empty for most words."""
    return tuple(dict.fromkeys(m for root in sorted(roots(word)) for m in senses().get(root, ())))


def likeness(word: str, names: Sequence[str]) -> float:
    """How far a word, or what it is another word for, is one of some names, by form."""
    own = max((alike(word, n) for n in names), default=0.0)
    other = max((alike(m, n) for m in meant(word) for n in names), default=0.0)
    return max(own, SENSE * other)
