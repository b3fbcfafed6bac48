"""``kgtool show`` and ``kgtool viz``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests_support import Run

FLOWERS = "https://kgtool.example/entity/Tommy_Flowers"


@pytest.mark.parametrize("name", ["Tommy Flowers", "tommy  FLOWERS", "Flowers", FLOWERS, f"<{FLOWERS}>"])
def test_an_entity_by_any_of_its_names(kgtool: Run, demo: Path, name: str) -> None:
    done = kgtool("show", name, "-s", demo)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:3] == [f"Tommy Flowers  <{FLOWERS}>", "Person", "also: Flowers"]
    assert any(
        line.startswith("was born in ") and line.endswith("→ London  (0.88, documents/colossus.txt)") for line in lines
    )
    assert any(line.startswith("was designed by ") and "← Colossus  (" in line for line in lines)
    assert "“" not in done.stdout


def test_sentences(kgtool: Run, demo: Path) -> None:
    told = kgtool("show", "Tommy Flowers", "-s", demo, "--quotes").stdout
    assert "“Colossus was designed by Tommy Flowers.” (documents/colossus.txt, 1959–1998)" in told


def test_json(kgtool: Run, demo: Path) -> None:
    row = json.loads(kgtool("show", "Tommy Flowers", "-s", demo, "--json").stdout)
    facts = row.pop("facts")
    assert row == {"iri": FLOWERS, "label": "Tommy Flowers", "types": ["Person"], "aliases": ["Flowers"]}
    (fact,) = (f for f in facts if f["direction"] == "in")
    (value,) = fact["values"]
    assert (fact["label"], fact["total"], value["label"]) == ("was designed by", 1, "Colossus")
    assert value["status"] == "published" and value["confidence"] > 0.9
    assert value["sources"] == ["documents/colossus.txt"] and value["quotes"][0]["begin"] == 1959


def test_no_more_facts_than_wanted(kgtool: Run, demo: Path) -> None:
    row = json.loads(kgtool("show", "London", "-s", demo, "--limit", 1, "--json").stdout)
    assert all(len(f["values"]) == 1 for f in row["facts"]) and any(f["total"] > 1 for f in row["facts"])
    assert "… and " in kgtool("show", "London", "-s", demo, "--limit", 1).stdout


def test_another_that_has_the_name_is_told(kgtool: Run, demo: Path) -> None:
    done = kgtool("show", "Turing", "-s", demo)
    assert done.returncode == 0 and "entity/Alan_Turing>" in done.stderr
    assert kgtool("show", "Turing", "-s", demo, "-q").stderr == ""


@pytest.mark.parametrize("command", ["show", "viz"])
def test_mistakes(kgtool: Run, demo: Path, tmp_path: Path, command: str) -> None:
    done = kgtool(command, "Tomy Flowers", "-s", demo)
    assert (done.returncode, done.stdout) == (3, "") and "hint: the nearest are: Tommy Flowers" in done.stderr
    assert kgtool(command, "https://kgtool.example/entity/Absent", "-s", demo).returncode == 3
    assert kgtool(command, "", "-s", demo).returncode == 3
    assert kgtool(command, "x", "-s", tmp_path / "none").returncode == 3


def test_homonyms_are_listed(tmp_path: Path) -> None:
    import pyoxigraph as ox

    from kgtool.errors import UsageError
    from kgtool.store.oxigraph import OxigraphStore
    from kgtool.store.textindex import TextIndex
    from kgtool.view.lookup import resolve

    store = OxigraphStore()
    store.raw.load(
        "@prefix x: <https://invented.example/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        'x:planet rdfs:label "Mercury" ; x:near x:god . x:god rdfs:label "mercury" . x:near rdfs:label "Near" .',
        format=ox.RdfFormat.TURTLE,
    )
    texts = TextIndex.open(tmp_path, store)
    with pytest.raises(UsageError, match="god> or <https"):
        resolve(store, texts, "Mercury")
    assert resolve(store, texts, "near")[0] == "https://invented.example/near"


def test_a_page_is_written(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    done = kgtool("viz", "Tommy Flowers", "-s", demo, "-o", tmp_path / "a.html")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "a.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    assert kgtool("viz", "-s", demo, "--top", 0).returncode == 2
