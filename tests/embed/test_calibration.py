"""Probabilities of links."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kgtool.embed import calibration
from kgtool.embed.calibration import Calibration, Questions, as_links, best, logistic, turned
from kgtool.embed.dataset import Dataset, array
from kgtool.embed.known import Known
from kgtool.embed.model import Model

SCORES = np.array([[0.0, 1.0, 2.0, np.nan], [3.0, 0.5, -1.0, 0.0]], dtype=np.float32)
"""Of four entities as tails and as heads, whatever is asked."""
LOOP = array([(0, 0, 1), (1, 0, 1), (2, 0, 2)])
"""Facts of a relation that may be reflexive."""


def scores(entities: np.ndarray, relations: np.ndarray) -> np.ndarray:
    return SCORES[relations].copy()


def questions(*known: tuple[int, int, int], train: np.ndarray = LOOP) -> Questions:
    data = Dataset(("a", "b", "c", "d"), ("r",), train, array(()), array(()))
    return Questions.of(scores, data, Known.of(1, array(known)))


def test_log_odds_are_against_the_other_new_answers() -> None:
    asked = array([(3, 0, 2), (3, 0, 0), (3, 1, 1)])
    others = [(0, 1), (1, 2), (0, 2, 3)]
    rows = [0, 0, 1]
    wanted = [
        SCORES[row, query[2]] - np.log(np.exp(SCORES[row, list(rest)]).sum())
        for query, rest, row in zip(asked, others, rows, strict=True)
    ]
    assert np.allclose(questions().log_odds(asked), wanted, atol=1e-5)


def test_known_answers_do_not_compete_and_have_odds_of_their_own() -> None:
    odds = questions((3, 0, 2)).log_odds(array([(3, 0, 1), (3, 0, 2)]))
    assert np.allclose(odds, [1 - 0, 2 - np.log(1 + np.exp(1))], atol=1e-5)


def test_a_score_that_is_no_number_and_an_only_answer_stay_in_bounds() -> None:
    odds = questions((3, 0, 0), (3, 0, 1)).log_odds(array([(3, 0, 3), (3, 0, 2)]))
    assert odds[0] == -calibration.FAR and odds[1] > 15


def test_the_entity_asked_about_is_no_answer_where_the_relation_is_never_reflexive() -> None:
    _, new = questions(train=array([(0, 0, 1)])).answers(np.array([[2, 0]]))
    assert np.isneginf(new[0, 2]) and np.isfinite(new[0, 1])
    _, new = questions().answers(np.array([[2, 0]]))
    assert np.isfinite(new[0, 2])


def test_there_and_back_asks_both_ways() -> None:
    query = array([(3, 0, 2)])
    there, back = questions().there_and_back(query)[0]
    assert there == questions().log_odds(query)[0]
    assert back == questions().log_odds(array([(2, 1, 3)]))[0]


def test_turning_twice_changes_nothing_and_links_have_no_reciprocals() -> None:
    queries = array([(0, 0, 1), (2, 3, 1)])
    assert (turned(turned(queries, 2), 2) == queries).all()
    assert as_links(queries, 2).tolist() == [[0, 0, 1], [1, 1, 2]]


def test_best_breaks_ties_by_order() -> None:
    assert best(np.array([[1.0, 3.0, 3.0, 2.0]]), 3).tolist() == [[1, 2, 3]]
    assert best(np.array([[1.0, 3.0]]), 9).tolist() == [[1, 0]]


def test_logistic_regression_finds_the_weights_that_made_the_labels() -> None:
    draw = np.random.default_rng(0)
    features = draw.normal(size=(20_000, 2))
    labels = (draw.random(20_000) < logistic(features @ [2.0, 0.5] - 1)).astype(float)
    found = calibration.logistic_regression(features, labels, np.ones(20_000))
    assert np.allclose(found, [2.0, 0.5, -1.0], atol=0.1)


def test_perfectly_told_apart_weights_stay_finite() -> None:
    features = np.array([[-30.0, -30.0]] * 50 + [[30.0, 30.0]] * 50)
    found = calibration.logistic_regression(features, np.repeat([0.0, 1.0], 50), np.ones(100))
    assert np.isfinite(found).all()


def test_a_trained_model_is_calibrated_and_sure_of_what_is_right(model: Path) -> None:
    found = Model.load(model)
    made = Calibration.of(found.row)
    assert made is not None and made.there > 0
    data = found.dataset
    asked = Questions.of(found, data, Known.of(len(data.relations), data.train, data.valid))
    right = made.probability(asked.there_and_back(data.test))
    wrong = made.probability(asked.there_and_back(data.test[:, [2, 1, 0]]))
    assert right.mean() > 0.5 > wrong.mean() + 0.4


def test_the_same_data_give_the_same_calibration(model: Path) -> None:
    found = Model.load(model)
    made = calibration.fit(found, found.dataset)
    assert made is not None and made.to_json() == found.row["calibration"]


def test_without_held_out_facts_there_is_none(model: Path) -> None:
    found = Model.load(model)
    assert calibration.fit(found, replace(found.dataset, valid=array(()))) is None
    assert Calibration.of({"calibration": None}) is Calibration.of({}) is None


@pytest.mark.parametrize("flat", [0.0, 1.0])
def test_a_model_that_knows_nothing_makes_no_link_less_likely_by_a_better_score(model: Path, flat: float) -> None:
    data = Model.load(model).dataset

    def backwards(entities: np.ndarray, relations: np.ndarray) -> np.ndarray:
        noise = np.random.default_rng(0).normal(size=(len(data.entities),)).astype(np.float32)
        return np.repeat(flat * noise[None], len(entities), axis=0)

    made = calibration.fit(backwards, data)
    assert made is not None and made.there >= 0 and made.back >= 0
