"""Corrections: tried without changing the store, kept like every update, undone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
from tests_support import Run

import kgtool as library
from kgtool.correcting import corrections, split
from kgtool.errors import KgtoolError, NotFoundError, UsageError
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import RDF, RDFS, XSD

E, R = "https://kgtool.example/entity/", "https://kgtool.example/relation/"
COLOSSUS = "Colossus|was designed by|Tommy Flowers"
QUESTION = "Who designed Colossus?"


@pytest.fixture(scope="module")
def store() -> OxigraphStore:
    made, label = OxigraphStore(), ox.NamedNode(f"{RDFS}label")
    year = ox.NamedNode(f"{XSD}gYear")
    rows = [("m1", "found by", "ann"), ("m2", "found by", "ann"), ("m1", "seen in", ox.Literal("1900", datatype=year))]
    for s, p, o in rows:
        other = o if isinstance(o, ox.Literal) else ox.NamedNode(E + o)
        made.raw.add(ox.Quad(ox.NamedNode(E + s), ox.NamedNode(R + p.replace(" ", "_")), other))
    for node, name in {"m1": "Mercury", "m2": "Mercury", "ann": "Ann | Co"}.items():
        made.raw.add(ox.Quad(ox.NamedNode(E + node), label, ox.Literal(name)))
    return made


def facts(store: OxigraphStore, rejected: str = "", asserted: str = "") -> list[str]:
    found = corrections(store, "q", [rejected] if rejected else [], [asserted] if asserted else [])
    return [" ".join(map(str, fact)) for fact in (*found.rejected, *found.asserted)]


def test_facts_are_given_by_names_iris_and_literals(store: OxigraphStore) -> None:
    one = f"<{E}m1> <{R}found_by> <{E}ann>"
    assert facts(store, rejected=f"<{E}m1>|found by|Ann \\| Co") == [one]
    assert facts(store, rejected=f"{E}m1 | {R}found_by | <{E}ann>") == [one]
    seen = f'<{E}m1> <{R}seen_in> "1900"^^<{XSD}gYear>'
    assert facts(store, rejected=f'Mercury|seen in|"1900"^^<{XSD}gYear>') == [seen]
    assert facts(store, rejected="mercury|Seen in|1900") == [seen]


def test_what_is_asserted_may_be_new(store: OxigraphStore) -> None:
    assert facts(store, asserted="Ann \\| Co|seen in|1901") == [f'<{E}ann> <{R}seen_in> "1901"^^<{XSD}gYear>']
    assert facts(store, asserted=f"<{E}m1>|found by|Bob Hill") == [f"<{E}m1> <{R}found_by> <{E}Bob_Hill>"]
    assert facts(store, asserted=f'<{E}m1>|weighs|"5 kg"') == [f'<{E}m1> <{R}weighs> "5 kg"']
    assert facts(store, asserted=f"<{E}m1>|weighs|5") == [f'<{E}m1> <{R}weighs> "5"^^<{XSD}integer>']
    found = corrections(store, "q", [], [f"<{E}m1>|weighs|Bob Hill"])
    assert set(found.new) == {"weighs", "Bob Hill"} and f'<{E}Bob_Hill> <{RDFS}label> "Bob Hill"@en' in found.sparql


def test_what_has_no_class_takes_that_of_the_others_there() -> None:
    made, kind = OxigraphStore(), ox.NamedNode(f"{RDF}type")
    born, by = ox.NamedNode(f"{R}born_in"), ox.NamedNode(f"{R}made_by")
    rows = [("ann", born, "rome"), ("bob", born, "oslo"), ("z3", by, "ann"), ("z3", by, "bob"), ("z4", by, "firm")]
    rows += [("z5", by, "firm"), ("z5", by, "works"), ("z5", by, "union"), ("cid", by, "cid")]
    of = {"rome": "Place", "oslo": "Place", "ann": "Person", "bob": "Person", "firm": "Company", "works": "Company"}
    for s, p, o in rows:
        made.raw.add(ox.Quad(ox.NamedNode(E + s), p, ox.NamedNode(E + o)))
    for node, name in (of | {"union": "Company"}).items():
        made.raw.add(ox.Quad(ox.NamedNode(E + node), kind, ox.NamedNode(E + name)))

    def taken(*asserted: str) -> dict[str, str]:
        found = corrections(made, "q", [], asserted)
        for entity, one in found.classes:
            assert f"INSERT DATA {{ {entity} {kind} {one} }}" in found.sparql
        return {a.value.removeprefix(E): b.value.removeprefix(E) for a, b in found.classes}

    assert taken("ann|born in|Bonn") == {"Bonn": "Place"}
    assert taken("Dan|born in|rome") == {"Dan": "Person"}  # as the others that were born there
    assert taken("z3|made by|Eve") == {"Eve": "Person"}  # as the others that made it
    assert taken("z6|made by|Eve") == {"Eve": "Company"}  # as most that made something
    assert taken("bob|born in|cid") == {"cid": "Place"}  # it is there, without a class
    assert taken("ann|likes|Bonn") == taken("ann|born in|rome") == {}
    assert taken(f"Bonn|<{RDF}type>|<{E}City>", "ann|born in|Bonn") == {}


@pytest.mark.parametrize(
    ("rejected", "asserted", "error", "told"),
    [
        ("Mercury", "", UsageError, "no fact"),
        ("a|b|c|d", "", UsageError, "no fact"),
        ("|b|c", "", UsageError, "no fact"),
        ("Mercury|found by|Ann \\| Co", "", UsageError, "may be"),
        ("", "Mercury|found by|Bob", UsageError, "may be"),
        ("Zaphod|found by|Ann \\| Co", "", NotFoundError, "nothing in the graph is called 'Zaphod'"),
        (f"<{E}m2>|seen in|1900", "", NotFoundError, "does not say"),
        (f"<{E}m1>|found by|<{E}ann>", f"<{E}m1>|found by|<{E}ann>", UsageError, "at once"),
        ("", 'Ann \\| Co|seen in|"x"^^<nonsense', UsageError, "no literal"),
    ],
)
def test_what_is_no_fact_is_refused(
    store: OxigraphStore, rejected: str, asserted: str, error: type[KgtoolError], told: str
) -> None:
    with pytest.raises(error, match=told):
        facts(store, rejected, asserted)


def test_a_misspelt_relation_is_told_with_the_nearest(store: OxigraphStore) -> None:
    with pytest.raises(NotFoundError, match="no relation of the graph is called 'fond by'") as refused:
        facts(store, rejected=f"<{E}m1>|fond by|Ann \\| Co")
    assert refused.value.hint == "the nearest are: found by"


def test_a_bar_within_a_name() -> None:
    assert split(r"a\|b | c|d ") == ("a|b", "c", "d")


def test_an_instruction_in_a_question_is_text_in_the_update(store: OxigraphStore) -> None:
    found = corrections(store, '" } } ; CLEAR ALL ; INSERT DATA { <a:> <b:> "', [f"<{E}m1>|found by|<{E}ann>"], [])
    copy = OxigraphStore()
    copy.load(store.quads())
    copy.update(found.sparql)
    assert copy.query(f"ASK {{ <{E}m2> ?p ?o }}").boolean() and not copy.query("ASK { <a:> ?p ?o }").boolean()
    assert not copy.query(f"ASK {{ <{E}m1> <{R}found_by> ?o }}").boolean()


def test_corrections_are_tried_kept_and_withdrawn(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    place = tmp_path / "kg"
    shutil.copytree(demo, place)
    graph = library.open(place, encoder="none")
    before, after, made = graph.correct(QUESTION, rejected=[COLOSSUS], asserted=["Colossus|was designed by|Zed Zander"])
    assert (before.answers, after.answers, made.new) == (("Tommy Flowers",), ("Zed Zander",), ("Zed Zander",))
    assert after.evidence[0].justification == f"asserted by a person who asked: {QUESTION}"
    assert graph.reason(QUESTION).answers == ("Tommy Flowers",) and not graph.updates()
    assert not list((place / "graph").glob("trial-*"))

    options = ("--reject", COLOSSUS, "--assert", "Colossus|was designed by|Zed Zander", "--save-corrections")
    done = kgtool("reason", QUESTION, "-s", place, "--encoder", "none", *options)
    assert done.returncode == 0 and "before\tTommy Flowers" in done.stdout and "+ Zed Zander" in done.stdout
    assert "kgtool update --undo 1 withdraws it" in done.stderr

    shutil.rmtree(place / "graph")  # it is made anew from the journal
    assert kgtool("build", "-s", place, "-q").returncode == 0
    graph = library.open(place, encoder="none")
    assert graph.reason(QUESTION).answers == ("Zed Zander",)
    why = graph.explain("Colossus", "was designed by", "Tommy Flowers")
    assert (why.status, why.reason) == ("rejected", f"rejected by a person who asked: {QUESTION}") and why.evidence
    assert graph.explain("Colossus", "was designed by", "Zed Zander").status == "published"

    graph.undo_update(1)
    assert graph.reason(QUESTION).answers == ("Tommy Flowers",)
    assert graph.explain("Colossus", "was designed by", "Tommy Flowers").status == "published"
