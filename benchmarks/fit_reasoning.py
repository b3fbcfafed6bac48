"""Fits the weights of kgtool/reason/score.py and kgtool/reason/confidence.py on development questions.

usage: python benchmarks/fit_reasoning.py [--n 300] [--seed 11] [--drop FEATURE,FEATURE]

Paths: a linear model whose softmax over the candidates of a question is to prefer those with the best F1; every weight
has the sign that its meaning gives it. Each family of sets (one graph each) counts as its weight below. Printed for
each: the F1 of the chosen path with weights fitted on all sets, and with weights fitted on the other graphs alone; with
--drop without some features. Confidence: a logistic model of answers that are right, among them questions whose facts
were taken out of the graph and questions made for the other graphs, about names of this one, with and without the
encoder. Needs KGTOOL_BENCH_DATA.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from reasoning_data import SETS, Row, f1, facts, labels, last_facts, questions, store, without
from scipy.optimize import minimize

from kgtool import encode
from kgtool.reason import confidence, score
from kgtool.reason.paths import PathReasoner
from kgtool.reason.question import Question

STRENGTH = 3e-3
KINDS = {"own": 1.0, "lost": 0.7, "foreign": 0.2}
"""What the questions count that have their answer, have lost it, and were made for another graph."""
FOREIGN = 3
"""How many questions of a set there are for one that was made for another graph."""
SHARE = {
    "MetaQA 1-hop": 1.0, "MetaQA 2-hop": 1.0, "MetaQA 3-hop": 1.0, "PathQuestion-2H": 1.5,
    "WC2014 P1": 0.6, "WC2014 P2": 0.6, "WC2014 C": 0.8,
}  # fmt: skip
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """A question's candidates: their features and the F1 of their nodes."""

    name: str
    matrix: Array
    right: Array


def asked(reasoner: PathReasoner, name: str, row: Row) -> Asked:
    """The candidates of a question."""
    question = Question.parse(row["question"])
    scorer = reasoner.prepared(question, reasoner.names.link(question))
    right = [f1(row["answers"], labels(reasoner, c)) for c in scorer.candidates]
    return Asked(name, scorer.matrix(), np.array(right))


def bounds(names: tuple[str, ...], weights: dict[str, float]) -> list[tuple[float | None, float | None]]:
    """The sign that each weight keeps."""
    return [(0.0, None) if weights[n] >= 0 else (None, 0.0) for n in names]


def fit(rows: list[Asked], columns: list[int]) -> Array:
    """The weights of some features."""
    usable = [r for r in rows if len(r.right) and r.right.max() > 0.5]
    spread = np.concatenate([r.matrix for r in usable])[:, columns].std(axis=0) + 1e-9
    sizes = [len(r.right) for r in usable]
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    table = np.concatenate([r.matrix[:, columns] / spread for r in usable])
    best = np.concatenate([r.right >= r.right.max() - 1e-6 for r in usable]).astype(float)
    counts = {name: sum(r.name == name for r in usable) for name in SETS}
    share = np.array([SHARE[r.name] / counts[r.name] for r in usable])
    share /= share.sum()

    def loss(weights: Array) -> tuple[float, Array]:
        scores = table @ weights
        top = np.maximum.reduceat(scores, first)
        power = np.exp(scores - np.repeat(top, sizes))
        total = np.add.reduceat(power, first)
        good = np.add.reduceat(power * best, first) + 1e-300
        pull = power * best / np.repeat(good, sizes) - power / np.repeat(total, sizes)
        gradient = (pull * np.repeat(share, sizes)) @ table
        return -(share @ np.log(good / total)) + STRENGTH * weights @ weights, -gradient + 2 * STRENGTH * weights

    signs = bounds(tuple(score.FEATURES[c] for c in columns), dict(score.WEIGHTS))
    found = minimize(loss, np.zeros(len(columns)), jac=True, method="L-BFGS-B", bounds=signs).x
    return np.asarray(found / spread)


def judge(rows: list[Asked], columns: list[int], weights: Array) -> float:
    """Mean F1 of the candidates chosen."""
    chosen = [r.right[int((r.matrix[:, columns] @ weights).argmax())] if len(r.right) else 0.0 for r in rows]
    return float(np.mean(chosen))


def fit_paths(rows: list[Asked], drop: set[str]) -> None:
    """Print weights and figures."""
    columns = [i for i, name in enumerate(score.FEATURES) if name not in drop]
    weights = fit(rows, columns)
    for column, weight in zip(columns, weights, strict=True):
        print(f'    "{score.FEATURES[column]}": {weight:.2f},')
    print("| data | F1 | fitted on the other graphs |\n|---|---|---|")
    for name, (graph, _) in SETS.items():
        own = [r for r in rows if r.name == name]
        other = fit([r for r in rows if SETS[r.name][0] != graph], columns)
        print(f"| {name} | {judge(own, columns, weights):.3f} | {judge(own, columns, other):.3f} |")


def fit_confidence(rows: list[tuple[dict[str, float], bool, str]]) -> None:
    """Print the weights of the confidence; rows are parts, whether the answer is right, and a group of equal weight."""
    names = tuple(confidence.WEIGHTS)
    table = np.array([[parts[n] for n in names] for parts, _, _ in rows])
    right = np.array([r for _, r, _ in rows], dtype=float)
    groups = [g for _, _, g in rows]
    share = np.array([KINDS[g.split()[-1]] / groups.count(g) for g in groups])
    fixed = np.array([confidence.FIXED.get(n, 0.0) for n in names])
    given = table @ fixed
    share /= share.sum()
    spread = table.std(axis=0) + 1e-9

    def loss(weights: Array) -> tuple[float, Array]:
        chance = 1 / (1 + np.exp(-(table / spread @ weights[:-1] + weights[-1] + given)))
        error = share * (chance - right)
        told = right * np.log(chance + 1e-12) + (1 - right) * np.log(1 - chance + 1e-12)
        inner = weights[:-1]
        gradient = np.concatenate([error @ (table / spread) + 2e-3 * inner, [error.sum()]])
        return -(share @ told) + 1e-3 * inner @ inner, gradient

    free = bounds(names, dict(confidence.WEIGHTS))
    signs = [*((0.0, 0.0) if f else b for f, b in zip(fixed, free, strict=True)), (None, None)]
    found = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B", bounds=signs).x
    for name, weight in zip(names, found[:-1] / spread + fixed, strict=True):
        print(f'    "{name}": {weight:.2f},')
    print(f"BIAS = {found[-1]:.2f}")


def judged(reasoner: PathReasoner, row: Row, gold: list[str]) -> tuple[dict[str, float], bool] | None:
    """The parts of the confidence of a question's best candidate, and whether it is right; None without candidates."""
    question = Question.parse(row["question"])
    scorer = reasoner.prepared(question, reasoner.names.link(question))
    if not scorer.candidates:
        return None
    matrix = scorer.matrix()
    scores = scorer.scores(matrix)
    best = int(scores.argmax())
    return confidence.parts(scorer, matrix, scores, best), f1(gold, labels(reasoner, scorer.candidates[best])) > 0.5


def foreign(name: str, n: int, seed: int) -> Iterator[Row]:
    """Questions of the sets of other graphs, each about a name of this one: what they ask for is not in it."""
    draw = random.Random(seed)
    own = [topic for row in questions(name, n, seed) for topic in row["topic_entities"]]
    others = [other for other, (graph, _) in SETS.items() if graph != SETS[name][0]]
    for other in others:
        for row in questions(other, n, seed)[: n // len(others) // FOREIGN]:
            topic = row["topic_entities"][0]
            if len(row["topic_entities"]) == 1 and topic in row["question"]:
                yield {"question": row["question"].replace(topic, draw.choice(own)), "answers": []}


def main() -> None:
    """Fit both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=300)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--drop", default="")
    args = parser.parse_args()
    rows: list[Asked] = []
    sure: list[tuple[dict[str, float], bool, str]] = []
    for name, (graph, _) in SETS.items():
        quads = facts(graph)
        for encoder in (encode.chosen("auto"), None):
            whole = PathReasoner(store(quads), encoder=encoder)
            some = questions(name, args.n, args.seed)
            rows += [asked(whole, name, row) for row in some] if encoder else []
            gone = {row["id"]: last_facts(whole, row) for row in some[: args.n // 2]}
            cut = PathReasoner(store(without(quads, {f for found in gone.values() for f in found})), encoder=encoder)
            for row in some:
                lost = bool(gone.get(row["id"]))
                found = judged(cut, row, []) if lost else judged(whole, row, row["answers"])
                if found:
                    sure.append((*found, f"{name} {encoder is None} {'lost' if lost else 'own'}"))
            for row in foreign(name, args.n, args.seed):
                if found := judged(whole, row, []):
                    sure.append((*found, f"{name} {encoder is None} foreign"))
    fit_paths(rows, set(args.drop.split(",")))
    fit_confidence(sure)


if __name__ == "__main__":
    main()
