"""The exact filter knows what is known, and nothing else."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kgtool.embed.filtering import ExactFilterer
from kgtool.errors import UsageError

IDS = st.tuples(st.integers(0, 6), st.integers(0, 3), st.integers(0, 6))


@given(st.lists(IDS, min_size=1, max_size=40), st.lists(IDS, max_size=40))
def test_contains_says_what_a_set_says(known: list[tuple[int, ...]], asked: list[tuple[int, ...]]) -> None:
    found = ExactFilterer(torch.tensor(known)).contains(torch.tensor(known + asked))
    assert found.tolist() == [t in set(known) for t in known + asked]


def test_ids_larger_than_any_known_one() -> None:
    known = torch.tensor([[0, 0, 1], [1, 0, 0]])
    asked = torch.cartesian_prod(torch.tensor([0, 1, 2, 9]), torch.tensor([0, 1, 2]), torch.tensor([0, 1, 2, 9]))
    assert asked[ExactFilterer(known).contains(asked)].tolist() == known.tolist()


@given(st.lists(IDS, min_size=6, max_size=6))
def test_shapes_of_batches(asked: list[tuple[int, ...]]) -> None:
    exact = ExactFilterer(torch.tensor([[1, 2, 3], [3, 2, 1]]))
    flat = exact.contains(torch.tensor(asked))
    assert exact.contains(torch.tensor(asked).view(2, 3, 3)).tolist() == flat.view(2, 3).tolist()
    assert exact(torch.tensor(asked)).tolist() == (~flat).tolist()


def test_large_ids_have_keys_of_their_own() -> None:
    most = 1_000_000_000
    known = torch.tensor([[most, 0, 0], [0, 6, most], [0, 0, most]])
    asked = torch.cartesian_prod(torch.tensor([0, 1, most]), torch.arange(7), torch.tensor([0, 1, most]))
    found = asked[ExactFilterer(known).contains(asked)]
    assert sorted(found.tolist()) == sorted(known.tolist())


def test_more_triples_than_keys_are_refused() -> None:
    with pytest.raises(UsageError, match="exact filter"):
        ExactFilterer(torch.tensor([[1_000_000_000, 9, 0]]))
