"""What sentences state and what they do not, on the real pipeline."""

from __future__ import annotations

import pytest

from kgtool.extract.phrases import balanced
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
    ('"Hello 😀 World" is a song by Ada.', "Hello 😀 World", "is a song by", "Ada"),
    ("The band “The Who” was formed in London.", "The Who", "was formed in", "London"),
    ("Konrad Zuse 🚀 built the Z3.", "Konrad Zuse", "built", "the Z3"),
    ("The statue fell because it had lost a leg.", "The statue", "had lost", "a leg"),
    ("Oslo University awarded Maria Berg a medal.", "Oslo University", "awarded", "a medal"),
    ("Oslo University awarded Maria Berg a medal.", "Oslo University", "awarded a medal to", "Maria Berg"),
    ("The gene gives the fish an advantage.", "The gene", "gives the fish", "an advantage"),
    ("John Mauchly was born in Ohio. Mauchly died on 8 January 1980.", "Mauchly", "died on", "8 January 1980"),
    ("Alan Turing was born in London. Turing studied in Princeton.", "Turing", "studied in", "Princeton"),
]
NOT_STATED = [
    ("Acme Corp founded Kappa. It is a myth that Napoleon was short.", "Acme Corp", "a myth that Napoleon was short"),
    ("It is unlikely that Acme owns Zeta.", "It", "unlikely"),
    ("Kappa built a dam. It is hard to cross the river.", "Kappa", "hard"),
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
    ("Neither Ann Lee nor Bob Ray founded Kappa.", "Kappa", "negated"),
    ("Rules are needed to ensure that the tax is paid in March.", "March", "hedged"),
    ("Some believe that Atlantis was an island that lay in the ocean.", "the ocean", "attributed"),
    ("Ada is not the man who built ENIAC.", "ENIAC", "negated"),
    ("In the novel, Ada kills Charles.", "Charles", "attributed"),
    ("Ada marries Charles in her second film.", "Charles", "attributed"),
    ("In the 1984 film, Ada meets Bob and kills Charles.", "Charles", "attributed"),
    ("In Greek mythology, Zeus defeats Cronus.", "Cronus", "attributed"),
    ("In the film, Boris Karloff plays Ardath Bey.", "Ardath Bey", "asserted"),
    ("In the final game, Messi scored two goals.", "two goals", "asserted"),
    ("Mary, who lived in London, kills Charles in the story.", "London", "asserted"),
    ("Ada is about to join IBM.", "about to join IBM", "hedged"),
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


def test_a_name_that_is_said_to_be_a_person_is_no_company(extractor: RulesExtractor) -> None:
    text = "Wells Fargo was a banker who was born in Ohio. The company was founded in 1852. He died in Boston."
    found = {(t.subject, t.predicate, t.object) for t in triples(extractor, text)}
    assert ("The company", "was founded in", "1852") in found
    assert ("Wells Fargo", "died in", "Boston") in found


@pytest.mark.parametrize(
    ("text", "kept"),
    [('rainbow" theme', "rainbow theme"), ('Adele\'s "Hello', "Adele's Hello"), ('a "thankless" task', None),
     ("The ” Who", "The Who"), ("“The Who”", None), ("a “song", "a song"),
     ("the Z3 (built", "the Z3"), ('3.5" disk', None)],
)  # fmt: skip
def test_a_mark_without_its_other_one_is_no_part_of_a_name(text: str, kept: str | None) -> None:
    assert balanced(text) == (kept or text)
