"""Questions that rank, compare, sum up, or ask for what is not so: the bindings of one query are the answer."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kgtool.model import Answer
from kgtool.reason.degrees import date
from kgtool.reason.demanded import named
from kgtool.reason.operators import Demands, read
from kgtool.reason.paths import PathReasoner
from kgtool.reason.question import Question
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import RDFS, XSD

TURTLE = """
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix : <x:> .
:Furniture rdfs:label "Furniture" . :Town rdfs:label "Town" . :Person rdfs:label "Person" .
:Lamp rdfs:subClassOf :Furniture ; rdfs:label "Lamp" . :Chair rdfs:subClassOf :Furniture ; rdfs:label "Chair" .
:weight rdfs:label "weight (kg)" . :price rdfs:label "price" . :madeBy rdfs:label "made by" .
:livesIn rdfs:label "lives in" . :birthDate rdfs:label "birth date" . :population rdfs:label "population" .
:width rdfs:label "width" . :height rdfs:label "height" . :launched rdfs:label "launched" .
:aster a :Lamp ; rdfs:label "Aster" ; :weight 2.5 ; :price [ :amount 40 ; :currency "EUR" ] ; :madeBy :ann ;
  :width 30 ; :height 90 ; :launched "1999"^^xsd:gYear .
:birch a :Lamp ; rdfs:label "Birch" ; :weight 4 ; :price [ :amount 25 ; :currency "EUR" ] ; :madeBy :bob ;
  :width 50 ; :height 40 ; :launched "2004"^^xsd:gYear .
:cedar a :Chair ; rdfs:label "Cedar" ; :weight 7 ; :price [ :amount 90 ; :currency "EUR" ] ; :madeBy :bob ;
  :width 60 ; :height 80 ; :launched "2011"^^xsd:gYear .
:daisy a :Chair ; rdfs:label "Daisy" ; :weight 7 ; :price [ :amount 60 ; :currency "EUR" ] ; :madeBy :bob ;
  :width 45 ; :height 70 .
:ann a :Person ; rdfs:label "Ann Field" ; :livesIn :alton ; :birthDate "1950-03-01"^^xsd:date .
:bob a :Person ; rdfs:label "Bob Marsh" ; :livesIn :belton ; :birthDate "1971-06-09"^^xsd:date .
:cid a :Person ; rdfs:label "Cid Brook" ; :livesIn :belton ; :birthDate "1990-12-24"^^xsd:date .
:alton a :Town ; rdfs:label "Alton" ; :population 1200 . :belton a :Town ; rdfs:label "Belton" ; :population 80000 .
:colton a :Town ; rdfs:label "Colton" ; :population 300 .
"""


@pytest.fixture(scope="module")
def reasoner() -> PathReasoner:
    store = OxigraphStore()
    store.load(list(ox.parse(TURTLE, format=ox.RdfFormat.TURTLE)))
    return PathReasoner(store)


def answered(reasoner: PathReasoner, question: str) -> Answer:
    found = reasoner.reason(question)
    assert not found.abstained, found.reason
    return found


QUESTIONS: dict[str, list[str]] = {
    "What is the heaviest lamp?": ["Birch"],
    "What is the heaviest furniture?": ["Cedar", "Daisy"],  # a tie is a set
    "Which is the cheapest chair we offer?": ["Daisy"],
    "Which chair has the highest price?": ["Cedar"],
    "What is the most expensive lamp?": ["Aster"],
    "Who is the oldest person?": ["Ann Field"],
    "Who is the youngest person in Belton?": ["Cid Brook"],
    "What is the second largest town?": ["Alton"],
    "What are the two largest towns?": ["Alton", "Belton"],
    "Which is the newest lamp?": ["Birch"],
    "Who made the lightest lamp?": ["Ann Field"],
    "Which person made the most furniture?": ["Bob Marsh"],
    "Which furniture has a weight over 3 kg?": ["Birch", "Cedar", "Daisy"],
    "List all furniture with a weight of at least 4000 g": ["Birch", "Cedar", "Daisy"],
    "Which lamps weigh less than 3 kg?": ["Aster"],
    "Which chairs cost between 50 and 70 EUR?": ["Daisy"],
    "Which furniture was launched after 2000?": ["Birch", "Cedar"],
    "Which people were born before 1960?": ["Ann Field"],
    "Which people were born before 9 June 1971?": ["Ann Field"],
    "Which furniture is wider than it is tall?": ["Birch"],
    "Which towns are larger than Alton?": ["Belton"],
    "Which people are older than Bob Marsh?": ["Ann Field"],
    "How many towns have a population of more than 1,000?": ["2"],
    "How many chairs did Bob Marsh make?": ["2"],
    "What is the average price of chairs?": ["75"],
    "What is the total weight of all lamps?": ["6.5"],
    "What is the highest price of chairs?": ["90"],
    "Who is older, Bob Marsh or Cid Brook?": ["Bob Marsh"],
    "Which is heavier, Aster or Birch?": ["Birch"],
    "Is Aster heavier than Birch?": ["false"],
    "Is Birch heavier than Aster?": ["true"],
    "Was Ann Field born before 1960?": ["true"],
    "Are there any lamps with a weight over 5 kg?": ["false"],
    "Which chairs are not made by Ann Field?": ["Cedar", "Daisy"],
    "Which furniture is not made by Bob Marsh?": ["Aster"],
    "Which furniture was not made by Ann Field?": ["Birch", "Cedar", "Daisy"],
    "Which people do not live in Belton?": ["Ann Field"],
    "Which chairs have no launched year?": ["Daisy"],
    "What is the price of the heaviest lamp?": ["25"],
    "What furniture does Bob Marsh make?": ["Birch", "Cedar", "Daisy"],
    "Which person has the most furniture?": ["Bob Marsh"],
}  # fmt: skip


@pytest.mark.parametrize(("question", "answers"), QUESTIONS.items())
def test_answers(reasoner: PathReasoner, question: str, answers: list[str]) -> None:
    found = answered(reasoner, question)
    assert sorted(found.answers) == answers, found.sparql
    assert found.evidence


@pytest.mark.parametrize("question", list(QUESTIONS)[:12])
def test_the_query_finds_the_same(reasoner: PathReasoner, question: str) -> None:
    found = answered(reasoner, question)
    assert {row[0].value for row in reasoner.store.query(found.sparql).rows()} == set(found.iris)


def test_every_triple_cited_is_in_the_graph(reasoner: PathReasoner) -> None:
    rows = reasoner.store.query("SELECT ?s ?o WHERE { ?s ?p ?o }").rows()
    said = {(reasoner.composer.name(s), reasoner.composer.name(o)) for s, o in rows}
    for question in ("What is the heaviest furniture?", "Who made the lightest lamp?", "Is Birch heavier than Aster?"):
        found = answered(reasoner, question)
        for cited in found.evidence:
            assert (cited.subject, cited.object) in said, cited


def test_what_is_compared_is_cited(reasoner: PathReasoner) -> None:
    found = answered(reasoner, "Who made the lightest lamp?")
    assert ("Aster", "weight (kg)", "2.5") in {(c.subject, c.predicate, c.object) for c in found.evidence}
    assert not any(c.subject == "Birch" for c in found.evidence)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Which lamp has the highest density?", "'density'"),
        ("Which town is the most expensive?", ""),
        ("Which lamps are not broken?", ""),
        ("What is not made by Ann Field?", "not so"),
        ("Is Ann Field the wife of Zed Quill?", ""),
    ],
)
def test_what_the_graph_has_not_is_refused(reasoner: PathReasoner, question: str, reason: str) -> None:
    found = reasoner.reason(question)
    assert found.abstained and reason in found.reason


def test_context_before_a_question_for_yes_or_no(reasoner: PathReasoner) -> None:
    told = "I have heard of Ann Field and of Belton. Considering who lives where, would it be accurate to say "
    assert answered(reasoner, f'{told}that "Ann Field" lives in "Alton"?').answers == ("true",)
    assert answered(reasoner, f'{told}that "Ann Field" lives in "Belton"?').answers == ("false",)


def test_a_part_of_a_name(reasoner: PathReasoner) -> None:
    assert answered(reasoner, "Where does Mr. Marsh live?").answers == ("Belton",)


@pytest.mark.parametrize(
    "question",
    ["", "?", "x " * 50_000, "Wo wohnt Ann Field?", "安妮住在哪里", "more than than over 3 the most", "\x01 over \x01"],
)
def test_bad_questions_are_refused(reasoner: PathReasoner, question: str) -> None:
    assert reasoner.reason(question).abstained


def read_by(reasoner: PathReasoner, text: str) -> tuple[str, Demands]:
    question = Question.parse(text)
    mentions = reasoner.names.link(question)
    names = [m.place for m in mentions if not m.weak and named(question, m)]
    rest, demands = read(question, names, [m.place for m in mentions], reasoner.attributes.says)
    return rest.plain, demands


def test_words_of_names_demand_nothing() -> None:
    store = OxigraphStore()
    day, made = ox.NamedNode("x:day"), ox.NamedNode("x:made_in")
    store.load(
        [
            ox.Quad(day, ox.NamedNode(f"{RDFS}label"), ox.Literal("The Longest Day After 1944")),
            ox.Quad(day, made, ox.Literal("1962", datatype=ox.NamedNode(f"{XSD}gYear"))),
        ]
    )
    rest, demands = read_by(PathReasoner(store), "When was The Longest Day After 1944 made?")
    assert rest == "When was The Longest Day After 1944 made?" and not demands


def test_units_are_converted(reasoner: PathReasoner) -> None:
    (condition,) = read_by(reasoner, "Which lamps have a weight under 2,600 g?")[1].conditions
    assert (condition.words, condition.sign, condition.number, condition.unit) == (
        ("weight",),
        "<",
        2600,
        ("mass", 1.0),
    )
    assert answered(reasoner, "Which lamps have a weight under 2,600 g?").answers == ("Aster",)


def test_dates_in_words() -> None:
    assert [date(t) for t in ("1990", "june 1990", "9 june 1990", "june 9, 1990", "1990-06-09", "often")] == [
        "1990", "1990-06", "1990-06-09", "1990-06-09", "1990-06-09", "",
    ]  # fmt: skip


def test_nodes_that_only_join_are_no_hop_of_their_own(reasoner: PathReasoner) -> None:
    network = reasoner.network
    price = network.relations.index("x:price")
    assert 2 * price in network.through
    assert all(t.value != "x:amount" for t in network.terms)
    assert [a.content for a in reasoner.attributes.all if len(a.steps) == 2] == [("price", "amount")]


@pytest.mark.parametrize(
    ("question", "cited"),
    [
        ("Who is older, Bob Marsh or Cid Brook?", {"1971-06-09", "1990-12-24"}),
        ("Which is heavier, Aster or Birch?", {"2.5", "4"}),
    ],
)
def test_both_sides_of_a_comparison_are_cited(reasoner: PathReasoner, question: str, cited: set[str]) -> None:
    found = answered(reasoner, question)
    assert {c.object for c in found.evidence} == cited and "[2]" in found.text
