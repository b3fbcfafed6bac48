"""Short names of the corpus and the fuller names that they mean, where no text around them says so.

Triples that come without a text, or from documents that say one thing only, leave "Capra" and "Frank Capra" to be
compared over the whole corpus. A name is compared with the best attested of the fuller names alone: the others are its
rivals, and the more they are attested the less likely the merge.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from kgtool.fuse import blocking, scoring
from kgtool.fuse.clustering import Groups, disjoint
from kgtool.fuse.mentions import Mentions

SURE = 0.4
"""Least probability of a merge; below one half, as F1 is best at half of its own value (Lipton et al., 2014)."""
OPEN = 0.2
"""Least probability of a pair that is kept as an open question."""
LINKS = 10
"""One statement in so many between two names is an accident of extraction; more make them two things."""


class Shortener:
    """Settles short names, the longest first, so that a name finds the groups that its fuller names make.

    Args:
        mentions: what the corpus says about the names.
        groups: the groups so far; they grow.
        forms: the variant of each name.
    """

    def __init__(self, mentions: Mentions, groups: Groups, forms: Mapping[str, str]) -> None:
        self.mentions = mentions
        self.groups = groups
        self.forms = forms
        self.owners: dict[str, list[str]] = defaultdict(list)
        for normal, form in sorted(forms.items()):
            self.owners[form].append(normal)

    def run(self) -> None:
        """Settle all names."""
        names_of = blocking.index(self.owners)
        for form in sorted(self.owners, key=lambda f: (-len(f.split()), f)):
            for short in self.owners[form]:
                members = self.groups.members(short)
                if self.groups.fullest(short) == short and not any(map(self.mentions.has_discourse, members)):
                    self.settle(short, [n for f in blocking.fuller(form, names_of) for n in self.owners[f]])

    def settle(self, short: str, full: list[str]) -> None:
        """Merge a name with the fuller name that is meant, or record what speaks against it.

        Names of which nothing is said are left out: there is nothing to compare.
        """
        words = self.forms[short].split()
        told: Counter[str] = Counter()
        for n in full:
            if blocking.within(words, self.forms[self.groups.fullest(n)].split()):
                told[self.groups.root(n)] += self.mentions.told[n]
        del told[self.groups.root(short)]
        own = self.groups.members(short)
        rivals = {g: n for g, n in sorted(told.items()) if n and any(self.mentions.told[o] for o in own)}
        for group in list(rivals):
            best = self.groups.fullest(group)
            members = self.groups.members(group)
            reason = scoring.objection(self.forms[short], self.forms[best]) or related(self.mentions, own, members)
            if reason:
                self.groups.veto(reason, short, best)
                del rivals[group]
        if not rivals:
            return
        group = min(rivals, key=lambda g: (-rivals[g], g))
        best = self.groups.fullest(group)
        score = self.likely(short, best, 1 - rivals[group] / sum(rivals.values()), len(told))
        if score >= SURE and not self.is_phrase(short):
            self.groups.merge(short, best, "shortened", score)
        elif score >= OPEN:
            self.groups.decide("open", "shortened", short, best, score=score)

    def is_phrase(self, short: str) -> bool:
        """Whether a name is several words written small: one more word makes a kind of it ("vector space models")."""
        return " " in self.forms[short] and self.mentions.lower(short) > 0.5

    def likely(self, short: str, full: str, rivals: float, compounds: int) -> float:
        """The probability that a name means the fullest name of a group."""
        return scoring.probability("shortened", self.compare(short, full, rivals, compounds).features())

    def compare(self, short: str, full: str, rivals: float, compounds: int) -> scoring.Shortening:
        """What is known of a short name and of the fullest name of a group; see :class:`scoring.Shortening`."""
        mentions, form = self.mentions, self.forms[short]
        own, other = self.groups.members(short), self.groups.members(full)
        counts = [sum(map(mentions.count, members)) for members in (own, other)]
        told = [sum(mentions.told[n] for n in members) for members in (own, other)]
        both = sorted(said_of(mentions, own) & said_of(mentions, other))
        return scoring.Shortening(
            short=form,
            full=self.forms[full],
            written=mentions.shown(full),
            rivals=rivals,
            compounds=compounds,
            small=sum(mentions.lower(n) * mentions.count(n) for n in own) / counts[0],
            mentions=(counts[0], counts[1]),
            told=(told[0], told[1]),
            shared=sum(1 / (mentions.shares[c] - 1) for c in both),
            rest=without(self.forms[full], form) in self.owners,
        )


def without(full: str, short: str) -> str:
    """The words of a form that another one lacks."""
    left = Counter(short.split())
    kept = []
    for word in full.split():
        if left[word]:
            left[word] -= 1
        else:
            kept.append(word)
    return " ".join(kept)


def related(mentions: Mentions, left: list[str], right: list[str]) -> str:
    """Why two groups are two things: a good part of what is said relates them, or their types; empty when nothing."""
    links = sum(mentions.linked.get((min(a, b), max(a, b)), 0) for a in left for b in right)
    rarer = min(sum(map(mentions.count, members)) for members in (left, right))
    if links * LINKS > rarer:
        return "statements relate the two"
    return "different types" if disjoint(mentions, left, right) else ""


def said_of(mentions: Mentions, members: list[str]) -> set[tuple[str, str]]:
    """The predicates and other ends of all statements of a group."""
    return set().union(*(mentions.contexts.get(n, ()) for n in members))
