"""What the rules leave open, put to a judge (a language model); and how far its word goes.

A judge speaks last: after every rule, so that nothing that the rules decide rests on its word, and below every veto and
every word of a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from kgtool.fuse import names, scoring
from kgtool.fuse.clustering import Groups, disjoint
from kgtool.fuse.conflicts import Choice, Tie
from kgtool.fuse.mentions import Mentions
from kgtool.fuse.shortening import related


@dataclass(frozen=True, order=True)
class Pair:
    """Two names (normal forms, in order) that may be one thing, and how likely that is by the rules."""

    a: str
    b: str
    score: float


@dataclass(frozen=True, order=True)
class Verdict:
    """A judge's word about a pair, in the form of a decision's rule: who said it, and why."""

    pair: Pair
    kind: Literal["same", "different"]
    said: str


class Judge(Protocol):
    """Who is asked; of what it is not sure it says nothing."""

    def names(self, pairs: Sequence[Pair], mentions: Mentions) -> Sequence[Verdict]:
        """Which of the pairs are one thing, and which are two."""
        ...

    def conflicts(self, ties: Sequence[Tie]) -> Mapping[Tie, Choice]:
        """Which candidates are right."""
        ...


def decide(judge: Judge, groups: Groups) -> None:
    """Put what is open to the judge, and merge or keep apart what it is sure of; no question, no call."""
    pairs = undecided(groups)
    verdicts = sorted(judge.names(pairs, groups.mentions)) if pairs else []
    for v in (v for v in verdicts if v.kind == "different"):
        groups.veto(v.said, v.pair.a, v.pair.b, score=v.pair.score)
    joined: set[str] = set()
    for v in sorted((v for v in verdicts if v.kind == "same"), key=lambda v: (-v.pair.score, v.pair)):
        a, b = v.pair.a, v.pair.b
        touched = {*groups.members(a), *groups.members(b)}
        reason = "" if joined.isdisjoint(touched) else chained(groups, a, b)
        if reason:
            groups.veto(reason, a, b, score=v.pair.score)
        elif groups.merge(a, b, v.said, v.pair.score):
            joined |= touched
    groups.decisions = [d for d in groups.decisions if d.kind != "open" or is_open(groups, *d.candidates)]


def undecided(groups: Groups) -> list[Pair]:
    """The open pairs, sorted; of those between the same two groups the likeliest."""
    best: dict[tuple[str, str], Pair] = {}
    for d in groups.decisions:
        if d.kind == "open" and is_open(groups, *d.candidates):
            a, b = sorted(map(names.key, d.candidates))
            if not {a, b} <= groups.mentions.surfaces.keys():
                continue  # punctuation that is written as if it were a possessive has another key when it is shown
            pair = Pair(a, b, d.score)
            one, other = sorted((groups.root(a), groups.root(b)))
            best[one, other] = min(pair, best.get((one, other), pair), key=lambda p: (-p.score, p))
    return sorted(best.values())


def is_open(groups: Groups, *candidates: str) -> bool:
    """Whether two names, as they are written, are neither one group nor kept apart by a veto or their types."""
    a, b = map(names.key, candidates)
    left, right = groups.members(a), groups.members(b)
    return left != right and not groups.is_apart(a, b) and not disjoint(groups.mentions, left, right)


def chained(groups: Groups, a: str, b: str) -> str:
    """Why two groups, one of them made by the judge, are two things though two of their names are said to be one."""
    mentions = groups.mentions
    one, other = (names.variant(groups.fullest(n), mentions.singulars) for n in (a, b))
    return scoring.objection(one, other) or related(mentions, groups.members(a), groups.members(b))
