"""The default reasoner: a beam over relation paths, with whole sets of entities, offline.

Source: Sun et al., "Think-on-Graph", ICLR 2024. Departures: the beam is over relation paths instead of entities, so
that answers are sets; linking is part of it; direction is kept; the answer is what the composed SPARQL gives; no model
is asked (a language model's choice among the paths is not part of this version); without a justified path it
abstains.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import combinations

from kgtool.model import Answer
from kgtool.ports import Encoder, LinkScorer, Store, Trace, silent
from kgtool.reason.anchors import anchored
from kgtool.reason.compose import Composer
from kgtool.reason.confidence import confidence
from kgtool.reason.expand import Path, links, paths
from kgtool.reason.linking import Mention, Names
from kgtool.reason.matching import Meaning
from kgtool.reason.network import Network
from kgtool.reason.operators import operator
from kgtool.reason.question import Question
from kgtool.reason.schema_card import Card
from kgtool.reason.score import Candidate, Scorer, likeness, overlaps
from kgtool.reason.trace import tell_answer, tell_choice, tell_links, tell_paths
from kgtool.words import STOP_WORDS

BEYOND = {
    "negate": "what is not so, which no path of the graph tells",
    "rank": "the most or least of something, which is not compared yet",
}
"""What is not answered, rather than answered as if those words were not there."""
SCORED = 3
"""Links of a hop that a link scorer is asked about."""
MOST = 300
"""Candidates that are scored."""
MEETING = 24
"""Paths of each of two names that are tried for a common end, and how many hops they may have."""
MEETING_DEPTH = 2


class PathReasoner:
    """Beam search over relation paths."""

    def __init__(
        self,
        store: Store,
        *,
        encoder: Encoder | None = None,
        width: int = 64,
        depth: int = 3,
        abstain_below: float = 0.5,
        scorer: LinkScorer | None = None,
    ) -> None:
        self.store = store
        self.width = width
        self.depth = depth
        self.abstain_below = abstain_below
        self.scorer = scorer
        self.meaning = Meaning(encoder)

    @cached_property
    def names(self) -> Names:
        """The names of the graph, read once per store; relations that lead to names are no hops."""
        network = Network.of(self.store)
        names = Names.of(self.store, network)
        naming = names.naming()
        return names.over(network.without(naming), naming) if naming else names

    @property
    def network(self) -> Network:
        """The facts without those that only name something."""
        return self.names.network

    @cached_property
    def card(self) -> Card:
        """The schema card, read once per store."""
        return Card(self.store, self.network)

    @cached_property
    def composer(self) -> Composer:
        """What makes answers of paths."""
        return Composer(self.store, self.network, self.names, self.card)

    def reason(self, question: str, *, entities: Sequence[str] = (), trace: Trace = silent) -> Answer:
        """Answer a question; see :class:`kgtool.ports.Reasoner`."""
        start = time.monotonic()
        found = self.answer(Question.parse(question), entities, trace)
        found = replace(found, seconds=round(time.monotonic() - start, 3), reasoner="paths")
        tell_answer(trace, found)
        return found

    def answer(self, question: Question, entities: Sequence[str] = (), trace: Trace = silent) -> Answer:
        """Link, search, score, compose, and judge."""
        mentions = anchored(self.names, question, self.names.link(question), entities)
        tell_links(trace, question, self.names, mentions)
        if not mentions:
            nearest = self.names.nearest(question)
            known = f"; the nearest names are: {', '.join(nearest)}" if nearest else ""
            return Answer(question.text, abstained=True, reason=f"no name of the graph is in the question{known}")
        asked = operator(question, [m.place for m in mentions if not m.weak])
        if asked in BEYOND:
            return Answer(question.text, abstained=True, reason=f"the question asks for {BEYOND[asked]}")
        if asked == "relate" and (found := self.connection(question, mentions)):
            return found
        pairs = list(self.pairs(question, mentions)) if asked == "ask" else []
        scorer = self.prepared(question, mentions, pairs, trace)
        if not scorer.candidates:
            return self.abstain(question, mentions, None, 0.0)
        matrix = scorer.matrix()
        scores = scorer.scores(matrix)
        best = int(scores.argmax())
        chosen = scorer.candidates[best]
        sure = confidence(scorer, matrix, scores, best)
        tell_choice(trace, self.names, scorer, scores, self.told, best)
        if sure < self.abstain_below:
            return self.abstain(question, mentions, chosen, sure)
        kind = scorer.view(chosen.places).reading.kind
        if chosen.also:
            others = [m.node for m in mentions if m.place in chosen.also]
            return self.composer.ask(question.text, chosen, others, sure)
        make = self.composer.count if asked == "count" else self.composer.answer
        return make(question.text, kind, chosen, sure)

    def prepared(
        self,
        question: Question,
        mentions: Sequence[Mention],
        given: Sequence[Candidate] = (),
        trace: Trace = silent,
    ) -> Scorer:
        """A scorer with all candidates of a question, or with those given."""
        candidates = list(given) or list(self.candidates(question, mentions, trace))
        if len(candidates) > MOST:
            trace("drop", {"what": f"{len(candidates) - MOST} paths", "reason": "their relations are asked for least"})
            prefer = self.preference(question)
            candidates.sort(key=lambda c: -max(prefer(p.steps) for p in c.paths))  # stable: the shorter first
            candidates = candidates[:MOST]
        places = sorted({m.place for m in mentions})
        return Scorer(question, self.card, self.names, self.meaning, places, candidates)

    def abstain(self, question: Question, mentions: Sequence[Mention], best: Candidate | None, sure: float) -> Answer:
        """Say what was looked at and what is missing."""
        names = ", ".join(dict.fromkeys(m.name for m in mentions))
        tried = f"; the nearest path is {self.told(best)} (confidence {sure:.2f})" if best else ""
        reason = f"the graph knows {names}, but nothing there that the question asks for{tried}"
        return Answer(question.text, abstained=True, reason=reason, confidence=sure)

    def told(self, candidate: Candidate) -> str:
        """The hops of a candidate in words."""

        def hop(step: int) -> str:
            return f"{'the inverse of ' if step % 2 else ''}'{self.card.labels[step // 2]}'"

        return " and ".join(f"from {p.mention.name} {', then '.join(map(hop, p.steps))}" for p in candidate.paths)

    # candidates

    def candidates(self, question: Question, mentions: Sequence[Mention], trace: Trace = silent) -> Iterator[Candidate]:
        """The paths from every name, and pairs of them from two names that meet."""
        prefer = self.preference(question)
        found = {m: self.paths(m, prefer) for m in mentions}
        for mention, each in found.items():
            tell_paths(trace, self.names, mention, each)
        for each in found.values():
            yield from (Candidate((p,), p.nodes, p.widest) for p in each)
        best = {
            mention: sorted((p for p in each if len(p.steps) <= MEETING_DEPTH), key=lambda p: -prefer(p.steps))[
                :MEETING
            ]
            for mention, each in found.items()
        }
        for one, other in combinations(mentions, 2):
            if not overlaps(one.place, [other.place]):
                yield from meetings(best[one], best[other])

    def pairs(self, question: Question, mentions: Sequence[Mention]) -> Iterator[Candidate]:
        """The short paths from a name that are to lead to another one, for a question for yes or no."""
        prefer = self.preference(question)
        for mention in mentions:
            for place in sorted({m.place for m in mentions if not overlaps(m.place, [mention.place])}):
                short = (p for p in self.paths(mention, prefer) if len(p.steps) <= MEETING_DEPTH)
                yield from (Candidate((p,), p.nodes, p.widest, (place,)) for p in short)

    def connection(self, question: Question, mentions: Sequence[Mention]) -> Answer | None:
        """The shortest path between two names, of those the one by the fewest nodes; None where none is found."""
        found = [
            (len(p.steps), p.widest, p.steps, p.mention, other.node, p)
            for one, other in combinations(mentions, 2)
            if not overlaps(one.place, [other.place]) and not one.weak and not other.weak
            for p in self.paths(one, lambda steps: 0.0)
            if other.node in p.nodes
        ]
        if not found:
            return None
        *_, node, path = min(found, key=lambda row: row[:5])
        return self.composer.connection(question.text, path, node, path.mention.score)

    def paths(self, mention: Mention, prefer: Callable[[tuple[int, ...]], float]) -> list[Path]:
        """The paths from a name; from a weak one the shortest only."""
        depth = 1 if mention.weak else self.depth
        return paths(self.network, mention, depth=depth, width=self.width, prefer=prefer, likely=self.likelihood)

    def preference(self, question: Question) -> Callable[[tuple[int, ...]], float]:
        """Which paths grow where there are too many: those whose relations the question says."""
        said = [w for w in question.words if w not in STOP_WORDS or w in self.card.asking]
        known: dict[int, float] = {}

        def fit(relation: int) -> float:
            if relation not in known:
                known[relation] = max((likeness(w, self.card.content[relation]) for w in said), default=0.0)
            return known[relation]

        return lambda steps: sum(fit(s // 2) for s in steps) / len(steps)

    def likelihood(self, path: Path) -> float:
        """The score of the likeliest of some links of a path's last hop; 0 without a link scorer."""
        if self.scorer is None:
            return 0.0
        return max((self.scorer.score(*link) for link in links(self.network, path, SCORED)), default=0.0)


def meetings(some: Sequence[Path], others: Sequence[Path]) -> Iterator[Candidate]:
    """Pairs of paths of two names whose ends meet elsewhere than at the names."""
    import numpy as np

    for one in some:
        for other in others:
            nodes = np.intersect1d(one.nodes, other.nodes, assume_unique=True)
            ends = {one.mention.node, other.mention.node}
            if len(nodes) and not set(nodes[:2].tolist()) <= ends:
                widest = max(one.widest, other.widest, len(one.nodes), len(other.nodes))
                yield Candidate((one, other), nodes, widest)
