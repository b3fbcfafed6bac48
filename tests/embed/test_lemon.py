"""The sampler, in PyKEEN's own pipeline and by its properties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pykeen.hpo import hpo_pipeline
from pykeen.pipeline import pipeline
from pykeen.sampling import BernoulliNegativeSampler, negative_sampler_resolver
from pykeen.sampling.filtering import filterer_resolver
from pykeen.triples import TriplesFactory

from kgtool.embed import lemon
from kgtool.embed.filtering import ExactFilterer
from kgtool.embed.lemon import LemonNegativeSampler
from kgtool.embed.neighbourhoods import clustered
from kgtool.errors import UsageError

PEOPLE = 40


def graph(seed: int = 0) -> TriplesFactory:
    """People who are born in towns, live in them and know each other."""
    random = np.random.default_rng(seed)
    rows = [(f"person{i}", "born_in", f"town{random.integers(6)}") for i in range(PEOPLE)]
    rows += [(f"person{i}", "lives_in", f"town{random.integers(6)}") for i in range(PEOPLE)]
    rows += [(f"person{a}", "knows", f"person{b}") for a, b in random.integers(PEOPLE, size=(120, 2))]
    return TriplesFactory.from_labeled_triples(np.array(rows, dtype=str))


def vectors(triples: TriplesFactory) -> np.ndarray:
    """Invented text vectors: people in one heap, towns in the other."""
    random = np.random.default_rng(1)
    kinds = [1.0 if label.startswith("town") else -1.0 for _, label in sorted(triples.entity_id_to_label.items())]
    return (random.normal(size=(len(kinds), 8)) + 4 * np.array(kinds)[:, None]).astype(np.float16)


def sampler(triples: torch.Tensor, entities: int, relations: int, **kwargs: Any) -> LemonNegativeSampler:
    return LemonNegativeSampler(
        mapped_triples=triples, num_entities=entities, num_relations=relations, **({"num_negs_per_pos": 8} | kwargs)
    )


@st.composite
def graphs(draw: st.DrawFn) -> tuple[torch.Tensor, int, int, np.ndarray]:
    """Triples, numbers of entities and relations, and text vectors, some of them zero."""
    entities, relations = draw(st.integers(2, 9)), draw(st.integers(1, 3))
    ids = st.tuples(st.integers(0, entities - 1), st.integers(0, relations - 1), st.integers(0, entities - 1))
    triples = draw(st.lists(ids, min_size=1, max_size=40, unique=True))
    rows = draw(st.lists(st.sampled_from([0.0, 1.0, 2.0, 5.0]), min_size=3 * entities, max_size=3 * entities))
    return torch.tensor(triples), entities, relations, np.array(rows, dtype=np.float16).reshape(entities, 3)


OPTIONS = st.fixed_dictionaries(
    {
        "p_text": st.sampled_from([0.0, 0.3, 1.0]),
        "anchor": st.sampled_from(["replaced", "kept"]),
        "sides": st.sampled_from(["bernoulli", "uniform"]),
        "neighbourhood": st.sampled_from(["clusters", "nearest"]),
        "union": st.integers(1, 3),
        "warm_up": st.sampled_from([0.0, 2.0]),
    }
)


@given(graphs(), OPTIONS, st.integers(0, 99))
def test_what_is_valid_is_never_known_and_one_entity_differs(
    made: tuple[torch.Tensor, int, int, np.ndarray], options: dict[str, Any], seed: int
) -> None:
    triples, entities, relations, texts = made
    torch.manual_seed(seed)
    negatives, valid = sampler(triples, entities, relations, text_vectors=texts, **options).sample(triples)
    assert negatives.shape == (len(triples), 8, 3)
    kept = negatives if valid is None else negatives[valid]
    known = {tuple(t) for t in triples.tolist()}
    assert not known & {tuple(t) for t in kept.reshape(-1, 3).tolist()}
    assert int(negatives.min()) >= 0 and int(negatives[..., [0, 2]].max()) < entities
    changed = negatives != triples[:, None]
    assert not changed[..., 1].any()
    told = changed if valid is None else changed[valid]
    assert (told.sum(dim=-1) == 1).all()
    if valid is not None:
        assert all(tuple(t) in known for t in negatives[~valid].tolist())


@given(graphs(), st.sampled_from(["replaced", "kept"]), st.sampled_from(["clusters", "nearest"]), st.integers(0, 99))
def test_with_p_text_1_all_come_from_the_pool_of_the_anchor(
    made: tuple[torch.Tensor, int, int, np.ndarray], anchor: str, neighbourhood: str, seed: int
) -> None:
    triples, entities, relations, texts = made
    torch.manual_seed(seed)
    own = sampler(
        triples, entities, relations, text_vectors=texts, p_text=1.0, anchor=anchor, neighbourhood=neighbourhood
    )
    negatives, valid = own.sample(triples)
    for i, j in np.ndindex(*negatives.shape[:2]):
        if valid is None or valid[i, j]:
            side = 0 if negatives[i, j, 0] != triples[i, 0] else 2
            at = int(triples[i, side if anchor == "replaced" else 2 - side])
            pool = own.members[own.starts[at] : own.starts[at] + own.sizes[at]].tolist()
            assert not pool or int(negatives[i, j, side]) in pool
            assert bool(pool) or not texts[at].any() or (texts.any(axis=1).sum() < 2)


@given(graphs(), OPTIONS, st.integers(0, 99))
@settings(max_examples=30)
def test_equal_seeds_give_equal_negatives(
    made: tuple[torch.Tensor, int, int, np.ndarray], options: dict[str, Any], seed: int
) -> None:
    triples, entities, relations, texts = made
    drawn = []
    for _ in range(2):
        own = sampler(triples, entities, relations, text_vectors=texts, **options)
        torch.manual_seed(seed)
        drawn.append([own.sample(triples) for _ in range(3)])
    for (a, masked), (b, also) in zip(*drawn, strict=True):
        assert torch.equal(a, b)
        assert (masked is None and also is None) or torch.equal(masked, also)


@given(graphs(), OPTIONS, st.integers(0, 99))
@settings(max_examples=30)
def test_p_text_0_draws_what_the_sampler_without_texts_draws(
    made: tuple[torch.Tensor, int, int, np.ndarray], options: dict[str, Any], seed: int
) -> None:
    triples, entities, relations, texts = made
    own = sampler(triples, entities, relations, text_vectors=texts, **(options | {"p_text": 0.0}))
    bare = sampler(triples, entities, relations, p_text=0.0, sides=options["sides"])
    drawn = []
    for one in (own, bare):
        torch.manual_seed(seed)
        drawn.append((*one.sample(triples), torch.rand(1)))  # and leaves the generator in the same state
    assert torch.equal(drawn[0][0], drawn[1][0]) and torch.equal(drawn[0][2], drawn[1][2])


def test_side_probabilities_are_those_of_pykeen() -> None:
    triples = graph()
    theirs = BernoulliNegativeSampler(mapped_triples=triples.mapped_triples).corrupt_head_probability
    own = sampler(triples.mapped_triples, triples.num_entities, triples.num_relations, p_text=0.0)
    assert torch.allclose(own.head_probability, theirs)


@pytest.mark.parametrize("p_text", [0.0, 0.5, 1.0])
def test_sides_follow_the_probabilities(p_text: float) -> None:
    triples = graph()
    batch = triples.mapped_triples
    options = {"p_text": p_text, "text_vectors": vectors(triples), "num_negs_per_pos": 400}
    own = sampler(batch, triples.num_entities, triples.num_relations, **options)
    torch.manual_seed(0)
    negatives = own.corrupt_batch(batch)
    tails = (negatives[..., 2] != batch[:, None, 2]).float()
    heads = (negatives[..., 0] != batch[:, None, 0]).float()
    for relation in range(triples.num_relations):
        rows = batch[:, 1] == relation
        share = heads[rows].sum() / (heads[rows].sum() + tails[rows].sum())
        # What came back as the triple itself has no side to be told; a pool has the old entity once in its members.
        assert abs(float(share) - float(own.head_probability[relation])) < (0.02 if p_text == 0 else 0.12)


def test_even_sides() -> None:
    triples = graph()
    own = sampler(triples.mapped_triples, triples.num_entities, triples.num_relations, p_text=0.0, sides="uniform")
    assert own.head_probability.tolist() == [0.5] * triples.num_relations


def test_a_relation_that_has_no_triple() -> None:
    own = sampler(torch.tensor([[0, 0, 1]]), 2, 3, p_text=0.0)
    assert own.head_probability[1:].tolist() == [0.5, 0.5]


@pytest.mark.parametrize(("anchor", "kind"), [("replaced", "town"), ("kept", "person")])
def test_negatives_of_a_tail_are_of_the_kind_of_the_anchor(anchor: str, kind: str) -> None:
    triples = graph()
    options = {"p_text": 1.0, "anchor": anchor, "text_vectors": vectors(triples), "clusters": 2, "union": 1}
    own = sampler(triples.mapped_triples, triples.num_entities, triples.num_relations, **options)
    born = triples.mapped_triples[triples.mapped_triples[:, 1] == triples.relation_to_id["born_in"]]
    negatives, valid = own.sample(born)
    assert valid is None or valid.any()
    tails = negatives[..., 2][negatives[..., 2] != born[:, None, 2]]
    assert len(tails) and all(triples.entity_id_to_label[i].startswith(kind) for i in tails.tolist())


def test_the_share_rises_during_the_warm_up() -> None:
    triples = graph()
    batch = triples.mapped_triples
    own = sampler(batch, triples.num_entities, 3, p_text=0.5, text_vectors=vectors(triples), warm_up=2.0)
    shares = []
    for _ in range(4):
        shares.append(own.share())
        own.sample(batch)
    assert shares == [0.0, 0.25, 0.5, 0.5]
    own.seen = len(batch)
    assert own.share() == 0.25


def test_entities_without_text_are_replaced_by_any() -> None:
    texts = np.zeros((30, 4), dtype=np.float16)
    texts[:3] = np.eye(3, 4)
    triples = torch.tensor([[10, 0, 20]])
    own = sampler(triples, 30, 1, text_vectors=texts, p_text=1.0, num_negs_per_pos=4000)
    negatives, _ = own.sample(triples)
    assert len(negatives[..., [0, 2]].unique()) == 30


def test_a_complete_graph_is_masked() -> None:
    triples = torch.cartesian_prod(torch.arange(3), torch.arange(1), torch.arange(3))
    negatives, valid = sampler(triples, 3, 1, p_text=0.0).sample(triples)
    assert valid is not None and not valid.any() and negatives.shape == (9, 8, 3)


def test_batches_of_more_dimensions() -> None:
    triples = graph()
    own = sampler(triples.mapped_triples, triples.num_entities, 3, p_text=0.0)
    assert own.corrupt_batch(triples.mapped_triples[:12].view(2, 6, 3)).shape == (2, 6, 8, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"p_text": 1.5}, "p_text"),
        ({"p_text": float("nan")}, "p_text"),
        ({"warm_up": -1.0}, "warm_up"),
        ({"anchor": "both"}, "anchor"),
        ({"sides": "left"}, "sides"),
        ({"neighbourhood": "near"}, "neighbourhood"),
        ({"clusters": 0}, "clusters"),
        ({"text_vectors": np.zeros((3, 4))}, "text_vectors"),
        ({"text_vectors": None}, "text_vectors"),
    ],
)
def test_wrong_values_are_named(options: dict[str, Any], message: str) -> None:
    triples = graph()
    given = {"text_vectors": vectors(triples)} | options
    with pytest.raises(UsageError, match=message) as caught:
        sampler(triples.mapped_triples, triples.num_entities, 3, **given)
    assert caught.value.hint


def test_one_entity_is_refused() -> None:
    with pytest.raises(UsageError, match="one entity"):
        sampler(torch.tensor([[0, 0, 0]]), 1, 1, p_text=0.0)


def test_tensors_are_taken_too() -> None:
    triples = graph()
    texts = vectors(triples)
    own = sampler(triples.mapped_triples, triples.num_entities, 3, text_vectors=torch.from_numpy(texts))
    assert own.members.tolist() == clustered(texts).members.tolist()


# in PyKEEN


def test_registering_twice_is_registering_once() -> None:
    lemon.register()
    lemon.register()
    assert negative_sampler_resolver.lookup("lemon") is LemonNegativeSampler
    assert filterer_resolver.lookup("exact") is ExactFilterer


def run(triples: TriplesFactory, loss: str = "nssa", **kwargs: Any) -> list[float]:
    """The losses of a few epochs of PyKEEN's pipeline."""
    lemon.register()
    done = pipeline(
        training=triples,
        testing=triples.clone_and_exchange_triples(triples.mapped_triples[:5]),
        model="TransE",
        model_kwargs={"embedding_dim": 8},
        loss=loss,
        training_loop="slcwa",
        negative_sampler="lemon",
        negative_sampler_kwargs=kwargs,
        training_kwargs={"num_epochs": 8, "use_tqdm": False},
        evaluation_kwargs={"use_tqdm": False},
        random_seed=0,
        device="cpu",
    )
    losses: list[float] = done.losses
    return losses


@pytest.mark.parametrize("loss", ["nssa", "marginranking", "softplus", "infonce"])
def test_a_pipeline_learns(loss: str) -> None:
    triples = graph()
    losses = run(triples, loss, text_vectors=vectors(triples), num_negs_per_pos=4)
    assert losses[-1] < losses[0]


def test_a_pipeline_of_ten_triples_of_one_relation_as_published() -> None:
    rows = np.array([(f"e{i}", "is", f"e{(3 * i + 1) % 10}") for i in range(10)], dtype=str)
    triples = TriplesFactory.from_labeled_triples(rows)
    texts = np.random.default_rng(0).normal(size=(10, 4)).astype(np.float16)
    texts[::3] = 0
    losses = run(triples, text_vectors=texts, p_text=1.0, anchor="kept", sides="uniform", num_negs_per_pos=2)
    assert np.isfinite(losses).all()


def test_an_hpo_pipeline_chooses_the_share() -> None:
    lemon.register()
    training, testing = graph().split([0.8, 0.2], random_state=0)
    done = hpo_pipeline(
        n_trials=2,
        training=training,
        testing=testing,
        validation=testing,
        model="TransE",
        training_loop="slcwa",
        negative_sampler="lemon",
        negative_sampler_kwargs={"text_vectors": vectors(training)},
        training_kwargs={"num_epochs": 1, "use_tqdm": False},
        evaluation_kwargs={"use_tqdm": False},
        device="cpu",
    )
    assert all(0 <= t.params["negative_sampler.p_text"] <= 0.5 for t in done.study.trials)
