"""The words of a question beside the relations near its names: what each asks for, and what explains it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from kgtool.reason.direction import leads_away
from kgtool.reason.expand import Candidate, Steps
from kgtool.reason.matching import Meaning, alike, roots
from kgtool.reason.question import KIND_WORDS, Reading
from kgtool.reason.schema_card import Card
from kgtool.reason.senses import SAID, SENSE, likeness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Units = tuple[Steps, ...]
"""Hops, each of one step or of two over what only joins them."""

BACKGROUND, PRIOR = 0.25, 5
"""Cosine of unrelated words, and how many relations' worth it weighs in their mean."""
ABOVE, SPAN = 0.05, 0.3
"""A cosine this much above the mean says nothing yet, and ``SPAN`` more says it all."""
OUTSTANDING, RANGE, LEAST = 0.8, 1.4, 0.3
"""The same in standard deviations, for cosines of at least ``LEAST``."""
NEAR = 0.7
"""Cosine from which on a word means what a relation's name does."""
MEANT = 0.85
"""Likeness by meaning alone counts at most so much, by form 1."""
KIND = 0.9
"""What a word is explained by that names the kind of some nodes on the way."""
KIND_SPAN = 0.25
CLASSED = 0.95
"""What a word asks for a hop that names the class of what the hop leads to."""
OF_KIND = 0.8
"""How far 'comedies' asks by itself for what is of that kind."""
ASKS = 0.6
"""What a question word may count as a word of a relation."""
ORDER, TWICE = 0.1, 10.0
"""What words in order are worth when words are chosen for hops, and what it costs to choose one twice."""
MOST_ASKING = 16
"""Words that hops are chosen among."""


@dataclass(frozen=True)
class Hops:
    """Which words ask for the hops of a path: how far each hop is asked for, and how many words are out of order."""

    values: tuple[float, ...]
    disorder: int


@dataclass
class View:
    """A reading of the question beside the relations near its names. Rows are words, columns are relations."""

    reading: Reading
    card: Card
    meaning: Meaning
    relations: list[int]
    encodable: frozenset[str]
    _hops: dict[Units, Hops] = field(default_factory=dict)

    def __post_init__(self) -> None:
        import numpy as np

        self.column = {r: i for i, r in enumerate(self.relations)}
        rows, columns = len(self.reading.said), len(self.relations)
        self.form = np.zeros((rows, columns))
        self.asked = np.zeros((rows, columns))
        cosines = np.zeros((rows, columns))
        for i, word in enumerate(self.reading.said):
            self.form[i] = [likeness(word, self.card.content[r]) for r in self.relations]
            if self.form[i].max(initial=0) < SAID:
                cosines[i] = [self.cosine(word, r) for r in self.relations]
            self.asked[i] = np.maximum(self.form[i], outstanding(cosines[i]))
        self.near = cosines.copy()
        for i, pair in enumerate(self.reading.pairs):
            if pair and not (self.form[i : i + 2] >= 1).any():
                near = np.array([self.cosine(pair, r, whole=True) for r in self.relations])
                self.near[i : i + 2] = np.maximum(self.near[i : i + 2], near)
                self.asked[i : i + 2] = np.maximum(self.asked[i : i + 2], outstanding(near))
        self.asks = np.array(self.reading.asks, dtype=bool)
        self.asked[self.asks] *= ASKS
        self.known = np.array([bool(roots(w) & self.card.common) for w in self.reading.said], dtype=bool)
        self.kind = self.kinds(cosines)
        self.distance = np.array(self.reading.distance)

    def cosine(self, text: str, relation: int, *, whole: bool = False) -> float:
        """The highest cosine of a text and a name of a relation (``whole``: its label); 0 where none is encoded."""
        names = self.card.texts[relation][: 1 if whole else None]
        if text not in self.encodable:
            return 0.0
        return self.meaning.closest([text], [n for n in names if n in self.encodable])

    def kinds(self, cosines: Array) -> Array:
        """How far each word names the kind of nodes that each step leads to; shape ``(words, 2 * relations)``.

        Such a word is close to what those nodes have in common, to all of it alike.
        """
        import numpy as np

        found = np.zeros((len(self.reading.said), 2 * len(self.relations)))
        for i, relation in enumerate(self.relations):
            for step in (2 * relation, 2 * relation + 1):
                traits = [self.column[t] for t in self.card.traits[step] if t in self.column]
                if len(traits) > 1:
                    mean = np.clip((cosines[:, traits].mean(axis=1) - 0.2) / KIND_SPAN, 0, 1)
                    found[:, 2 * i + step % 2] = mean * min(1.0, (len(traits) - 1) / 2)
        found[(self.form > 0).any(axis=1) | self.known] *= 0.3
        return found

    @cached_property
    def weight(self) -> Array:
        """What each word weighs: how far some relation or kind explains it."""
        import numpy as np

        if not self.relations:
            return np.zeros(len(self.reading.said))
        found: Array = np.maximum(self.asked.max(axis=1), 0.6 * self.kind.max(axis=1))
        return found

    @cached_property
    def best(self) -> Array:
        """How far each word can be explained at all."""
        import numpy as np

        if not self.relations:
            return np.zeros(len(self.reading.said))
        found: Array = np.maximum(self.asked.max(axis=1), KIND * self.kind.max(axis=1))
        return found

    def covered(self, candidate: Candidate, classes: frozenset[str]) -> Array:
        """How far each word is explained by a candidate's relations and the kinds of nodes on its paths."""
        import numpy as np

        columns = [self.column[s // 2] for p in candidate.paths for s in p.steps]
        steps = sorted({s for p in candidate.paths for s in (*p.steps, p.steps[0] ^ 1)})
        kinds = [2 * self.column[s // 2] + s % 2 for s in steps]
        found = np.maximum(self.asked[:, columns].max(axis=1), KIND * self.kind[:, kinds].max(axis=1))
        named = np.array([any(alike(w, c) >= SAID for c in classes) for w in self.reading.said], dtype=bool)
        covered: Array = np.maximum(found, KIND * named)
        covered[list(self.reading.apposed)] = np.maximum(covered[list(self.reading.apposed)], KIND)
        return covered

    def vague(self, candidate: Candidate) -> Array:
        """How far each word is taken for a relation of a candidate that its meaning is not near to."""
        import numpy as np

        columns = [self.column[s // 2] for p in candidate.paths for s in p.steps]
        taken = self.asked[:, columns].max(axis=1) * (self.form[:, columns].max(axis=1) < SAID) * ~self.asks
        found: Array = taken * np.clip(1 - self.near[:, columns].max(axis=1) / NEAR, 0, 1)
        return found

    @cached_property
    def said(self) -> dict[int, int]:
        """How often each relation is said: the runs of words that have the same word of its names."""
        found = {}
        for relation in self.relations:
            if self.form[:, self.column[relation]].max(initial=0) >= SAID:
                found[relation] = max(self.runs(word) for word in self.card.content[relation])
        return found

    def unsaid(self, relation: int) -> float:
        """The share of the words of a relation's label that are not said, where others of it are."""
        words = self.card.label_content[relation]
        said = sum(any(likeness(w, (name,)) >= SAID for w in self.reading.said) for name in words)
        return 1 - said / len(words) if said else 0.0

    def aside(self, steps: Steps) -> float:
        """How many hops over what only joins end with something that is neither said nor the main thing joined."""
        card = self.card
        joined = [(a, b) for a, b in pairwise(steps) if a in card.network.through]
        return float(
            sum(b not in card.main(a) and self.form[:, self.column[b // 2]].max(initial=0) < SAID for a, b in joined)
        )

    def runs(self, name: str) -> int:
        """In how many runs of words one is that is like a word of a name."""
        pairs = zip(self.reading.said, self.reading.chunk, strict=True)
        return len({chunk for word, chunk in pairs if alike(word, name) >= SAID})

    def units(self, steps: Steps) -> Units:
        """The steps that are one hop each: one, or two over what only joins them."""
        found: list[Steps] = []
        for i, step in enumerate(steps):
            joined = i > 0 and steps[i - 1] in self.card.network.through
            found[-1:] = [(*found[-1], step)] if joined else [*found[-1:], (step,)]
        return tuple(found)

    def hops(self, steps: Steps) -> Hops:
        """The words that ask for a path's hops.

        Where a word says so ('share', 'same'), going back over a relation needs no word of its own.
        """
        whole = self.units(steps)
        tried = [whole]
        if self.reading.returns and len(whole) == len(steps):
            back = [i for i in range(1, len(steps)) if steps[i - 1] ^ 1 == steps[i]][:1]
            tried += [tuple(u for j, u in enumerate(whole) if j != i) for i in back]
        found = [self.assigned(u) for u in tried]
        return max(found, key=lambda h: sum(h.values) / len(h.values) + min(h.values))

    def assigned(self, units: Units) -> Hops:
        """The best choice of a word for each hop, no word twice, the farther from the name the later."""
        if units not in self._hops:
            free = [self.free(unit, i == 0) for i, unit in enumerate(units)]
            found = self.assign(tuple(u for u, f in zip(units, free, strict=True) if f < 1))
            values = iter(found.values)
            self._hops[units] = Hops(tuple(f if f == 1 else max(f, next(values)) for f in free), found.disorder)
        return self._hops[units]

    def free(self, unit: Steps, first: bool) -> float:
        """How far a hop needs no word: from a class, or from the name of a kind, to what is of it."""
        if unit[0] // 2 == self.card.network.type:
            return 1.0
        return OF_KIND if first and of_kind(self.card, unit[0]) else 0.0

    def asking(self, step: int) -> Array:
        """How far each word asks for a step: by the relation's name, or by the class of what it leads to."""
        import numpy as np

        found = self.asked[:, self.column[step // 2]]
        classes = self.card.ranges(step)
        if classes:
            named = [any(alike(w, c) >= SAID for c in classes) for w in self.reading.said]
            found = np.maximum(found, CLASSED * np.array(named, dtype=float))
        if not self.reading.returns:  # "co-writers" are reached by what they wrote
            found = np.where(self.away(step), 0.0, found)
        result: Array = np.where(self.asks, 0.5, 1.0) * found  # 'who' asks for the answer rather than for a hop
        return result

    def assign(self, units: Units) -> Hops:
        """See :meth:`assigned`."""
        import numpy as np

        hops = len(units)
        if not hops:
            return Hops((), 0)
        values = [np.max([self.asking(s) for s in unit], axis=0) for unit in units]
        if hops > 1:  # 'who' asks for the answer, not for one hop more to a person
            values = [np.where(self.asks, 0.0, v) for v in values]
        asking = np.flatnonzero(np.max(values, axis=0, initial=0.0))
        rows = np.sort(asking[np.argsort(self.distance[asking], kind="stable")][:MOST_ASKING])
        if not len(rows):
            return Hops((0.0,) * hops, 0)
        distance = self.distance[rows]
        order = ORDER * np.sign(distance[None, :] - distance[:, None])
        twice = np.eye(len(rows)) * -TWICE
        total = np.zeros((len(rows),) * hops)
        for i, value in enumerate(values):
            total = total + along(value[rows], (i,), hops)
            for j in range(i):
                total = total + along(twice + (order if j == i - 1 else 0), (j, i), hops)
        chosen = np.unravel_index(int(total.argmax()), total.shape)
        found = [float(v[rows[c]]) for v, c in zip(values, chosen, strict=True)]
        if len(set(chosen)) < hops:  # fewer words than hops
            found = [*sorted(found, reverse=True)[: len(rows)], *[0.0] * (hops - len(rows))]
        return Hops(tuple(found), int((np.diff(distance[list(chosen)]) < 0).sum()))

    def focus(self, ends: Sequence[int], classes: frozenset[str], called: frozenset[str]) -> tuple[float, float]:
        """How far the answers are of the kind that 'which' or 'what' names, or have it in their names; and how far any
        could be."""
        import numpy as np

        rows = list(self.reading.focus)
        if not rows or not self.relations:
            return 0.0, 0.0
        table = self.answer_kind[rows]
        columns = [2 * self.column[s // 2] + s % 2 for s in ends]
        fit = table[:, columns].max(axis=1)
        named = [any(alike(self.reading.said[i], c) >= SAID for c in classes | called) for i in rows]
        fit = np.maximum(fit, named)
        return float(fit.max()), float(max(table[0].max(), fit.max()))

    @cached_property
    def answer_kind(self) -> Array:
        """How far each word names what each step leads to: forwards its label, both ways the kind of nodes."""
        import numpy as np

        found = self.kind.copy()
        for i, relation in enumerate(self.relations):
            others = [self.column[t] for t in self.card.traits[2 * relation + 1] if t in self.column and t != relation]
            mean = self.asked[:, others].mean(axis=1) if others else np.zeros(len(found))
            peak = np.clip(1.5 * (self.asked[:, i] - mean), 0, 1)
            label = np.where((self.form > 0).any(axis=1), self.form[:, i], peak)
            found[:, 2 * i] = np.maximum(found[:, 2 * i], label)
            for step in (2 * relation, 2 * relation + 1):
                doers = self.away(step ^ 1)
                found[doers, 2 * i + step % 2] = 1.0
                found[self.away(step), 2 * i + step % 2] = 0.0
        return found

    def away(self, step: int) -> Array:
        """Which words name who does what a step says, where that is not what the step leads to."""
        import numpy as np

        relation = step // 2
        content, passive = self.card.content[relation], self.card.agent[relation]
        return np.array([leads_away(w, content, passive, step) for w in self.reading.said], dtype=bool)

    def kind_fit(self, kind: str, ends: Sequence[int]) -> float:
        """How far a question word's kind is that of the answers, where it asks for that kind."""
        if self.reading.kind != kind:
            return 0.0
        return max(self.kind_of(kind, s) for s in ends)

    def kind_missed(self, ends: Sequence[int], classes: frozenset[str]) -> float:
        """How much less the answers are what 'where' or 'when' asks for than what another relation leads to.

        Not where their classes say that they are.
        """
        kind = self.reading.kind
        if kind not in {"place", "date"} or classes & set(KIND_WORDS[kind]):
            return 0.0
        return max(0.0, self.best_kind - self.kind_fit(kind, ends))

    @cached_property
    def best_kind(self) -> float:
        """How far any relation leads to what a question word asks for."""
        steps = [s for r in self.relations for s in (2 * r, 2 * r + 1)]
        return max((self.kind_of(self.reading.kind, s) for s in steps), default=0.0)

    def kind_of(self, kind: str, step: int) -> float:
        """How near the words of a kind are to what a step leads to."""
        relation, back = divmod(step, 2)
        said = [w for w in KIND_WORDS[kind] if w in self.encodable]
        near = 0.0 if back else max(self.cosine(w, relation) for w in said)
        traits = self.card.traits[step]
        if len(traits) > 2:
            text = ", ".join(self.card.labels[t] for t in traits)
            near = max(near, self.meaning.closest(said, [text]))
        return min(1.0, max(0.0, (near - 0.2) / 0.5))


def of_kind(card: Card, step: int) -> bool:
    """Whether a step leads from a class, or from what names a kind, to what is of it."""
    relation, back = divmod(step, 2)
    return bool(back) and (relation == card.network.type or likeness("kind", card.content[relation]) >= SENSE)


def outstanding(cosines: Array) -> Array:
    """How far each of several cosines stands out from the others, from 0 to ``MEANT``; those that are 0 are unknown."""
    import numpy as np

    known = cosines != 0
    if not known.any():
        return np.zeros_like(cosines)
    near = cosines[known]
    mean = (near.sum() + PRIOR * BACKGROUND) / (len(near) + PRIOR)
    deviation = max(0.06, float(near.std())) if len(near) > 4 else 0.1
    by_span = (cosines - mean - ABOVE) / SPAN
    by_rank = np.where(cosines > LEAST, ((cosines - mean) / deviation - OUTSTANDING) / RANGE, 0.0)
    found: Array = MEANT * np.clip(np.maximum(by_span, by_rank), 0, 1) * known
    return found


def along(values: Array, at: tuple[int, ...], axes: int) -> Array:
    """Values along one or two (in their order) of several axes."""
    return values.reshape([len(values) if i in at else 1 for i in range(axes)])
