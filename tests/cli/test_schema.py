"""``--schema`` from the command line to the graph."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests_support import Run

SCHEMA = """
@prefix : <https://example.org/o#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:designer a owl:ObjectProperty ; rdfs:label "designed by" .
"""


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    """An ontology of one relation."""
    path = tmp_path / "o.ttl"
    path.write_text(SCHEMA, encoding="utf-8")
    return path


def test_a_graph_of_a_closed_schema_has_its_relations_only(
    kgtool: Run, texts: Path, schema: Path, tmp_path: Path
) -> None:
    store = tmp_path / "kg"
    done = kgtool("build", texts, "-s", store, "--schema", schema, "--json")
    assert done.returncode == 0, done.stderr
    asked = "SELECT DISTINCT ?r WHERE { ?r a rdf:Property }"
    rows = kgtool("query", asked, "-s", store, "--format", "csv").stdout.splitlines()
    assert rows == ["r", "https://example.org/o#designer"]
    fact = "ASK { e:Colossus <https://example.org/o#designer> e:Tommy_Flowers }"
    assert kgtool("query", fact, "-s", store).stdout.strip() == "true"


def test_another_schema_is_another_run_and_none_brings_the_old_graph_back(
    kgtool: Run, texts: Path, schema: Path, tmp_path: Path
) -> None:
    store = tmp_path / "kg"
    assert kgtool("build", texts, "-s", store, "-q").returncode == 0
    before = kgtool("export", "-s", store).stdout
    assert kgtool("build", texts, "-s", store, "-q", "--schema", schema).returncode == 0
    assert kgtool("export", "-s", store).stdout != before
    assert kgtool("build", texts, "-s", store, "-q").returncode == 0
    assert kgtool("export", "-s", store).stdout == before


def test_open_mode_keeps_the_rest(kgtool: Run, texts: Path, schema: Path) -> None:
    rows = {}
    for mode in ("closed", "open"):
        done = kgtool("extract", texts, "--schema", schema, "--schema-mode", mode)
        rows[mode] = [json.loads(line) for line in done.stdout.splitlines()]
    assert {r["predicate"] for r in rows["closed"]} == {"designed by"}
    assert {r["predicate"] for r in rows["open"]} > {"designed by"}
    assert all("predicate_id" in r for r in rows["closed"])


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--schema", "none.ttl"], 3, "no such schema"),
        (["--schema-mode", "half"], 2, "closed, open"),
        (["--schema", "{bad}"], 2, "bad.json"),
    ],
)
def test_bad_schemas(kgtool: Run, texts: Path, tmp_path: Path, options: list[str], code: int, said: str) -> None:
    (tmp_path / "bad.json").write_text('{"relations": [1]}', encoding="utf-8")
    done = kgtool("extract", texts, *(o.format(bad=tmp_path / "bad.json") for o in options))
    assert done.returncode == code and said in done.stderr and done.stdout == ""
