"""How well a path of relations explains a question, without a language model.

Each hop must be asked for by a word of its own, and each word must be explained: by a relation, by the kind of the
nodes on the way, or by a name. Words lie in the order of the hops, seen from the name. A word is likened to a relation
by its form and, with an encoder, by its meaning: by how much closer it is to this relation than to the others, since
'film' is close to all relations of films. The weights are those of a linear model fitted by
``benchmarks/fit_reasoning.py`` on development questions of several graphs at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kgtool.reason.direction import is_subject
from kgtool.reason.expand import Path, Steps
from kgtool.reason.linking import Names, is_iri
from kgtool.reason.matching import Meaning, alike, roots
from kgtool.reason.question import DATES, KIND_WORDS, NUMBERS, PREPOSITIONS, Question, Reading
from kgtool.reason.schema_card import Card
from kgtool.reason.senses import meant
from kgtool.words import STOP_WORDS, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Units = tuple[Steps, ...]
"""Hops, each of one step or of two over what only joins them."""

WEIGHTS: Mapping[str, float] = {
    "backward": -1.92,
    "capitals": -1.44,
    "explained": 5.40,
    "unasked": -2.33,
    "repeated": -3.27,
    "exact": 1.23,
    "focus": 1.47,
    "focus_missed": -1.46,
    "widest": -0.20,
    "named": 4.98,
    "name_lost": -1.47,
    "capital_lost": -4.38,
    "undated": -0.39,
    "not_returned": -4.08,
    "dated": 2.99,
    "disorder": -2.75,
    "preposition": -1.00,
    "missed": -1.40,
    "returned": 0.40,
    "unexplained": -1.55,
    "overused": -1.52,
    "unsaid": -0.5,  # by hand, see benchmarks/results/reasoning.md
    "turned": -4.00,
    "when": 1.83,
    "where": 9.50,
    "against": 3.48,
    "number": -1.96,
}
"""What each feature counts; see :meth:`Scorer.features`."""
FEATURES = tuple(WEIGHTS)

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
LOST = 0.05
"""How far a name with a capital may be explained otherwise at most, by the words of relations, not to be lost."""
ASKS = 0.6
"""What a question word may count as a word of a relation."""
SENSE = 0.95
"""How much another word counts (:mod:`kgtool.reason.senses`)."""
SAID = 0.9
"""Likeness by form from which on a word says a relation."""
ORDER, TWICE = 0.1, 10.0
"""What words in order are worth when words are chosen for hops, and what it costs to choose one twice."""
MOST_ASKING = 16
"""Words that hops are chosen among."""
MOST_WORDS, MOST_NAMES = 40, 64
"""Most words of a question and most names of relations that are encoded; each takes some 10 ms the first time."""
SEEN = 30
"""Answers looked at for what kind they are."""


@dataclass(frozen=True)
class Candidate:
    """One path, or several whose ends meet, with the nodes at their end.

    ``also``: the place of a name that the path is to lead to, in a question for yes or no.
    """

    paths: tuple[Path, ...]
    nodes: Any
    widest: int
    also: tuple[tuple[int, int], ...] = ()

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        """The places of the question that are names."""
        return (*(p.mention.place for p in self.paths), *self.also)


@dataclass
class Scorer:
    """Scores the candidates of one question."""

    question: Question
    card: Card
    names: Names
    meaning: Meaning
    mentions: Sequence[tuple[int, int]]
    """The places of all names of the question."""
    candidates: Sequence[Candidate]
    absent: Sequence[Candidate] = ()
    """Paths that are not there, though the graph has the like elsewhere."""
    _views: dict[tuple[tuple[int, int], ...], View] = field(default_factory=dict)
    _turned: dict[tuple[tuple[int, int], int], bool] = field(default_factory=dict)

    def scores(self, matrix: Array) -> Array:
        """A score for each candidate, by their features; shape ``(len(candidates),)``."""
        import numpy as np

        found: Array = matrix @ np.array([WEIGHTS[name] for name in FEATURES])
        return found

    def matrix(self) -> Array:
        """The features of all candidates; shape ``(len(candidates), len(FEATURES))``."""
        import numpy as np

        rows = [self.features(c) for c in self.candidates]
        return np.array([[row[name] for name in FEATURES] for row in rows]).reshape(-1, len(FEATURES))

    @cached_property
    def absent_score(self) -> float | None:
        """The score that the best of the paths would have that are not there; None without any."""
        rows = [self.features(c) for c in self.absent]
        return max((sum(WEIGHTS[n] * row[n] for n in FEATURES) for row in rows), default=None)

    @cached_property
    def relations(self) -> list[int]:
        """The relations of the candidates, those of first hops first, then what tells the kinds of their nodes."""
        depth: dict[int, int] = {}
        for candidate in (*self.candidates, *self.absent):
            for path in candidate.paths:
                for hop, step in enumerate(path.steps):
                    depth[step // 2] = min(hop, depth.get(step // 2, hop))
        walked = sorted(depth, key=lambda r: (depth[r], r))
        traits = {t for r in walked for s in (2 * r, 2 * r + 1) for t in self.card.traits[s]}
        return walked + sorted(traits - depth.keys())

    def view(self, places: tuple[tuple[int, int], ...]) -> View:
        """The question with these places taken as names."""
        if places not in self._views:
            reading = Reading.of(self.question, places, self.card.asking)
            self._views[places] = View(reading, self.card, self.meaning, self.relations, self.encodable)
        return self._views[places]

    @cached_property
    def encodable(self) -> frozenset[str]:
        """The texts that may be encoded: words of the question and of kinds, then names of the nearest relations."""
        words = self.question.words[:MOST_WORDS]
        pairs = (" ".join(p) for p in pairwise(words))
        kinds = (w for found in KIND_WORDS.values() for w in found)
        names = dict.fromkeys(t for r in self.relations for t in self.card.texts[r])
        return frozenset([*words, *pairs, *kinds, *list(names)[:MOST_NAMES]])

    def features(self, candidate: Candidate) -> dict[str, float]:
        """What speaks for and against a candidate."""
        import numpy as np

        view = self.view(candidate.places)
        reading, question = view.reading, self.question
        steps = [s for p in candidate.paths for s in p.steps]
        walked = Counter(s // 2 for s in steps)
        covered = view.covered(candidate, self.kinds(candidate))
        missing = 1 - covered
        weight = view.weight
        total = float(weight.sum())
        hops = [view.hops(p.steps) for p in candidate.paths]
        returns = sum(len(view.units(p.steps)) - len(h.values) for p, h in zip(candidate.paths, hops, strict=True))
        back = any(a ^ 1 == b for p in candidate.paths for a, b in zip(p.steps, p.steps[1:], strict=False))
        said = view.said
        lost = [place for place in self.mentions if not overlaps(place, candidate.places)]
        letters = sum(map(len, question.raw)) or 1
        ends = [p.steps[-1] for p in candidate.paths]
        numbers = self.numeric(candidate.nodes) if reading.kind else 0.0
        relation_words = frozenset().union(*(self.card.words[r] for r in walked)) & PREPOSITIONS
        focus, best = view.focus(
            ends, self.kinds(candidate), self.called(candidate.nodes) if reading.focus else frozenset()
        )
        return {
            "explained": float((weight * covered).sum()) / (total + 1e-9),
            "unexplained": float((weight * missing).sum()),
            "missed": float(np.maximum(view.best - covered, 0).sum()),
            "unasked": sum(1 - v for h in hops for v in h.values),
            "disorder": float(sum(h.disorder for h in hops)),
            "repeated": float(sum(max(0, said.get(r, 0) - n) for r, n in walked.items())),
            "overused": float(
                sum(max(0, n - said[r] - (reading.returns and n > 1)) for r, n in walked.items() if said.get(r))
            ),
            "backward": float(sum(s % 2 and not of_kind(self.card, s) for s in steps)),
            "unsaid": sum(view.unsaid(r) for r in walked) + sum(view.aside(p.steps) for p in candidate.paths),
            "turned": float(self.turned(candidate)),
            "returned": float(returns),
            "not_returned": float(reading.returns and not back),
            "widest": float(np.log(candidate.widest)),
            "preposition": float(len(relation_words - reading.prepositions)),
            "capitals": self.capitals(candidate, view, covered),
            "named": sum(sum(map(len, question.raw[b:e])) for b, e in candidate.places) / letters,
            "exact": float(np.mean([p.mention.exact * p.mention.score for p in candidate.paths])),
            "name_lost": float(sum(self.loss(view, covered, place) for place in lost)),
            "capital_lost": float(
                sum(
                    question.raw[b][:1].isupper() and b > 0 and self.loss(view, covered, (b, e), 1.0) > LOST
                    for b, e in lost
                )
            ),
            "focus": focus,
            "focus_missed": best - focus,
            "dated": float(reading.kind == "date" and numbers > 0.5),
            "undated": float(reading.kind == "date" and numbers <= 0.5),
            "number": float(reading.kind in {"person", "place", "thing"} and numbers > 0.5),
            "when": view.kind_fit("date", ends),
            "where": view.kind_fit("place", ends),
            "against": min(self.against(reading.kind, ends, self.kinds(candidate)), self.strange(view, candidate)),
        }

    def loss(self, view: View, covered: Array, place: tuple[int, int], otherwise: float = 0.0) -> float:
        """How far a name that a candidate leaves out is not explained otherwise; one of stop words is ``otherwise``."""
        at = view.reading.places
        parts = [float(covered[at.index(i)]) for i in range(*place) if i in at]
        return 1 - sum(parts) / len(parts) if parts else otherwise

    def capitals(self, candidate: Candidate, view: View, covered: Array) -> float:
        """Words with capitals outside the names, the first word aside, as far as nothing explains them."""
        raw = self.question.raw
        taken = {i for b, e in candidate.places for i in range(b, e)}
        left: dict[int, float] = dict(zip(view.reading.places, (1 - covered).tolist(), strict=True))
        return float(
            sum(left.get(i, 1.0) for i in range(1, len(raw)) if i not in taken and any(c.isupper() for c in raw[i]))
        )

    def kinds(self, candidate: Candidate) -> frozenset[str]:
        """The words of the classes that most of a candidate's nodes have."""
        return self.card.classes(candidate.nodes)

    def turned(self, candidate: Candidate) -> int:
        """How many names are at the wrong end of the relation beside them, as the question puts it."""
        ends = [(p.mention.place, p.steps[0]) for p in candidate.paths if p.steps]
        ends += [(place, p.steps[-1] ^ 1) for place in candidate.also for p in candidate.paths]
        return sum(self.wrong_way(place, step) for place, step in ends)

    def wrong_way(self, place: tuple[int, int], step: int) -> bool:
        """Whether all words that say a relation put a name at its other end."""
        if self.view((place,)).reading.returns:
            return False
        if (place, step) not in self._turned:
            content, label = self.card.content[step // 2], self.card.labels[step // 2]
            said = [
                i for i, w in enumerate(self.question.words) if w not in STOP_WORDS and likeness(w, content) >= SAID
            ]
            told = {is_subject(self.question, place, i, label) for i in said} - {None}
            self._turned[place, step] = told == {bool(step % 2)}
        return self._turned[place, step]

    def called(self, nodes: Any) -> frozenset[str]:
        """The words that are in the names of at least half of some nodes."""
        seen = nodes[:SEEN]
        counts = Counter(w for n in seen for w in set(words(self.names.label(int(n)))))
        return frozenset(w for w, n in counts.items() if 2 * n >= len(seen))

    def numeric(self, nodes: Any) -> float:
        """The share of nodes that are numbers or dates, or named like them."""
        seen = nodes[:SEEN]
        return sum(self.is_number(int(n)) for n in seen) / len(seen)

    def is_number(self, node: int) -> bool:
        """Whether a node is a number or date, or is named like one."""
        term = self.card.network.terms[node]
        if not is_iri(term) and getattr(term, "datatype", None) is not None and term.datatype.value in DATES + NUMBERS:
            return True
        name = self.names.label(node)
        return 2 * sum(map(str.isalpha, name)) < sum(map(str.isdecimal, name))

    def against(self, kind: str, ends: Sequence[int], classes: frozenset[str]) -> float:
        """-1 where a person is asked for and the answers are by their classes places or dates, or what is done."""
        if kind != "person":
            return 0.0
        if classes & set(KIND_WORDS["person"]):
            return 0.0
        other = classes & {*KIND_WORDS["place"], *KIND_WORDS["date"]}
        return -1.0 if other or any(s % 2 and self.card.agent[s // 2] for s in ends) else 0.0

    def strange(self, view: View, candidate: Candidate) -> float:
        """-1 where the kind that 'which' names is a class of the graph and the answers are of others."""
        asked = [view.reading.said[i] for i in view.reading.focus]
        named = [w for w in asked if any(alike(w, c) >= SAID for c in self.card.classed)]
        if not named:
            return 0.0
        found = self.card.classes(candidate.nodes, 0.0)
        return -1.0 if found and not any(alike(w, c) >= SAID for w in named for c in found) else 0.0


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
        result: Array = np.where(self.asks, 0.5, 1.0) * found  # 'who' asks for the answer rather than for a hop
        return result

    def assign(self, units: Units) -> Hops:
        """See :meth:`assigned`."""
        import numpy as np

        hops = len(units)
        if not hops:
            return Hops((), 0)
        values = [np.max([self.asking(s) for s in unit], axis=0) for unit in units]
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
        return found

    def kind_fit(self, kind: str, ends: Sequence[int]) -> float:
        """How far a question word's kind is that of the answers, where it asks for that kind."""
        if self.reading.kind != kind:
            return 0.0
        return max(self.kind_of(kind, s) for s in ends)

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


def likeness(word: str, names: Sequence[str]) -> float:
    """How far a word, or what it is another word for, is one of some names, by form."""
    own = max((alike(word, n) for n in names), default=0.0)
    other = max((alike(m, n) for m in meant(word) for n in names), default=0.0)
    return max(own, SENSE * other)


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


def overlaps(place: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    """Whether a place has words in common with others."""
    return any(place[0] < end and begin < place[1] for begin, end in others)
