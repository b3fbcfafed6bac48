"""How likely two names are one thing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.fuse import scoring

CAPRA = scoring.Shortening(
    short="capra",
    full="frank capra",
    written="Frank Capra",
    rivals=0.0,
    compounds=1,
    small=0.0,
    mentions=(5, 8),
    told=(5, 8),
    shared=0.0,
    rest=True,
)
WORDS = st.text(alphabet="abc 12", max_size=20)


def likely(pair: scoring.Shortening) -> float:
    return scoring.probability("shortened", pair.features())


def test_every_feature_has_a_weight() -> None:
    known = scoring.weights()
    assert {"bias", *CAPRA.features()} == known["shortened"].keys()
    assert {"bias", *scoring.resemblance("a", "b", len)} == known["alike"].keys()


def test_rivals_and_common_nouns_make_a_short_name_less_likely() -> None:
    assert likely(CAPRA) > 0.5
    assert likely(replace(CAPRA, rivals=0.5)) < likely(CAPRA)
    assert likely(replace(CAPRA, compounds=9)) < likely(CAPRA)
    assert likely(replace(CAPRA, small=1.0)) < likely(CAPRA)


def test_features_are_between_minus_one_and_one() -> None:
    extreme = replace(CAPRA, mentions=(1, 10**9), told=(10**9, 1), shared=1e9, compounds=10**9)
    assert all(-1 <= v <= 1 for pair in (CAPRA, extreme) for v in pair.features().values())


@given(WORDS, WORDS)
def test_resemblance_is_symmetric_and_bounded(a: str, b: str) -> None:
    one, other = (scoring.resemblance(*pair, lambda w: float(len(w))) for pair in ((a, b), (b, a)))
    assert one == pytest.approx(other)
    assert all(0 <= v <= 1 for v in one.values())


def test_equal_names_are_alike_and_unlike_ones_are_not() -> None:
    def score(a: str, b: str) -> float:
        return scoring.probability("alike", scoring.resemblance(a, b, lambda _: 1.0))

    assert score("acme motor", "acme motor") > 0.9 > 0.5 > score("acme motor", "general physic")


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ("world war i", "world war ii", "different numbers"),
        ("mark 1", "mark", "different numbers"),
        ("north korea", "korea", "opposed words"),
        ("hypertension", "hypotension", "opposed words"),
        ("marie and pierre", "marie", "one of them names several things"),
        ("acme", "acme motor", ""),
    ],
)
def test_objections(a: str, b: str, reason: str) -> None:
    assert scoring.objection(a, b) == scoring.objection(b, a) == reason
