"""Counts, yes or no, connections, negation; names that look like any of them."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kgtool.reason.operators import operator
from kgtool.reason.paths import PathReasoner
from kgtool.reason.question import Question
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import RDFS

FACTS = [
    ("ann", "directed", "rain"),
    ("ann", "directed", "snow"),
    ("bob", "directed", "hail"),
    ("rain", "starred", "cid"),
    ("hail", "starred", "cid"),
    ("never", "starred", "dora"),
]
NAMES = {
    "ann": "Ann Field", "bob": "Bob Marsh", "cid": "Cid Brook", "dora": "Dora Hill",
    "rain": "Rain", "snow": "Snow", "hail": "Hail", "never": "Never Again",
}  # fmt: skip


@pytest.fixture(scope="module")
def reasoner() -> PathReasoner:
    label = ox.NamedNode(f"{RDFS}label")
    quads = [ox.Quad(*(ox.NamedNode(f"x:{n}") for n in fact)) for fact in FACTS]
    quads += [ox.Quad(ox.NamedNode(f"x:{k}"), label, ox.Literal(v)) for k, v in NAMES.items()]
    store = OxigraphStore()
    store.load(quads)
    return PathReasoner(store)


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("How many films were directed by Ann Field?", ("2",)),
        ("Did Ann Field direct Snow?", ("true",)),
        ("Did Ann Field direct Hail?", ("false",)),
        ("Was Hail directed by Bob Marsh?", ("true",)),
        ("Who starred in Never Again?", ("Dora Hill",)),
        ("How are Ann Field and Cid Brook related?", ("Rain",)),
        ("What is the connection between Ann Field and Snow?", ("directed",)),
    ],
)
def test_answers(reasoner: PathReasoner, question: str, answers: tuple[str, ...]) -> None:
    found = reasoner.reason(question)
    assert not found.abstained, found.reason
    assert found.answers == answers
    assert found.evidence and all(c.predicate in {"directed", "starred"} for c in found.evidence)


def test_the_query_says_the_same(reasoner: PathReasoner) -> None:
    counted = reasoner.reason("How many films were directed by Ann Field?")
    ((count,),) = reasoner.store.query(counted.sparql).rows()
    assert (count.value, counted.iris) == ("2", ())
    for question in ("Did Ann Field direct Snow?", "Did Ann Field direct Hail?"):
        said = reasoner.reason(question)
        assert str(reasoner.store.query(said.sparql).boolean()).lower() == said.answers[0]


def test_what_is_false_is_cited_by_what_is_so_instead(reasoner: PathReasoner) -> None:
    found = reasoner.reason("Did Ann Field direct Hail?")
    assert {c.object for c in found.evidence} == {"Rain", "Snow"}


@pytest.mark.parametrize("question", ["Which films did Ann Field not direct?", "Which films didn't Ann Field direct?"])
def test_what_is_not_so_is_not_answered(reasoner: PathReasoner, question: str) -> None:
    found = reasoner.reason(question)
    assert found.abstained and "not so" in found.reason


@pytest.mark.parametrize("question", ["What is the heaviest film of Ann Field?", "Which film starred the most people?"])
def test_the_most_of_something_is_not_guessed(reasoner: PathReasoner, question: str) -> None:
    assert operator(Question.parse(question)) == "rank"
    assert reasoner.reason(question).abstained


def test_a_forest_is_no_superlative() -> None:
    assert operator(Question.parse("Which forest is in the west?")) == ""


def test_words_of_names_ask_for_nothing() -> None:
    question = Question.parse("Will Never Again star Dora?")
    assert operator(question) == "negate"
    assert operator(question, [(1, 3)]) == "ask"
    assert operator(question, [(0, 3)]) == ""
