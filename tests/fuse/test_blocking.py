"""Which names are worth comparing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.fuse import blocking

FORMS = st.lists(st.text(alphabet="abcd ", min_size=8, max_size=12).map(str.strip), max_size=12)


def test_fuller_names_have_all_words_in_order() -> None:
    names_of = blocking.index(["capra", "frank capra", "capra frank x", "frank r capra", "francis"])
    assert blocking.fuller("capra", names_of) == ["capra frank x", "frank capra", "frank r capra"]
    assert blocking.fuller("frank capra", names_of) == ["frank r capra"]


def test_a_word_of_very_many_names_opens_no_block() -> None:
    many = [f"university {i}" for i in range(blocking.MAX_BLOCK)]
    assert not blocking.fuller("university", blocking.index(["university", *many]))


@pytest.mark.parametrize(
    ("a", "b", "found"),
    [
        ("contrastive", "constrastive", True),
        ("contrastive", "contarstive", True),
        ("contrastive", "contrestive", True),
        ("contrastive", "kontrastive", False),
        ("contrastive", "contrasti", False),
        ("model 1999", "model 1998", False),
        ("iran", "iraq", False),
    ],
)
def test_misspellings(a: str, b: str, found: bool) -> None:
    assert list(blocking.respelled([b, a])) == ([tuple(sorted((a, b)))] if found else [])


@given(FORMS)
def test_misspellings_are_all_pairs_at_one_edit_with_one_first_letter(forms: list[str]) -> None:
    kept = sorted({f for f in forms if len(f) in blocking.SPELT})
    pairs = [(a, b) for i, a in enumerate(kept) for b in kept[i + 1 :] if a[0] == b[0] and blocking.one_edit(a, b)]
    assert list(blocking.respelled(set(forms))) == pairs


def test_names_that_share_a_rare_word_and_another_are_compared() -> None:
    names_of = blocking.index(["essays grading of", "essay", "grading essays", "grading essays tool", "tax essays"])
    assert list(blocking.sharing(names_of)) == [
        ("essays grading of", "grading essays"),
        ("essays grading of", "grading essays tool"),
    ]
