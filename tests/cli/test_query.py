"""``kgtool query`` through a real process."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
from tests_support import Run

WHO = "SELECT ?who WHERE { e:Colossus r:be_designed_by ?x . ?x rdfs:label ?who }"


def test_the_answer_is_on_stdout_alone(kgtool: Run, demo: Path) -> None:
    done = kgtool("query", WHO, "-s", demo)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == '?who\n"Tommy Flowers"@en\n'


@pytest.mark.parametrize("way", ["stdin", "file", "environment"])
def test_ways_to_give_query_and_store(kgtool: Run, demo: Path, tmp_path: Path, way: str) -> None:
    (tmp_path / "q.rq").write_text(WHO)
    calls = {
        "stdin": lambda: kgtool("query", "-", "-s", demo, stdin=WHO),
        "file": lambda: kgtool("query", "-f", tmp_path / "q.rq", "-s", demo),
        "environment": lambda: kgtool("query", WHO, KGTOOL_STORE=str(demo)),
    }
    assert "Tommy Flowers" in calls[way]().stdout


def test_the_w3c_formats_are_valid(kgtool: Run, demo: Path) -> None:
    bindings = json.loads(kgtool("query", WHO, "-s", demo, "--format", "json").stdout)["results"]["bindings"]
    assert bindings == [{"who": {"type": "literal", "value": "Tommy Flowers", "xml:lang": "en"}}]
    root = ElementTree.fromstring(kgtool("query", WHO, "-s", demo, "--format", "xml").stdout)
    assert "Tommy Flowers" in "".join(root.itertext())
    rows = list(csv.reader(io.StringIO(kgtool("query", WHO, "-s", demo, "--format", "csv").stdout)))
    assert rows == [["who"], ["Tommy Flowers"]]
    lines = kgtool("query", WHO, "-s", demo, "--format", "ndjson").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [{"who": "Tommy Flowers"}]


def test_construct_gives_rdf(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    text = "CONSTRUCT { ?x ?p ?o } WHERE { ?x rdfs:label 'Tommy Flowers'@en ; ?p ?o }"
    done = kgtool("query", text, "-s", demo, "-o", tmp_path / "x.nt")
    assert done.returncode == 0 and done.stdout == ""
    triples = list(ox.parse(path=tmp_path / "x.nt"))
    assert len(triples) > 2


def test_ask_and_exit_status(kgtool: Run, demo: Path) -> None:
    yes = kgtool("query", "ASK { e:Colossus ?p ?o }", "-s", demo, "--exit-status")
    assert (yes.returncode, yes.stdout) == (0, "true\n")
    no = kgtool("query", "ASK { e:Nothing ?p ?o }", "-s", demo, "--exit-status")
    assert (no.returncode, no.stdout) == (8, "false\n")
    none = kgtool("query", "SELECT ?o { e:Nothing ?p ?o }", "-s", demo, "--exit-status")
    assert none.returncode == 8


def test_named_queries_and_parameters(kgtool: Run, demo: Path) -> None:
    done = kgtool("query", "@about", "--param", "name=tommy flowers", "-s", demo)
    assert done.returncode == 0 and "Post Office Research Station" in done.stdout
    missing = kgtool("query", "@about", "-s", demo)
    assert missing.returncode == 2 and "--param name" in missing.stderr
    unknown = kgtool("query", "@about", "--param", "name=x", "--param", "nope=1", "-s", demo)
    assert unknown.returncode == 2 and "nope" in unknown.stderr


def test_every_named_query_runs(kgtool: Run, demo: Path) -> None:
    values = {"about": "name=ENIAC", "facts": "document=documents/colossus.txt"}
    names = sorted(p.stem for p in (Path(__file__).parents[2] / "queries").glob("*.rq"))
    assert len(names) >= 5
    for name in names:
        param = ["--param", values[name]] if name in values else []
        done = kgtool("query", f"@{name}", *param, "-s", demo, "--exit-status")
        assert done.returncode == 0, (name, done.stderr)


def test_queries_of_the_user_come_first(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "top.rq").write_text("SELECT ('mine' AS ?x) {}")
    assert "mine" in kgtool("query", "@top", "-s", demo, cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["SELECT * { ?s ?p }"], 2, "line 1, column 19"),
        (["SELECT *\n{ ?s foo:x ?o }"], 2, "line 2"),
        (["DELETE WHERE { ?s ?p ?o }"], 2, "update"),
        (["SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"], 2, "SERVICE"),
        (["@nonesuch"], 3, "@nonesuch"),
        (["-f", "/nonexistent.rq"], 3, "nonexistent"),
        ([], 2, "one query"),
        (["ASK {}", "--format", "docx"], 2, "docx"),
        (["ASK {}", "--param", "x"], 2, "NAME=VALUE"),
        (["ASK {}", "--nonsense"], 2, "nonsense"),
        (["SELECT * {}", "--format", "ttl"], 2, "rows"),
    ],
)
def test_bad_requests(kgtool: Run, demo: Path, args: list[str], code: int, told: str) -> None:
    done = kgtool("query", *args, "-s", demo)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith("error: ") and told in lines[0]
    assert len(lines) == 2 and lines[1].startswith("hint: ")


def test_errors_as_json(kgtool: Run, tmp_path: Path) -> None:
    done = kgtool("query", "ASK {}", "-s", tmp_path / "none", "--json")
    assert done.returncode == 3 and done.stdout == ""
    error = json.loads(done.stderr)["error"]
    assert error["code"] == 3 and error["message"] and error["hint"]


def test_a_failed_write_leaves_the_old_file(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")
    assert kgtool("query", "SELECT ?x {", "-s", demo, "-o", target).returncode == 2
    assert target.read_text() == "old"
    assert kgtool("query", WHO, "-s", demo, "-o", tmp_path / "no" / "out.csv").returncode == 1
