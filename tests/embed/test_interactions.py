"""Scores are the same in numpy and torch, and those of PyKEEN where it trained the vectors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from embed_support import graph

from kgtool.embed import interactions, sampled, settings
from kgtool.embed.interactions import Interaction
from kgtool.embed.sampled import PykeenScores
from kgtool.errors import UsageError

D = 8


def drawn(interaction: Interaction) -> tuple[np.ndarray, ...]:
    """Five entities, and relations and a core for the first three."""
    draw = np.random.default_rng(0)
    shapes = (5, D), (3, interaction.width(D)), ((D, D, D) if interaction.core else (0,))
    return tuple(draw.normal(size=shape).astype(np.float32) for shape in shapes)


@pytest.mark.parametrize("name", sorted(interactions.ALL))
def test_numpy_and_torch_agree(name: str) -> None:
    interaction = interactions.named(name)
    arrays = drawn(interaction)
    found = []
    for xp, (entities, relations, core) in ((np, arrays), (torch, tuple(map(torch.from_numpy, arrays)))):
        query = interaction.query(xp, entities[:3], relations, core)
        found.append(np.asarray(interactions.against(xp, interaction, query, entities)))
    assert found[0].shape == (3, 5) and np.allclose(found[0], found[1], atol=1e-4)


@pytest.mark.parametrize("name", ["complex", "distmult", "transe", "rotate"])
def test_a_relation_read_backwards_scores_as_forwards(name: str) -> None:
    interaction = interactions.named(name)
    entities, relations, core = drawn(interaction)
    if name == "rotate":  # of which each number has size 1
        a, b = interactions.halves(relations)
        relations = relations / np.tile(np.sqrt(a**2 + b**2), 2)
    back = interaction.inverse(np, relations)
    for i in range(3):
        there = interaction.query(np, entities, np.tile(relations[i], (5, 1)), core)
        again = interaction.query(np, entities, np.tile(back[i], (5, 1)), core)
        scores = [interactions.against(np, interaction, query, entities) for query in (there, again)]
        assert np.allclose(scores[0], scores[1].T, atol=1e-3)


@pytest.mark.parametrize("name", ["rescal", "tucker"])
def test_an_inverse_that_must_be_learnt_is_not_made_up(name: str) -> None:
    with pytest.raises(ValueError, match="learnt"):
        interactions.named(name).inverse(np, np.zeros((1, D)))


@pytest.mark.parametrize("name", sorted(sampled.OWN))
def test_vectors_taken_over_score_as_pykeen_does(name: str) -> None:
    data = graph()
    made, _ = settings.chosen(
        len(data.entities), len(data.train), {"engine": "sampled", "interaction": name, "dimension": D}
    )
    torch.manual_seed(1)
    model = sampled.pykeen_model(made, len(data.entities), len(data.relations)).eval()
    asked = np.arange(6), np.array([0, 1, 2, 4, 5, 7])
    wanted = PykeenScores(model, made)(*asked)
    with torch.no_grad():
        found = sampled.arrays(name, model)
    assert np.allclose(found(*asked), wanted, atol=2e-3)


@pytest.mark.parametrize("name", ["transh", "mure"])
def test_what_pykeen_alone_can_score_is_kept_as_it_is(name: str) -> None:
    data = graph()
    made, _ = settings.chosen(
        len(data.entities), len(data.train), {"engine": "sampled", "interaction": name, "dimension": D}
    )
    scores = sampled.SampledModel(data, made).eval().export()
    assert isinstance(scores, PykeenScores)
    of, arrays = scores.described(), scores.arrays("structure")
    asked = np.arange(6), np.array([0, 1, 2, 4, 5, 7])
    torch.manual_seed(99)  # what is read does not depend on what is drawn
    assert np.array_equal(PykeenScores.read(of, "structure", arrays)(*asked), scores(*asked))


def test_heads_and_tails_of_one_fact_score_alike() -> None:
    data = graph()
    made, _ = settings.chosen(
        len(data.entities), len(data.train), {"engine": "sampled", "interaction": "transh", "dimension": D}
    )
    scores = sampled.SampledModel(data, made).eval().export()
    h, r, t = data.train[:5].T
    each = np.arange(5)
    assert np.allclose(scores(h, r)[each, t], scores(t, r + len(data.relations))[each, h], atol=1e-5)


def test_unknown_names_are_told_with_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        interactions.named("conve2")
    assert "complex" in caught.value.hint
    made, _ = settings.chosen(10, 10, {"engine": "sampled", "dimension": D})
    for key, value in (("interaction", "nothing"), ("loss", "nothing")):
        with pytest.raises(UsageError, match="PyKEEN has no") as caught:
            sampled.SampledModel(graph(), replace(made, **{key: value}))
        assert caught.value.hint
