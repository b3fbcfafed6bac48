"""The default reasoner: a beam over relation paths, with whole sets of entities, offline.

Source: Sun et al., "Think-on-Graph", ICLR 2024. Departures: the beam is over relation paths instead of entities, so
that answers are sets; linking is part of it; direction is kept; the answer is what the composed SPARQL gives; a model
is asked only where one is given, and chooses among paths (:mod:`kgtool.reason.advising`); without a justified path it
abstains.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property, partial
from itertools import combinations
from typing import TYPE_CHECKING, Any

from kgtool.model import Answer
from kgtool.ports import Encoder, LanguageModel, LinkScorer, ModelRequest, Store, Trace, silent
from kgtool.reason.anchors import anchored
from kgtool.reason.attributes import Attributes
from kgtool.reason.choice import Choice, choose
from kgtool.reason.compose import Composer
from kgtool.reason.demanded import Demanding
from kgtool.reason.expand import Candidate, Path, absent, links, paths
from kgtool.reason.linking import Mention, Names
from kgtool.reason.matching import Meaning
from kgtool.reason.neighbourhood import Neighbourhood
from kgtool.reason.network import Network
from kgtool.reason.operators import operator
from kgtool.reason.question import AUXILIARIES, Question, overlaps
from kgtool.reason.schema_card import Card
from kgtool.reason.score import Scorer
from kgtool.reason.senses import SAID, likeness
from kgtool.reason.session import Asking, Line
from kgtool.reason.trace import tell_answer, tell_choice, tell_links, tell_paths
from kgtool.reason.variants import LIKELY, varied
from kgtool.store.remote import RemoteStore
from kgtool.words import STOP_WORDS

if TYPE_CHECKING:
    from kgtool.reason.advising import Consultation

BEYOND = {
    "negate": "what is not so, which no path of the graph tells",
    "rank": "the most or least of something, which is not compared yet",
}
"""What is not answered, rather than answered as if those words were not there."""
FALSE = "false"
"""The answer no, which may only say that the fact is told of a short name."""
SCORED = 3
"""Links of a hop that a link scorer is asked about."""
MOST = 300
"""Candidates that are scored."""
UNKNOWN = 0.5
"""Names that the graph has not, from which on a question for yes or no is not answered by what else it says."""
VAGUE = 0.15
"""How far a word may be from what it is taken for, for what is not there to be denied."""
FEW = 1 / 3
"""Functionality from which on what something has of a relation is taken to be all that it has: three on average."""
ENOUGH = 5
"""Facts of a relation from which on they tell that."""
MISSING = 40
"""Paths of a name that are not there which are scored."""
MEETING = 24
"""Paths of each of two names that are tried for a common end, and how many hops they may have."""
MEETING_DEPTH = 2

Choosing = Callable[[Question, Sequence[Mention], Scorer], Choice]
"""Makes the choice among the candidates of a question."""


def by_scores(question: Question, mentions: Sequence[Mention], scorer: Scorer) -> Choice:
    """The choice without a model."""
    return choose(scorer)


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
        calibration: Callable[[float], float] | None = None,
        model: LanguageModel | None = None,
        asking: Asking | None = None,
    ) -> None:
        self.store = store
        self.width = width
        self.depth = depth
        self.abstain_below = abstain_below
        self.scorer = scorer
        self.calibration = calibration
        self.meaning = Meaning(encoder)
        self.line = Line(model) if model else None
        self.asking = asking or Asking()

    @cached_property
    def names(self) -> Names:
        """The names of the graph, read once per store; relations that lead to names are no hops."""
        network = Network.of(self.store)
        names = Names.of(self.store, network)
        naming = names.naming()
        if naming:
            names = names.over(network.without(naming), naming)
        names.network = names.network.fused(names.nameless)
        return names

    @property
    def network(self) -> Network:
        """The facts without those that only name something."""
        return self.names.network

    @cached_property
    def card(self) -> Card:
        """The schema card, read once per store."""
        return Card(self.store, self.network, self.names.label)

    @cached_property
    def attributes(self) -> Attributes:
        """What has numbers and dates, read once per store."""
        return Attributes(self.network, self.names, self.card)

    @cached_property
    def composer(self) -> Composer:
        """What makes answers of paths."""
        return Composer(self.store, self.network, self.names, self.card)

    @cached_property
    def neighbourhood(self) -> Neighbourhood | None:
        """What fetches the facts around a question, where the store is behind an endpoint."""
        return Neighbourhood(self) if isinstance(self.store, RemoteStore) else None

    def around(self, question: Question, depth: int, entities: Sequence[str] = ()) -> PathReasoner:
        """This reasoner, or one over what lies around the names of a question, where the store is behind an endpoint.

        Raises:
            RemoteError: when the endpoint fails.
        """
        return self.neighbourhood.around(question, depth, entities) if self.neighbourhood else self

    def over(self, store: Store) -> PathReasoner:
        """The same reasoner over another store."""
        made = copy(self)
        for read in ("names", "card", "attributes", "composer", "neighbourhood"):
            made.__dict__.pop(read, None)
        made.store = store
        return made

    def reason(self, question: str, *, entities: Sequence[str] = (), trace: Trace = silent) -> Answer:
        """Answer a question; see :class:`kgtool.ports.Reasoner`."""
        start = time.monotonic()
        parsed = Question.parse(question)
        near = self.around(parsed, self.depth, entities)
        found = near.by_other_names(parsed, near.respond(parsed, entities, trace), trace)
        found = replace(found, seconds=round(time.monotonic() - start, 3), reasoner="paths")
        tell_answer(trace, found)
        return found

    def by_other_names(self, question: Question, found: Answer, trace: Trace) -> Answer:
        """What is found by other names of what is named, where nothing was; see :mod:`kgtool.reason.variants`."""
        if not found.abstained and found.answers != (FALSE,):
            return found
        mentions = varied(self.store, self.names, self.names.link(question))
        again = self.answer(question, given=mentions, trace=trace) if mentions else found
        if again.abstained or again.answers == (FALSE,) or again.confidence * LIKELY < self.abstain_below:
            return found
        return replace(again, confidence=round(again.confidence * LIKELY, 3))

    def respond(self, question: Question, entities: Sequence[str], trace: Trace) -> Answer:
        """The answer, with the model's voice where there is a model."""
        advised = self.advised(question, entities, trace)
        return advised.answer() if advised else self.answer(question, by_scores, entities, trace)

    def requests(self, question: str) -> list[ModelRequest]:
        """What a model would be asked about a question at most; nothing is sent."""
        parsed = Question.parse(question)
        advised = self.around(parsed, self.depth).advised(parsed)
        return advised.requests() if advised else []

    def advised(self, question: Question, entities: Sequence[str] = (), trace: Trace = silent) -> Consultation | None:
        """The question as one that a model is asked about too; None without a model."""
        if self.line is None:
            return None
        from kgtool.reason.advising import Consultation

        answering = partial(self.answer, question, entities=entities, trace=trace)
        return Consultation(self, question, answering, self.asking.session(self.line, trace))

    def answer(
        self,
        question: Question,
        choosing: Choosing = by_scores,
        entities: Sequence[str] = (),
        trace: Trace = silent,
        given: Sequence[Mention] = (),
    ) -> Answer:
        """Link, unless mentions are given, search, score, choose, judge, and compose."""
        mentions = list(given) or anchored(self.names, question, self.names.link(question), entities)
        tell_links(trace, question, self.names, mentions)
        if not mentions:
            nearest = self.names.nearest(question)
            known = f"; the nearest names are: {', '.join(nearest)}" if nearest else ""
            return Answer(question.text, abstained=True, reason=f"no name of the graph is in the question{known}")
        if found := Demanding(self).answer(question, mentions):
            return found
        asked = operator(question, [m.place for m in mentions if not m.weak])
        if asked in BEYOND:
            return Answer(question.text, abstained=True, reason=f"the question asks for {BEYOND[asked]}")
        if asked == "relate" and (related := self.connection(question, mentions)):
            return related
        pairs = list(self.pairs(question, mentions)) if asked == "ask" else []
        scorer = self.prepared(question, mentions, pairs, trace)
        if not scorer.candidates:
            return self.abstain(question, mentions, None, 0.0)
        choice = choosing(question, mentions, scorer)
        if self.calibration:
            choice = replace(choice, sure=self.calibration(choice.sure))
        tell_choice(trace, self.names, choice, self.verbalised)
        if choice.sure < self.abstain_below:
            return self.abstain(question, mentions, choice.candidate, choice.sure)
        return self.composed(question, asked, mentions, choice)

    def composed(self, question: Question, asked: str, mentions: Sequence[Mention], choice: Choice) -> Answer:
        """The answer that a choice gives."""
        chosen = choice.candidate
        kind = choice.scorer.view(chosen.places).reading.kind
        if chosen.also:
            others = [m.node for m in mentions if m.place in chosen.also]
            vague = float(choice.scorer.view(chosen.places).vague(chosen).max(initial=0.0)) > VAGUE
            reached = set(others) & set(chosen.nodes.tolist())
            if not reached and (vague or not self.complete(chosen.paths[0], others)):
                return self.unknown(question, chosen, others)
            return self.composer.ask(question.text, chosen, others, choice.sure)
        if asked == "ask":
            if choice.scorer.features(chosen)["capitals"] > UNKNOWN:
                return self.abstain(question, mentions, chosen, 0.0)
            return self.composer.exists(question.text, kind, chosen, choice.sure)
        make = self.composer.count if "count" in {asked, choice.operator} else self.composer.answer
        return make(question.text, kind, chosen, choice.sure)

    def complete(self, path: Path, others: Sequence[int]) -> bool:
        """Whether the graph can be taken to know all that a path leads to, so that what it does not lead to is not so.

        A graph that knows one place where someone was born knows all; one that knows someone who was born there does
        not. So the end from which the path leads to fewer must have something (the partial completeness assumption;
        Galárraga et al., "AMIE", WWW 2013, section 5.2). In a graph that no texts stand behind it is enough that it
        leads to few: such graphs are made to be complete, texts tell what they tell.

        Args:
            path: from one of the two names.
            others: the nodes of the other one.
        """
        import numpy as np

        back = [s ^ 1 for s in reversed(path.steps)]
        told = self.composer.has_provenance
        if told and min(self.card.facts[s // 2] for s in path.steps) < ENOUGH:
            return False
        few = self.network.functionality(path.steps)
        if (few >= FEW and not told) or few >= self.network.functionality(back):
            return True
        nodes = np.array(sorted(others))
        for step in back:
            nodes = self.network.walk(nodes, step)
        return bool(len(nodes))

    def unknown(self, question: Question, candidate: Candidate, others: Sequence[int]) -> Answer:
        """Say that the graph tells neither yes nor no."""
        names = ", ".join(dict.fromkeys(self.names.label(n) for n in others))
        reason = f"the graph does not say so, and knows too little of {names} to deny it"
        return Answer(question.text, abstained=True, reason=f"{reason}; looked {self.verbalised(candidate)}")

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
            candidates.sort(key=lambda c: (-max(prefer(p.steps) for p in c.paths), max(len(p.steps) for p in c.paths)))
            candidates = candidates[:MOST]
        places = sorted({m.place for m in mentions})
        missing = [] if given else list(self.missing(question, candidates))
        return Scorer(question, self.card, self.names, self.meaning, places, candidates, missing)

    def missing(self, question: Question, candidates: Sequence[Candidate]) -> Iterator[Candidate]:
        """The paths that are not there, though the graph has the like elsewhere and the question asks for them."""
        prefer = self.preference(question)
        said = {r for r in range(len(self.network.relations)) if prefer((2 * r,)) >= SAID}
        found: dict[Mention, list[Path]] = {}
        there = set()  # also from another thing that may be meant
        for candidate in candidates:
            if len(candidate.paths) == 1:
                path = candidate.paths[0]
                found.setdefault(path.mention, []).append(path)
                there.add(self.told(path))
        for mention, some in found.items():
            if not mention.weak:
                gone = absent(self.network, [p for p in some if len(p.steps) < self.depth], self.card.traits, said)
                gone = [p for p in gone if self.told(p) not in there]
                yield from (Candidate((p,), p.nodes, p.widest) for p in gone[:MISSING])

    def told(self, path: Path) -> tuple[Any, ...]:
        """What a path is, whichever thing of the name it is from, and however its last relation is put."""
        last = self.card.words[path.steps[-1] // 2] - AUXILIARIES
        return path.mention.place, path.steps[:-1], path.steps[-1] % 2, last

    def abstain(self, question: Question, mentions: Sequence[Mention], best: Candidate | None, sure: float) -> Answer:
        """Say what was looked at and what is missing."""
        names = ", ".join(dict.fromkeys(m.name for m in mentions))
        tried = f"; the nearest path is {self.verbalised(best)} (confidence {sure:.2f})" if best else ""
        reason = f"the graph knows {names}, but nothing there that the question asks for{tried}"
        return Answer(question.text, abstained=True, reason=reason, confidence=sure)

    def verbalised(self, candidate: Candidate) -> str:
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
        """The shortest path between two names, of those the one by the fewest nodes; None where none is found.

        What only shares a number or a date is not connected.
        """
        found = [
            (len(p.steps), p.widest, p.steps, p.mention, other.node, p)
            for one, other in combinations(mentions, 2)
            if not overlaps(one.place, [other.place]) and not one.weak and not other.weak
            for p in self.paths(one, lambda steps: 0.0)
            if other.node in p.nodes and not any(self.attributes.of_relation(s // 2) for s in p.steps[:-1])
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
