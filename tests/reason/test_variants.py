"""What documents call by a last name alone; and what 'which' asks for."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kgtool.reason.paths import PathReasoner
from kgtool.reason.question import Question, Reading
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import PROV, RDF, RDFS

NAMES = {
    "full": "Mary Field",
    "short": "Field",
    "jim": "Jim Brook",
    "other": "Ann Marsh",
    "marsh": "Marsh",
    "cid": "Cid",
    "long": "Mary Ann Field",
    "bay": "Bay",
}
FACTS = [
    ("short", "married to", "jim"),
    ("full", "praised", "cid"),
    ("other", "praised", "cid"),
    ("marsh", "married to", "cid"),
    ("long", "born in", "bay"),
]
TOLD = {"short": "d1", "full": "d1", "other": "d1", "marsh": "d2", "long": "d1"}  # the document of each subject's facts


def node(name: str) -> ox.NamedNode:
    return ox.NamedNode("x:/" + name.replace(" ", "_"))


@pytest.fixture(scope="module")
def reasoner() -> PathReasoner:
    store = OxigraphStore()
    derived, subject, graph = ox.NamedNode(f"{PROV}wasDerivedFrom"), ox.NamedNode(f"{RDF}subject"), node("evidence")
    store.load([ox.Quad(node(s), node(p), node(o)) for s, p, o in FACTS])
    store.load([ox.Quad(node(k), ox.NamedNode(f"{RDFS}label"), ox.Literal(v)) for k, v in NAMES.items()])
    for name, document in TOLD.items():
        evidence, chunk = node(f"e {name}"), node(f"c {name}")
        store.load([ox.Quad(evidence, subject, node(name), graph), ox.Quad(evidence, derived, chunk, graph)])
        store.load([ox.Quad(chunk, derived, node(document), graph)])
    return PathReasoner(store)


def test_a_short_name_of_the_same_document_is_tried(reasoner: PathReasoner) -> None:
    found = reasoner.reason("Who is Mary Field married to?")
    assert found.answers == ("Jim Brook",) and found.evidence[0].subject == "Field"
    assert found.confidence < reasoner.reason("Who is Field married to?").confidence
    assert reasoner.reason("Is Mary Field married to Jim Brook?").answers == ("true",)


def test_a_name_with_more_in_the_middle_is_tried(reasoner: PathReasoner) -> None:
    found = reasoner.reason("Where was Mary Field born?")
    assert found.answers == ("Bay",) and found.evidence[0].subject == "Mary Ann Field"


def test_one_of_another_document_is_not(reasoner: PathReasoner) -> None:
    assert reasoner.reason("Who is Ann Marsh married to?").abstained


def test_which_asks_for_a_thing_unless_it_names_a_number() -> None:
    kinds = {
        text: Reading.of(Question.parse(text), [(3, 5)]).kind
        for text in (
            "Which company founded Night Train?",
            "Which year opened Night Train?",
            "What company made Night Train?",
        )
    }
    assert list(kinds.values()) == ["thing", "", ""]
