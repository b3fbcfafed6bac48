"""Training by softmax: what the loss is, and what becomes of entities that nothing is learnt of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from embed_support import graph, kinds

from kgtool.embed import settings
from kgtool.embed.dataset import Dataset, array, without_entities
from kgtool.embed.known import both_ways
from kgtool.embed.softmax import SoftmaxModel
from kgtool.embed.training import Trainer
from kgtool.errors import UsageError

INTERACTIONS = ("complex", "distmult", "rescal", "tucker")


def model(data: Dataset, engine: str, texts: Any = None, free: bool = True, **given: Any) -> SoftmaxModel:
    """One whose scores are not all near zero."""
    made, _ = settings.chosen(
        len(data.entities), len(data.train), {"engine": engine, "dimension": 8, "n3": 0.0, **given}
    )
    torch.manual_seed(0)
    found = SoftmaxModel(data, made, texts, free)
    for weights in found.parameters():
        torch.nn.init.normal_(weights)
    return found


@torch.no_grad()
def loss(made: SoftmaxModel, *queries: int) -> float:
    """Of queries by number; of all when none is named."""
    return float(made.loss(torch.tensor(queries or range(len(made.queries)))))


def ring(entities: int = 9) -> Dataset:
    """Each thing is followed by the next: one answer a query, in both directions."""
    names = tuple(f"e{i}" for i in range(entities))
    facts = array((i, 0, (i + 1) % entities) for i in range(entities))
    return Dataset(names, ("follows",), facts, array(()), array(()))


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_the_loss_of_1vsall_is_the_cross_entropy_of_every_fact(interaction: str) -> None:
    data = graph()
    made = model(data, "1vsall", interaction=interaction)
    facts = both_ways(data.train, len(data.relations))
    scores = torch.from_numpy(made.export()(facts[:, 0], facts[:, 1]))
    wanted = torch.nn.functional.cross_entropy(scores, torch.from_numpy(facts[:, 2]))
    assert made.facts == len(facts) and loss(made) == pytest.approx(float(wanted), rel=1e-4)


def test_shared_with_all_entities_is_1vsall() -> None:
    """With every entity drawn, nothing is scaled up, and the entity asked about competes once."""
    data = ring()
    one, shared = (model(data, engine, **more) for engine, more in (("1vsall", {}), ("shared", {"candidates": 9})))
    for query in range(len(one.queries)):
        assert loss(shared, query) == pytest.approx(loss(one, query), rel=1e-4)


@pytest.mark.parametrize("engine", ["1vsall", "shared"])
def test_each_relation_learns_whether_entities_are_their_own_answers(engine: str) -> None:
    """Facts of two relations: one between neighbours in a ring, one of each entity with itself."""
    facts = array([(i, 0, (i + 1) % 9) for i in range(9)] + [(i, 1, i) for i in range(9)])
    data = Dataset(tuple(f"e{i}" for i in range(9)), ("follows", "equals"), facts, array(()), array(()))
    made, _ = settings.chosen(9, 18, {"engine": engine, "dimension": 8, "epochs": 20, "text": "none"})
    torch.manual_seed(0)
    found = Trainer(SoftmaxModel(data, made), data, made).run()
    follows, equals, followed, equalled = found.loops
    assert max(follows, followed) < 0 < min(equals, equalled)
    scores = found(np.arange(9), np.zeros(9, dtype=np.int64))
    bare = replace(found, loops=np.zeros(0, dtype=np.float32))(np.arange(9), np.zeros(9, dtype=np.int64))
    assert np.allclose(scores - bare, np.eye(9) * follows, atol=1e-5)


def test_an_entity_that_is_its_own_answer_is_no_candidate() -> None:
    data = Dataset(("a", "b"), ("r",), array([(0, 0, 0), (0, 0, 1)]), array(()), array(()))
    made = model(data, "shared", candidates=2)
    assert loss(made, made.queries.tolist().index([0, 0])) == pytest.approx(
        0, abs=1e-6
    )  # both entities are answers: nobody competes


def test_fewer_candidates_estimate_the_same_sum() -> None:
    data = graph()
    every, some = (model(data, "shared", candidates=n) for n in (len(data.entities), 60))
    estimates = [loss(some, *range(40)) for _ in range(60)]
    assert np.mean(estimates) == pytest.approx(loss(every, *range(40)), rel=0.1)


@pytest.mark.parametrize("interaction", ["complex", "distmult"])
def test_the_penalty_is_that_of_the_source(interaction: str) -> None:
    data = ring()
    free, paid = (model(data, "1vsall", interaction=interaction, n3=n3) for n3 in (0.0, 0.5))
    vectors = free.export()
    facts = both_ways(data.train, 1)
    rows = vectors.entities[facts[:, 0]], vectors.relations[facts[:, 1]], vectors.entities[facts[:, 2]]
    sizes = [np.hypot(v[:, :4], v[:, 4:]) if interaction == "complex" else np.abs(v) for v in rows]
    wanted = 0.5 * sum((s**3).sum() for s in sizes) / len(facts)
    assert loss(paid) - loss(free) == pytest.approx(wanted, rel=1e-3)


def test_unseen_entities_do_not_compete_and_are_zero_or_their_text() -> None:
    data = without_entities(graph(), 0)
    texts = kinds(data)
    unseen = np.setdiff1d(np.arange(len(data.entities)), data.train[:, [0, 2]])
    assert len(unseen)
    plain, adapted, text = model(data, "1vsall"), model(data, "1vsall", texts), model(data, "1vsall", texts, free=False)
    assert not np.isin(unseen, plain.seen.numpy()).any()
    assert (plain.export().entities[unseen] == 0).all()
    for made in (adapted, text):
        vectors = made.export()
        assert np.allclose(vectors.entities[unseen], texts.entities[unseen] @ vectors.projection.T, atol=1e-5)
    assert (plain.export().entities[plain.seen.numpy()] != 0).all()


def test_exporting_between_epochs_changes_no_loss() -> None:
    data = without_entities(graph(), 0)
    made = model(data, "1vsall")
    before = loss(made)
    made.export()
    assert loss(made) == before


def test_settings_that_the_softmax_engines_cannot_use() -> None:
    for given in ({"interaction": "transe"}, {"interaction": "complex", "dimension": 7}, {"text": "much"}):
        with pytest.raises(UsageError) as caught:
            settings.chosen(10, 10, {"engine": "1vsall", **given})
        assert caught.value.hint
