"""How far probabilities of links can be trusted: python benchmarks/calibration.py, with KGTOOL_BENCH_DATA set.

For each data set a model is trained with its defaults (structure only), calibrated on ``valid`` as always, and asked
the questions of ``test``, both sides. Judged are the ten best new answers to each: right is what ``test`` has, so that
true answers that the data set lacks count as wrong. Beside it the softmax of the model alone.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from kgtool.embed import dataset, settings, train
from kgtool.embed.calibration import Calibration, Questions, as_queries, best, evenly, logistic
from kgtool.embed.known import Known
from kgtool.embed.model import Model
from kgtool.embed.novel import expected, novel
from kgtool.embed.predict import Predictor

SETS = ("umls", "codex-s")
TOP = 10
ASKED = 2000
BINS = 10
FIGURES = ("ECE", "ECE, softmax", "Brier", "Brier, softmax", "Brier, base rate", "first: said", "first: is")
ABOVE = (0.9, 0.75, 0.5, 0.25)


def trained(name: str) -> Model:
    """A model of a data set by the defaults."""
    data = dataset.read(Path(os.environ["KGTOOL_BENCH_DATA"]) / "kge" / name)
    made, _ = settings.chosen(len(data.entities), len(data.train), {"text": "none"})
    return train.train(data, made, lambda: None, train.Run())


def answers(model: Model) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the best answers to questions of ``test``: probability, that of the model alone, whether they are right."""
    data, relations = model.dataset, len(model.dataset.relations)
    questions = Questions.of(model, data, Known.of(relations, data.train, data.valid))
    held = Known.of(relations, data.test)
    asked = held.queries[evenly(len(held.queries), ASKED)]
    top = best(questions.answers(asked)[1], TOP)
    queries = as_queries(asked, np.repeat(np.arange(len(asked)), TOP), top.ravel())
    right = held.has(queries)
    odds = questions.there_and_back(queries)
    found = Calibration.of(model.row)
    assert found is not None
    return found.probability(odds), logistic(odds[:, 0]), right


def error(sure: np.ndarray, right: np.ndarray) -> float:
    """The expected calibration error: over ten equal bins, the mean difference of probability and share."""
    each = np.minimum((sure * BINS).astype(int), BINS - 1)
    return float(sum(abs(sure[each == b].sum() - right[each == b].sum()) for b in range(BINS)) / len(sure))


def row(name: str, model: Model) -> str:
    """The figures of a data set."""
    sure, alone, right = answers(model)
    first = np.arange(len(sure)) % TOP == 0
    base = right.mean()
    cells = [f"{error(sure, right):.3f}", f"{error(alone, right):.3f}", f"{((sure - right) ** 2).mean():.4f}"]
    cells += [f"{((alone - right) ** 2).mean():.4f}", f"{base * (1 - base):.4f}"]
    cells += [f"{sure[first].mean():.3f}", f"{right[first].mean():.3f}"]
    return f"| {name} | {len(sure) // TOP} | " + " | ".join(cells) + " |"


def links(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Of novel links where the test part is not known: probability, and whether they are in it.

    Probabilities are fitted while it is known, as everything is that a graph states when one predicts.
    """
    data = model.dataset
    by = expected(Predictor(model))
    hidden = Predictor(replace(model, dataset=replace(data, test=data.test[:0])))
    made = list(novel(hidden, 0.0, 10**6, by))
    test = {(data.entities[h], data.relations[r], data.entities[t]) for h, r, t in data.test.tolist()}
    right = [(x.subject_id, x.predicate_id, x.object_id) in test for x in made]
    return np.array([x.probability for x in made]), np.array(right)


def found(name: str, model: Model) -> str:
    """How many novel links are in ``test``, where that is not known, and how many were to be expected."""
    sure, right = links(model)
    told = [f"{right[sure >= a].sum()} of {(sure >= a).sum()} ({sure[sure >= a].sum():.0f})" for a in ABOVE]
    return f"| {name} | {len(model.dataset.test)} | {error(sure, right):.3f} | " + " | ".join(told) + " |"


def main() -> None:
    models = {name: trained(name) for name in sys.argv[1:] or SETS}
    print("| data | questions | " + " | ".join(FIGURES) + " |")
    print("|---|---|" + "---|" * len(FIGURES))
    for name, model in models.items():
        print(row(name, model))
    print("\n| data | facts of test | ECE | " + " | ".join(f"novel at {a}: in test (said)" for a in ABOVE) + " |")
    print("|---|---|---|" + "---|" * len(ABOVE))
    for name, model in models.items():
        print(found(name, model))


if __name__ == "__main__":
    main()
