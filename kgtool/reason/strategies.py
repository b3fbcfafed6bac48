"""How a model's voice is had: whole paths in one call (plan), or the relations of all beams in one call a hop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from kgtool.llm.prompts import Prompt
from kgtool.ports import ModelRequest
from kgtool.reason import inquiries, showing
from kgtool.reason.choice import Voice, liftable, ranked
from kgtool.reason.expand import Candidate, Path, can_grow, grow
from kgtool.reason.linking import Mention
from kgtool.reason.paths import PathReasoner, meetings
from kgtool.reason.question import KINDS, OPEN, Question, overlaps
from kgtool.reason.score import Scorer
from kgtool.reason.session import Session

WHAT = "chosen"
GROWN = 300
"""Most paths of a hop that are scored before the best of them are shown."""


@dataclass(frozen=True)
class Options:
    """Numbered lines with the candidates behind them."""

    request: ModelRequest
    ids: list[int]
    """Of each line."""
    candidates: list[int]
    """Number of the candidate of each line."""


def whole(question: Question, scorer: Scorer) -> Options:
    """The candidates that a model's voice could make the best, as what is asked about them; no other is shown."""
    return options(inquiries.CHOOSE, question, scorer, liftable(scorer, inquiries.OPTIONS))


def following(question: Question, scorer: Scorer) -> Options:
    """The best candidates of a hop, as what is asked about them: also what leads to the answer only later."""
    return options(inquiries.HOP, question, scorer, ranked(scorer.scores(scorer.matrix()), inquiries.OPTIONS))


def options(prompt: Prompt, question: Question, scorer: Scorer, best: list[int]) -> Options:
    """Some candidates of a question, the best first, as what is asked about them."""
    lines = [showing.option(scorer.card, scorer.names, scorer.candidates[n], goals(scorer, n)) for n in best]
    ids = inquiries.numbers(question.text, lines)
    return Options(inquiries.choice(prompt, question.text, lines), ids, best)


def goals(scorer: Scorer, number: int) -> list[str]:
    """What a candidate is to lead to, in the words of the question."""
    raw = scorer.question.raw
    return [" ".join(raw[begin:end]) for begin, end in scorer.candidates[number].also]


def plan(session: Session, question: Question, scorer: Scorer) -> Voice | None:
    """One call about the best whole paths; None where it fails."""
    if not scorer.candidates:
        return None
    shown = whole(question, scorer)
    data = session.ask(WHAT, shown.request)
    return None if data is None else heard(question, data, shown)


def heard(question: Question, data: Any, shown: Options) -> Voice:
    """A model's answer about options."""
    scores = {shown.candidates[line]: score for line, score in inquiries.kept(data, shown.ids).items()}
    return Voice(scores, data["enough"], operator(question, data["op"]))


def operator(question: Question, said: str) -> str:
    """What a model says is to be done: a count, unless the question asks for persons, places, dates, or which."""
    names_kind = any(w in KINDS or (w in OPEN and w != "many") for w in question.words)
    return said if said == "count" and not names_kind else ""


def stepwise(
    session: Session, question: Question, mentions: Sequence[Mention], scorer: Scorer, reasoner: PathReasoner
) -> tuple[Scorer, Voice | None]:
    """One call a hop, about what all beams can grow by.

    Returns:
        a scorer with the paths of the last hop that was answered besides those it had, and the voice about them; None
        where not even the first hop was answered.
    """
    import numpy as np

    strong = [m for m in mentions if not m.weak] or mentions
    beams = [Path(m, (), np.array([m.node]), 1) for m in strong]
    found: tuple[Scorer, Voice] | None = None
    for _ in range(reasoner.depth):
        grown = [path for beam in beams for path in grow(reasoner.network, beam)]
        hop = replace(scorer, candidates=preferred(grown, question, reasoner), _views={})
        if not hop.candidates:
            break
        shown = following(question, hop)
        data = session.ask(WHAT, shown.request)
        if data is None:
            break
        voice = heard(question, data, shown)
        kept = [(hop.candidates[n].paths[0], score) for n, score in voice.scores.items()]
        found = joined(scorer, kept, voice)
        beams = [p for p, _ in kept if can_grow(reasoner.network, p)]
        if voice.enough or not beams:
            break
    return found or (scorer, None)


def preferred(grown: Sequence[Path], question: Question, reasoner: PathReasoner) -> list[Candidate]:
    """The paths of a hop as candidates; of too many those whose relations the question says."""
    prefer = reasoner.preference(question)
    best = sorted(grown, key=lambda p: -prefer(p.steps))[:GROWN] if len(grown) > GROWN else grown
    return [Candidate((p,), p.nodes, p.widest) for p in best]


Kept = Sequence[tuple[Path, float]]
"""Paths that a model keeps, with its scores."""


def joined(scorer: Scorer, kept: Kept, voice: Voice) -> tuple[Scorer, Voice]:
    """A scorer that has the paths kept, and those of two names that meet; with the voice about them."""
    candidates = list(scorer.candidates)
    known = {key(c): n for n, c in enumerate(candidates)}
    scores: dict[int, float] = {}
    for candidate, score in said(kept):
        number = known.setdefault(key(candidate), len(candidates))
        if number == len(candidates):
            candidates.append(candidate)
        scores[number] = score
    return replace(scorer, candidates=candidates, _views={}), replace(voice, scores=scores)


def said(kept: Kept) -> Iterator[tuple[Candidate, float]]:
    """The paths kept, and the pairs of them that meet, which have the mean of their scores."""
    for path, score in kept:
        yield Candidate((path,), path.nodes, path.widest), score
    for (one, its), (other, theirs) in combinations(kept, 2):
        if not overlaps(one.mention.place, [other.mention.place]):
            for both in meetings([one], [other]):
                yield both, (its + theirs) / 2


def key(candidate: Candidate) -> tuple[Any, ...]:
    """What a candidate is, whatever it reaches."""
    return tuple((p.mention, p.steps) for p in candidate.paths), candidate.also
