"""Links that no sentence states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.fuse.cascade import CascadeFuser
from kgtool.fuse.discovery import MAX_DEGREE, Rule
from kgtool.model import Evidence, Fusion, Policy, Statement, Triple
from kgtool.ports import LinkScorer

Said = tuple[str, str, str]


def said(subject: str, predicate: str, other: str, document: str = "", **more: str) -> Triple:
    evidence = Evidence(document or f"{subject} {predicate} {other}", "0-1", 0, 1, "x", "given")
    return Triple(subject, predicate, other, confidence=0.9, evidence=evidence, **more)  # type: ignore[arg-type]


def fuse(triples: Sequence[Triple], policies: Mapping[str, Policy] | None = None, **more: LinkScorer | bool) -> Fusion:
    return CascadeFuser(0.65, policies, **more).fuse(triples)  # type: ignore[arg-type]


def inferred(triples: Sequence[Triple], policies: Mapping[str, Policy] | None = None) -> list[Said]:
    return keys(fuse(triples, policies))


def keys(fusion: Fusion) -> list[Said]:
    return [s.key[:3] for s in fusion.statements if s.status == "inferred"]


def names(kind: str, count: int) -> list[str]:
    """Names that no rule takes for one another: 'Pabe town', 'Pace town'."""
    return [f"{a}{b}{c}{d}" for a in kind for b in "aeiou" for c in "bdglmr" for d in ("ax", "ov", "ik", "um")][:count]


def bordering(pairs: int = 12) -> list[Triple]:
    """So many pairs of places that border one another, said both ways, and one that is said one way."""
    ends = list(zip(names("P", pairs), names("T", pairs), strict=True))
    found = [said(*way) for a, b in ends for way in ((a, "borders", b), (b, "borders", a))]
    return [*found, said("Norland", "borders", "Sudmark")]


def living(people: int = 12, home: str = "Ulmo") -> list[Triple]:
    """People who live in towns, a few in each, and in their countries; of one the country is not said."""
    found = []
    for i, (person, town) in enumerate(zip(names("K", people), names("V", people), strict=True)):
        country = ("Frea", "Gant", "Hesk")[i % 3]
        found += [said(person, "lives in", town), said(town, "lies in", country), said(person, "is from", country)]
    return [*found, said("Zeno", "lives in", home), said(home, "lies in", "Gant")]


def test_a_relation_that_goes_both_ways_is_completed() -> None:
    (made,) = [s for s in fuse(bordering()).statements if s.status == "inferred"]
    assert made.key[:3] == ("Sudmark", "borders", "Norland")
    assert made.confidence == 0.9 and made.support == 1 and not made.sources
    assert made.reason == (
        "Norland borders Sudmark: borders(y, x) → borders(x, y), support 24, confidence 1.00; sentences in common: 1"
    )


def test_two_steps_lead_to_a_third() -> None:
    (made,) = [s for s in fuse(living()).statements if s.status == "inferred"]
    assert made.key[:3] == ("Zeno", "is_from", "Gant")
    assert made.confidence == 0.81
    assert "Zeno lives_in Ulmo and Ulmo lies_in Gant: lives_in(x, z), lies_in(z, y) → is_from(x, y)" in made.reason
    assert "support 12, confidence 1.00; Adamic–Adar 1.44" in made.reason


def test_one_relation_may_follow_from_another() -> None:
    pairs = list(zip(names("K", 12), names("V", 12), strict=True))
    triples = [said(a, p, b) for a, b in pairs for p in ("founded", "led")] + [said("Zeno", "founded", "Ulmo Works")]
    assert ("Zeno", "led", "Ulmo_Works") in inferred(triples)


def test_it_can_be_switched_off() -> None:
    assert keys(fuse(bordering(), discover=False)) == []
    assert CascadeFuser(discover=False).settings() != CascadeFuser().settings()


def test_few_examples_make_no_rule() -> None:
    assert inferred(bordering(4)) == []
    assert inferred(living(9)) == []


def test_what_often_fails_is_no_rule() -> None:
    one_way = [said(a, "borders", b) for a, b in zip(names("K", 12), names("V", 12), strict=True)]
    assert inferred([*bordering(), *one_way]) == []


@pytest.mark.parametrize(
    "extra",
    [
        said("Sudmark", "does not border", "Norland"),
        said("Sudmark", "never borders", "Norland", predicate_lemma=""),
        said("Sudmark", "did not border", "Norland", predicate_lemma="border", status="negated"),
        said("Sudmark", "borders", "Norland", status="hedged"),
        said("Sudmark", "borders", "Norland"),
    ],
)
def test_what_is_said_denied_or_doubted_is_not_inferred(extra: Triple) -> None:
    assert inferred([*bordering(), extra]) == []


@pytest.mark.parametrize(
    ("policies", "extra"),
    [
        ({"is from": Policy(functional=True)}, said("Zeno", "is from", "abroad", datatype="string")),
        ({"is from": Policy(asymmetric=True)}, said("Gant", "is from", "Zeno")),
        ({"is from": Policy(disjoint=("fled",))}, said("Zeno", "fled", "Gant")),
        ({"fled": Policy(disjoint=("is from",))}, said("Zeno", "fled", "Gant")),
    ],
)
def test_what_a_policy_excludes_is_not_inferred(policies: dict[str, Policy], extra: Triple) -> None:
    assert inferred([*living(), extra], {}) != []
    assert inferred([*living(), extra], policies) == []


def test_a_second_object_is_not_inferred_where_all_have_one() -> None:
    assert inferred([*living(), said("Zeno", "is from", "Frea"), said("Yara", "lives in", "Ulmo")]) == [
        ("Yara", "is_from", "Gant")
    ]


def test_types_are_respected() -> None:
    typed = [
        said(t.subject, t.predicate, t.object, subject_type="Place", object_type="Place") for t in bordering()[:-1]
    ]
    last = [said("Norland", "borders", "Sudmark", subject_type="Place")]
    assert inferred([*typed, *last]) == [("Sudmark", "borders", "Norland")]
    person = [said("Norland", "borders", "Sudmark", subject_type="Place", object_type="Person")]
    assert inferred([*typed, *person]) == []


def test_nothing_is_inferred_of_a_thing_and_itself() -> None:
    found = inferred([*bordering(), said("Norland", "borders", "Norland"), said("Sudmark", "borders", "the Sudmark")])
    assert all(s != o for s, _, o in found)


def test_rules_do_not_lead_over_hubs() -> None:
    crowd = [said(n, "visited", "Ulmo") for n in names("D", MAX_DEGREE)]
    assert inferred(living()) == [("Zeno", "is_from", "Gant")]
    assert inferred([*living(), *crowd]) == []


def test_a_weak_conclusion_is_left_out() -> None:
    assert keys(CascadeFuser(0.85).fuse(living())) == []


class ObjectShare:
    """How often a relation has an object: a simple link scorer."""

    def __init__(self, triples: Sequence[Triple]) -> None:
        self.counts = Counter((t.predicate.replace(" ", "_"), t.object) for t in triples)
        self.most = Counter(t.predicate.replace(" ", "_") for t in triples)

    def settings(self) -> Mapping[str, str]:
        return {"scorer": "share", "version": "1"}

    def score(self, subject: str, relation: str, object: str) -> float:
        return min(1.0, 3 * self.counts[relation, object] / self.most[relation])


def test_a_pair_far_from_one_another_needs_the_score_of_a_scorer() -> None:
    triples = [*living(), *(said(n, "visited", "Ulmo") for n in names("D", 15))]
    assert inferred(triples) == []
    scorer = ObjectShare(triples)
    assert isinstance(scorer, LinkScorer)
    fusion = fuse(triples, scorer=scorer)
    (made,) = [s for s in fusion.statements if s.status == "inferred"]
    assert made.reason.endswith("; link score 1.00")
    assert CascadeFuser(scorer=scorer).settings() != CascadeFuser().settings()


def test_a_document_that_names_both_makes_a_pair_a_candidate() -> None:
    triples = [*living()[:-2], *(said(n, "visited", "Ulmo") for n in names("D", 15))]
    together = [said("Zeno", "lives in", "Ulmo", "letter"), said("Ulmo", "lies in", "Gant", "letter")]
    (made,) = [s for s in fuse([*triples, *together]).statements if s.status == "inferred"]
    assert "in common: 1" in made.reason and "Adamic" not in made.reason


def test_rules_are_worded() -> None:
    assert str(Rule(("r",), "s", 1, 1, 1)) == "r(x, y) → s(x, y)"
    assert str(Rule(("^r",), "s", 1, 1, 1)) == "r(y, x) → s(x, y)"
    assert str(Rule(("r", "q"), "s", 1, 1, 1)) == "r(x, z), q(z, y) → s(x, y)"


@given(st.permutations(range(38)))
def test_the_order_of_triples_does_not_matter(order: list[int]) -> None:
    triples = living()
    assert len(triples) == len(order)
    found = [(s.key, s.status, s.confidence, s.reason) for s in fuse(triples).statements]
    assert found == [(s.key, s.status, s.confidence, s.reason) for s in fuse([triples[i] for i in order]).statements]


NODES = st.sampled_from(["Ada", "Bombe", "Colossus", "Z3", "Ulmo"])
INPUTS = st.lists(st.builds(said, NODES, st.sampled_from(["met", "led", "did not meet"]), NODES), max_size=40)


@given(INPUTS)
def test_nothing_that_is_there_is_inferred(triples: list[Triple]) -> None:
    statements: Sequence[Statement] = fuse([*triples, *bordering(), *living()]).statements
    assert len({s.key for s in statements}) == len(statements)
    assert all(
        s.subject != s.object and s.reason and 0.65 <= s.confidence <= 1 for s in statements if s.status == "inferred"
    )
