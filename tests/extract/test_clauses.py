"""What sentences state and what they do not, on the real pipeline."""

from __future__ import annotations

import pytest

from kgtool.extract.rules import RulesExtractor
from kgtool.model import Chunk, Triple

STATED = [
    ("The course deals with issues related to safety.", "The course", "deals with", "issues related to safety"),
    ("The survey praised the depth and quality of the work.", "The survey", "praised", "quality of the work"),
    ("Glaciers are a way to store water.", "Glaciers", "are", "a way to store water"),
    ("The firm can lower prices and win customers.", "The firm", "can win", "customers"),
    ("The team built a machine called the Bombe.", "The team", "built", "Bombe"),
    ("The team built a machine called the Bombe.", "Bombe", "is", "a machine"),
    ("The insect undergoes a change known as metamorphosis.", "The insect", "undergoes", "metamorphosis"),
    ("One of the oldest bridges, Ponte Vecchio, was built in 1345.", "Ponte Vecchio", "was built in", "1345"),
    ("The festival serves as a market in summer.", "The festival", "serves as", "a market"),
    ("The plant supplies the town with water.", "The plant", "supplies the town with", "water"),
    ("Banting is credited with the discovery of insulin.", "Banting", "is credited with", "the discovery of insulin"),
    ("Rome played a central role in the trade.", "Rome", "played a central role in", "the trade"),
    ("Marie Curie was professor of physics until 1934.", "Marie Curie", "was professor of physics until", "1934"),
    ("Delays are frequent due to the old signals.", "Delays", "are frequent due to", "the old signals"),
    ("They visited Boston and Salem (a small port).", "Salem", "is", "a small port"),
    ("Colossus was fast, and it broke the code.", "Colossus", "broke", "the code"),
    ("The statue fell because it had lost a leg.", "The statue", "had lost", "a leg"),
    ("Oslo University awarded Maria Berg a medal.", "Oslo University", "awarded", "a medal"),
    ("Oslo University awarded Maria Berg a medal.", "Oslo University", "awarded a medal to", "Maria Berg"),
    ("The gene gives the fish an advantage.", "The gene", "gives the fish", "an advantage"),
    ("John Mauchly was born in Ohio. Mauchly died on 8 January 1980.", "Mauchly", "died on", "8 January 1980"),
    ("Alan Turing was born in London. Turing studied in Princeton.", "Turing", "studied in", "Princeton"),
]
NOT_STATED = [
    ("Rome played a central role in the trade.", "Rome", "a central role"),
    ("The plant supplies the town with water.", "The plant", "the town"),
    ("Banting is credited with the discovery of insulin in 1921.", "Banting", "1921"),
    ("Bridges have come a long way since their beginnings in the 19th century.", "Bridges", "the 19th century"),
    ("Many guests left the hotel, leading to losses.", "Many guests", "losses"),
    ("Fairs were common, with singers performing ballads.", "Fairs", "singers"),
    ("From feeding horses to baking bread, the life of a groom was hard.", "the life of a groom", "horses"),
    ("The firm split the market into four time zones: North, South, East and West.", "North", "four time zones"),
]
STATUS = [
    ("Rules are needed to ensure that the tax is paid in March.", "March", "hedged"),
    ("Some believe that Atlantis was an island that lay in the ocean.", "the ocean", "attributed"),
    ("Ada is not the man who built ENIAC.", "ENIAC", "negated"),
]


@pytest.fixture(scope="module")
def extractor() -> RulesExtractor:
    return RulesExtractor()


def triples(extractor: RulesExtractor, sentence: str) -> list[Triple]:
    """The triples of a sentence."""
    (found,) = extractor.extract([Chunk("d", 0, len(sentence), sentence)])
    return list(found.triples)


@pytest.mark.parametrize(("sentence", "subject", "predicate", "other"), STATED)
def test_stated(extractor: RulesExtractor, sentence: str, subject: str, predicate: str, other: str) -> None:
    found = [(t.subject, t.predicate, t.object) for t in triples(extractor, sentence)]
    assert (subject, predicate, other) in found


@pytest.mark.parametrize(("sentence", "subject", "other"), NOT_STATED)
def test_not_stated(extractor: RulesExtractor, sentence: str, subject: str, other: str) -> None:
    found = triples(extractor, sentence)
    assert found and (subject, other) not in {(t.subject, t.object) for t in found}


@pytest.mark.parametrize(("sentence", "other", "status"), STATUS)
def test_status_of_clauses(extractor: RulesExtractor, sentence: str, other: str, status: str) -> None:
    found = [t.status for t in triples(extractor, sentence) if t.object == other]
    assert found and set(found) == {status}
