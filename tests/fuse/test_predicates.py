"""Which predicates are one relation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgtool.fuse.cascade import CascadeFuser
from kgtool.fuse.predicates import canonical, relation_key
from kgtool.model import Evidence, Fusion, Triple

SAME = [
    "is part of|isPartOf|IsPartOf|part of|PART_OF|part-of|are parts of|is a part of|was also part of|Part  of",
    "is a|is an|is-a|IS_A|isA|isa|is|was|are|has been",
    "designed|has designed|had designed|designs|is designing|design|then designed|also designed|has also designed",
    "is designed by|designed by|was originally designed by|has been designed by|were designed by|designedBy",
    "located in|is located in|was located in|LocatedIn|located_in",
    "used for|is used for|Used-for|usedFor|are currently used for",
    "wrote|has written|writes|is writing",
    "founded|founds|has founded",
    "plays a role in|played the role in|plays role in|play roles in",
    "has part|hasPart|has a part|have parts",
    "does not use|did not use|never used|doesn't use|doesn’t use|do not use",
    "known as|also known as|is also known as|knownAs",
    "is the author of|author of|authors of|AuthorOf|is author of",
    "consists of|consist of|consisted of",
    "starred in|stars in|has starred in",
    "cannot use|can't use|can not use",
    "hasDNASequence|has DNA sequence",
    "married to|is married to|was married to",
]
APART = [
    "uses|is used by|is used for|used to|does not use|is not used by|may use|can use|must use|uses with",
    "increases|decreases|does not increase|is increased by",
    "enables|disables|likes|dislikes|agrees with|disagrees with",
    "author|author of|has author|is authored by",
    "worked in|was worked in|works for|is working at",
    "found|founded|was found by|was founded by",
    "stared at|starred at",
    "is in|in|is not in|is within",
    "is part of|has part|is not part of|is parted by",
    "later than|is than",
    "has limited support for|limits support for",
    "is used to treat|used to treat",
    "stood by|is stood by",
    "a/b|a b",
    "<|>|<=|👍|👎|=",
    "http://example.org/isPartOf|is part of",
    "often causes|rarely causes|causes|no longer causes",
    "is building of|builds of",
    "invents|invention|inventor of",
]


@pytest.mark.parametrize("group", SAME)
def test_ways_of_writing_are_one_relation(group: str) -> None:
    assert len({canonical(p) for p in group.split("|")}) == 1


@pytest.mark.parametrize("group", APART)
def test_what_says_something_else_is_another_relation(group: str) -> None:
    assert len({canonical(p) for p in group.split("|")}) == group.count("|") + 1


def test_all_groups_are_different_relations() -> None:
    assert len({canonical(group.split("|")[0]) for group in SAME}) == len(SAME)


def said(predicate: str, lemma: str = "", number: int = 0, **more: str) -> Triple:
    evidence = Evidence(str(number), "0-1", 0, 1, "x", "given")
    return Triple(f"Ada {number}", predicate, f"Bob {number}", lemma, evidence=evidence, confidence=0.9, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("predicate", "lemma", "other"),
    [
        ("founded", "found", "founded"),
        ("was designed by", "be designed by", "designedBy"),
        ("had completed", "be completed", "completed"),
        ("has been completed", "be completed", "was completed"),
        ("may affect", "affect", "affects"),
        ("found", "find", "has found"),
        ("ran its first program on", "run first program on", "runs first programs on"),
    ],
)
def test_a_lemma_and_words_of_one_relation(predicate: str, lemma: str, other: str) -> None:
    assert relation_key(said(predicate, lemma)) == relation_key(said(other))


def test_a_relation_of_a_schema_is_itself() -> None:
    assert relation_key(said("is part of", "be part of", predicate_id="P361")) == "P361"


def fuse(*predicates: str) -> Fusion:
    return CascadeFuser().fuse([said(p, number=i) for i, p in enumerate(predicates)])


def test_a_relation_has_its_most_frequent_form_as_label_and_identifier() -> None:
    fusion = fuse("is located in", "located in", "isLocatedIn", "located in", "Located  in")
    (relation,) = fusion.relations
    assert (relation.id, relation.label) == ("located_in", "located in")
    assert relation.aliases == ("is located in", "islocatedin")


def test_a_relation_that_nothing_is_joined_to_keeps_its_identifier() -> None:
    assert [r.id for r in fuse("was born in", "Designed").relations] == ["designed", "was_born_in"]


def test_joined_predicates_are_a_decision() -> None:
    (decision,) = fuse("uses", "used", "is used by").decisions
    assert (decision.kind, decision.candidates) == ("relation", ("used", "uses"))
    assert decision.verdict in {r.id for r in fuse("uses", "used", "is used by").relations}


@pytest.mark.parametrize(
    "predicate", ["", " ", "_", "-", "👍", "\x00", "x" * 10_000, "aB" * 5_000, "not", "the", "then"]
)
def test_a_strange_predicate_is_a_relation_of_its_own(predicate: str) -> None:
    assert canonical(predicate)
    assert canonical(predicate) == canonical(predicate.strip())


WORDS = st.sampled_from(
    "is was has had been does not never a the use uses used using by of in to part located then also than".split()
)


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_writing_as_an_identifier_changes_nothing(words: list[str]) -> None:
    plain = canonical(" ".join(words))
    assert canonical("_".join(words)) == canonical("-".join(words)) == canonical("  ".join(words).upper()) == plain


@given(st.text(max_size=20))
def test_any_predicate_has_a_form(predicate: str) -> None:
    assert canonical(predicate)
