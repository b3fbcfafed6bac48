"""``kgtool search``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests_support import Run


def test_rows_of_kind_text_and_place(kgtool: Run, demo: Path) -> None:
    done = kgtool("search", "tommy", "flowers", "-s", demo, "--limit", 3)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert rows[0] == ["label", "Tommy Flowers", "<https://kgtool.example/entity/Tommy_Flowers>"]
    assert [row[0] for row in rows] == ["label", "quote", "quote"]
    assert all(row[2].startswith("documents/") for row in rows[1:])


def test_json(kgtool: Run, demo: Path) -> None:
    row = json.loads(kgtool("search", "colosus", "-s", demo, "--kind", "label", "--limit", 1, "--json").stdout)
    assert (row["text"], row["how"], row["read_as"]) == ("colosus", "spelling", "colossus")
    assert row["hits"] == [
        {"iri": "https://kgtool.example/entity/Colossus", "text": "Colossus", "kind": "label", "score": 1.0,
         "role": "entity", "document": ""},
    ]  # fmt: skip


def test_what_is_not_as_it_was_searched_for_is_told(kgtool: Run, demo: Path) -> None:
    done = kgtool("search", "Flwers", "-s", demo)
    assert done.returncode == 0 and done.stderr == "no text has the words “Flwers”; showing “flowers”\n"
    assert kgtool("search", "Flwers", "-s", demo, "-q").stderr == ""


@pytest.mark.parametrize("text", ["xyzzy plugh", '"', "zq NEAR(-x", "--", "x" * 100_000])
def test_nothing_found(kgtool: Run, demo: Path, text: str) -> None:
    done = kgtool("search", "-s", demo, "--", text)
    assert (done.returncode, done.stdout) == (7, "")
    assert done.stderr.startswith("error: nothing has “") and "hint:" in done.stderr and len(done.stderr) < 250


def test_mistakes(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    assert kgtool("search", "x", "-s", demo, "--kind", "name").returncode == 2
    assert kgtool("search", "x", "-s", demo, "--limit", 0).returncode == 2
    assert kgtool("search", "x", "-s", tmp_path / "none").returncode == 3
