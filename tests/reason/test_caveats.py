"""What an answer says with itself: several things of one name, and what was not read."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kgtool.cli import _answers as answers
from kgtool.model import Homonym
from kgtool.reason.caveats import asked
from kgtool.reason.conversation import Conversation
from kgtool.reason.paths import PathReasoner
from kgtool.reason.question import MAX_WORDS
from kgtool.reason.tog import TogReasoner
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import RDFS

BASE = "https://kgtool.example/entity/"
FACTS = "m1 discovered_by galileo | m2 discovered_by kelly | m1 orbits sun | z3 designed_by zuse"
NAMES = {
    "m1": "Mercury", "m2": "Mercury", "galileo": "Galileo", "kelly": "Kelly", "sun": "the Sun", "z3": "Z3",
    "zuse": "Konrad Zuse",
}  # fmt: skip
BOTH = (f"{BASE}m1", f"{BASE}m2")
DISCOVERERS = dict(zip(BOTH, ("Galileo", "Kelly"), strict=True))


@pytest.fixture(scope="module")
def store() -> OxigraphStore:
    made, relation = OxigraphStore(), "https://kgtool.example/relation/"
    rows = [fact.split() for fact in FACTS.split("|")]
    quads = [ox.Quad(ox.NamedNode(BASE + s), ox.NamedNode(relation + p), ox.NamedNode(BASE + o)) for s, p, o in rows]
    label = ox.NamedNode(f"{RDFS}label")
    made.load([*quads, *(ox.Quad(ox.NamedNode(BASE + k), label, ox.Literal(v)) for k, v in NAMES.items())])
    return made


def test_homonyms_are_told_with_the_one_that_was_taken(store: OxigraphStore) -> None:
    reasoner = PathReasoner(store)
    found = asked(reasoner, "Who discovered Mercury?")
    (one,) = found.homonyms
    assert (one.name, one.iris) == ("Mercury", BOTH) and found.answers == (DISCOVERERS[one.iri],)
    assert found.to_json()["homonyms"] == [{"name": "Mercury", "iri": one.iri, "iris": list(BOTH)}]
    (line,) = answers.homonyms(found)
    assert line == f"'Mercury' may be <{BOTH[0]}> or <{BOTH[1]}>; <{one.iri}> was taken: --entity says which"
    (other,) = set(BOTH) - {one.iri}
    again = asked(reasoner, "Who discovered Mercury?", entities=[other])
    assert again.answers == (DISCOVERERS[other],) and not again.homonyms and "homonyms" not in again.to_json()


def test_an_abstention_tells_homonyms_too(store: OxigraphStore) -> None:
    found = asked(PathReasoner(store), "When was Mercury painted?")
    assert found.abstained and found.homonyms == (Homonym("Mercury", "", BOTH),)


def test_think_on_graph_and_conversations_tell_homonyms(store: OxigraphStore) -> None:
    for found in (
        asked(TogReasoner(store, pruner="bm25"), "Who discovered Mercury?"),
        Conversation(PathReasoner(store), store).ask("Who discovered Mercury?"),
    ):
        (one,) = found.homonyms
        assert one.name == "Mercury" and one.iri in one.iris == BOTH


def test_what_is_not_read_of_a_question_is_told(store: OxigraphStore) -> None:
    reasoner = PathReasoner(store)
    for text, told in [
        ("Who designed the Z3?", False),
        (f"Who designed the Z3? {'so ' * (MAX_WORDS - 5)}", False),
        (f"Who designed the Z3? {'so ' * MAX_WORDS}", True),
        ("x" * 100_000, True),
    ]:
        found = asked(reasoner, text)
        assert [f"first {MAX_WORDS} words" in note for note in found.notes] == [True] * told
