"""``kgtool verify`` through a real process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests_support import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Queries that find something, and that do not."""
    queries = {
        "rows": "# title: Designers\n# param: who string Flowers\n"
        "SELECT ?x { e:Colossus r:be_designed_by ?x FILTER(CONTAINS(STR(?x), $who)) }",
        "none": "SELECT ?x { ?x r:be_designed_by ?x }",
        "yes": "ASK { e:Colossus ?p ?o }",
        "no": "ASK { e:Nothing ?p ?o }",
        "graph": "CONSTRUCT WHERE { ?s ?p ?o }",
        "endless": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }",
        "update": "DELETE WHERE { ?s ?p ?o }",
    }
    for name, text in queries.items():
        (tmp_path / f"{name}.rq").write_text(text)
    return tmp_path


def test_nothing_is_said_where_nothing_is_found(kgtool: Run, demo: Path, folder: Path) -> None:
    done = kgtool("verify", folder / "none.rq", folder / "no.rq", "@contradictions", "-s", demo)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_each_violation_is_printed(kgtool: Run, demo: Path, folder: Path) -> None:
    done = kgtool("verify", folder / "none.rq", folder / "rows.rq", folder / "yes.rq", "-s", demo)
    assert done.returncode == 8 and done.stderr == "error: 2 violations\n"
    assert done.stdout == "rows\tx=<https://kgtool.example/entity/Tommy_Flowers>\nyes\n"
    done = kgtool("verify", folder / "rows.rq", "-s", demo, "--json")
    assert done.returncode == 8
    values = {"x": "<https://kgtool.example/entity/Tommy_Flowers>"}
    assert json.loads(done.stdout) == {"query": "rows", "title": "Designers", "values": values}


def test_parameters(kgtool: Run, demo: Path, folder: Path) -> None:
    files = [folder / "rows.rq", folder / "none.rq"]
    assert kgtool("verify", *files, "--param", "who=Nobody", "-s", demo).returncode == 0
    assert kgtool("verify", *files, "--param", "nope=1", "-s", demo).returncode == 2


@pytest.mark.parametrize(
    ("name", "more", "code"),
    [("graph", [], 2), ("update", [], 2), ("missing", [], 3), ("endless", ["--timeout", "0.2"], 124)],
)
def test_what_is_no_check(kgtool: Run, demo: Path, folder: Path, name: str, more: list[str], code: int) -> None:
    done = kgtool("verify", folder / f"{name}.rq", *more, "-s", demo)
    assert done.returncode == code and done.stdout == ""
    assert done.stderr.startswith("error: ") and "\nhint: " in done.stderr
