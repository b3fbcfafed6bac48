"""What holds of every fusion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kgtool.fuse import names
from kgtool.fuse.cascade import CascadeFuser
from kgtool.fusing import entities_of
from kgtool.model import Evidence, Fusion, LiteralValue, Triple

NAMES = st.one_of(
    st.sampled_from(
        "Alan Turing|Turing|A. Turing|Alan M. Turing|Sara Turing|John Adams|John Quincy Adams|J. Adams|C|C++|C#|the C|"
        "National Physical Laboratory|National Public Library|NPL|It|us|the US|the machine|machines|Moore School|"
        "Moore School of Engineering|Moor School of Engineering|Physical Laboratory|World War I|World War II|"
        "multi-task|multitask|U.S. Army|US Army|National Physical Laboratory (NPL)|B. coli|Balantidium coli|Gödel|"
        "godel|Windows|window|House of York|York House|New York|York||👍|שלום|1943|—|’s|\u3000|\u2028|\x00|\x1f".split(
            "|"
        )
    ),
    st.text(max_size=5),
)


def evidence(document: str) -> Evidence:
    return Evidence(document, "0-1", 0, 1, "x", "given")


TRIPLES = st.builds(
    Triple,
    subject=NAMES,
    predicate=st.sampled_from(["met", "was", "were", "is known as", "Met", " "]),
    object=NAMES,
    predicate_lemma=st.sampled_from(["", "be", "meet", "also known as"]),
    subject_type=st.sampled_from(["", "Person", "Place"]),
    object_type=st.sampled_from(["", "Person", "Organization"]),
    datatype=st.sampled_from(["", "", "", "gYear"]),
    confidence=st.sampled_from([0.0, 0.5, 0.8, 1.0]),
    status=st.sampled_from(["asserted", "asserted", "negated", "hedged", "inferred"]),
    evidence=st.sampled_from(["a", "b", "c", "d", "e", "f", "g", ""]).map(evidence),
)
INPUTS = st.lists(TRIPLES, max_size=25)
SHUFFLED = INPUTS.flatmap(lambda ts: st.tuples(st.just(ts), st.permutations(range(len(ts)))))


def fuse(triples: Sequence[Triple]) -> Fusion:
    return CascadeFuser().fuse(triples)


def said(subject: str, other: str = "y", document: str = "a", predicate: str = "met", **more: str) -> Triple:
    return Triple(subject, predicate, other, evidence=evidence(document), confidence=0.8, **more)  # type: ignore[arg-type]


@given(SHUFFLED)
def test_order_does_not_matter(shuffled: tuple[list[Triple], list[int]]) -> None:
    triples, order = shuffled
    one, other = fuse(triples), fuse([triples[i] for i in order])
    assert (one.entities, one.relations, one.decisions) == (other.entities, other.relations, other.decisions)
    assert entities_of(one, triples) == entities_of(other, [triples[i] for i in order])
    moved = [
        (s.key, s.status, s.confidence, s.support, s.reason, {order[i] for i in s.sources}) for s in other.statements
    ]
    assert [(s.key, s.status, s.confidence, s.support, s.reason, set(s.sources)) for s in one.statements] == moved


@given(INPUTS)
def test_every_input_is_in_one_statement(triples: list[Triple]) -> None:
    statements = fuse(triples).statements
    assert Counter(chain.from_iterable(s.sources for s in statements)) == Counter(range(len(triples)))
    assert len({s.key for s in statements}) == len(statements)


@pytest.mark.parametrize(
    ("subject", "predicate", "lemma", "other"),
    [
        ("Turing", "viewed them as", "view as", "rebels"),
        ("Turing", "used", "use", "these tables"),
        ("each of these stages", "needs", "need", "Colossus"),
        ("The drum", "lets", "let", "it turn"),
        ("One of the customs", "is their role as", "be role as", "signs"),
    ],
)
def test_what_needs_its_text_is_not_published(subject: str, predicate: str, lemma: str, other: str) -> None:
    (statement,) = fuse([Triple(subject, predicate, other, lemma, confidence=0.9)]).statements
    assert statement.status == "rejected" and statement.reason


@pytest.mark.parametrize(
    ("subject", "predicate", "lemma", "other"),
    [
        ("Turing", "published his paper in", "publish in", "Mind"),
        ("IBM", "sold machines to US", "sell machine to", "US forces"),
    ],
)
def test_what_reads_alone_is_published(subject: str, predicate: str, lemma: str, other: str) -> None:
    (statement,) = fuse([Triple(subject, predicate, other, lemma, confidence=0.9)]).statements
    assert statement.status == "published"


def acceptable(triple: Triple) -> bool:
    """Whether a triple alone is enough to publish a statement."""
    ends = [triple.subject] if triple.datatype else [triple.subject, triple.object]
    named = not any(map(names.is_empty, ends)) and not names.is_bare_description(triple.subject)
    return triple.status == "asserted" and named


@given(INPUTS)
def test_what_is_published_is_asserted_of_something_named(triples: list[Triple]) -> None:
    for s in fuse(triples).statements:
        if s.status == "published":
            assert any(acceptable(triples[i]) for i in s.sources)
            assert 0 <= s.confidence <= 1 <= s.support and not s.reason
        else:
            assert s.reason


@given(INPUTS)
def test_published_ends_are_entities_with_distinct_identifiers(triples: list[Triple]) -> None:
    fusion = fuse(triples)
    ids = [e.id for e in fusion.entities]
    assert len(set(ids)) == len(ids)
    published = [s for s in fusion.statements if s.status == "published"]
    ends = {e for s in published for e in (s.subject, s.object) if isinstance(e, str)}
    assert ends <= set(ids)
    assert {s.predicate for s in fusion.statements} <= {r.id for r in fusion.relations}


@given(INPUTS)
def test_labels_are_names_from_the_texts(triples: list[Triple]) -> None:
    shown = {names.label(n) for t in triples for n in (t.subject, t.object)}
    for e in fuse(triples).entities:
        assert {e.label, *e.aliases} <= shown and e.label not in e.aliases


@given(INPUTS)
def test_fusing_twice_gives_the_same(triples: list[Triple]) -> None:
    assert fuse(triples) == fuse(triples)


STRANGE = [
    "",
    "a",
    "Z",
    "x" * 10_000,
    "x" * 9_999 + "y",
    "👍",
    "👎",
    "שלום",
    "\u202eabc",
    "\x00",
    "\x1f",
    "a\x00b",
    "42",
    "4.2",
]
STRANGE += ["_", "%", "é", "e", "…", "’s", "\u2028", "\u3000", "the", "''"]


def test_strange_names_keep_distinct_identifiers() -> None:
    triples = [said(n, f"Thing {i}") for i, n in enumerate(STRANGE)]
    subjects = Counter(s.subject for s in fuse(triples).statements if not names.is_empty(triples[s.sources[0]].subject))
    assert set(subjects.values()) == {1}


@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_name_alone_is_no_trouble(name: str) -> None:
    (statement,) = fuse([said(name, "Colossus"), said(name, "Colossus", "b")]).statements
    assert statement.support == 2 and statement.subject.isascii()


@pytest.mark.parametrize("predicate", ["", " ", "👍", "\x00", "x" * 10_000, "a/b"])
def test_a_strange_relation_has_an_identifier(predicate: str) -> None:
    (relation,) = fuse([said("Ada", "Bob", predicate=predicate)]).relations
    assert relation.id.isascii() and relation.label


def test_a_blank_lemma_is_no_trouble() -> None:
    assert fuse([said("Ada", "Bob", predicate=" ", predicate_lemma=" ")]).relations


def test_more_documents_give_more_confidence_but_more_sentences_do_not() -> None:
    once = fuse([said("Ada", "Bob")]).statements[0]
    again = fuse([said("Ada", "Bob")] * 2).statements[0]
    twice = fuse([said("Ada", "Bob"), said("Ada", "Bob", "b")]).statements[0]
    assert (once.support, again.support, twice.support) == (1, 1, 2)
    assert once.confidence == again.confidence == 0.8 and twice.confidence == 0.96


def test_denials_carry_no_weight_beside_an_assertion() -> None:
    (statement,) = fuse([said("Ada", "Bob"), said("Ada", "Bob", "b", status="negated")]).statements
    assert (statement.status, statement.support, statement.confidence) == ("published", 1, 0.8)
    assert statement.sources == (0, 1)


def test_a_description_does_not_vouch_for_a_name() -> None:
    (statement,) = fuse([said("the machine", "Enigma"), said("Machine", "Enigma", "b", status="negated")]).statements
    assert statement.status == "rejected"


@pytest.mark.parametrize(
    ("triple", "reason"),
    [
        (said("It", "Enigma"), "pronoun"),
        (said("Colossus", "them"), "pronoun"),
        (said("the machine", "Enigma"), "description"),
        (said("Colossus", "Enigma", status="hedged"), "hedged in the text"),
        (said("Colossus", "the Colossus"), "both ends"),
    ],
)
def test_a_rejection_says_why(triple: Triple, reason: str) -> None:
    (statement,) = fuse([triple]).statements
    assert statement.status == "rejected" and reason in statement.reason


def test_equal_values_of_other_types_are_other_facts() -> None:
    triples = [said("Colossus", "1943", datatype=d) for d in ("gYear", "integer", "")]
    assert [s.object for s in fuse(triples).statements] == [
        "1943",
        LiteralValue("1943", "gYear"),
        LiteralValue("1943", "integer"),
    ]


def test_a_relation_is_named_by_its_plainest_asserted_form() -> None:
    triples = [
        said("Ada", "Bob", predicate="did not meet", predicate_lemma="meet", status="negated"),
        said("Ada", "Cid", predicate="did not meet", predicate_lemma="meet", status="negated"),
        said("Ada", "Dan", predicate="met", predicate_lemma="meet"),
        said("Ada", "Eve", predicate="has met", predicate_lemma="meet"),
    ]
    (relation,) = fuse(triples).relations
    assert (relation.id, relation.label, relation.aliases) == ("meet", "met", ("has met",))


def test_names_that_differ_in_composition_alone_share_an_entity() -> None:
    fusion = fuse([said("Gödel", "Vienna"), said("Go\u0308del", "Vienna", "b")])
    assert len(fusion.statements) == 1


@given(st.lists(st.sampled_from(["a  b", "a b", "a_b", "A-B", "a/b"]), min_size=2, max_size=5))
@example(["a b", "a_b"])
def test_one_identifier_means_one_entity(subjects: list[str]) -> None:
    fusion = fuse([said(n, "Thing") for n in subjects])
    by_id: dict[str, set[str]] = {}
    for s in fusion.statements:
        by_id.setdefault(s.subject, set()).update(names.key(subjects[i]) for i in s.sources)
    assert all(len(keys) == 1 for keys in by_id.values())


@given(INPUTS)
def test_what_a_model_predicts_neither_joins_nor_names_what_texts_name(triples: list[Triple]) -> None:
    texts = [t for t in triples if t.status != "inferred"]
    alone, both = fuse(texts), fuse(triples)
    groups = {(s.key, s.confidence, s.support) for s in alone.statements if s.status == "published"}
    assert groups <= {(s.key, s.confidence, s.support) for s in both.statements if s.status == "published"}
    named = {e.id: e for e in both.entities}
    assert all(named[e.id] == e for e in alone.entities)


def test_predictions_join_no_names_and_are_fused_into_what_texts_name() -> None:
    texts = [said("colossus computer", "y", "a"), said("J. Adams", "Ada", "b")]
    guesses = [said("Colossus Computer", "z", "", status="inferred")] * 3
    guesses += [said("John Adams", "Ada", "", status="inferred"), said("J. Adams", "Zeno", "", status="inferred")]
    fusion = fuse([*guesses, *texts])
    labels = {e.label for e in fusion.entities}
    assert {"colossus computer", "J. Adams", "John Adams", "Zeno"} <= labels and "Colossus Computer" not in labels
    inferred = {(s.subject, s.object) for s in fusion.statements if s.status == "inferred"}
    assert inferred == {("colossus_computer", "z"), ("John_Adams", "Ada"), ("J._Adams", "Zeno")}
