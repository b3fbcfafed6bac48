"""The default reasoner: a beam over relation paths, with whole sets of entities, offline.

Source: Sun et al., "Think-on-Graph", ICLR 2024. Departures: the beam is over relation paths instead of entities, so
that answers are sets; linking is part of it; direction is kept; the answer is what the composed SPARQL gives; no model
is asked (a language model's choice among the paths is not part of this version); without a justified path it
abstains.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from kgtool.model import Answer, Step
from kgtool.ports import Encoder, LinkScorer, Store
from kgtool.reason import answer as answers
from kgtool.reason.expand import Card, around, is_iri, local_name
from kgtool.reason.linking import Index, Mention
from kgtool.reason.question import CLASSES, DATES, NUMBERS, Question
from kgtool.reason.score import Scorer
from kgtool.words import stem, words

FRONTIER = 2000
"""Most nodes that a path is followed through; larger sets are answers, not ways."""
SCORED = 3
"""Links of a hop that a link scorer is asked about."""
MARGIN = 1e-9
WRONG_KIND = 0.3
"""Factor of a path whose end is not of the kind that the question asks for."""


@dataclass(frozen=True)
class Beam:
    """A path from an anchor with the nodes that it reaches, and some links of its last hop."""

    anchor: str
    steps: tuple[Step, ...]
    nodes: tuple[Any, ...]
    passed: frozenset[Any]
    score: float
    final: float = 0.0
    links: tuple[tuple[str, str, str], ...] = ()


class PathReasoner:
    """Beam search over relation paths."""

    def __init__(
        self,
        store: Store,
        *,
        encoder: Encoder | None = None,
        width: int = 4,
        depth: int = 3,
        abstain_below: float = 0.45,
        scorer: LinkScorer | None = None,
    ) -> None:
        self.store = store
        self.encoder = encoder
        self.width = width
        self.depth = depth
        self.abstain_below = abstain_below
        self.scorer = scorer
        self.vectors: dict[str, Any] = {}

    @cached_property
    def card(self) -> Card:
        """The schema card, read once per store."""
        return Card(self.store)

    @cached_property
    def index(self) -> Index:
        """The names of the graph, read once per store."""
        return Index.of(self.store)

    def reason(self, question: str) -> Answer:
        """Answer a question; see :class:`kgtool.ports.Reasoner`."""
        start = time.monotonic()
        found = self.answer(Question.parse(question))
        return replace(found, seconds=round(time.monotonic() - start, 3), reasoner="paths")

    def answer(self, question: Question) -> Answer:
        """Link, search, compose, and judge."""
        mentions = self.index.link(question)
        if not mentions:
            nearest = self.index.nearest(question)
            known = f"; the nearest names are: {', '.join(nearest)}" if nearest else ""
            return Answer(question.text, abstained=True, reason=f"no name of the graph is in the question{known}")
        beams = [b for m in mentions for b in self.search(question, m)]
        best = max(
            beams,
            key=lambda b: (b.final, -len(b.steps), [(s.relation, s.forward) for s in b.steps], b.anchor),
            default=None,
        )
        if best is None or best.final < self.abstain_below:
            return self.abstain(question, mentions, best)
        return answers.compose(self.store, self.card, question, best.anchor, best.steps, round(best.final, 3))

    def abstain(self, question: Question, mentions: Sequence[Mention], best: Beam | None) -> Answer:
        """Say what was looked at and what is missing."""
        names = ", ".join(m.name for m in mentions)
        tried = ""
        if best is not None:
            path = ", then ".join(
                f"{'' if s.forward else 'the inverse of '}'{self.card.label(s.relation)}'" for s in best.steps
            )
            tried = f"; the nearest path is {path} (confidence {best.final:.2f})"
        reason = f"the graph knows {names}, but nothing there that the question asks for{tried}"
        confidence = round(best.final, 3) if best else 0.0
        return Answer(question.text, abstained=True, reason=reason, confidence=confidence)

    # search

    def search(self, question: Question, mention: Mention) -> list[Beam]:
        """All paths that the beam kept, from every entity of a mention."""
        taken = frozenset(range(mention.begin, mention.end))
        asked = " ".join(w for i, w in enumerate(question.words) if i not in taken)
        scorer = Scorer(self.card, question.content(taken), asked, self.encoder, question.noun, self.vectors)
        if not scorer.content:
            return []
        from pyoxigraph import NamedNode

        starts = [NamedNode(e) for e in mention.entities]
        beams = [Beam(n.value, (), (n,), frozenset({n}), mention.score) for n in starts]
        kept: list[Beam] = []
        for _ in range(self.depth):
            grown = [g for b in beams for g in self.grow(b, scorer, question, mention.score)]
            grown.sort(key=lambda b: (-b.score, -b.final, b.anchor, [(s.relation, s.forward) for s in b.steps]))
            kept += grown[: 4 * self.width]
            beams = self.pruned([b for b in grown if len(b.nodes) <= FRONTIER])
            if not beams or (kept and max(b.final for b in kept) > 1 - MARGIN):
                break
        return kept

    def grow(self, beam: Beam, scorer: Scorer, question: Question, linked: float) -> list[Beam]:
        """The paths one hop longer."""
        grown = []
        for step, targets in sorted(around(self.store, beam.nodes).items()):
            reached = {o for others in targets.values() for o in others} - beam.passed
            if not reached or (beam.steps and step == beam.steps[-1].inverse and len(beam.nodes) == 1):
                continue
            steps = (*beam.steps, step)
            score = linked * scorer.score(steps, self.covered(beam))
            nodes = tuple(sorted(reached, key=str))
            final = score * self.kind_factor(question, nodes)
            links = some_links(step, targets) if self.scorer else ()
            grown.append(Beam(beam.anchor, steps, nodes, beam.passed | reached, score, final, links))
        return grown

    def pruned(self, grown: list[Beam]) -> list[Beam]:
        """The best of sorted paths.

        Of those as good as the last that has room, the likeliest by the link scorer where there is one, else the first.
        """
        if self.scorer is None or len(grown) <= self.width:
            return grown[: self.width]
        last = grown[self.width - 1]
        above = [b for b in grown if (b.score, b.final) > (last.score, last.final)]
        equal = [b for b in grown if (b.score, b.final) == (last.score, last.final)]
        likeliest = sorted(equal, key=self.likelihood, reverse=True)  # stable, also in reverse
        return [*above, *likeliest][: self.width]

    def likelihood(self, beam: Beam) -> float:
        """The score of the likeliest of some links of a path's last hop."""
        return max((self.scorer.score(*link) for link in beam.links), default=0.0) if self.scorer else 0.0

    def covered(self, beam: Beam) -> frozenset[str]:
        """Stems in the names of the nodes on the way, when they are few: 'the computer on which …'."""
        if not beam.steps or len(beam.nodes) > 3:
            return frozenset()
        return frozenset(stem(w) for n in beam.nodes if is_iri(n) for w in words(local_name(n.value)))

    def kind_factor(self, question: Question, nodes: Sequence[Any]) -> float:
        """1 when some node is of the kind that the question asks for, or could be; less when none is."""
        if question.kind in {"date", "number"}:
            wanted = DATES if question.kind == "date" else NUMBERS
            literals = [n for n in nodes if not is_iri(n)]
            if any(n.datatype.value in wanted for n in literals):
                return 1.0
            digits = any(any(c.isdigit() for c in n.value) for n in literals)
            return 0.9 if digits and question.kind == "number" else WRONG_KIND
        if question.kind in CLASSES:
            entities = [n for n in nodes if is_iri(n)]
            if not entities:
                return WRONG_KIND
            classes = answers.classes(self.store, entities)
            if any(CLASSES[question.kind] in c for c in classes.values()):
                return 1.0
            return 0.9 if any(not c for c in classes.values()) else 0.75
        return 1.0


def some_links(step: Step, targets: Mapping[Any, Sequence[Any]]) -> tuple[tuple[str, str, str], ...]:
    """The first links between entities of a hop, as subject, relation and object."""
    pairs = sorted((n.value, o.value) for n, others in targets.items() for o in others if is_iri(o))[:SCORED]
    return tuple((n, step.relation, o) if step.forward else (o, step.relation, n) for n, o in pairs)
