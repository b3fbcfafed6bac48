"""A language model in the default reasoner: what it may decide, what it costs, and that nothing breaks without it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from llm_server import Script, Server

import kgtool
from kgtool.backoff import Backoff
from kgtool.errors import BudgetError, EndpointError, RemoteError, UsageError
from kgtool.llm.budget import Limits, Meter
from kgtool.llm.cache import CachedModel
from kgtool.llm.endpoint import Endpoint
from kgtool.llm.openai import OpenAIModel
from kgtool.llm.scripted import Said, ScriptedModel
from kgtool.model import Answer
from kgtool.ports import LanguageModel, ModelRequest
from kgtool.reason import inquiries, showing
from kgtool.reason.paths import PathReasoner
from kgtool.reason.session import CAPS, Asking
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import RDFS, XSD

FACTS = [
    ("rain", "helmed by", "ann"), ("snow", "helmed by", "ann"), ("hail", "helmed by", "bob"),
    ("rain", "scored by", "cid"), ("snow", "scored by", "dora"), ("hail", "scored by", "cid"),
    ("ann", "lives at", "alton"), ("bob", "lives at", "belton"), ("cid", "lives at", "belton"),
    ("rain", "running time", 90), ("snow", "running time", 120), ("hail", "running time", 100),
]  # fmt: skip
NAMES = {
    "rain": "Summer Rain", "snow": "Late Snow", "hail": "First Hail",
    "ann": "Ann Field", "bob": "Bob Marsh", "cid": "Cid Brook", "dora": "Dora Hill",
    "alton": "Alton", "belton": "Belton",
}  # fmt: skip
OPEN = "Who is the filmmaker of Summer Rain?"
"""No word of it is like a word of the graph: without a model it is refused."""
CLEAR = "Who scored Summer Rain?"


def node(name: str) -> ox.NamedNode:
    return ox.NamedNode(f"x:/{name.replace(' ', '_')}")


@pytest.fixture(scope="module")
def store() -> OxigraphStore:
    return graph(FACTS, NAMES)


def graph(facts: Iterable[tuple[str, str, str | int]], names: Mapping[str, str]) -> OxigraphStore:
    """A store of facts and labels."""
    made = OxigraphStore()
    number = ox.NamedNode(f"{XSD}integer")
    quads = [
        ox.Quad(node(s), node(p), node(o) if isinstance(o, str) else ox.Literal(str(o), datatype=number))
        for s, p, o in facts
    ]
    made.load([*quads, *(ox.Quad(node(k), ox.NamedNode(f"{RDFS}label"), ox.Literal(v)) for k, v in names.items())])
    return made


def numbered(request: ModelRequest) -> dict[str, int]:
    """The lines of a prompt that have a number."""
    found = (line.split(". ", 1) for line in request.messages[-1]["content"].splitlines())
    return {parts[1]: int(parts[0]) for parts in found if len(parts) == 2 and parts[0].isdigit()}


def lines(request: ModelRequest) -> list[str]:
    """The same without their numbers."""
    return list(numbered(request))


def ids(request: ModelRequest) -> dict[str, int]:
    """The numbers of paths."""
    return {line.split(" (")[0]: number for line, number in numbered(request).items()}


def picks(*paths: str, score: float = 1.0, enough: bool = True, op: str = "none") -> dict[str, Any]:
    """What :func:`scripted` makes an answer of."""
    return {"paths": paths, "score": score, "enough": enough, "op": op}


def scripted(*said: Any, query: str = "", **others: Any) -> ScriptedModel:
    """A model that keeps the paths with these relations, and says the rest by the property that is asked for."""
    queue = list(said)

    def answer(request: ModelRequest) -> Said:
        wanted = request.schema["properties"]
        if "keep" not in wanted:
            return {"query": query, "supported": "unsure", "known": False, "answers": []} | others
        choice = queue.pop(0) if len(queue) > 1 else queue[0]
        if not isinstance(choice, dict) or "paths" not in choice:
            return choice
        keep = [{"id": ids(request)[p], "score": choice["score"]} for p in choice["paths"]]
        return {"keep": keep, "enough": choice["enough"], "op": choice["op"]}

    return ScriptedModel(answer)


def asked(store: OxigraphStore, question: str, model: LanguageModel | None, **how: Any) -> Answer:
    return PathReasoner(store, model=model, asking=Asking(**how)).reason(question)


HELMED = '"Summer Rain" -helmed by-> ?answer'
SCORED = '"Summer Rain" -scored by-> ?answer'


def test_without_a_model_nothing_is_added(store: OxigraphStore) -> None:
    found = asked(store, OPEN, None)
    assert found.abstained and not found.notes and found.calls == found.tokens == 0
    assert not found.to_json().keys() & {"notes", "basis"}


def test_a_clear_answer_takes_no_call(store: OxigraphStore) -> None:
    model = ScriptedModel([])
    found = asked(store, CLEAR, model)
    assert found.answers == ("Cid Brook",) and not model.asked and not found.notes
    assert found.to_json() | {"seconds": 0} == asked(store, CLEAR, None).to_json() | {"seconds": 0}


def test_the_model_chooses_in_one_call(store: OxigraphStore) -> None:
    model = scripted(picks(HELMED))
    found = asked(store, OPEN, model)
    assert found.answers == ("Ann Field",) and not found.abstained
    assert (found.calls, len(model.asked)) == (1, 1) and found.tokens > 100
    assert [(c.subject, c.predicate, c.object) for c in found.evidence] == [("Summer Rain", "helmed by", "Ann Field")]
    assert {row[0].value for row in store.query(found.sparql).rows()} == set(found.iris)


def test_whole_paths_are_shown_with_direction_count_and_examples(store: OxigraphStore) -> None:
    model = scripted(picks(HELMED))
    asked(store, OPEN, model, cascade=False)
    (request,) = model.asked
    shown = lines(request)
    assert '"Summer Rain" -helmed by-> ?answer (1: "Ann Field")' in shown
    assert '"Summer Rain" -helmed by-> ?x -lives at-> ?answer (1: "Alton")' in shown
    assert len(shown) <= inquiries.OPTIONS and request.temperature == 0


def test_both_agreeing_is_surer_than_the_words_alone(store: OxigraphStore) -> None:
    alone = asked(store, CLEAR, None)
    both = asked(store, CLEAR, scripted(picks(SCORED)), cascade=False)
    against = asked(store, CLEAR, scripted(picks(enough=False)), cascade=False)
    assert both.answers == alone.answers == ("Cid Brook",)
    assert both.confidence > alone.confidence > against.confidence


def test_a_model_cannot_overrule_what_the_words_say(store: OxigraphStore) -> None:
    found = asked(store, CLEAR, scripted(picks(HELMED)), cascade=False, strategy="stepwise")
    assert found.answers == ("Cid Brook",) and found.confidence < asked(store, CLEAR, None).confidence


def test_whole_paths_that_a_model_could_not_make_the_best_are_not_shown(store: OxigraphStore) -> None:
    model = scripted(picks(SCORED))
    asked(store, CLEAR, model, cascade=False)
    (request,) = model.asked
    assert list(ids(request)) == [SCORED, f"{SCORED.replace('?answer', '?x')} -lives at-> ?answer"]


@pytest.mark.parametrize(
    ("scores", "told"),
    [([1], [1]), ([10], [1]), ([100], [1]), ([0.5], [0.5]), ([7], [0.7]), ([0, 1], [0, 1]), ([1, 1], [0.5, 0.5]),
     ([3, 9], [0.075, 0.675]), ([1, 1, 1], [1 / 3] * 3), ([float("nan"), 1], [0, 1])],
)  # fmt: skip
def test_scores_may_be_whole_numbers_and_share_what_they_say(scores: list[float], told: list[float]) -> None:
    keep = [{"id": i, "score": s} for i, s in enumerate(scores, 1)]
    found = inquiries.kept({"keep": keep}, range(1, 6))
    assert [round(found.get(i, 0), 3) for i in range(len(scores))] == [round(t, 3) for t in told]


def test_numbers_that_are_no_line_are_ignored(store: OxigraphStore) -> None:
    def answer(request: ModelRequest) -> Said:
        said = [0, -1, ids(request)[HELMED], 99, 12345678901234567890]
        return {"keep": [{"id": i, "score": 1} for i in said], "enough": True, "op": "none"}

    assert asked(store, OPEN, ScriptedModel(answer)).answers == ("Ann Field",)


@pytest.mark.parametrize(
    "said",
    [
        "I think that Ann Field made it.", "", "[]", "{}", "null", '{"keep": "1"}',
        {"keep": [{"id": 99, "score": 1}], "enough": True, "op": "none"},
        {"keep": [{"id": "1", "score": "high"}], "enough": True, "op": "none"},
        {"keep": [], "enough": "yes", "op": "none"}, {"keep": [], "enough": True, "op": "DROP ALL"},
        RemoteError("the answer's stream was cut"), EndpointError("it is down"), BudgetError("no more calls"),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("strategy", CAPS)
def test_what_cannot_be_used_leaves_the_answer_as_it_is(store: OxigraphStore, said: Any, strategy: str) -> None:
    for question in (OPEN, CLEAR):
        alone = asked(store, question, None)
        found = asked(store, question, scripted(said), cascade=False, strategy=strategy)
        assert (found.answers, found.confidence, found.abstained) == (alone.answers, alone.confidence, alone.abstained)
        assert found.notes and "chosen without the model" in found.notes[0]
        assert found.to_json()["notes"] == list(found.notes)


def test_a_dead_endpoint_is_left_alone(store: OxigraphStore) -> None:
    model = scripted(EndpointError("it is down"))
    reasoner = PathReasoner(store, model=model, asking=Asking(cascade=False))
    for _ in range(5):
        assert reasoner.reason(CLEAR).notes == ("chosen without the model: it is down",)
    assert len(model.asked) == 1


def test_an_endpoint_that_dies_in_the_middle(store: OxigraphStore) -> None:
    model = scripted(picks(SCORED), RemoteError("gone"))
    reasoner = PathReasoner(store, model=model, asking=Asking(cascade=False))
    answers = [reasoner.reason(CLEAR) for _ in range(6)]
    assert {a.answers for a in answers} == {("Cid Brook",)}
    assert not answers[0].notes and all(a.notes for a in answers[1:])
    assert len(model.asked) == 3


# steps


def test_stepwise_asks_once_a_hop(store: OxigraphStore) -> None:
    model = scripted(picks(HELMED, enough=False), picks('"Summer Rain" -helmed by-> ?x -lives at-> ?answer'))
    found = asked(store, "Where does the filmmaker of Summer Rain live?", model, strategy="stepwise")
    assert found.answers == ("Alton",) and found.calls == 2
    first, second = ([line.split(" (")[0] for line in lines(r)] for r in model.asked)
    assert len(first) == 3 and all("?x" not in line for line in first)
    assert all(line.startswith('"Summer Rain" -helmed by-> ?x') for line in second)


def test_stepwise_keeps_to_its_cap(store: OxigraphStore) -> None:
    def first(request: ModelRequest) -> Said:
        keep = [{"id": i, "score": 1} for i in list(ids(request).values())[:1]]
        return {"keep": keep, "enough": False, "op": "none"} if keep else {"query": ""}

    model = ScriptedModel(first)
    reasoner = PathReasoner(store, model=model, asking=Asking("stepwise", cascade=False), depth=12)
    found = reasoner.reason(OPEN)
    assert found.calls <= CAPS["stepwise"] and len(model.asked) <= CAPS["stepwise"]


def test_a_strategy_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="no strategy"):
        Asking("guess")


# counting


def test_a_count_that_the_words_do_not_show(store: OxigraphStore) -> None:
    path = '"Ann Field" <-helmed by- ?answer'
    model = scripted(picks(path, op="count"))
    assert asked(store, "Give me the total of films helmed by Ann Field", model, cascade=False).answers == ("2",)
    model = scripted(picks(path, op="count"))
    found = asked(store, "Which films were helmed by Ann Field?", model, cascade=False)
    assert found.answers == ("Late Snow", "Summer Rain")


# queries


QUERY = "SELECT DISTINCT ?answer { n1:rain n1:helmed_by ?answer }"
NOTHING = picks(enough=False)


def test_a_query_that_a_path_confirms_is_answered_by_the_path(store: OxigraphStore) -> None:
    found = asked(store, OPEN, scripted(NOTHING, query=QUERY))
    assert found.answers == ("Ann Field",) and not found.basis and found.evidence
    assert "?answer ." in found.sparql and "n1:" not in found.sparql and found.calls == 2


LONGEST = "SELECT ?answer { ?answer n1:running_time ?t } ORDER BY DESC(?t) LIMIT 1"


def test_a_query_that_no_path_confirms_is_not_believed(store: OxigraphStore) -> None:
    question = "What is the longest film?"
    found = asked(store, question, scripted(NOTHING, query=LONGEST))
    assert found.abstained and not found.answers and "--allow-unverified" in found.reason
    shown = asked(store, question, scripted(NOTHING, query=LONGEST), unverified=True)
    assert (shown.answers, shown.basis, shown.evidence) == (("Late Snow",), "unverified", ())
    assert shown.confidence < 0.5 and not shown.abstained
    assert {row[0].value for row in store.query(shown.sparql).rows()} == set(shown.iris)


@pytest.mark.parametrize(
    "query",
    [
        "nonsense", "SELECT ?answer {", "DELETE WHERE { ?s ?p ?o }", "INSERT DATA { n1:a n1:b n1:c }", "DROP ALL",
        "SELECT ?answer { SERVICE <http://127.0.0.1:1/> { ?answer ?p ?o } }", "CONSTRUCT WHERE { ?s ?p ?o }",
        "SELECT ?answer FROM <x:/other> { ?answer ?p ?o }", "SELECT ?answer { GRAPH ?g { ?answer ?p ?o } }",
        'SELECT ("Yes" AS ?answer) {}', 'SELECT ?answer { BIND("evil" AS ?answer) }',
        "SELECT ?answer { n1:rain n1:x ?answer }", "{" * 300, "x" * 100_000,
        "SELECT ?answer { VALUES ?answer { <http://evil.example/> } }",
    ],
    ids=lambda q: q[:40],
)  # fmt: skip
def test_queries_that_are_not_used(store: OxigraphStore, query: str) -> None:
    before = len(list(store.quads()))
    found = asked(store, OPEN, scripted(NOTHING, query=query), unverified=True)
    assert found.abstained and not found.answers and not found.sparql
    assert len(list(store.quads())) == before


def test_a_query_that_takes_too_long_is_given_up(store: OxigraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kgtool.reason.queries.SECONDS", 0.2)
    product = " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(6))
    found = asked(store, OPEN, scripted(NOTHING, query=f"SELECT (COUNT(*) AS ?answer) {{ {product} }}"))
    assert found.abstained and any("more than 0.2 s" in note for note in found.notes)


def test_a_query_with_too_many_rows_is_no_answer(store: OxigraphStore) -> None:
    product = " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(5))
    found = asked(store, OPEN, scripted(NOTHING, query=f"SELECT ?a1 ?a2 {{ {product} }}"), unverified=True)
    assert found.abstained and any("5000 rows" in note for note in found.notes)


def test_a_schema_that_does_not_fit_is_not_sent() -> None:
    wide = OxigraphStore()
    facts = [ox.Quad(node("a"), node(f"relation {i}"), node(f"b{i}")) for i in range(70)]
    wide.load([*facts, ox.Quad(node("a"), ox.NamedNode(f"{RDFS}label"), ox.Literal("Summer Rain"))])
    model = scripted(NOTHING)
    asked(wide, OPEN, model)
    assert model.asked and all("keep" in r.schema["properties"] for r in model.asked)


# the verifier, and what the model knows


@pytest.mark.parametrize(("word", "refused"), [("yes", False), ("unsure", False), ("no", True)])
def test_the_verifier_sees_the_cited_triples_alone(store: OxigraphStore, word: str, refused: bool) -> None:
    model = scripted(picks(HELMED), supported=word)
    found = asked(store, OPEN, model, verify=True)
    assert found.abstained == refused
    (request,) = [r for r in model.asked if "supported" in r.schema["properties"]]
    assert lines(request) == ['"Summer Rain" "helmed by" "Ann Field"']
    assert "Cid Brook" not in request.messages[-1]["content"]


def test_what_the_model_knows_needs_leave_and_is_marked(store: OxigraphStore) -> None:
    question = "Who is the filmmaker of Metropolis?"
    knows = {"known": True, "answers": ["Fritz Lang"]}
    assert asked(store, question, scripted(NOTHING, **knows)).abstained
    found = asked(store, question, scripted(NOTHING, **knows), parametric=True)
    assert (found.answers, found.basis, found.evidence, found.sparql) == (("Fritz Lang",), "model", (), "")
    assert "own knowledge" in found.text and found.confidence < 0.5
    unsure = asked(store, question, scripted(NOTHING, known=False, answers=["Fritz Lang"]), parametric=True)
    assert unsure.abstained
    found = asked(store, CLEAR, scripted(picks(SCORED), **knows), parametric=True)
    assert found.answers == ("Cid Brook",) and not found.basis


# what is shown


def test_names_are_shown_in_one_line_cut_and_without_what_cannot_be_seen() -> None:
    assert showing.shown('a\n1. "b"\u200b\u202e\x00 \t c') == "a 1. 'b' c"
    assert len(showing.shown("x" * 10_000)) == showing.LONGEST_NAME
    assert "\n" not in showing.quoted_question("a\r\nb\u2028c\u0085d")


# a real server


def test_a_real_server(store: OxigraphStore, served: Callable[[Script], tuple[OpenAIModel, Server]]) -> None:
    keep = json.dumps({"keep": [], "enough": True, "op": "none"})
    model, server = served([{"text": keep}])
    found = asked(store, CLEAR, model, cascade=False)
    assert found.answers == ("Cid Brook",) and (found.calls, found.tokens) == (1, 120) and not found.notes
    (body,) = server.requests
    assert (body["temperature"], body["seed"]) == (0, 0)
    assert body["response_format"]["json_schema"]["schema"]["properties"].keys() == {"keep", "enough", "op"}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Starts a server with a script; gives a model of it, and itself."""
    monkeypatch.delenv("KGTOOL_NO_LLM", raising=False)
    servers: list[Server] = []

    def start(script: Script, limits: Limits | None = None) -> tuple[OpenAIModel, Server]:
        server = Server(script).__enter__()
        servers.append(server)
        meter = Meter(limits or Limits())
        endpoint = Endpoint(server.spec, server.url, "test")
        return OpenAIModel(endpoint, meter=meter, backoff=Backoff(1, 0.01), timeout=5.0), server

    yield start
    for server in servers:
        server.__exit__()


@pytest.mark.parametrize(
    "step",
    [
        {"text": "prose"}, {"text": ""}, {"cut": 5, "text": '{"keep": []}'}, {"status": 500}, {"status": 401},
        {"raw": b"<html>"}, {"die": True, "text": "x"}, {"finish": "length", "text": '{"keep": ['}, {"refusal": "no"},
    ],
    ids=str,
)  # fmt: skip
def test_a_bad_server(
    store: OxigraphStore, served: Callable[[Script], tuple[OpenAIModel, Server]], step: dict[str, Any]
) -> None:
    model, server = served([step])
    found = asked(store, CLEAR, model, cascade=False)
    alone = asked(store, CLEAR, None)
    assert (found.answers, found.confidence) == (alone.answers, alone.confidence)
    assert found.notes and len(server.requests) <= 4


@pytest.mark.parametrize("most", [1, 2])
def test_a_budget_of_one_call_is_used_and_then_nothing_more(
    store: OxigraphStore, served: Callable[..., tuple[OpenAIModel, Server]], most: int
) -> None:
    keep = json.dumps({"keep": [], "enough": True, "op": "none"})
    model, server = served([{"text": keep}], Limits(calls=most))
    reasoner = PathReasoner(store, model=model, asking=Asking(cascade=False))
    found = [reasoner.reason(CLEAR) for _ in range(3)]
    assert [a.calls for a in found] == [1, 1, 0][: 3 if most == 2 else 1] + [0] * (2 if most == 1 else 0)
    assert len(server.requests) == most and {a.answers for a in found} == {("Cid Brook",)}
    assert "budget" in found[-1].notes[0] and not found[0].notes


class Shelf(dict[str, Any]):
    """Answers in memory."""

    def put(self, key: str, answer: Any, about: str) -> None:
        self[key] = answer


def test_kept_answers_cost_nothing_and_decide_the_same(store: OxigraphStore) -> None:
    shelf, meter = Shelf(), Meter()
    first = asked(store, OPEN, CachedModel(scripted(picks(HELMED)), shelf, meter))
    again = asked(store, OPEN, CachedModel(ScriptedModel([]), shelf, meter, frozen=True))
    assert (first.calls, again.calls, again.tokens) == (1, 0, 0) and first.tokens > 0
    assert (first.answers, first.confidence) == (again.answers, again.confidence) and not again.notes
    frozen = asked(store, OPEN, CachedModel(scripted(picks(HELMED)), Shelf(), meter, frozen=True))
    assert frozen.abstained and "--frozen forbids" in frozen.notes[0] and not frozen.calls


# the library and the command line


def test_the_library_and_its_estimate(demo: Path, served: Callable[[Script], tuple[OpenAIModel, Server]]) -> None:
    keep = json.dumps({"keep": [], "enough": True, "op": "none"})
    _, server = served([{"text": keep}])
    question = "Who designed Colossus?"
    graph = kgtool.open(demo, llm=server.spec, cascade=False, encoder="none")
    told = graph.estimate_reasoning([question, question])
    assert told.calls == 2 and told.tokens["prompt"] > 300 and not server.requests
    graph.calls.answers.path = Path(":memory:")  # the store is shared
    first, again = graph.reason(question), graph.reason(question)
    assert (first.calls, again.calls, len(server.requests)) == (1, 0, 1)
    assert first.answers == again.answers == ("Tommy Flowers",)
