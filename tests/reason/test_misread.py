"""What was once misread with confidence: directions, who does it, what a name is, and 'no' from what no text tells."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kgtool.reason.paths import PathReasoner
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import PROV, RDF, RDFS, XSD

NAMES = {
    "ann": "Ann Field", "bob": "Bob Marsh", "cid": "Cid Brook", "eve": "Eve Moor", "gus": "Gus Lake",
    "rovers": "Rovers", "keeper": "Keeper", "striker": "Striker", "acme": "Acme",
    "bolt": "Bolt", "core": "Core", "bay": "Bay",
    "oak": "Oak County", "land": "Norland", "tune": "Blue Tune",
}  # fmt: skip
FACTS = [
    ("ann", "plays for", "rovers"),
    ("bob", "plays for", "rovers"),
    ("cid", "plays for", "rovers"),
    ("ann", "plays position", "keeper"),
    ("bob", "plays position", "striker"),
    ("cid", "plays position", "striker"),
    ("acme", "acquired", "bolt"),
    ("core", "acquired", "acme"),
    ("ann", "parent of", "bob"),
    ("cid", "parent of", "ann"),
    *((n, "born in", "bay") for n in ("ann", "bob", "cid", "gus", "acme")),
    ("bay", "lies in", "oak"),
    ("bay", "lies in", "land"),
    ("tune", "created by", "gus"),
    ("eve", "sang", "tune"),
]
AGES = {"ann": 31, "eve": 31}


def node(name: str) -> ox.NamedNode:
    return ox.NamedNode("x:/" + name.replace(" ", "_"))


def made(*, told: bool) -> PathReasoner:
    """The graph, of texts (with evidence) or imported without."""
    store = OxigraphStore()
    store.load([ox.Quad(node(s), node(p), node(o)) for s, p, o in FACTS])
    store.load([ox.Quad(node(k), ox.NamedNode(f"{RDFS}label"), ox.Literal(v)) for k, v in NAMES.items()])
    age = ox.NamedNode(f"{XSD}integer")
    store.load([ox.Quad(node(k), node("age"), ox.Literal(str(v), datatype=age)) for k, v in AGES.items()])
    if told:
        subject, derived = ox.NamedNode(f"{RDF}subject"), ox.NamedNode(f"{PROV}wasDerivedFrom")
        evidence, graph = node("evidence 1"), node("evidence")
        store.load([ox.Quad(evidence, subject, node("ann"), graph), ox.Quad(evidence, derived, node("c"), graph)])
    return PathReasoner(store)


@pytest.fixture(scope="module")
def reasoner() -> PathReasoner:
    return made(told=True)


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("Who acquired Acme?", {"Core"}),
        ("What did Acme acquire?", {"Bolt"}),
        ("Who is the parent of Ann Field?", {"Cid Brook"}),
        ("Who is Ann Field the parent of?", {"Bob Marsh"}),
        ("Who is Bob Marsh's parent?", {"Ann Field"}),
        ("Did Acme acquire Bolt?", {"true"}),
        ("How many players play for Rovers?", {"3"}),
        ("Which players play for Rovers?", {"Ann Field", "Bob Marsh", "Cid Brook"}),
        ("Which position does Ann Field play?", {"Keeper"}),
        ("Which man created the song Blue Tune?", {"Gus Lake"}),
        ("Was Ann Field born in Bay?", {"true"}),
    ],
)
def test_answers(reasoner: PathReasoner, question: str, answers: set[str]) -> None:
    found = reasoner.reason(question)
    assert set(found.answers) == answers, found.reason


@pytest.mark.parametrize(
    "question",
    [
        "Did Bolt acquire Acme?",  # the other way round
        "Is Rovers a player?",
        "Was Eve Moor born in Bay?",  # no text tells where she was born
        "How are Ann Field and Eve Moor connected?",  # of the same age
        "Who is the president of Rovers?",
    ],
)
def test_refuses(reasoner: PathReasoner, question: str) -> None:
    found = reasoner.reason(question)
    assert found.abstained, found.answers


def test_a_graph_that_was_imported_is_taken_to_be_complete() -> None:
    asked = "Does Ann Field play for Bay?"
    assert made(told=False).reason(asked).answers == ("false",)
    assert made(told=True).reason(asked).abstained  # three facts of texts deny nothing
