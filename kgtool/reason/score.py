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
from kgtool.reason.expand import Candidate
from kgtool.reason.explained import View, of_kind
from kgtool.reason.linking import Names, is_iri
from kgtool.reason.matching import Meaning, alike
from kgtool.reason.question import DATES, KIND_WORDS, NUMBERS, PREPOSITIONS, Question, Reading, overlaps
from kgtool.reason.schema_card import Card
from kgtool.reason.senses import SAID, likeness, opposite
from kgtool.words import STOP_WORDS, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

WEIGHTS: Mapping[str, float] = {
    "backward": -1.80,
    "capitals": -1.32,
    "explained": 4.64,
    "unasked": -2.37,
    "repeated": -2.70,
    "exact": 1.69,
    "focus": 1.61,
    "focus_missed": -2.12,
    "widest": -0.11,
    "named": 6.25,
    "name_lost": -1.35,
    "capital_lost": -5.08,
    "undated": -0.48,
    "not_returned": -4.03,
    "dated": 3.58,
    "disorder": -2.93,
    "preposition": -0.23,
    "missed": -1.33,
    "returned": 0.19,
    "unexplained": -1.49,
    "overused": -1.03,
    "unsaid": -3.65,
    "turned": -4.00,  # by hand, see decision 32
    "when": 2.28,
    "where": 9.18,
    "against": 3.38,
    "number": -1.79,
}
"""What each feature counts; see :meth:`Scorer.features`."""
FEATURES = tuple(WEIGHTS)

LOST = 0.05
"""How far a name with a capital may be explained otherwise at most, by the words of relations, not to be lost."""
MOST_WORDS, MOST_NAMES = 40, 64
"""Most words of a question and most names of relations that are encoded; each takes some 10 ms the first time."""
SEEN = 30
"""Answers looked at for what kind they are."""


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
            told: set[bool | None] = set()
            for i, word in enumerate(self.question.words):
                if word not in STOP_WORDS and likeness(word, content) >= SAID:
                    told.add(is_subject(self.question, place, i, label))
                elif opposite(word, content) and (end := is_subject(self.question, place, i, label)) is not None:
                    told.add(not end)
            told.discard(None)
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
