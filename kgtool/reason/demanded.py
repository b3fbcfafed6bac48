"""Answers to questions that are more than a path: a set that paths find, then ranked, filtered or summed up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kgtool.model import Answer
from kgtool.reason.confidence import confidence
from kgtool.reason.constraints import Constraints, Grounding
from kgtool.reason.expand import Candidate, Path, paths
from kgtool.reason.linking import Mention, is_name
from kgtool.reason.operators import NEGATIONS, Demands, operator, read
from kgtool.reason.question import Question, Reading

if TYPE_CHECKING:
    from kgtool.reason.paths import PathReasoner

TRIED = 60
"""Candidates that are tried for what is to be compared, the best first."""
BARE = 0.8
"""How sure an answer is where names and what is compared are all that a question says."""


@dataclass(frozen=True)
class Demanding:
    """Answers what a reasoner's paths alone do not."""

    reasoner: PathReasoner

    def answer(self, question: Question, mentions: Sequence[Mention]) -> Answer | None:
        """An answer, also an abstention; None for a question that a path is to answer."""
        names = [m.place for m in mentions if not m.weak and named(question, m)]
        rest, demands = read(question, names, [m.place for m in mentions], self.reasoner.attributes.says)
        linked = mentions if rest is question else self.reasoner.names.link(rest)
        asked = operator(rest, [m.place for m in linked if not m.weak])
        if asked == "negate":
            return self.negated(rest, linked)
        if not demands or not linked or asked in {"rank", "relate"}:
            return self.reasoner.answer(rest) if rest is not question and not demands and linked else None
        spans = {question_span(question, m): m.node for m in mentions}
        return self.demanded(rest, linked, asked, demands, spans)

    def demanded(
        self,
        question: Question,
        mentions: Sequence[Mention],
        asked: str,
        demands: Demands,
        spans: dict[tuple[int, int, int], int],
    ) -> Answer:
        """The answer of the best candidate that has what is compared."""
        reasoner = self.reasoner

        def nodes(place: tuple[int, int]) -> list[int]:
            return [node for (begin, end, _), node in spans.items() if place[0] <= begin and end <= place[1]]

        grounding = Grounding(reasoner.attributes, nodes)
        for candidate in self.bare(question, mentions, asked, demands):
            if made := grounding.ground(candidate, demands):
                return self.composed(question, "", candidate, BARE, made, asked, demands)
        scorer = reasoner.prepared(question, mentions)
        if not scorer.candidates:
            return reasoner.abstain(question, mentions, None, 0.0)
        matrix = scorer.matrix()
        scores = scorer.scores(matrix)
        order = sorted(range(len(scores)), key=lambda i: -scores[i])[:TRIED]
        tried = [(i, True) for i in order] + [(i, False) for i in order if any(r.named for r in demands.rankings)]
        for best, strict in tried:
            candidate = scorer.candidates[best]
            made = replace(grounding, strict=strict).ground(candidate, demands)
            if not made:
                continue
            sure = confidence(scorer, matrix, scores, best)
            if sure < reasoner.abstain_below:
                return reasoner.abstain(question, mentions, candidate, sure)
            kind = scorer.view(candidate.places).reading.kind
            return self.composed(question, kind, candidate, sure, made, asked, demands)
        return self.missing(question, demands)

    def bare(
        self, question: Question, mentions: Sequence[Mention], asked: str, demands: Demands
    ) -> Iterator[Candidate]:
        """The names themselves, where nothing else is said: 'who is older, A or B', 'is A heavier than 3 kg'."""
        import numpy as np

        places = sorted({m.place for m in mentions})
        if Reading.of(question, places, self.reasoner.card.asking).said and not demands.choice:
            return
        strong = [m for m in mentions if named(question, m)]
        groups = [strong] if demands.choice else [[m] for m in strong] if asked == "ask" or demands.aggregate else []
        for group in groups:
            nodes = np.array(sorted({m.node for m in group}), dtype=np.int64)
            if len(nodes):
                yield Candidate((Path(group[0], (), nodes, len(nodes)),), nodes, len(nodes))

    def composed(
        self,
        question: Question,
        kind: str,
        candidate: Candidate,
        sure: float,
        made: Constraints,
        asked: str,
        demands: Demands,
    ) -> Answer:
        """The answer as its operator has it."""
        composer = self.reasoner.composer
        if made.value:
            found = composer.sum(question.text, kind, candidate, sure, made)
        elif demands.exists or asked == "ask":
            return composer.exists(question.text, kind, candidate, sure, made)
        elif asked == "count":
            return composer.count(question.text, kind, candidate, sure, made)
        else:
            found = composer.answer(question.text, kind, candidate, sure, made)
        if found.answers:
            return found
        return replace(found, abstained=True, reason="nothing in the graph meets what the question asks for")

    def missing(self, question: Question, demands: Demands) -> Answer:
        """Say what the graph has not."""
        said = [*(r.words for r in demands.rankings), *(c.words for c in demands.conditions), *demands.absent]
        said += [demands.summed] if demands.summed else []
        words = ", ".join(f"'{w[0]}'" for w in said if w) or "what is compared"
        reason = f"the graph has nothing for {words} of what the question asks for"
        return Answer(question.text, abstained=True, reason=reason)

    # what is not so

    def negated(self, question: Question, mentions: Sequence[Mention]) -> Answer | None:
        """The members of a class, or of what other names lead to, without those that the negated part leads to.

        None where no such class is named: what is not so is then everything else.
        """
        place = next((i for i, w in enumerate(question.words) if w in NEGATIONS or self.contracted(question, i)), -1)
        reasoner = self.reasoner
        if place < 0 or reasoner.network.type < 0:
            return None
        begin = question.spans[place - 1 if question.words[place] == "t" else place][0]
        end = question.spans[place][1]
        plain = f"{question.plain[:begin]} {question.plain[end:]}"
        positive = replace(Question.parse(plain), text=question.text)
        linked = reasoner.names.link(positive)
        domain = next((p for m in linked if (p := self.members(m))), None)
        asked = operator(positive, [m.place for m in linked if not m.weak])
        if not domain or asked not in {"", "count"}:
            return None
        first, last = positive.spans[domain.mention.begin][0], positive.spans[domain.mention.end - 1][1]
        plain = f"{positive.plain[:first]}{' ' * (last - first)}{positive.plain[last:]}"
        positive = replace(Question.parse(plain), text=question.text)  # what is left is said of what is left out
        linked = reasoner.names.link(positive)
        scorer = reasoner.prepared(positive, linked)
        matrix = scorer.matrix()
        scores = scorer.scores(matrix)
        behind = any(positive.spans[m.begin][0] >= begin for m in linked if m.node != domain.mention.node)
        for best in sorted(range(len(scores)), key=lambda i: -scores[i])[:TRIED]:
            candidate = scorer.candidates[best]
            others = [p for p in candidate.paths if p.mention.node != domain.mention.node]
            without = [p for p in others if not behind or positive.spans[p.mention.begin][0] >= begin]
            if not without or not all(self.meets(p, domain) for p in without):
                continue
            sure = confidence(scorer, matrix, scores, best)
            if sure < reasoner.abstain_below:
                return reasoner.abstain(positive, linked, candidate, sure)
            kept = (domain, *(p for p in others if p not in without))
            whole = Candidate(kept, domain.nodes, domain.widest)
            make = reasoner.composer.count if asked == "count" else reasoner.composer.answer
            return make(question.text, "", whole, sure, Constraints(without=tuple(without)))
        return None

    def contracted(self, question: Question, place: int) -> bool:
        """Whether a word is the end of "isn't"."""
        return question.words[place] == "t" and place > 0 and question.words[place - 1].endswith("n")

    def members(self, mention: Mention) -> Path | None:
        """The path from a class to what is of it; None for what is no class."""
        network = self.reasoner.network
        found = paths(network, mention, depth=1, width=1, prefer=lambda steps: 0.0, likely=lambda path: 0.0)
        return next((p for p in found if p.steps == (2 * network.type + 1,)), None)

    def meets(self, path: Path, domain: Path) -> bool:
        """Whether some members of a class have what a path ends with, so that not having it says something."""
        import numpy as np

        having = self.reasoner.network.sources(path.steps[-1] ^ 1)
        return bool(len(np.intersect1d(having, domain.nodes)))


def named(question: Question, mention: Mention) -> bool:
    """Whether a mention is written as a name: with a capital behind the first word, or a digit among letters."""
    raw = question.raw[mention.begin : mention.end]
    return is_name(" ".join(raw)) and any(c.isalpha() for w in raw for c in w)


def question_span(question: Question, mention: Mention) -> tuple[int, int, int]:
    """Where a mention is in the plain text, and its node."""
    return question.spans[mention.begin][0], question.spans[mention.end - 1][1], mention.node
