"""Extraction against gold triples: per relation and over all, as it is and balanced, with what a document costs.

The protocol is that of Milosevic and Thielemann, "Comparison of biomedical relationship extraction methods and models
for knowledge graph creation" (arXiv 2201.01647): rules as the baseline, and figures on data as skewed as it is beside
figures on balanced data. ``docs/evaluate.md`` says what the figures mean.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import fsum
from pathlib import Path
from statistics import fmean
from typing import Any

from kgtool import pipeline
from kgtool.calls import Calls
from kgtool.config import Config
from kgtool.evaluate.gold import GoldDocument
from kgtool.evaluate.matching import Marked, Pair, mark, pair, relation
from kgtool.model import Document, Triple

BASELINE = "rules"

Weights = Mapping[str, float]
"""What a gold triple of each relation counts."""


@dataclass(frozen=True)
class Found:
    """What one extractor found in the gold's texts. ``cost`` is that of one document, None when it is not known."""

    name: str
    triples: Sequence[Triple]
    cost: Mapping[str, Any] | None = None
    failed: Mapping[str, str] = field(default_factory=dict)
    baseline: bool = False


@dataclass(frozen=True)
class Score:
    """How much there is in the gold, how much was predicted, and how much of that was right; sums of weights."""

    gold: float
    predicted: float
    right: float

    @property
    def precision(self) -> float:
        """The part of the predicted that is right; 0 when nothing was predicted."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """The part of the gold that was found."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.gold + self.predicted
        return 2 * self.right / total if total else 0.0

    def to_json(self) -> dict[str, float]:
        """The three figures."""
        return {k: round(getattr(self, k), 4) for k in ("precision", "recall", "f1")}


# running


def documents(gold: Iterable[GoldDocument]) -> list[Document]:
    """The gold's texts, named by their identifiers."""
    return [Document(g.id, g.text, g.title) for g in gold]


def run(
    gold: Sequence[GoldDocument],
    config: Config,
    *,
    failed: Callable[[str, str], None] = lambda document, error: None,
    progress: pipeline.Progress = pipeline.silent,
) -> Found:
    """Extract from the gold's texts with the extractor that the settings name; a document that fails has no triples.

    Raises:
        RemoteError: when the endpoint failed for all there was to do.
        BudgetError: when the budget is used up.
    """
    errors: dict[str, str] = {}

    def fail(document: str, error: str) -> None:
        if document not in errors:
            errors[document] = error
            failed(document, error)

    calls = Calls(config, Path(":memory:"))
    begin = time.monotonic()
    triples = list(pipeline.extract(documents(gold), config, calls=calls, failed=fail, progress=progress))
    cost = cost_per_document(calls, time.monotonic() - begin, len(gold))
    name = config.text("extractor")
    return Found(name, triples, cost, errors, baseline=name == BASELINE)


def run_baseline(gold: Sequence[GoldDocument], config: Config, **more: Any) -> Found:
    """The same with the rules extractor; takes what :func:`run` takes."""
    return run(gold, replace(config, values={**config.values, "extractor": BASELINE, "batch": False}), **more)


def cost_per_document(calls: Calls, seconds: float, n: int) -> dict[str, Any]:
    """What one document took on average; ``money`` is None where prices are not set."""
    meter = calls.meter
    priced = meter.limits.prompt_price or meter.limits.completion_price or not (meter.prompt or meter.completion)
    return {
        "seconds": round(seconds / n, 4),
        "calls": round(meter.made / n, 4),
        "cached": round(meter.cached / n, 4),
        "failed": round(meter.failed / n, 4),
        "tokens": {"prompt": round(meter.prompt / n, 4), "completion": round(meter.completion / n, 4)},
        "money": round(meter.cost / n, 8) if priced else None,
    }


# scoring


def score(gold: Sequence[GoldDocument], found: Found, match: str) -> dict[str, Any]:
    """One row: every figure of an extractor against the gold; the keys are in ``docs/evaluate.md``.

    Args:
        gold: the documents with their triples.
        found: what was predicted. Only what is asserted counts, as only that would be published.
        match: ``strict`` or ``relaxed``; see :mod:`kgtool.evaluate.matching`.
    """
    asserted = [t for t in found.triples if t.status == "asserted"]
    marks = marked(gold, asserted, match)
    plain, even = as_is(marks), balanced(marks)
    before, after, pairs = per_relation(marks, plain), per_relation(marks, even), pair_recall(marks)
    predicted = sum(len(m.predicted) for m in marks)
    return {
        "extractor": found.name,
        "models": sorted({t.evidence.model for t in found.triples} - {""}),
        "baseline": found.baseline,
        "predicted": predicted,
        "withheld": len(found.triples) - len(asserted),
        "outside": predicted - sum(int(before[r].predicted) for r in plain),
        "failed": dict(sorted(found.failed.items())),
        "cost": found.cost,
        "triple": {
            "as_is": {"micro": micro(before.values()).to_json(), "macro": macro([before[r] for r in plain])},
            "balanced": {"micro": micro(after.values()).to_json(), "macro": macro([after[r] for r in plain])},
        },
        "pair": {
            "as_is": {"micro": of_pairs(marks, plain).to_json()},
            "balanced": {"micro": of_pairs(marks, even).to_json()},
        },
        "relations": [relation_row(r, before[r], after[r], pairs[r]) for r in plain],
    }


def gold_row(gold: Sequence[GoldDocument]) -> dict[str, int]:
    """How large the gold is: documents, distinct triples, relations."""
    marks = marked(gold, [], "strict")
    return {
        "documents": len(gold),
        "triples": sum(len(m.gold) for m in marks),
        "relations": len(as_is(marks)),
    }


def marked(gold: Sequence[GoldDocument], triples: Iterable[Triple], match: str) -> list[Marked]:
    """Gold and predictions, document by document; triples of other documents are left out."""
    by_document = defaultdict(list)
    for triple in triples:
        by_document[triple.evidence.document].append(triple)
    relations = frozenset(relation(p) for g in gold for _, p, _ in g.triples)
    return [mark(g, by_document[g.id], relations, match) for g in gold]


def support(marks: Sequence[Marked]) -> dict[str, int]:
    """How many gold triples each relation has; the most frequent first."""
    counted = Counter(r for m in marks for _, r, _ in m.gold)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def as_is(marks: Sequence[Marked]) -> Weights:
    """Every gold triple counts one."""
    return dict.fromkeys(support(marks), 1.0)


def balanced(marks: Sequence[Marked]) -> Weights:
    """Every relation counts the same in all, and all of them together what they do as they are."""
    supported = support(marks)
    total = sum(supported.values())
    return {r: total / (len(supported) * n) for r, n in supported.items()}


def per_relation(marks: Sequence[Marked], weights: Weights) -> dict[str, Score]:
    """The score of every relation, gold or only predicted, on triples.

    A prediction weighs what the gold triple weighs that it meets: the one it equals, or else those between the same
    ends. One that meets none weighs 1, for it belongs to no relation of the gold.
    """
    gold, predicted, right = (defaultdict[str, list[float]](list) for _ in range(3))
    for m in marks:
        pairs = weighed_pairs(m, weights)
        for fact in m.gold:
            gold[fact[1]].append(weights[fact[1]])
        for fact in m.predicted:
            hit = fact in m.gold
            weight = weights[fact[1]] if hit else pairs.get(pair(fact), 1.0)
            predicted[fact[1]].append(weight)
            if hit:
                right[fact[1]].append(weight)
    return {r: Score(*(fsum(side[r]) for side in (gold, predicted, right))) for r in {**gold, **predicted}}


def of_pairs(marks: Sequence[Marked], weights: Weights) -> Score:
    """The score on ends alone, whatever the predicate and the direction; a pair weighs the mean of its relations."""
    gold: list[float] = []
    predicted: list[float] = []
    right: list[float] = []
    for m in marks:
        pairs = weighed_pairs(m, weights)
        gold += pairs.values()
        for ends in {pair(f) for f in m.predicted}:
            predicted.append(pairs.get(ends, 1.0))
            if ends in pairs:
                right.append(pairs[ends])
    return Score(fsum(gold), fsum(predicted), fsum(right))


def weighed_pairs(m: Marked, weights: Weights) -> dict[Pair, float]:
    """The pairs of a document's gold triples, and the mean weight of the triples of each."""
    found: dict[Pair, list[float]] = defaultdict(list)
    for fact in m.gold:
        found[pair(fact)].append(weights[fact[1]])
    return {ends: fmean(each) for ends, each in found.items()}


def pair_recall(marks: Sequence[Marked]) -> dict[str, float]:
    """For each relation, the part of its gold triples whose ends stand together in some predicted triple."""
    hits: dict[str, list[bool]] = defaultdict(list)
    for m in marks:
        met = {pair(f) for f in m.predicted}
        for fact in m.gold:
            hits[fact[1]].append(pair(fact) in met)
    return {r: fmean(each) for r, each in hits.items()}


def micro(scores: Iterable[Score]) -> Score:
    """All relations together, those that only a prediction names included."""
    listed = list(scores)
    return Score(*(fsum(getattr(s, k) for s in listed) for k in ("gold", "predicted", "right")))


def macro(scores: Sequence[Score]) -> dict[str, float]:
    """The mean over the relations of the gold, of each of the three figures."""
    return {k: round(fmean(getattr(s, k) for s in scores), 4) for k in ("precision", "recall", "f1")}


def relation_row(name: str, before: Score, after: Score, pairs: float) -> dict[str, Any]:
    """The figures of one relation."""
    counts = {k: int(getattr(before, k)) for k in ("gold", "predicted", "right")}
    own = before.to_json() | {"pair_recall": round(pairs, 4)}
    return {"relation": name, **counts, **own, "balanced": after.to_json()}
