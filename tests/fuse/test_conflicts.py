"""Statements that exclude one another, by policies."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.fuse.cascade import CascadeFuser
from kgtool.model import Evidence, Fusion, Policy, Triple

POLICIES = {
    "was born in": Policy(functional=True),
    "was born on": Policy(functional=True),
    "designed": Policy(asymmetric=True, inverse="was designed by", disjoint=("studied",)),
    "married": Policy(symmetric=True),
}


def said(subject: str, predicate: str, other: str, document: str = "a", **more: str) -> Triple:
    evidence = Evidence(document, "0-1", 0, 1, "x", "given")
    return Triple(subject, predicate, other, confidence=0.9, evidence=evidence, **more)  # type: ignore[arg-type]


def fuse(*triples: Triple, policies: dict[str, Policy] = POLICIES) -> Fusion:
    return CascadeFuser(0.7, policies).fuse(triples)


def of(fusion: Fusion, status: str) -> list[tuple[str, str, str]]:
    return [s.key[:3] for s in fusion.statements if s.status == status]


BORN = [
    said("Ada", "was born in", "London", "a"),
    said("Ada", "was born in", "London", "b"),
    said("Ada", "was born in", "Paris", "c"),
]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_functional_relation_keeps_the_best_supported_object(order: tuple[int, ...]) -> None:
    fusion = fuse(*(BORN[i] for i in order))
    assert of(fusion, "published") == [("Ada", "was_born_in", "London")]
    (loser,) = [s for s in fusion.statements if s.status == "loser"]
    assert loser.object == "Paris" and loser.sources and "Ada was_born_in London" in loser.reason


def test_without_a_policy_nothing_loses() -> None:
    assert len(of(fuse(*BORN, policies={}), "published")) == 2


def test_when_the_winner_goes_the_loser_is_back() -> None:
    assert of(fuse(BORN[2]), "published") == [("Ada", "was_born_in", "Paris")]


def test_a_less_exact_date_does_not_beat_the_exact_one() -> None:
    year = said("Ada", "was born on", "1815", value="1815", datatype="gYear")
    day = said("Ada", "was born on", "10 December 1815", value="1815-12-10", datatype="date")
    fusion = fuse(year, day)
    assert of(fusion, "published") == [("Ada", "was_born_on", "1815-12-10")]
    (loser,) = [s for s in fusion.statements if s.status == "loser"]
    assert "more exactly" in loser.reason


def test_an_asymmetric_relation_goes_one_way() -> None:
    fusion = fuse(said("Turing", "designed", "Bombe", "a"), said("Turing", "designed", "Bombe", "b"),
                  said("Bombe", "designed", "Turing", "c"))  # fmt: skip
    assert of(fusion, "published") == [("Turing", "designed", "Bombe")]
    assert of(fusion, "loser") == [("Bombe", "designed", "Turing")]


def test_disjoint_relations_exclude_one_another() -> None:
    fusion = fuse(said("Ada", "designed", "Z3", "a"), said("Ada", "designed", "Z3", "b"), said("Ada", "studied", "Z3"))
    assert of(fusion, "loser") == [("Ada", "studied", "Z3")]


def test_what_policies_imply_is_inferred_with_its_reason() -> None:
    fusion = fuse(said("Turing", "designed", "Bombe"), said("Ada", "married", "William"))
    assert of(fusion, "inferred") == [("Bombe", "was_designed_by", "Turing"), ("William", "married", "Ada")]
    assert all(s.reason and not s.sources for s in fusion.statements if s.status == "inferred")
    assert "was designed by" in [r.label for r in fusion.relations]


def test_what_is_said_is_not_inferred() -> None:
    assert of(fuse(said("Ada", "married", "William"), said("William", "married", "Ada")), "inferred") == []


NAMES = st.sampled_from(["Ada", "Bombe", "Colossus", "Z3"])
INPUTS = st.lists(
    st.builds(said, NAMES, st.sampled_from([*POLICIES, "studied", "was designed by"]), NAMES, st.sampled_from("abc"))
)


@given(INPUTS, st.randoms(use_true_random=False))
def test_the_order_of_triples_does_not_matter(triples: list[Triple], random: object) -> None:
    other = list(triples)
    random.shuffle(other)  # type: ignore[attr-defined]
    keys = [(s.key, s.status, s.reason) for s in fuse(*triples).statements]
    assert keys == [(s.key, s.status, s.reason) for s in fuse(*other).statements]


@given(INPUTS)
def test_no_published_statements_break_a_policy(triples: list[Triple]) -> None:
    published = of(fuse(*triples), "published")
    born = [p[:2] for p in published if p[1].startswith("was_born")]
    assert len(set(born)) == len(born)
    designed = {(s, o) for s, p, o in published if p == "designed"}
    assert not any((o, s) in designed for s, o in designed)
    assert not designed & {(s, o) for s, p, o in published if p == "studied"}
