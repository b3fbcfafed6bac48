"""``kgtool stats``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests_support import Run


def test_json(kgtool: Run, demo: Path) -> None:
    done = kgtool("stats", "-s", demo, "--json", "--top", 3)
    assert (done.returncode, done.stderr) == (0, "")
    row, status = json.loads(done.stdout), json.loads(kgtool("status", "-s", demo, "--json").stdout)
    assert (row["nodes"], row["edges"] + row["values"]) == (status["entities"], status["triples"])
    assert len(row["central"]) == len(row["profile"]) == len(row["components"]["sizes"]) == 3
    assert row["central"][0]["label"] and row["profile"][0]["label"] == "is"
    assert kgtool("stats", "-s", demo, "--json", "--top", 3).stdout == done.stdout


def test_lines(kgtool: Run, demo: Path) -> None:
    done = kgtool("stats", "-s", demo)
    assert done.returncode == 0 and "\nPageRank\tbetweenness\tin\tout\tentity\n" in done.stdout


@pytest.mark.parametrize(("ending", "begin"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_a_picture_is_the_same_bytes_each_time(
    kgtool: Run, demo: Path, tmp_path: Path, ending: str, begin: bytes
) -> None:
    pytest.importorskip("matplotlib")
    files = [tmp_path / f"{n}.{ending}" for n in "ab"]
    for file in files:
        assert kgtool("stats", "-s", demo, "--plot", file).returncode == 0
    first, second = (f.read_bytes() for f in files)
    assert first == second and first.startswith(begin)


def test_labels_are_text_in_a_picture(kgtool: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    lines = [{"subject": s, "predicate": "costs", "object": "$x_{1}^$"} for s in ("$\\frac{a}", "日本 <b>&</b>")]
    from kgtool.view import charts

    central = [{"label": row["subject"], "pagerank": 0.5} for row in lines]
    figures = {"nodes": 2, "edges": 0, "values": 2, "components": {"count": 2}, "communities": None, "profile": []}
    with (tmp_path / "a.png").open("wb") as file:
        charts.draw(figures | {"central": central, "degree": {"distribution": []}}, file, "png")
    assert (tmp_path / "a.png").stat().st_size > 1_000


def test_mistakes(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    assert kgtool("stats", "-s", demo, "--plot", tmp_path / "a.gif").returncode == 2
    assert kgtool("stats", "-s", tmp_path / "none").returncode == 3
    assert kgtool("stats", "-s", demo, "--plot", tmp_path / "no" / "a.png").returncode == 1
