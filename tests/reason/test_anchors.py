"""Entities that the asker gives, events, and conversations, on one small graph."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyoxigraph as ox
import pytest

from kgtool.errors import NotFoundError
from kgtool.reason.conversation import Conversation
from kgtool.reason.paths import PathReasoner
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import RDF, RDFS, SCHEMA

BASE = "https://kgtool.example/entity/"
FACTS = """
z3 designed_by zuse | zuse born_in berlin | z3 exhibited_in munich | z4 designed_by zuse | zuse married gisela
eniac designed_by eckert | eniac designed_by mauchly | eckert born_in philadelphia | mauchly born_in cincinnati
mercury1 discovered_by galileo | mercury2 discovered_by kelly
"""
NAMES = {
    "z3": "Z3", "z4": "Z4", "zuse": "Konrad Zuse", "berlin": "Berlin", "munich": "Munich", "gisela": "Gisela Brandes",
    "eniac": "ENIAC", "eckert": "Presper Eckert", "mauchly": "John Mauchly", "philadelphia": "Philadelphia",
    "cincinnati": "Cincinnati", "mercury1": "Mercury", "mercury2": "Mercury", "galileo": "Galileo", "kelly": "Kelly",
}  # fmt: skip
PERSONS = ("zuse", "gisela", "eckert", "mauchly", "z3")
"""The last one wrongly, as it may come out of texts."""


def iri(name: str) -> str:
    return BASE + name


@pytest.fixture(scope="module")
def store() -> OxigraphStore:
    made = OxigraphStore()
    rows = [fact.split() for line in FACTS.strip().splitlines() for fact in line.split("|")]
    relation = "https://kgtool.example/relation/"
    quads = [ox.Quad(ox.NamedNode(iri(s)), ox.NamedNode(relation + p), ox.NamedNode(iri(o))) for s, p, o in rows]
    quads += [ox.Quad(ox.NamedNode(iri(k)), ox.NamedNode(f"{RDFS}label"), ox.Literal(v)) for k, v in NAMES.items()]
    kind, person = ox.NamedNode(f"{RDF}type"), ox.NamedNode(f"{SCHEMA}Person")
    made.load([*quads, *(ox.Quad(ox.NamedNode(iri(p)), kind, person) for p in PERSONS)])
    return made


@pytest.fixture(scope="module")
def reasoner(store: OxigraphStore) -> PathReasoner:
    return PathReasoner(store)


class Seen(list[tuple[str, dict[str, Any]]]):
    """The events of a trace."""

    def __call__(self, event: str, told: Mapping[str, Any]) -> None:
        json.dumps(told)  # else it could not be written
        self.append((event, dict(told)))

    def of(self, name: str) -> list[dict[str, Any]]:
        return [told for event, told in self if event == name]


def test_what_happens_is_told(reasoner: PathReasoner) -> None:
    seen = Seen()
    found = reasoner.reason("Where was the designer of the Z3 born?", trace=seen)
    assert found.answers == ("Berlin",)
    assert (seen[0][0], seen[-1][0]) == ("link", "answer")
    (name,) = (n for n in seen.of("link")[0]["names"] if n["text"] == "Z3")
    assert [(c["iri"], c["label"], c["facts"]) for c in name["candidates"]] == [(iri("z3"), "Z3", 2 + 1)]
    assert any(row["iri"] == iri("z3") and row["paths"]["2"] for row in seen.of("expand"))
    kept = seen.of("keep")
    assert kept[0]["rank"] == 1 and kept[0]["examples"] == ["Berlin"] and "born in" in kept[0]["path"]
    dropped = {row["what"]: row["reason"] for row in seen.of("drop")}
    assert all(row["path"] in dropped and "below the best" in dropped[row["path"]] for row in kept[1:])
    assert seen.of("answer")[0]["answers"] == ["Berlin"] and seen.of("answer")[0]["confidence"] == found.confidence


def test_what_is_not_there_is_told_with_the_nearest_names(reasoner: PathReasoner) -> None:
    seen = Seen()
    found = reasoner.reason("who was the mother of conrad suze?", trace=seen)
    assert found.abstained and seen.of("link")[0]["nearest"][0] == "Konrad Zuse"
    assert "Konrad Zuse" in found.reason and seen.of("answer")[0]["abstained"]


def test_the_trace_changes_nothing(reasoner: PathReasoner) -> None:
    for question in ("Who designed the Z3?", "Who discovered Mercury?", "Where was Galileo born?"):
        rows = [reasoner.reason(question, trace=trace).to_json() for trace in (Seen(), Seen())]
        assert {**rows[0], "seconds": 0} == {**rows[1], "seconds": 0}
        assert {**rows[0], "seconds": 0} == {**reasoner.reason(question).to_json(), "seconds": 0}


@pytest.mark.parametrize(("name", "answer"), [("mercury1", "Galileo"), ("mercury2", "Kelly")])
def test_an_entity_that_is_given_goes_before_its_homonyms(reasoner: PathReasoner, name: str, answer: str) -> None:
    seen = Seen()
    found = reasoner.reason("Who discovered Mercury?", entities=[iri(name)], trace=seen)
    assert found.answers == (answer,)
    assert [c["iri"] for n in seen.of("link")[0]["names"] for c in n["candidates"]] == [iri(name)]


@pytest.mark.parametrize(
    "question", ["Where was he born?", "Where was Conny Suse born?", "Where was Galileo born?", "Where born?"]
)
def test_an_entity_that_is_given_takes_the_place_of_what_the_question_says(
    reasoner: PathReasoner, question: str
) -> None:
    """A pronoun, a name that nothing has, a name that something else has, nothing."""
    assert reasoner.reason(question, entities=[iri("zuse")]).answers == ("Berlin",)


def test_an_entity_that_is_not_there_is_an_error(reasoner: PathReasoner) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        reasoner.reason("Who was he?", entities=[iri("nobody")])


# conversations


@pytest.fixture
def talk(reasoner: PathReasoner, store: OxigraphStore) -> Conversation:
    return Conversation(reasoner, store)


def said(talk: Conversation, *questions: str) -> list[tuple[str, ...]]:
    return [talk.ask(q).answers for q in questions]


def test_pronouns_stand_for_what_was_said(talk: Conversation) -> None:
    asked = ("Who designed the Z3?", "And where was he born?", "Who did he marry?", "Where was it exhibited?")
    assert said(talk, *asked) == [("Konrad Zuse",), ("Berlin",), ("Gisela Brandes",), ("Munich",)]


def test_the_same_is_asked_of_something_else(talk: Conversation) -> None:
    both = ("John Mauchly", "Presper Eckert")
    assert said(talk, "Who designed the Z3?", "And ENIAC?", "What about Z4?") == [
        ("Konrad Zuse",), both, ("Konrad Zuse",)
    ]  # fmt: skip
    assert [a.question for a in talk.said][1] == "Who designed the ENIAC?"


def test_a_pronoun_for_several_is_tried_with_each(talk: Conversation) -> None:
    talk.ask("Who designed ENIAC?")
    assert talk.ask("Where was John Mauchly born?").answers == ("Cincinnati",)
    assert talk.ask("Where was he born?").answers == ("Cincinnati",)


def test_a_name_that_nothing_has_is_not_what_was_said_before(talk: Conversation) -> None:
    talk.ask("Who designed the Z3?")
    assert talk.ask("Where was Zaphod Beeblebrox born?").abstained


def test_without_anything_before_a_pronoun_stands_for_nothing(talk: Conversation) -> None:
    assert talk.ask("Where was he born?").abstained
    assert talk.ask("And Z3?").abstained and talk.ask("").abstained


def test_an_entity_is_in_mind_when_it_is_named(talk: Conversation) -> None:
    talk.ask("Who designed ENIAC?")
    talk.mention(iri("zuse"))
    assert talk.ask("Where was he born?").answers == ("Berlin",)
    assert talk.ask("Where was he born?", [iri("eckert")]).answers == ("Philadelphia",)


def test_they_are_all_of_the_last_answers(talk: Conversation, store: OxigraphStore) -> None:
    talk.ask("Who designed ENIAC?")
    found = talk.ask("Where were they born?")
    assert found.answers == ("Cincinnati", "Philadelphia") and found.iris == (iri("cincinnati"), iri("philadelphia"))
    assert {(c.subject, c.object) for c in found.evidence} == {
        ("John Mauchly", "Cincinnati"), ("Presper Eckert", "Philadelphia")
    }  # fmt: skip
    assert "[1]" in found.text and "[2]" in found.text and 0 < found.confidence <= 1
    assert {row[0].value for row in store.query(found.sparql).rows()} == set(found.iris)
    assert talk.ask("What did they design?").answers == ("ENIAC",)  # not the towns
    again = talk.ask("How many machines did they design?")
    assert again.answers == ("1",) and len(again.evidence) == 2  # one, together
    (row,) = store.query(again.sparql).rows()
    assert row[0].value == "1"


def test_they_are_what_is_known_of_some(talk: Conversation) -> None:
    assert len(talk.ask("What was designed by Konrad Zuse?").answers) == 2
    found = talk.ask("Where were they exhibited?")
    assert found.answers == ("Munich",) and found.notes == ("the graph does not say it of Z4",)
    assert talk.ask("Who painted them?").abstained


def test_yes_is_said_of_all(talk: Conversation, store: OxigraphStore) -> None:
    talk.ask("Who designed ENIAC?")
    found = talk.ask("Were they born in Philadelphia?")
    assert found.answers == ("false",) and not store.query(found.sparql).boolean()
    talk.ask("Who designed ENIAC?")
    found = talk.ask("Did they design ENIAC?")
    assert found.answers == ("true",) and store.query(found.sparql).boolean() and len(found.evidence) == 2
