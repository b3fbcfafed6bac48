"""Imports and updates: the graph is a function of what is in force, whatever happened before."""

from __future__ import annotations

import bz2
import gzip
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import kgtool
from kgtool.errors import NotFoundError, QueryError, StoreError, UsageError
from kgtool.store import layers, revisions
from kgtool.store.export import FORMATS
from kgtool.zstandard import zstd

BASE = "https://kgtool.example/"
TURTLE = """@prefix x: <http://data.example/> .
x:a x:knows [ x:name "one" ], x:b ; x:list ( 1 2.50 ) .
"""
ENTITY = f"""<{BASE}entity/Colossus> <http://data.example/weighs> "5 t" .
<{BASE}entity/Colossus> <http://www.w3.org/2000/01/rdf-schema#label> "Colossus"@en .
<{BASE}entity/Tommy_Flowers> <http://data.example/lived-in> <http://data.example/London> .
"""
SENTENCES = {
    "a.txt": "Colossus was designed by Tommy Flowers in 1943.",
    "b.txt": "Ada Lovelace was born in London in 1815.",
    "c.txt": "Colossus was built at Dollis Hill.",
}
UPDATES = (
    "INSERT DATA { e:Colossus r:seen_by e:Somebody }",
    "DELETE { ?s r:be_designed_by ?o } INSERT { ?o r:design ?s } WHERE { ?s r:be_designed_by ?o }",
    "DELETE WHERE { ?s <http://data.example/weighs> ?o }",
)


def exported(graph: kgtool.api.KnowledgeGraph) -> bytes:
    return b"".join(graph.export())


def facts(graph: kgtool.api.KnowledgeGraph) -> str:
    return b"".join(graph.export(provenance="none")).decode()


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every revision grows out of the one before."""
    monkeypatch.setattr(revisions, "WHOLE", 0)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with files to import and documents."""
    monkeypatch.chdir(tmp_path)
    Path("a.ttl").write_text(TURTLE, encoding="utf-8")
    Path("e.nt").write_text(ENTITY, encoding="utf-8")
    Path("docs").mkdir()
    return tmp_path


def write(names: str) -> None:
    """The documents of these letters, and no others."""
    for name, text in SENTENCES.items():
        path = Path("docs") / name
        if name[0] in names:
            path.write_text(text + "\n", encoding="utf-8")
        else:
            path.unlink(missing_ok=True)


def test_the_graph_is_a_function_of_what_is_in_force(here: Path) -> None:
    write("a")
    first = kgtool.open("one")
    first.import_("e.nt")
    first.update(UPDATES[0])
    first.build("docs")
    number = first.update(UPDATES[2])[0].number
    first.import_("a.ttl")
    write("ab")
    first.build("docs")
    first.undo_update(number)
    for update in UPDATES[1:]:
        first.update(update)
    write("bc")
    first.build("docs", yes=True)
    first.unimport("a.ttl")
    write("abc")
    first.build("docs")
    second = kgtool.open("two")
    second.build("docs")
    for update in UPDATES:
        second.update(update)
    second.import_("e.nt")
    assert exported(first) == exported(second)
    assert first.status()["revision"] == second.status()["revision"]
    assert "design> <" in facts(first) and "weighs" not in facts(first) and "lived-in" in facts(first)


def test_any_history_gives_the_same_graph(here: Path) -> None:
    chance = random.Random(5)
    graph = kgtool.open("one")
    write("a")
    graph.build("docs")
    imported: set[str] = set()
    numbers: list[int] = []
    given: list[str] = []
    for _ in range(14):
        action = chance.choice(["build", "import", "remove", "update", "undo"])
        if action == "build":
            write("".join(x for x in "abc" if chance.random() < 0.6) or "a")
            graph.build("docs", yes=True)
        elif action == "import":
            name = chance.choice(["a.ttl", "e.nt"])
            graph.import_(name)
            imported.add(name)
        elif action == "remove" and imported:
            graph.unimport(imported.pop() if len(imported) == 1 else sorted(imported)[0])
            imported = {i.name for i in graph.imports()}
        elif action == "update":
            given.append(chance.choice(UPDATES))
            numbers.append(graph.update(given[-1])[0].number)
        elif action == "undo" and numbers:
            place = chance.randrange(len(numbers))
            graph.undo_update(numbers.pop(place))
            given.pop(place)
    fresh = kgtool.open("two")
    for name in sorted(imported, reverse=True):
        fresh.import_(name)
    fresh.build("docs")
    for update in given:
        fresh.update(update)
    assert exported(graph) == exported(fresh)


@pytest.mark.parametrize("larger", ["base", "imports"])
def test_the_larger_part_is_copied(here: Path, monkeypatch: pytest.MonkeyPatch, larger: str) -> None:
    monkeypatch.setattr(revisions, "size_of", lambda path: int(("imports-" in path.name) == (larger == "imports")))
    write("a")
    graph = kgtool.open("one")
    graph.build("docs")
    graph.import_("e.nt")
    graph.import_("a.ttl")
    write("bc")
    graph.build("docs", yes=True)
    fresh = kgtool.open("two")
    fresh.import_("e.nt", "a.ttl")
    fresh.build("docs")
    assert exported(graph) == exported(fresh)


def test_what_a_document_says_too_stays_when_the_document_goes(here: Path) -> None:
    write("ab")
    graph = kgtool.open("one")
    graph.build("docs")
    graph.import_("e.nt")
    write("b")
    graph.build("docs", yes=True)
    assert "weighs" in facts(graph) and '"Colossus"@en' in facts(graph) and "be_designed_by" not in facts(graph)
    graph.unimport("e.nt")
    assert "Colossus" not in facts(graph)


def test_a_rebuild_keeps_imports_and_updates(here: Path) -> None:
    import shutil

    graph = kgtool.open("one")
    graph.import_("a.ttl", "e.nt")
    graph.update(UPDATES[0])
    before = exported(graph)
    shutil.rmtree("one/graph")
    report = graph.build()
    assert report.changed and exported(graph) == before
    assert not graph.build().changed


def test_the_same_file_again_does_nothing_and_a_changed_one_replaces_it(here: Path) -> None:
    graph = kgtool.open("one")
    graph.import_("a.ttl")
    before = Path("one/graph/manifest.json").stat().st_mtime_ns
    assert graph.import_("a.ttl").unchanged == ["a.ttl"]
    assert Path("one/graph/manifest.json").stat().st_mtime_ns == before
    Path("a.ttl").write_text("<http://data.example/new> <http://data.example/p> 1 .\n", encoding="utf-8")
    assert graph.import_("a.ttl").changed == ["a.ttl"]
    assert facts(graph) == (
        "<http://data.example/new> <http://data.example/p> "
        '"1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'
    )  # fmt: skip
    assert len(list(Path("one/blobs").iterdir())) == 1


QUADS = """<http://data.example/a> <http://data.example/knows> _:b .
_:b <http://data.example/name> "one \\"two\\"\\nthree"@en <http://data.example/g> .
<http://data.example/a> <http://data.example/age> "7"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://data.example/a> <http://www.w3.org/2000/01/rdf-schema#label> "Ann" .
"""


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_a_round_trip_changes_nothing(here: Path, format: str) -> None:
    Path("a.nq").write_text(QUADS, encoding="utf-8")
    made = []
    for store, file in (("one", "a.nq"), ("two", f"first.{format}")):
        graph = kgtool.open(store)
        graph.import_(file, format="" if file == "a.nq" else format)
        made.append(b"".join(graph.export(format=format, provenance="none")))
        Path(f"first.{format}").write_bytes(made[0])
    assert made[0] == made[1] != b""


def test_blank_nodes_of_two_files_are_never_one(here: Path) -> None:
    for name in ("one", "two"):
        Path(f"{name}.nt").write_text(f'_:b <http://data.example/p> "{name}" .\n', encoding="utf-8")
    graph = kgtool.open("kg")
    graph.import_("one.nt", "two.nt")
    rows = graph.query("SELECT ?s { ?s ?p ?o }").rows()
    assert len({str(s) for (s,) in rows}) == 2


def test_blank_nodes_are_the_same_ones_in_every_store(here: Path) -> None:
    Path("a.jsonld").write_text('{"http://data.example/p": [{}, {"http://data.example/q": 1}]}', encoding="utf-8")
    for name in ("one", "two"):
        kgtool.open(name).import_("a.ttl", "a.jsonld")
    assert exported(kgtool.open("one")) == exported(kgtool.open("two"))


def test_named_graphs_stay_and_our_own_are_left_out(here: Path) -> None:
    lines = [
        '<http://data.example/s> <http://data.example/p> "x" <http://data.example/g> .',
        f'<http://data.example/s> <http://data.example/p> "x" <{BASE}graph/provenance> .',
    ]
    Path("g.nq").write_text("\n".join(lines) + "\n", encoding="utf-8")
    graph = kgtool.open("kg")
    assert graph.import_("g.nq").left_out == 1
    (row,) = graph.query("SELECT ?g { GRAPH ?g { ?s <http://data.example/p> ?o } }").rows()
    assert row[0].value == "http://data.example/g"


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("zst", zstd.compress)])
def test_compressed_files(here: Path, ending: str, pack: Callable[[bytes], bytes]) -> None:
    Path(f"a.ttl.{ending}").write_bytes(pack(TURTLE.encode()))
    graph = kgtool.open("kg")
    graph.import_(f"a.ttl.{ending}")
    assert facts(graph).count("\n") == 8
    Path(f"b.ttl.{ending}").write_bytes(pack(TURTLE.encode() * 20)[:-9])
    with pytest.raises(UsageError, match="cannot be read"):
        graph.import_(f"b.ttl.{ending}")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("bad.ttl", "@prefix x: <http://x.example/> .\nx:a x:b ;; foo .", "bad.ttl, line 2, column"),
        ("bad.nt", "<http://x.example/a> <http://x.example/b> .\n", "bad.nt, line 1, column"),
        ("bad.nq", '<http://x.example/a> <http://x.example/b> "x" .\n_:x <http://x.example/b> .\n', "bad.nq, line 2"),
        ("bad.jsonld", '{"@id": "http://x.example/a",\n"http://x.example/b": [1,\n}', "bad.jsonld, line 3"),
        ("bad.rdf", "<a>\n<b></a>", "bad.rdf, line 2"),
        ("cut.rdf", '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="http://x.example/">\n'
         '<rdf:Description rdf:about="http://x.example/a"><x:b>1</x:b>', "cut.rdf, line 2"),
        ("bad.trix", "<TriX>\n<graph>", "bad.trix cannot be read"),
        ("rel.ttl", "<a> <http://x.example/b> <c> .", "rel.ttl, line 1, column 1: a relative IRI"),
        ("rel.jsonld", '{"@id": "a", "http://x.example/b": 1}', "rel.jsonld: a relative IRI"),
        ("rel.rdf", '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
         'rdf:about="a" rdf:value="1"/></rdf:RDF>', "rel.rdf: a relative IRI"),
        ("big.nt", f'<http://x.example/a> <http://x.example/b> "{"x" * 17_000_000}" .\n', "more than 16 MB"),
        ("big.jsonld", f'{{"@id": "http://x.example/a", "http://x.example/b": "{"x" * 17_000_000}"}}', "more than 16"),
        ("no.idea", "", "not known by its ending"),
        ("rows.csv", "a,b\n", "nothing says what it means"),
    ],
)  # fmt: skip
def test_a_bad_file_is_named_and_nothing_of_it_imported(here: Path, name: str, text: str, told: str) -> None:
    Path(name).write_text(text, encoding="utf-8")
    graph = kgtool.open("kg")
    with pytest.raises(UsageError, match=told) as raised:
        graph.import_(name)
    assert raised.value.hint and not list(Path("kg").glob("blobs/*"))


@pytest.mark.parametrize(
    ("text", "format", "told"),
    [
        (":ID,name\n1\n", "neo4j", "line 2: 1 cells instead of 2"),
        ('"a"b,:ID\n', "neo4j", "line 1"),
        ("", "neo4j", "the header has neither"),
        (":ID\n\xff\n", "neo4j", "cannot be read"),
        ("<graphml><x", "graphml", "cannot be read"),
        ("no XML", "graphml", "cannot be read"),
    ],
)
def test_a_bad_property_graph_is_told(here: Path, text: str, format: str, told: str) -> None:
    Path("bad").write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match=f"^bad.*{told}"):
        kgtool.open("kg").import_("bad", format=format)


@pytest.mark.parametrize("name", ["empty.nt", "comment.ttl"])
def test_a_file_of_nothing_is_no_obstacle(here: Path, name: str) -> None:
    Path(name).write_text("# nothing\n" if "comment" in name else "", encoding="utf-8")
    graph = kgtool.open("kg")
    graph.import_(name)
    graph.import_("e.nt")
    assert sorted(i.statements for i in graph.imports()) == [0, 3]
    assert facts(graph).count("\n") == 3


def test_good_files_beside_a_bad_one_are_imported(here: Path) -> None:
    Path("bad.ttl").write_text("x", encoding="utf-8")
    graph = kgtool.open("kg")
    told = graph.import_("bad.ttl", "e.nt")
    assert (told.added, [row["path"] for row in told.failed]) == (["e.nt"], ["bad.ttl"])
    assert facts(graph) == "".join(sorted(ENTITY.splitlines(keepends=True)))


def test_relative_iris_with_a_base(here: Path) -> None:
    Path("rel.ttl").write_text("<a> <b> <c> .", encoding="utf-8")
    graph = kgtool.open("kg")
    graph.import_("rel.ttl", base="http://base.example/")
    assert "<http://base.example/a> <http://base.example/b>" in facts(graph)


def test_a_large_literal_comes_back(here: Path) -> None:
    line = f'<http://x.example/a> <http://x.example/b> "{"x" * 9_000_000}" .\n'
    Path("big.nt").write_text(line, encoding="utf-8")
    graph = kgtool.open("kg")
    graph.import_("big.nt")
    assert facts(graph) == line


def test_provenance_is_one_node_a_file(here: Path) -> None:
    graph = kgtool.open("kg")
    graph.import_("a.ttl", name="my data")
    found = "?i a kg:Import ; prov:wasDerivedFrom [ kg:path ?p ; kg:contentHash ?h ]"
    query = f"SELECT ?p ?h {{ GRAPH g:provenance {{ {found} }} }}"
    (row,) = graph.query(query).rows()
    assert row[0].value == "my data" and row[1].value == graph.imports()[0].hash
    assert str(here) not in exported(graph).decode()


def test_what_is_not_there(here: Path) -> None:
    graph = kgtool.open("kg")
    with pytest.raises(NotFoundError):
        graph.import_("missing.ttl")
    assert not Path("kg").exists()
    with pytest.raises(NotFoundError):
        graph.unimport("a.ttl")
    graph.import_("a.ttl")
    with pytest.raises(NotFoundError):
        graph.unimport("a.ttl", "b.ttl")
    with pytest.raises(NotFoundError):
        graph.undo_update(1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("INSERT DATA {", "SPARQL syntax"),
        ("SELECT * { ?s ?p ?o }", "no update"),
        ("INSERT DATA { e:a r:b _:c }", "blank node"),
        ("INSERT DATA { e:a r:b [] }", "blank node"),
        ("INSERT { ?s r:b (1 2) } WHERE { ?s ?p ?o }", "blank node"),
        ("INSERT DATA { << e:a r:b e:c >> r:d e:e }", "blank node"),
        ("INSERT DATA { e:a r:b e:c {| r:d e:e |} }", "blank node"),
        ("INSERT { ?s r:b ?n } WHERE { ?s ?p ?o BIND(NOW() AS ?n) }", "NOW"),
        ("INSERT { ?s r:b ?n } WHERE { ?s ?p ?o BIND(rand() AS ?n) }", "RAND"),
        ("INSERT { ?s r:b ?n } WHERE { ?s ?p ?o BIND(BNODE() AS ?n) }", "BNODE"),
        ("LOAD <file:///etc/passwd>", "LOAD"),
        ("INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE"),
        ("DROP GRAPH <http://no.example/>", "does not exist"),
        (f"INSERT DATA {{ {'(' * 300} }}", "nested"),
    ],
)
def test_an_update_that_is_refused_changes_nothing(here: Path, text: str, told: str) -> None:
    graph = kgtool.open("kg")
    graph.import_("e.nt")
    before = exported(graph)
    with pytest.raises(QueryError, match=told):
        graph.update(text)
    assert (exported(graph), graph.updates()) == (before, [])


@pytest.mark.parametrize(
    "text",
    [
        'INSERT DATA { e:a r:b "_:x [ NOW() # {" } # rand()',
        "INSERT { ?s r:b ?o } WHERE { [] r:c ?s . _:x r:d ?o FILTER(?o IN (1, 2)) }",
        "INSERT DATA { e:a r:b <<( e:c r:d e:e )>> }",
        "PREFIX x: <http://x.example/> INSERT DATA { GRAPH x:g { x:a x:b 1 } } ; DELETE WHERE { ?s x:p ?o }",
    ],
)
def test_an_update_that_is_the_same_each_time_is_taken(here: Path, text: str) -> None:
    kgtool.open("kg").update(text)
    assert [u.text for u in kgtool.open("kg").updates()] == [text]


def test_an_update_that_cannot_be_done_any_more_is_told(here: Path) -> None:
    graph = kgtool.open("kg")
    Path("g.nq").write_text("<http://x.example/s> <http://x.example/p> 1 <http://x.example/g> .".replace("1", '"1"'))
    graph.import_("g.nq")
    graph.update("DROP GRAPH <http://x.example/g>")
    told = graph.unimport("g.nq")
    assert told.warnings == ["update 1 is left out: the update failed: The graph <http://x.example/g> does not exist"]


def taken_away(told: kgtool.importing.Imported) -> list[tuple[str, int, int]]:
    return [(row["path"], row["update"], row["statements"]) for row in told.taken_away]


def test_what_an_older_update_takes_away_from_an_import_is_told(here: Path) -> None:
    graph = kgtool.open("kg")
    graph.import_("a.ttl")
    graph.update(UPDATES[0])
    graph.update(UPDATES[2])
    told = graph.import_("e.nt")
    assert taken_away(told) == [("e.nt", 2, 1)] and "weighs" not in facts(graph) and "lived-in" in facts(graph)
    assert taken_away(graph.import_("e.nt")) == [("e.nt", 2, 1)]  # unchanged, and still not all there
    graph.update("CLEAR DEFAULT ; INSERT DATA { <http://data.example/x> r:b 1 }")
    Path("a.nt").write_text('<http://data.example/x> <http://data.example/weighs> "1 t" .\n', encoding="utf-8")
    told = graph.import_("a.nt", "e.nt", "a.ttl")
    assert taken_away(told) == [("a.nt", 2, 1), ("e.nt", 2, 1), ("e.nt", 3, 2), ("a.ttl", 3, 8)]
    graph.undo_update(3)
    assert taken_away(graph.unimport("a.nt")) == [] and taken_away(graph.import_("a.ttl")) == []
    graph.undo_update(2)
    assert taken_away(graph.import_("e.nt")) == [] and "weighs" in facts(graph)


def test_an_update_that_only_adds_takes_nothing_away(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = kgtool.open("kg")
    graph.update(UPDATES[0])
    monkeypatch.setattr(layers, "absent", None)  # nothing is looked up for it
    assert taken_away(graph.import_("e.nt")) == []


def test_only_what_is_new_is_done(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a")
    graph = kgtool.open("kg")
    graph.build("docs")
    graph.import_("a.ttl")
    graph.update(UPDATES[0])
    fused, run = [], []
    monkeypatch.setattr(kgtool.pipeline, "make_fuser", lambda *given: fused.append(given))
    original = layers.OxigraphStore.update
    monkeypatch.setattr(
        layers.OxigraphStore, "update", lambda store, text: (run.append(text), original(store, text))[1]
    )
    graph.update(UPDATES[1])
    assert fused == [] and run.count(UPDATES[0]) == 0 and run.count(UPDATES[1]) == 3  # parsed, tried, done


def test_readers_keep_their_snapshot(here: Path) -> None:
    graph = kgtool.open("kg")
    graph.import_("a.ttl")
    script = (
        "import sys, kgtool\n"
        "store = kgtool.open('kg').store\n"
        "print('open', flush=True)\n"
        "for line in sys.stdin:\n"
        "    print(len(list(store.query('SELECT * { ?s ?p ?o }').rows())), flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=-1, stdout=-1, text=True) as reader:
        assert reader.stdin and reader.stdout and reader.stdout.readline() == "open\n"
        for number in range(3):  # the revision that it reads is deleted by the second
            graph.update(f"INSERT DATA {{ e:x r:y {number} }}")
            reader.stdin.write("again\n")
            reader.stdin.flush()
            assert reader.stdout.readline() == "8\n"
        reader.stdin.close()
    assert facts(graph).count("\n") == 11


def test_forgetting_takes_nothing_of_what_was_imported(here: Path) -> None:
    write("ab")
    graph = kgtool.open("kg")
    graph.build("docs")
    graph.import_("a.ttl")
    graph.update(UPDATES[0])
    told = graph.forget("document", "b.txt")
    assert told.holds is False and "Ada_Lovelace" not in exported(graph).decode()
    assert "data.example/knows" in facts(graph) and "seen_by" in facts(graph)
    write("a")
    fresh = kgtool.open("two")
    fresh.build("docs")
    fresh.import_("a.ttl")
    fresh.update(UPDATES[0])
    assert facts(fresh) == facts(graph)


def test_what_is_said_of_an_imported_name_is_told_when_it_is_to_be_forgotten(here: Path) -> None:
    write("a")
    graph = kgtool.open("kg")
    graph.build("docs")
    graph.import_("e.nt")
    with pytest.raises(StoreError, match="still holds it") as raised:
        graph.forget("entity", "Colossus")
    assert "import --remove" in raised.value.hint
    graph.unimport("e.nt")
    assert graph.forget("entity", "Colossus").holds is False


def test_what_was_cut_short_is_published_by_the_next_build(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("a")
    graph = kgtool.open("kg")
    graph.build("docs")

    def cut(*given: object, **named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(kgtool.layout.Layout, "publish", cut)
        with pytest.raises(KeyboardInterrupt):
            graph.import_("a.ttl", "e.nt")
    assert "data.example" not in facts(graph)
    assert graph.build().changed and "data.example" in facts(graph)
    assert graph.import_("a.ttl").unchanged == ["a.ttl"]


def test_a_graph_whose_databases_are_damaged_is_made_again(here: Path) -> None:
    write("a")
    graph = kgtool.open("kg")
    graph.build("docs")
    graph.import_("a.ttl")
    graph.update(UPDATES[0])
    before = exported(graph)
    for name in ("CURRENT", "imports"):
        for path in Path("kg/graph").glob(f"**/{name}"):
            path.unlink()
    assert graph.build().changed and exported(graph) == before
    graph.update(UPDATES[1])
    fresh = kgtool.open("two")
    fresh.build("docs")
    fresh.import_("a.ttl")
    fresh.update(UPDATES[0])
    fresh.update(UPDATES[1])
    assert exported(graph) == exported(fresh)
