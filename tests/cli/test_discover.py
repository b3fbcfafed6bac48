"""Links that no sentence states, through ``build``, ``fuse``, ``explain`` and ``reason``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests_support import Run, exported

PAIRS = (
    "France Spain|Germany Poland|Brazil Peru|Kenya Uganda|India Nepal|China Laos|Norway Sweden|Egypt Libya|"
    "Chile Bolivia|Oman Yemen|Serbia Romania|Ghana Togo"
)


def write(folder: Path, pairs: str = PAIRS) -> Path:
    """A document for each pair of neighbours, and one that says it one way."""
    folder.mkdir(exist_ok=True)
    for a, b in (pair.split() for pair in pairs.split("|")):
        (folder / f"{a}.txt").write_text(f"{a} is a neighbour of {b}. {b} is a neighbour of {a}.\n", encoding="utf-8")
    (folder / "Italy.txt").write_text("Italy is a neighbour of Austria.\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def store(kgtool: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("discover")
    report = json.loads(kgtool("build", write(base / "docs"), "-s", base / "kg", "--json").stdout)
    assert report["inferred"] == 1
    return base / "kg"


def test_explain_shows_the_justification(kgtool: Run, store: Path) -> None:
    found = json.loads(kgtool("explain", "Austria", "is a neighbour of", "Italy", "-s", store, "--json").stdout)
    assert found["status"] == "inferred" and found["evidence"] == []
    assert "Italy be_neighbour_of Austria: be_neighbour_of(y, x) → be_neighbour_of(x, y), support 24" in found["reason"]
    shown = kgtool("explain", "Austria", "is a neighbour of", "Italy", "-s", store).stdout
    assert "inferred (Italy be_neighbour_of Austria" in shown and "sentences in common: 1" in shown


def test_it_is_in_the_graph_with_its_status(kgtool: Run, store: Path) -> None:
    assert kgtool("query", "ASK { e:Austria r:be_neighbour_of e:Italy }", "-s", store).returncode == 0
    query = 'SELECT ?s { GRAPH g:provenance { ?n kg:status "inferred" ; rdf:subject ?s } }'
    assert "Austria" in kgtool("query", query, "-s", store).stdout


def test_it_can_be_switched_off(kgtool: Run, store: Path) -> None:
    report = json.loads(kgtool("build", "-s", store, "--no-discover", "--json").stdout)
    assert report["changed"] and report["inferred"] == 0
    assert json.loads(kgtool("build", "-s", store, "--json", KGTOOL_DISCOVER="0").stdout)["changed"] is False
    assert json.loads(kgtool("build", "-s", store, "--json").stdout)["inferred"] == 1


def test_steps_give_the_same_as_one_build(kgtool: Run, store: Path, tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", PAIRS.split("|", 8)[-1])
    first = json.loads(kgtool("build", docs, "-s", tmp_path / "kg", "--json").stdout)
    assert first["inferred"] == 0
    write(docs)
    assert json.loads(kgtool("build", "-s", tmp_path / "kg", "--json").stdout)["inferred"] == 1
    assert exported(kgtool, tmp_path / "kg") == exported(kgtool, store)


def test_fuse_does_it_too(kgtool: Run, tmp_path: Path) -> None:
    rows = [pair.split() for pair in PAIRS.split("|")]
    both = [f"{a},borders,{b}\n{b},borders,{a}\n" for a, b in rows]
    file = tmp_path / "t.csv"
    file.write_text("subject,predicate,object\n" + "".join(both) + "Italy,borders,Austria\n", encoding="utf-8")
    (made,) = [r for r in map(json.loads, kgtool("fuse", file).stdout.splitlines()) if r["status"] == "inferred"]
    assert (made["subject"], made["object"], made["sources"]) == ("Austria", "Italy", [])
    assert "support 24" in made["reason"]
    assert '"inferred"' not in kgtool("fuse", file, "--no-discover").stdout
