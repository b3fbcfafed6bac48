"""``kgtool validate``, and ``build --shapes``, as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pyoxigraph as ox
import pytest
from endpoints import Server as Real
from sparql_server import Server
from tests_support import Run

HEAD = """@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix schema: <https://schema.org/> .
@prefix r: <https://kgtool.example/relation/> .
"""
DESIGN = (
    "<Design> sh:targetSubjectsOf r:be_designed_by ; sh:property [ sh:path r:be_designed_by ; sh:class schema:{} ] ."
)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with shapes that the demo breaks, does not break, and that are about nothing."""
    (tmp_path / "broken.ttl").write_text(HEAD + DESIGN.format("Place"))
    (tmp_path / "kept.ttl").write_text(HEAD + "<A> sh:targetClass schema:Person ; sh:nodeKind sh:IRI .")
    (tmp_path / "about-nothing.ttl").write_text(HEAD + "<A> sh:targetClass schema:Persn ; sh:nodeKind sh:IRI .")
    return tmp_path


def test_violations_are_lines_json_and_rdf(kgtool: Run, demo: Path, here: Path) -> None:
    done = kgtool("validate", "--shapes", "broken.ttl", "-s", demo, cwd=here)
    assert done.returncode == 0 and "violations; " in done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert ["e:Colossus", "r:be_designed_by", "e:Tommy_Flowers", "is no schema:Place"] in [row[:4] for row in lines]
    done = kgtool("validate", "--shapes", "broken.ttl", "-s", demo, "--json", "--report", "r.nt", "--strict", cwd=here)
    row = json.loads(done.stdout)
    assert done.returncode == 8 and json.loads(done.stderr)["error"]["code"] == 8
    assert row["violations"] == len(lines) == len(row["results"]) and row["conforms"] is False
    store = ox.Store()
    store.load(path=here / "r.nt")
    found = store.query("SELECT (COUNT(*) AS ?n) { ?x a <http://www.w3.org/ns/shacl#ValidationResult> }")
    assert next(iter(found))[0].value == str(len(lines))  # type: ignore[arg-type]


def test_nothing_found_and_nothing_checked_are_told_apart(kgtool: Run, demo: Path, here: Path) -> None:
    done = kgtool("validate", "--shapes", "kept.ttl", "-s", demo, "--strict", "-q", cwd=here)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = kgtool("validate", "--shapes", "about-nothing.ttl", "-s", demo, cwd=here)
    assert done.returncode == 0 and "nothing was checked" in done.stderr
    assert kgtool("validate", "--shapes", "about-nothing.ttl", "-s", demo, "--strict", cwd=here).returncode == 8


def test_inferred_shapes_can_be_used(kgtool: Run, demo: Path, here: Path) -> None:
    assert kgtool("validate", "--infer-shapes", "-o", "made.ttl", "-s", demo, cwd=here).returncode == 0
    assert kgtool("validate", "--infer-shapes", "-s", demo, cwd=here).stdout == (here / "made.ttl").read_text()
    (here / "kgtool.toml").write_text('shapes = "made.ttl"\n')
    done = kgtool("validate", "-s", demo, "--json", cwd=here)
    assert done.returncode == 0 and 0 < json.loads(done.stdout)["violations"] < 10


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "no shapes are named"),
        (["--shapes", "gone.ttl"], 3, "gone.ttl"),
        (["--shapes", "bad.ttl"], 2, "bad.ttl, line 2"),
        (["--infer-shapes", "--strict"], 2, "only writes"),
        (["--shapes", "kept.ttl", "--report", "r.txt"], 2, "ending"),
        (["--shapes", "kept.ttl", "-o", "x"], 2, "--report"),
    ],
)
def test_mistakes(kgtool: Run, demo: Path, here: Path, arguments: list[str], code: int, said: str) -> None:
    (here / "bad.ttl").write_text("@prefix sh: <http://www.w3.org/ns/shacl#> .\n<A> sh:targetClass ;")
    done = kgtool("validate", *arguments, "-s", demo, cwd=here)
    assert done.returncode == code and said in done.stderr and "\nhint: " in done.stderr and not done.stdout


def test_build_with_shapes(kgtool: Run, texts: Path, here: Path) -> None:
    done = kgtool("build", texts, "--shapes", "broken.ttl", "--strict", "--json", cwd=here)
    row = json.loads(done.stdout)
    assert done.returncode == 8 and row["triples"]["quarantined"] == row["violations"] == 1
    assert "1 statement is in quarantine" in json.loads(done.stderr)["error"]["message"]
    assert kgtool("build", "--shapes", "broken.ttl", "-q", cwd=here).stderr == ""
    told = kgtool("explain", "Colossus", "was designed by", "Tommy Flowers", cwd=here).stdout
    assert "\nquarantined (e:Tommy_Flowers is no schema:Place" in told
    assert "is no schema:Place" in kgtool("query", "@quarantine", cwd=here).stdout
    assert kgtool("build", "--strict", cwd=here).returncode == 2


@pytest.mark.endpoint
def test_a_graph_at_an_endpoint(kgtool: Run, oxigraph: Real, here: Path) -> None:
    base = "https://kgtool.example/"
    fact = f"<{base}entity/Colossus> <{base}relation/be_designed_by> <{base}entity/Flowers> .\n"
    (here / "a.nt").write_text(fact)
    assert kgtool("import", "a.nt", cwd=here).returncode == 0
    graph = "https://kgtool.example/facts/validate"
    at = ("-s", oxigraph.queries, "--graph", graph)
    kgtool("publish", oxigraph.updates, "--query-url", oxigraph.queries, "--graph", graph, cwd=here)
    done = kgtool("validate", "--shapes", "broken.ttl", *at, cwd=here)
    assert done.stdout.startswith("e:Colossus\tr:be_designed_by\te:Flowers\tis no schema:Place\t"), done.stderr


def test_an_endpoint_that_fails(kgtool: Run, here: Path) -> None:
    with Server({"status": 500, "body": b"no"}) as server:
        assert kgtool("validate", "--shapes", "kept.ttl", "-s", server.url, cwd=here).returncode == 4
