"""Reasoning over a graph behind an endpoint: the same answers as here, in depth + 2 requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
import pytest
from endpoints import Server

from kgtool.model import Answer
from kgtool.reason import neighbourhood
from kgtool.reason.paths import PathReasoner
from kgtool.reason.question import Question
from kgtool.reason.tog import TogReasoner
from kgtool.store.address import Credentials
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.protocol import Endpoint
from kgtool.store.remote import RemoteResults, RemoteStore
from kgtool.store.vocabulary import DCTERMS, KG, NIF, OA, PROV, RDF, RDFS, XSD, Namespaces

pytestmark = pytest.mark.endpoint

SPACE = Namespaces("https://reason.example/")
FILMS = 40
FACTS = [
    ("night", "directed_by", "ann"), ("night", "written_by", "bob"), ("night", "released_in", 1990),
    ("ann", "born_in", "alton"), ("alton", "located_in", "freedonia"), ("bob", "born_in", "belton"),
    *((f"film{i}", "directed_by", "cid") for i in range(FILMS)),
    *((f"film{i}", "released_in", 1950 + i) for i in range(FILMS)),
    ("mercury1", "discovered_by", "bob"), ("mercury2", "recorded_by", "cid"),
    ("film0", "starred", "Zoe%20Bare"),
]  # fmt: skip
NAMES = {
    "night": "Night Train", "ann": "Ann Field", "bob": "Bob Marsh", "cid": "Cid Brook", "alton": "Alton",
    "belton": "Belton", "freedonia": "Freedonia", "mercury1": "Mercury", "mercury2": "Mercury",
    **{f"film{i}": f"Reel {i}" for i in range(FILMS)},
}  # fmt: skip
QUESTIONS = [
    "Who directed Night Train?",
    "When was Night Train released?",
    "Where was the director of Night Train born?",
    "Where is the birthplace of the director of Night Train located?",
    "Which films were directed by Ann Field?",
    "Which films were directed by Cid Brook?",
    "How many films were directed by Cid Brook?",
    "Did Ann Field direct Night Train?",
    "Did Bob Marsh direct Night Train?",
    "How are Night Train and Alton related?",
    "Who discovered Mercury?",
    "Who recorded Mercury?",
    "Which films share directors with Reel 1?",
    "Which films did Ann Field not direct?",
    "Who directed The Unknown Film?",
    "",
]


def entity(name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{SPACE.base}entity/{name}")


def quads() -> Iterator[ox.Quad]:
    label = ox.NamedNode(f"{RDFS}label")
    for i, (name, text) in enumerate(NAMES.items()):
        yield ox.Quad(entity(name), label, ox.Literal(text, language="en") if i % 2 else ox.Literal(text))
    year = ox.NamedNode(f"{XSD}gYear")
    for subject, relation, other in FACTS:
        term = entity(other) if isinstance(other, str) else ox.Literal(str(other), datatype=year)
        yield ox.Quad(entity(subject), ox.NamedNode(f"{SPACE.base}relation/{relation}"), term)
    for relation in {r for _, r, _ in FACTS}:
        yield ox.Quad(ox.NamedNode(f"{SPACE.base}relation/{relation}"), label, ox.Literal(relation.replace("_", " ")))
    yield from sentence("night", "directed_by", "ann", "Ann Field directed Night Train.")


def sentence(subject: str, relation: str, other: str, text: str) -> Iterator[ox.Quad]:
    """The evidence of a fact, as kgtool publishes it."""
    evidence, chunk, document, run = (
        ox.NamedNode(f"{SPACE.base}{n}") for n in ("evidence", "chunk", "document", "run")
    )
    for node, relation_, value in [
        (evidence, f"{RDF}subject", entity(subject)),
        (evidence, f"{RDF}predicate", ox.NamedNode(f"{SPACE.base}relation/{relation}")),
        (evidence, f"{RDF}object", entity(other)), (evidence, f"{OA}exact", ox.Literal(text)),
        (evidence, f"{KG}status", ox.Literal("asserted")), (evidence, f"{KG}confidence", ox.Literal(0.9)),
        (evidence, f"{NIF}beginIndex", ox.Literal(3)), (evidence, f"{NIF}endIndex", ox.Literal(3 + len(text))),
        (evidence, f"{PROV}wasGeneratedBy", run), (run, f"{KG}extractor", ox.Literal("rules")),
        (evidence, f"{PROV}wasDerivedFrom", chunk), (chunk, f"{PROV}wasDerivedFrom", document),
        (document, f"{DCTERMS}identifier", ox.Literal("a.txt")),
    ]:  # fmt: skip
        yield ox.Quad(node, ox.NamedNode(relation_), value, ox.NamedNode(SPACE.provenance))


class Counting(RemoteStore):
    """Counts its requests."""

    requests = 0

    def query(self, sparql: str, **rest: Any) -> RemoteResults:
        self.requests += 1
        return super().query(sparql, **rest)


@dataclass
class Both:
    """The same graph here and behind a server."""

    here: PathReasoner
    there: PathReasoner
    store: Counting

    def ask(self, question: str) -> tuple[Answer, Answer, int]:
        before = self.store.requests
        found = self.there.reason(question)
        return self.here.reason(question), found, self.store.requests - before


@pytest.fixture(scope="module", params=["oxigraph"])
def remote(request: pytest.FixtureRequest) -> Counting:
    server: Server = request.getfixturevalue(request.param)
    updates = Endpoint(server.updates, credentials=Credentials(*server.login.values()))
    made = Counting(Endpoint(server.queries), SPACE, SPACE.facts, updates=updates)
    made.load(quads())
    return made


@pytest.fixture
def both(remote: Counting, monkeypatch: pytest.MonkeyPatch) -> Both:
    """With limits so small that nothing is read as a whole, and large sets are cut."""
    monkeypatch.setattr(neighbourhood, "SAMPLE", 20)
    small = neighbourhood.HOP.replace(f"= {neighbourhood.GROUP}", "= 10").replace(f"> {neighbourhood.GROUP}", "> 10")
    monkeypatch.setattr(neighbourhood, "HOP", small)
    store = OxigraphStore(space=SPACE)
    store.load(quads())
    there = PathReasoner(remote)
    there.reason("Who?")
    return Both(PathReasoner(store), there, remote)


def test_the_same_answers_in_few_requests(both: Both) -> None:
    for question in QUESTIONS:
        here, there, requests = both.ask(question)
        assert (there.answers, there.abstained, set(there.iris)) == (here.answers, here.abstained, set(here.iris)), (
            question, there.reason, here.reason,
        )  # fmt: skip
        assert requests <= both.there.depth + 2, question


def test_a_set_that_was_cut_is_whole_in_the_answer(both: Both) -> None:
    _, found, requests = both.ask("Which films were directed by Cid Brook?")
    assert len(found.answers) == FILMS and set(found.answers) == {f"Reel {i}" for i in range(FILMS)}
    assert requests <= 5 and found.evidence
    rows = both.store.query(found.sparql).rows()
    assert {row[-1].value for row in rows} == set(found.iris)


def test_sentences_come_from_the_endpoint(both: Both) -> None:
    (cited,) = both.ask("Who directed Night Train?")[1].evidence
    assert (cited.quote, cited.document, cited.begin) == ("Ann Field directed Night Train.", "a.txt", 3)
    assert (cited.extractor, cited.confidence, cited.direction) == ("rules", 0.9, "forward")


def test_a_small_graph_is_read_once(remote: Counting) -> None:
    reasoner = PathReasoner(remote)
    reasoner.reason("Who?")
    before = remote.requests
    assert reasoner.reason("Where was the director of Night Train born?").answers == ("Alton",)
    assert remote.requests - before == 1


def test_nodes_without_labels_are_found_by_their_iris(oxigraph: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = f"{SPACE.base}graph/bare"
    store = RemoteStore(Endpoint(oxigraph.queries), SPACE, bare, named=(), updates=Endpoint(oxigraph.updates))
    facts = [(f"Film_{i}", "directed_by", "Ann_Field") for i in range(30)] + [
        ("Night_Train", "directed_by", "Bob_Marsh")
    ]
    store.load(ox.Quad(entity(s), ox.NamedNode(f"{SPACE.base}relation/{p}"), entity(o)) for s, p, o in facts)
    monkeypatch.setattr(neighbourhood, "SAMPLE", 10)
    assert PathReasoner(store).reason("Who directed Night Train?").answers == ("Bob Marsh",)


def test_names_are_looked_up_as_they_may_be_written() -> None:
    (span,) = [
        s for s in neighbourhood.named_spans(Question.parse("who directed night train?")) if s.begin == 2 == s.end - 2
    ]
    assert {"night train", "Night train", "Night Train", "night train?"} <= set(span.variants)
    assert not list(neighbourhood.named_spans(Question.parse("who is it?")))


def test_think_on_graph_runs_there_too(both: Both, remote: Counting) -> None:
    there = TogReasoner(remote, depth=1, pruner="bm25").reason("Who directed Night Train?")
    assert there.answers == ("Ann Field",) and there.evidence[0].quote == "Ann Field directed Night Train."
