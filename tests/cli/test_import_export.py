"""``import``, ``update``, ``export``, ``backup`` and ``restore`` as they are typed."""

from __future__ import annotations

import bz2
import csv
import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests_support import ROOT, Run

import kgtool as kgtool_api
from kgtool.zstandard import zstd

QUADS = """<http://data.example/a> <http://data.example/knows> _:b .
_:b <http://data.example/name> "one \\"two\\"\\nthree"@en <http://data.example/g> .
<http://data.example/a> <http://data.example/knows> <http://data.example/c> .
<http://data.example/a> <http://data.example/likes> <http://data.example/c> .
<http://data.example/a> <http://data.example/age> "7"^^<http://www.w3.org/2001/XMLSchema#integer> .
<http://data.example/a> <http://www.w3.org/2000/01/rdf-schema#label> "Ann" .
<http://data.example/a> <http://www.w3.org/2004/02/skos/core#altLabel> "Anna" .
<http://data.example/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://data.example/Person> .
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a file to import."""
    (tmp_path / "a.nq").write_text(QUADS, encoding="utf-8")
    return tmp_path


def done(kgtool: Run, *args: object, cwd: Path, code: int = 0, stdin: str = "") -> str:
    """What a command writes to stdout, or to stderr when it fails as it should."""
    found = kgtool(*args, cwd=cwd, stdin=stdin)
    assert found.returncode == code, found.stderr
    return found.stderr if code else found.stdout


def test_import_of_every_kind_on_the_command_line(kgtool: Run, here: Path) -> None:
    told = json.loads(done(kgtool, "import", "a.nq", "--json", cwd=here))
    assert told["added"] == ["a.nq"] and told["revision"] and not told["failed"]
    assert done(kgtool, "import", "--list", cwd=here).startswith("a.nq\tnq\t")
    done(kgtool, "import", "-", "--format", "ttl", "--name", "typed", cwd=here, stdin="<x:s> <x:p> <x:o> .")
    (here / "bad.ttl").write_text("<", encoding="utf-8")
    assert "bad.ttl, line 1" in done(kgtool, "import", "bad.ttl", cwd=here, code=2)
    assert "1 of 2 files" in done(kgtool, "import", "bad.ttl", "a.nq", cwd=here, code=5)
    assert "hint: " in done(kgtool, "import", "gone.ttl", cwd=here, code=3)
    assert "no FILES" in done(kgtool, "import", cwd=here, code=2)
    status = json.loads(done(kgtool, "status", "--json", cwd=here))
    assert (status["imports"], status["imported"], status["updates"], status["documents"]) == (2, 9, 0, 0)
    done(kgtool, "import", "--remove", "a.nq", "typed", cwd=here)
    assert done(kgtool, "export", cwd=here) == "" and not list((here / "kg/blobs").iterdir())


def test_update_on_the_command_line(kgtool: Run, here: Path) -> None:
    done(kgtool, "update", 'INSERT DATA { e:a r:b "c" }', cwd=here)
    (here / "u.ru").write_text("DELETE WHERE { e:a r:b ?o }", encoding="utf-8")
    done(kgtool, "update", "-f", "u.ru", cwd=here)
    assert json.loads(done(kgtool, "update", "-", "--json", cwd=here, stdin="INSERT DATA { e:d r:b 1 }"))["number"] == 3
    assert done(kgtool, "update", "--list", cwd=here).splitlines()[1] == "2\tDELETE WHERE { e:a r:b ?o }"
    done(kgtool, "update", "--undo", 2, cwd=here)
    (here / "b.ttl").write_text("<x:s> <x:p> 1 .", encoding="utf-8")
    done(kgtool, "update", "DELETE WHERE { ?s <x:p> ?o }", cwd=here)
    assert "warning: update 4 takes 1 statement of b.ttl away again" in kgtool("import", "b.ttl", cwd=here).stderr
    assert done(kgtool, "export", "--format", "nt", cwd=here).count("\n") == 2
    for words, code in ((["INSERT {"], 2), (["LOAD <x:y>"], 2), (["--undo", "9"], 3), ([], 2), (["a", "--list"], 2)):
        assert "hint: " in done(kgtool, "update", *words, cwd=here, code=code)


def test_export_to_compressed_files_and_folders(kgtool: Run, here: Path) -> None:
    done(kgtool, "import", "a.nq", cwd=here)
    plain = done(kgtool, "export", cwd=here).encode()
    done(kgtool, "export", "-o", "x.nq.gz", cwd=here)
    done(kgtool, "export", "-o", "x.nq.zst", cwd=here)
    done(kgtool, "export", "-o", "x.nq.bz2", cwd=here)
    assert gzip.decompress((here / "x.nq.gz").read_bytes()) == plain
    assert zstd.decompress((here / "x.nq.zst").read_bytes()) == plain
    assert bz2.decompress((here / "x.nq.bz2").read_bytes()) == plain
    done(kgtool, "export", "-o", "folder", "--format", "neo4j", cwd=here)
    with (here / "folder/relationships.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 5
    assert "-o FOLDER" in done(kgtool, "export", "--format", "neo4j", cwd=here, code=2)


@pytest.mark.parametrize("files", [["folder/nodes.csv", "folder/relationships.csv"], ["x.graphml"]])
def test_a_property_graph_comes_back(kgtool: Run, here: Path, files: list[str]) -> None:
    done(kgtool, "import", "a.nq", cwd=here)
    done(kgtool, "export", "-o", "folder", "--format", "neo4j", cwd=here)
    done(kgtool, "export", "-o", "x.graphml", cwd=here)
    format = [] if files == ["x.graphml"] else ["--format", "neo4j"]
    done(kgtool, "import", *files, *format, "-s", "two", cwd=here)
    lines = done(kgtool, "export", "-s", "two", "--format", "nt", cwd=here).splitlines()
    assert lines == done(kgtool, "export", "--format", "nt", cwd=here).splitlines()


NODES = "personId:ID(Person),name,born:int,:LABEL\n1,Ada,1815,Person;Writer\n2,Tom,,Person\n"
EDGES = ":START_ID(Person),:END_ID(Person),:TYPE\n1,2,KNOWS\n"


def test_tables_of_neo4j(kgtool: Run, here: Path) -> None:
    (here / "nodes.csv").write_text(NODES, encoding="utf-8")
    (here / "edges.csv").write_text(EDGES, encoding="utf-8")
    done(kgtool, "import", "nodes.csv", "edges.csv", "--format", "neo4j", cwd=here)
    query = (
        "SELECT ?n { ?a rdfs:label 'Ada' ; r:KNOWS/rdfs:label ?n ; r:born 1815 ; "
        "a <https://kgtool.example/class/Writer> }"
    )
    assert "Tom" in done(kgtool, "query", query, "--format", "csv", cwd=here)
    (here / "rows.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert "header" in done(kgtool, "import", "rows.csv", "--format", "neo4j", cwd=here, code=2)


MAPPING = """
@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .
<#people> rml:logicalSource [ rml:source "people.csv" ; rml:referenceFormulation ql:CSV ] ;
  rr:subjectMap [ rr:template "http://data.example/{id}" ] ;
  rr:predicateObjectMap [ rr:predicate <http://data.example/name> ; rr:objectMap [ rml:reference "name" ] ] .
"""


def test_a_table_with_a_mapping(kgtool: Run, here: Path) -> None:
    if not (python := os.environ.get("KGTOOL_MORPH_KGC")):
        pytest.skip("KGTOOL_MORPH_KGC names no Python that has morph-kgc")
    (here / "kgtool.toml").write_text(f'morph_kgc = "{python}"\n', encoding="utf-8")
    (here / "people.csv").write_text("id,name\n1,Ada\n2,Tom\n", encoding="utf-8")
    (here / "people.rml.ttl").write_text(MAPPING, encoding="utf-8")
    done(kgtool, "import", "people.csv", "--mapping", "people.rml.ttl", cwd=here)
    assert done(kgtool, "export", "--format", "nt", cwd=here) == (
        '<http://data.example/1> <http://data.example/name> "Ada" .\n'
        '<http://data.example/2> <http://data.example/name> "Tom" .\n'
    )
    (here / "bad.rml.ttl").write_text("<", encoding="utf-8")
    assert "mapping" in done(kgtool, "import", "people.csv", "--mapping", "bad.rml.ttl", cwd=here, code=2)


def test_a_table_without_a_program_for_mappings(kgtool: Run, here: Path) -> None:
    (here / "people.csv").write_text("id,name\n1,Ada\n", encoding="utf-8")
    (here / "people.rml.ttl").write_text(MAPPING, encoding="utf-8")
    words = ["import", "people.csv", "--mapping", "people.rml.ttl"]
    assert "pip install morph-kgc" in done(kgtool, *words, cwd=here, code=2)
    for python, told in ((sys.executable, "No module named"), ("/no/python", "cannot run")):
        (here / "kgtool.toml").write_text(f'morph_kgc = "{python}"\n', encoding="utf-8")
        assert told in done(kgtool, *words, cwd=here, code=2)
    assert "nothing says what it means" in done(kgtool, "import", "people.csv", cwd=here, code=2)


def test_a_backup_is_restored_on_the_command_line(kgtool: Run, here: Path) -> None:
    done(kgtool, "import", "a.nq", cwd=here)
    before = done(kgtool, "export", cwd=here)
    done(kgtool, "backup", "copy.tar.zst", cwd=here)
    assert "there already" in done(kgtool, "backup", "copy.tar.zst", cwd=here, code=2)
    done(kgtool, "restore", "copy.tar.zst", "-s", "two", cwd=here)
    assert "-y replaces it" in done(kgtool, "restore", "copy.tar.zst", "-s", "two", cwd=here, code=2)
    done(kgtool, "restore", "copy.tar.zst", "-s", "two", "-y", cwd=here)
    assert done(kgtool, "export", "-s", "two", cwd=here) == before
    assert sorted(p.name for p in here.iterdir()) == ["a.nq", "copy.tar.zst", "kg", "two"]


def test_a_backup_is_whole_while_another_process_writes(kgtool: Run, here: Path, environment: dict[str, str]) -> None:
    done(kgtool, "import", "a.nq", cwd=here)
    script = (
        "import kgtool\n"
        "graph = kgtool.open('kg')\n"
        "for number in range(400):\n"
        "    graph.update(f'INSERT DATA {{ e:x r:y {number} }}')\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=here, env=environment | {"PYTHONPATH": str(ROOT)}
    ) as writer:
        try:
            while not kgtool_api.open(here / "kg").updates():
                time.sleep(0.05)
            for number in range(2):
                done(kgtool, "backup", f"copy{number}.tar", cwd=here)
                done(kgtool, "restore", f"copy{number}.tar", "-s", f"kg{number}", cwd=here)
            assert writer.poll() is None  # it still writes
        finally:
            os.kill(writer.pid, 9)
    for number in range(2):
        done(kgtool, "build", "-s", f"kg{number}", "-q", cwd=here)
        updates = done(kgtool, "update", "--list", "-s", f"kg{number}", cwd=here).count("\n")
        facts = done(kgtool, "export", "--format", "nt", "-s", f"kg{number}", cwd=here).count("\n")
        assert updates and facts == 7 + updates
