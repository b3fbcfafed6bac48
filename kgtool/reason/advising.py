"""The default reasoner with a language model, which chooses among paths; the answers stay what the store gives.

Source: Sun et al., "Think-on-Graph", ICLR 2024. Departures: the model sees whole paths with counts and examples instead
of entities, once instead of at each hop and entity (``stepwise``: once a hop); its scores are added to those of the
words, so that it can lift a path but not invent one; whether it is enough is part of the same answer; where all fails,
the order without a model stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from kgtool.errors import KgtoolError
from kgtool.model import Answer
from kgtool.ports import ModelRequest
from kgtool.reason import inquiries
from kgtool.reason.choice import Choice, Voice, choose, moved
from kgtool.reason.linking import Mention, is_iri
from kgtool.reason.operators import operator
from kgtool.reason.paths import Choosing, PathReasoner
from kgtool.reason.queries import Found, Queries
from kgtool.reason.question import Question
from kgtool.reason.score import Scorer
from kgtool.reason.session import Asking, Session
from kgtool.reason.strategies import following, plan, stepwise, whole

CLEAR = 0.8
"""Confidence from which on a cascade asks no model: of such answers to development questions 91 to 100 % are right."""
UNVERIFIED, KNOWN = 0.3, 0.1
"""Confidence of what a query finds that no path confirms, and of what a model knows."""
SUPPORTED = {"yes": 0.5, "unsure": -0.5, "no": -2.5}
"""What a verifier's word adds to the logit of the confidence."""


@dataclass
class Consultation:
    """One question, put to the reasoner and to its model.

    Args:
        reasoner: whose paths, scores and answers they are.
        question: what is asked.
        answering: the reasoner's way to an answer with a choice among candidates.
        session: the calls.
    """

    reasoner: PathReasoner
    question: Question
    answering: Callable[[Choosing], Answer]
    session: Session
    choice: Choice | None = None
    """What was chosen, where there were candidates."""
    mentions: Sequence[Mention] = field(default_factory=tuple)

    @property
    def asking(self) -> Asking:
        """How the model is asked."""
        return self.reasoner.asking

    @property
    def queries(self) -> Queries:
        """What runs queries."""
        return self.reasoner.composer.queries

    def answer(self) -> Answer:
        """Paths first; where they give no answer, a query that they confirm; else what was allowed beyond them."""
        found = self.answering(self.chosen)
        if not found.abstained and self.asking.verify:
            found = self.verified(found)
        if found.abstained:
            found = self.queried(found)
        if found.abstained and self.asking.parametric:
            found = self.known(found)
        return self.session.told(found)

    def requests(self) -> list[ModelRequest]:
        """What would be asked at most; of a hop that is not known yet, what is asked about the first."""
        asked: list[ModelRequest] = []

        def offline(question: Question, mentions: Sequence[Mention], scorer: Scorer) -> Choice:
            self.mentions = mentions
            found = choose(scorer)
            if not self.is_clear(found):
                if self.asking.strategy == "stepwise":
                    asked.extend([following(question, scorer).request] * self.reasoner.depth)
                else:
                    asked.append(whole(question, scorer).request)
            return found

        found = self.answering(offline)
        if found.abstained and (request := self.query()):
            asked.append(request)
        if not found.abstained and self.asking.verify:
            asked.append(inquiries.verification(found))
        if found.abstained and self.asking.parametric:
            asked.append(inquiries.knowledge(self.question.text))
        return asked

    # the path

    def chosen(self, question: Question, mentions: Sequence[Mention], scorer: Scorer) -> Choice:
        """The choice among candidates: by the scores where they are clear, else with the model's voice."""
        self.mentions = mentions
        self.choice = choose(scorer)
        if not self.is_clear(self.choice):
            if self.asking.strategy == "plan" or any(c.also for c in scorer.candidates):
                voice = plan(self.session, question, scorer)
            else:
                scorer, voice = stepwise(self.session, question, mentions, scorer, self.reasoner)
            if voice:
                self.choice = self.advised(self.choice, choose(scorer, voice))
        return self.choice

    def advised(self, alone: Choice, both: Choice) -> Choice:
        """The choice with a voice; no voice refuses what was sure enough without one, else any name could."""
        bar = self.reasoner.abstain_below
        return replace(both, sure=max(both.sure, bar)) if alone.sure >= bar else both

    def is_clear(self, choice: Choice) -> bool:
        """Whether no model needs to be asked."""
        return self.asking.cascade and choice.sure >= CLEAR

    def verified(self, found: Answer) -> Answer:
        """The answer, more or less sure by what the model says about its triples; refused where that is too little."""
        data = self.session.ask("not checked: answered", inquiries.verification(found)) if found.evidence else None
        if data is None:
            return found
        sure = moved(found.confidence, SUPPORTED[data["supported"]])
        if sure >= self.reasoner.abstain_below:
            return replace(found, confidence=sure)
        reason = f"the model says that the triples found do not support an answer (confidence {sure:.2f})"
        return Answer(found.question, abstained=True, reason=reason, confidence=sure)

    # beyond the path

    def queried(self, refused: Answer) -> Answer:
        """What a query of the model's finds: believed where a path finds the same."""
        request = self.query()
        data = self.session.ask("no query: refused", request) if request else None
        if data is None or not data["query"].strip():
            return refused
        try:
            found = self.queries.run(data["query"])
        except KgtoolError as error:
            self.session.notes.append(f"a query of the model's was not used: {error.message}")
            return refused
        return self.confirmed(found) or self.unverified(refused, found)

    def query(self) -> ModelRequest | None:
        """What asks for a query; None where none is wanted, or the schema card is too long."""
        if not self.asking.queries:
            return None
        mentions = self.mentions or self.reasoner.names.link(self.question)
        if not self.queries.shown:
            return None
        return inquiries.query(self.question.text, self.queries.shown, self.queries.things(mentions))

    def confirmed(self, found: Found) -> Answer | None:
        """The answer of the path that finds the same: the query is a voice for it, as a choice would be."""
        if self.choice is None:
            return None
        asked = operator(self.question)
        scorer = self.choice.scorer
        alike = [self.choice.best] if asked == "count" else same_nodes(scorer, found)
        if not alike or (asked == "count" and not counts(found, self.choice)):
            return None
        choice = choose(scorer, Voice(dict.fromkeys(alike, 1.0)))
        if choice.best not in alike or choice.sure < self.reasoner.abstain_below:
            return None
        return self.reasoner.composed(self.question, asked, self.mentions, choice)

    def unverified(self, refused: Answer, found: Found) -> Answer:
        """What a query finds that no path confirms: given where that is allowed, else said."""
        names = self.reasoner.names
        numbers = self.reasoner.network.numbers
        texts = [str(found.truth).lower()] if found.truth is not None else [
            names.label(numbers[t]) if t in numbers else str(t.value) for t in found.terms
        ]  # fmt: skip
        if not texts or not self.queries.is_of_graph(found.terms):
            return refused
        if not self.asking.unverified:
            hint = "a query of the model's finds something that no path confirms; --allow-unverified gives it"
            return replace(refused, reason=f"{refused.reason}; {hint}")
        iris = tuple(t.value for t in found.terms if is_iri(t))
        text = "Found by a query that the model wrote; no path of the graph confirms it."
        return Answer(
            refused.question, tuple(texts), iris, UNVERIFIED, reason=refused.reason, sparql=found.query, text=text,
            basis="unverified",
        )  # fmt: skip

    def known(self, refused: Answer) -> Answer:
        """What the model knows itself, marked as that; it has seen nothing of the graph."""
        data = self.session.ask("no knowledge: refused", inquiries.knowledge(self.question.text))
        answers = tuple(dict.fromkeys(" ".join(a.split()) for a in data["answers"] if a.strip())) if data else ()
        if not answers or not data["known"]:
            return refused
        text = "From the model's own knowledge; the graph does not hold it."
        return Answer(
            refused.question,
            answers[: inquiries.MOST_KNOWN],
            (),
            KNOWN,
            reason=refused.reason,
            text=text,
            basis="model",
        )


def same_nodes(scorer: Scorer, found: Found) -> list[int]:
    """The candidates that find the same as a query."""
    numbers = scorer.card.network.numbers
    if not found.terms or not all(t in numbers for t in found.terms):
        return []
    nodes = sorted(numbers[t] for t in found.terms)
    return [i for i, c in enumerate(scorer.candidates) if not c.also and c.nodes.tolist() == nodes]


def counts(found: Found, choice: Choice) -> bool:
    """Whether a query finds one number: how many answers the path chosen has."""
    return [str(t.value) for t in found.terms] == [str(len(choice.candidate.nodes))]
