"""What every reasoner keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pyoxigraph as ox
import pytest

from kgtool import registry
from kgtool.errors import NotFoundError
from kgtool.llm.scripted import ScriptedModel
from kgtool.ports import ModelRequest, Reasoner, Store
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import RDF, RDFS, SCHEMA, XSD

GOLD = {
    "Who designed the Z3?": {"Konrad Zuse"},
    "Who designed ENIAC?": {"Presper Eckert", "John Mauchly"},
    "Where was the designer of the Z3 born?": {"Berlin"},
    "What did Konrad Zuse found?": {"Zuse KG"},
    "What was founded by the designer of the Z3?": {"Zuse KG"},
    "When was the Z3 completed?": {"1941"},
    "Which machine did John Mauchly design?": {"ENIAC"},
    "When was ENIAC completed?": {"1950"},
}


def informed(request: ModelRequest) -> Any:
    """What a model says that knows the answers, and nothing about the ways there."""
    user = request.messages[-1]["content"]
    gold = (GOLD | {"Where was he born?": {"Berlin"}}).get(user.partition("\n")[0].removeprefix("Question: "), set())
    if "scores" in request.schema["properties"]:
        return {"scores": [{"id": i, "score": 1} for i in range(1, 10)]}
    if "enough" in request.schema["properties"]:
        return {"enough": bool(gold) and all(f"– {name}\n" in user or f"{name} –" in user for name in gold)}
    return {
        "answers": [int(n) for n, name in re.findall(r"^(\d+)\. (.*)$", user, re.M) if name in gold],
        "verdict": "none",
    }


MAKERS: dict[str, Callable[[Store], Reasoner]] = {
    "paths": lambda store: registry.get("reasoner", "paths")(store),
    "tog": lambda store: registry.get("reasoner", "tog")(store, model=ScriptedModel(informed)),
}

BASE = "https://kgtool.example/"
FACTS = [
    ("z3", "designed_by", "zuse"),
    ("z3", "completed_in", 1941),
    ("zuse", "born_in", "berlin"),
    ("zuse", "founded", "kg"),
    ("eniac", "designed_by", "eckert"),
    ("eniac", "designed_by", "mauchly"),
    ("eniac_2", "completed_in", 1950),
]
NAMES = {
    "z3": "Z3", "zuse": "Konrad Zuse", "berlin": "Berlin", "kg": "Zuse KG",
    "eniac": "ENIAC", "eckert": "Presper Eckert", "mauchly": "John Mauchly", "eniac_2": "ENIAC",
}  # fmt: skip
PEOPLE = ("zuse", "eckert", "mauchly")


def entity(name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{BASE}entity/{name}")


@pytest.fixture(scope="module")
def store() -> Store:
    made = OxigraphStore()
    label = ox.NamedNode(RDFS + "label")
    quads = [ox.Quad(entity(k), label, ox.Literal(v, language="en")) for k, v in NAMES.items()]
    kind, person = ox.NamedNode(RDF + "type"), ox.NamedNode(SCHEMA + "Person")
    quads += [ox.Quad(entity(p), kind, person) for p in PEOPLE]
    for s, p, o in FACTS:
        relation = ox.NamedNode(f"{BASE}relation/{p}")
        other = entity(o) if isinstance(o, str) else ox.Literal(str(o), datatype=ox.NamedNode(XSD + "gYear"))
        quads.append(ox.Quad(entity(s), relation, other))
        quads.append(ox.Quad(relation, label, ox.Literal(p.replace("_", " "), language="en")))
    made.load(quads)
    return made


@pytest.fixture(scope="module", params=sorted(MAKERS))
def reasoner(request: pytest.FixtureRequest, store: Store) -> Reasoner:
    return MAKERS[request.param](store)


def test_it_is_a_reasoner(reasoner: Reasoner) -> None:
    assert isinstance(reasoner, Reasoner)


@pytest.mark.parametrize(
    ("question", "answers"),
    GOLD.items(),
)
def test_answers_are_sets(reasoner: Reasoner, question: str, answers: set[str]) -> None:
    found = reasoner.reason(question)
    assert not found.abstained, found.reason
    assert set(found.answers) == answers
    assert 0 < found.confidence <= 1


def test_the_query_gives_the_answers(reasoner: Reasoner, store: Store) -> None:
    found = reasoner.reason("Who designed ENIAC?")
    assert {row[-1].value for row in store.query(found.sparql).rows()} == set(found.iris)


def test_cited_triples_are_in_the_store_in_their_direction(reasoner: Reasoner) -> None:
    found = reasoner.reason("Which machine did John Mauchly design?")
    (cited,) = found.evidence
    assert (cited.subject, cited.predicate, cited.object) == ("ENIAC", "designed by", "John Mauchly")
    assert cited.direction == "backward"


def test_it_tells_what_it_does(reasoner: Reasoner) -> None:
    events: list[str] = []
    found = reasoner.reason("Who designed the Z3?", trace=lambda event, told: events.append(event))
    assert found.answers == ("Konrad Zuse",)
    assert events[0] == "link" and events.count("answer") == 1 == len(events) - events.index("answer")


def test_an_entity_can_be_given(reasoner: Reasoner) -> None:
    assert reasoner.reason("Where was he born?", entities=[entity("zuse").value]).answers == ("Berlin",)
    assert reasoner.reason("When was ENIAC completed?", entities=[entity("eniac").value]).abstained
    with pytest.raises(NotFoundError):
        reasoner.reason("Where was he born?", entities=[entity("nobody").value])


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?",
        "Who?",
        "When was Napoleon crowned?",
        "Who painted the Z3?",
        "Where was ENIAC exhibited?",
        "x" * 100_000,
        "Wer baute die Z3?",
        "🙂",
    ],
)
def test_it_abstains_with_a_reason(reasoner: Reasoner, question: str) -> None:
    found = reasoner.reason(question)
    assert found.abstained and found.reason
    assert not found.answers and not found.text


def test_the_same_question_has_the_same_answer(reasoner: Reasoner) -> None:
    first, second = (reasoner.reason("Who designed ENIAC?").to_json() for _ in range(2))
    assert first | {"seconds": 0} == second | {"seconds": 0}
