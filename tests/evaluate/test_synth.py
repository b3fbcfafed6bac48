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
        ("birthPlace", "What is the birth place of X?", "What has X as birth place?"),
        ("place of birth", "What is the place of birth of X?", "What has X as place of birth?"),
        ("in language", "What is the language of X?", "What has X as language?"),
        ("GDP (PPP)", "What is the GDP (PPP) of X?", "What has X as GDP (PPP)?"),
        ("has genre", "What is the genre of X?", "What has X as genre?"),
        ("has tags", "What is among the tags of X?", "What has X among its tags?"),
        ("has associated disease", "What is the associated disease of X?", "What has X as associated disease?"),
        ("hasWonPrize", "What is the prize that X has won?", "What has won the prize X?"),
        ("has been awarded", "What is it that X has been awarded?", "What has been awarded X?"),
        ("capital of", "What is it that X is the capital of?", "What is the capital of X?"),
        ("is author of", "What is it that X is the author of?", "What is the author of X?"),
        ("is a member of", "What is it that X is a member of?", "What is a member of X?"),
        ("side effects of", "What is it that X is among the side effects of?", "What is among the side effects of X?"),
        ("is-a", "What is it that X is an instance of?", "What is an instance of X?"),
        ("PART_OF", "What is it that X is part of?", "What is part of X?"),
        ("similar to", "What is it that X is similar to?", "What is similar to X?"),
        ("directedBy", "What is it that X is directed by?", "What is directed by X?"),
        ("was designed by", "What is it that X was designed by?", "What was designed by X?"),
        ("born in", "What is it that X is born in?", "What is born in X?"),
        ("died in", "What is it that X died in?", "What died in X?"),
        ("wrote music for", "What is it that X wrote music for?", "What wrote music for X?"),
        ("is married to", "What is it that X is married to?", "What is married to X?"),
        ("wrote", "What is it that X wrote?", "What wrote X?"),
        ("contains", "What is it that X contains?", "What contains X?"),
        ("employ", "What is it that X employs?", "What employs X?"),
        ("belong to", "What is it that X belongs to?", "What belongs to X?"),
        ("flows through", "What is it that X flows through?", "What flows through X?"),
        ("plays in club", "What is the club that X plays in?", "What plays in the club X?"),
        ("is in country", "What is the country that X is in?", "What is in the country X?"),
        ("located in the district", "What is the district that X is located in?", "What is located in the district X?"),
    ],
)
def test_labels_of_all_forms_are_said(label: str, forward: str, backward: str) -> None:
    phrase = Phrase.read(label)
    assert phrase is not None
    assert question(phrase.asked("X", forward=True)) == forward
    assert question(phrase.asked("X", forward=False)) == backward


@pytest.mark.parametrize("label", ["claimed that", "to recover", "", "  "])
def test_a_label_that_no_thing_can_be_asked_for_by_is_left_out(label: str) -> None:
    assert Phrase.read(label) is None


@pytest.mark.parametrize(
    ("label", "said"), [("received", "X received Y"), ("won the prize in", "X won the prize in Y")]
)
def test_in_a_graph_of_verbs_a_label_is_one(label: str, said: str) -> None:
    phrase = Phrase.read(label, verbs=True)
    assert phrase is not None and phrase.stated("X", "Y") == said


CLUBS = [
    ("amy", "playsInClub", "rovers"), ("rovers", "HAS_CAPTAIN", "bea"), ("bea", "diedIn", "alton"),
    ("alton", "isPartOf", "shire"), ("amy", "pets", "rex"), ("bea", "plays with", "amy"),
]  # fmt: skip
CLUB_NAMES = {"amy": "Amy Hill", "rovers": "Alton Rovers", "bea": "Bea Wood", "alton": "Alton", "shire": "Westshire"}


def test_walks_of_several_hops_are_said() -> None:
    graph = store([(s, p.replace(" ", "_"), o) for s, p, o in CLUBS], CLUB_NAMES | {"rex": "Rex"})
    items = {item.question: item.answers for item in make(graph, hops=[1, 2, 3], n=1000)}
    expected = {
        "What is the captain of the club that Amy Hill plays in?": ("Bea Wood",),
        "What is it that the captain of the club that Amy Hill plays in died in?": ("Alton",),
        "What is it that what Bea Wood died in is part of?": ("Westshire",),
        "What plays in what has Bea Wood as captain?": ("Amy Hill",),
        "What is it that the captain of Alton Rovers died in?": ("Alton",),
        "What plays in the club Alton Rovers?": ("Amy Hill",),
        "Is it true that Rex is among the pets of Amy Hill?": ("true",),
    }
    assert expected.items() <= items.items()


def test_relations_that_are_said_alike_are_not_asked_for() -> None:
    facts = [("f0", "has writer", "ann"), ("f0", "writer", "bob"), ("f0", "directed by", "cid")]
    graph = store([(s, p.replace(" ", "_"), o) for s, p, o in facts], NAMES)
    assert all("direct" in item.question for item in make(graph, hops=[1], n=100))


def test_counts_agree_with_what_is_counted(items: list[Item]) -> None:
    counts = {item.question for item in items if item.kind == "count"}
    assert "How many things are there each of which is directed by Ann Field?" in counts


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
