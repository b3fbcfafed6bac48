"""Questions that are made of a graph: gold is what their queries give."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
from endpoints import Server
from tests_support import Run

from kgtool.config import load
from kgtool.errors import NotFoundError
from kgtool.evaluate.phrases import Phrase, question
from kgtool.evaluate.synth import Item, make
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.remote import RemoteStore
from kgtool.store.vocabulary import RDFS

FILMS = {f"f{i}": f"{name} Train" for i, name in enumerate(("Night", "Day", "Last", "First", "Slow"))}
NAMES = FILMS | {"ann": "Ann Field", "bob": "Bob Marsh", "cid": "Cid Brook", "m1": "Mercury", "m2": "Mercury"}
FACTS = [
    ("f0", "directedBy", "ann"), ("f1", "directedBy", "ann"), ("f2", "directedBy", "bob"), ("f3", "directedBy", "cid"),
    ("f0", "writer", "bob"), ("f1", "writer", "cid"), ("f2", "writer", "cid"), ("f0", "about", "m1"),
    ("f1", "about", "m2"), ("ann", "married", "bob"), ("f4", "writer", "_:x"),
]  # fmt: skip


def store(facts: Sequence[tuple[str, str, str]], names: dict[str, str]) -> OxigraphStore:
    def node(name: str) -> ox.NamedNode | ox.BlankNode:
        return ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(f"x:/{name}")

    made = OxigraphStore()
    made.load([ox.Quad(node(s), node(p), node(o)) for s, p, o in facts])
    made.load([ox.Quad(node(k), ox.NamedNode(f"{RDFS}label"), ox.Literal(v)) for k, v in names.items()])
    return made


@pytest.fixture(scope="module")
def films() -> OxigraphStore:
    return store(FACTS, NAMES)


@pytest.fixture(scope="module")
def items(films: OxigraphStore) -> list[Item]:
    return make(films, hops=[1, 2], n=1000, unanswerable=0.5)


def test_gold_is_what_the_query_gives(films: OxigraphStore, items: list[Item]) -> None:
    for item in items:
        found = films.query(item.sparql)
        if item.kind == "ask":
            assert item.answers == (str(found.boolean()).lower(),)
        elif item.kind == "count":
            assert item.answers == tuple(row[0].value for row in found.rows()) and int(item.answers[0]) > 1
        else:
            rows = [row[0] for row in found.rows()]
            assert sorted(item.iris) == sorted(term.value for term in rows)
            assert set(item.answers) == {NAMES[term.value[3:]] for term in rows}
            assert bool(rows) == (item.kind != "none")
    assert {item.kind for item in items} == {"path", "count", "ask", "two", "none"}
    assert {item.hops for item in items if item.kind == "path"} == {1, 2}
    assert {a for item in items for a in item.answers if item.kind == "ask"} == {"true", "false"}


def test_relations_are_said_in_their_direction(items: list[Item]) -> None:
    found = {item.question: set(item.answers) for item in items}
    assert found["What is it that Night Train is directed by?"] == {"Ann Field"}
    assert found["What is directed by Ann Field?"] == {"Night Train", "Day Train"}
    assert found["What has Bob Marsh as writer?"] == {"Night Train"}
    assert found["What is the writer of what is directed by Ann Field?"] == {"Bob Marsh", "Cid Brook"}
    assert found["Is it true that Ann Field married Bob Marsh?"] == {"true"}


def test_what_one_rests_on_is_in_the_graph(items: list[Item]) -> None:
    (item,) = (i for i in items if i.question == "What is the writer of what is directed by Ann Field?")
    assert ("Night Train", "directed By".lower(), "Ann Field") in item.evidence and len(item.evidence) == 4


def test_homonyms_and_blank_nodes_are_not_asked_about(items: list[Item]) -> None:
    assert not any("Mercury" in item.question for item in items)
    assert not any("Slow Train" in item.question and item.kind not in {"ask", "none"} for item in items)


def test_a_seed_gives_the_same_questions(films: OxigraphStore) -> None:
    one, other, third = (make(films, hops=[1, 2], n=12, unanswerable=0.25, seed=s) for s in (3, 3, 4))
    assert one == other == make(store(FACTS[::-1], NAMES), hops=[1, 2], n=12, unanswerable=0.25, seed=3)
    assert one != third
    assert [item.kind for item in one].count("none") == 3


@pytest.mark.endpoint
def test_a_copy_at_an_endpoint_gives_the_same_questions(films: OxigraphStore, oxigraph: Server) -> None:
    facts = "".join(f"{q.subject} {q.predicate} {q.object} .\n" for q in films.quads())
    sent = httpx.put(
        oxigraph.graphs, params={"graph": "x:/films"}, content=facts, headers={"Content-Type": "application/n-triples"}
    )
    sent.raise_for_status()
    remote = RemoteStore.at(oxigraph.queries, load({"graph": "x:/films"}))
    options: dict[str, Any] = {"hops": [1, 2], "n": 20, "unanswerable": 0.2}
    assert make(remote, **options) == make(films, **options)


def test_a_graph_that_has_nothing_to_ask_by_is_told() -> None:
    with pytest.raises(NotFoundError, match="no facts"):
        make(OxigraphStore(), hops=[1], n=3)
    with pytest.raises(NotFoundError, match="no names"):
        make(store([("_:a", "writer", "_:b")], {}), hops=[1], n=3)
    with pytest.raises(NotFoundError, match="no names"):
        make(store([("m1", "writer", "m2")], {"m1": "Mercury", "m2": "Mercury"}), hops=[1], n=3)
    made = make(store([("Night_Train", "writer", "Ann_Field")], {}), hops=[1], n=1)
    assert made[0].question in {"What is the writer of Night Train?", "What has Ann Field as writer?"}


@pytest.mark.parametrize(
    ("label", "forward", "backward"),
    [
        ("director", "What is the director of X?", "What has X as director?"),
        ("has genre", "What is the genre of X?", "What has X as genre?"),
        ("capital of", "What is it that X is the capital of?", "What is the capital of X?"),
        ("born in", "What is it that X is born in?", "What is born in X?"),
        ("is married to", "What is it that X is married to?", "What is married to X?"),
        ("wrote", "What is it that X wrote?", "What wrote X?"),
        ("flows through", "What is it that X flows through?", "What flows through X?"),
    ],
)
def test_labels_of_all_forms_are_said(label: str, forward: str, backward: str) -> None:
    phrase = Phrase.of(label)
    assert question(phrase.asked("X", forward=True)) == forward
    assert question(phrase.asked("X", forward=False)) == backward


def test_a_user_makes_questions_and_scores_the_reasoner(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "qa.jsonl"
    done = kgtool("synth", "qa", "-s", demo, "--n", "12", "--hops", "1", "--unanswerable", "0.25", "-o", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(rows) == 12 and sum(row["answers"] == [] for row in rows) == 3
    assert all(row["sparql"] and row["topic"] and row["kind"] for row in rows)
    done = kgtool(
        "evaluate", "reasoning", "--gold", file, "-s", demo, "--encoder", "none", "--json", "--compare", "paths"
    )
    (row,) = json.loads(done.stdout)["rows"]
    assert row["reasoner"] == "paths" and row["questions"] == 12 and row["answerable"] == 9
    assert row["evidence_precision"] is None or 0 <= row["evidence_precision"] <= 1


def test_fewer_questions_than_asked_for_are_told(kgtool: Run, demo: Path) -> None:
    done = kgtool("synth", "qa", "-s", demo, "--n", "100000", "--hops", "1")
    assert done.returncode == 5 and "of 100000 questions" in done.stderr
    assert len(done.stdout.splitlines()) > 20
    done = kgtool("synth", "qa", "-s", demo, "--hops", "1,9")
    assert done.returncode == 2 and "--hops" in done.stderr
