"""Groups of names. Two groups become one only when no type and no veto speaks against any two of their names.

No chaining: what is compared is always the fullest name of a group, never a short form that joined it, so two full
names never become one through a short form that fits both.
"""

from __future__ import annotations

from collections import defaultdict

from kgtool.fuse.mentions import Mentions
from kgtool.model import Decision


class Groups:
    """A partition of normal forms that grows by merges, and the decisions about it.

    Args:
        mentions: what the corpus says about the names.
    """

    def __init__(self, mentions: Mentions) -> None:
        self.mentions = mentions
        self.decisions: list[Decision] = []
        self._members: dict[str, list[str]] = {}
        self._root: dict[str, str] = {}
        self._apart: dict[str, set[str]] = defaultdict(set)

    def root(self, normal: str) -> str:
        """The name of a group: its first member in order."""
        return self._root.get(normal, normal)

    def members(self, normal: str) -> list[str]:
        """All names of a name's group."""
        return self._members.get(self.root(normal), [normal])

    def fullest(self, normal: str) -> str:
        """The member with the most words; of equals the most frequent, then the first in order."""
        return min(self.members(normal), key=lambda n: (-len(n.split()), -self.mentions.count(n), n))

    def merge(self, a: str, b: str, rule: str, score: float) -> bool:
        """Make two groups one, unless a type or a veto between any of their names excludes it, and record what happens.

        Args:
            a: a name of one group.
            b: a name of the other.
            rule: why.
            score: probability that they are one.
        """
        left, right = self.members(a), self.members(b)
        if self.root(a) == self.root(b):
            return True
        if self.is_apart(a, b):
            self.decide("veto", "kept apart before", a, b, score=score)
            return False
        if disjoint(self.mentions, left, right):
            self.veto("different types", a, b, score=score)
            return False
        self._join(a, b)
        self.decide("merge", rule, a, b, score=score)
        return True

    def pin(self, a: str, b: str) -> None:
        """Make two groups one because a person said so, whatever their types are."""
        self._join(a, b)
        self.decide("merge", "said by a person", a, b, score=1.0)

    def _join(self, a: str, b: str) -> None:
        """Make two groups one."""
        joined = sorted({*self.members(a), *self.members(b)})
        for old in (self.root(a), self.root(b)):
            self._members.pop(old, None)
        self._members[joined[0]] = joined
        for n in joined:
            self._root[n] = joined[0]

    def is_apart(self, a: str, b: str) -> bool:
        """Whether a veto keeps two groups apart."""
        right = self.members(b)
        return any(not self._apart[n].isdisjoint(right) for n in self.members(a) if n in self._apart)

    def veto(self, rule: str, *candidates: str, score: float = 0.0) -> None:
        """Record that the first of some names stays apart from the others, also when their groups grow."""
        for other in candidates[1:]:
            self._apart[candidates[0]].add(other)
            self._apart[other].add(candidates[0])
        self.decide("veto", rule, *candidates, score=score)

    def decide(self, kind: str, rule: str, *candidates: str, score: float) -> None:
        """Record a decision about names; its verdict is the group of the first one."""
        shown = tuple(self.mentions.shown(n) for n in candidates)
        self.decisions.append(Decision(kind, rule, shown, candidates[0], score))

    def roots(self) -> dict[str, str]:
        """The group of every name that is not alone."""
        return dict(self._root)


def disjoint(mentions: Mentions, left: list[str], right: list[str]) -> bool:
    """Whether the types of two groups exclude each other: a person is no organization, and no place."""
    kinds = [{mentions.kind(n) for n in group} - {""} for group in (left, right)]
    person = [("Person" in k, bool(k - {"Person", "Product", "CreativeWork"})) for k in kinds]
    return (person[0][0] and person[1][1] and not person[1][0]) or (person[1][0] and person[0][1] and not person[0][0])
