"""The page of ``viz``: what is chosen, where it is drawn, and that what the graph says stays text."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from tests_support import Run

from kgtool.store.edges import Edges
from kgtool.store.oxigraph import OxigraphStore
from kgtool.view import choice, layout, page

BASE = "https://invented.example/"
EVIL = (
    "</script><script>document.title = 'taken'</script>",
    "<img src=x onerror=\"document.title = 'taken'\">",
    "<!-- <script>",
    "\u2028 \" ' & \\u003c",
    "javascript:alert(1)",
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def store_of(facts: list[tuple[str, str]], labels: dict[str, str]) -> OxigraphStore:
    store = OxigraphStore()
    name = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    store.load(
        [ox.Quad(*(ox.NamedNode(BASE + x) for x in (s, "near", o)), ox.DefaultGraph()) for s, o in facts]
        + [ox.Quad(ox.NamedNode(BASE + n), name, ox.Literal(text), ox.DefaultGraph()) for n, text in labels.items()]
    )
    return store


def evil() -> str:
    """A page of a graph whose labels would be scripts."""
    names = {f"n{i}": text for i, text in enumerate(EVIL)} | {"near": EVIL[0]}
    store = store_of([("n0", f"n{i}") for i in range(1, len(EVIL))], names)
    edges = Edges.of(store)
    return page.page(store, edges, choice.best(edges, 10), EVIL[0])


def data_of(text: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text)
    row: dict[str, Any] = json.loads(found)
    return row


def shown(file: Path, folder: Path, anchor: str = "") -> str:
    """The page's elements after its scripts have run in a browser without a network."""
    if not CHROMIUM:
        pytest.skip("no chromium here: apt-get install chromium")
    options = [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={folder}",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=5000", "--window-size=1000,700", "--dump-dom",
    ]  # fmt: skip
    command = [CHROMIUM, *options, f"file://{file}{anchor}"]
    environment = os.environ | {"HOME": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=environment)
    return done.stdout


def test_what_the_graph_says_is_data() -> None:
    text = evil()
    assert text.count("<script") == 3 == text.count("</script>") and "<img" not in text and "<!--" not in text
    row = data_of(text)
    assert [n["label"] for n in row["nodes"]] == list(EVIL) and row["title"] == EVIL[0]
    assert row["relations"] == [{"iri": f"{BASE}near", "label": EVIL[0], "count": len(EVIL) - 1}]


def test_the_page_loads_nothing_and_runs_only_its_own_scripts() -> None:
    text = evil()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe" not in policy and "*" not in policy
    assert not re.findall(r"<[a-z]+[^>]* (?:src|href)=", text) and "@import" not in text and "url(" not in text
    assert "Permission is hereby granted" in text


@pytest.mark.browser
def test_a_browser_draws_it_and_runs_nothing_of_the_graph(tmp_path: Path) -> None:
    file = tmp_path / "evil.html"
    file.write_text(evil(), encoding="utf-8")
    for anchor in ("#n0", "#n1", "#e0"):
        dom = shown(file, tmp_path / "profile", anchor)
        count = 2 * len(EVIL) - 1
        assert f'data-ready="{count}"' in dom and "<canvas" in dom
        assert "document.title = 'taken'" in dom and ">taken<" not in dom
        assert "<img" not in re.sub(r"<script.*?</script>", "", dom, flags=re.DOTALL)
        assert '<aside id="panel">' in dom  # what the address names is chosen


@pytest.mark.browser
def test_a_browser_shows_the_sentences_of_a_fact(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    assert kgtool("viz", "Colossus", "-s", demo, "-o", file).returncode == 0
    row = data_of(file.read_text("utf-8"))
    (edge,) = (e for e in row["edges"] if e["relation"] == "was designed by")
    dom = shown(file, tmp_path / "profile", f"#{edge['id']}")
    assert "<blockquote>“Colossus was designed by Tommy Flowers.”<footer>documents/colossus.txt, 1959–1998" in dom


def test_same_graph_same_bytes(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    first, second = (kgtool("viz", "-s", demo, "--top", 30) for _ in range(2))
    assert first.stdout == second.stdout and len(first.stdout) < 600_000
    assert re.fullmatch(r"\d+ of 567 entities are shown, .*\n", first.stderr)
    assert len(data_of(first.stdout)["nodes"]) <= 30


def test_a_neighbourhood_is_the_nearest_and_then_the_best_connected() -> None:
    facts = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"), ("a", "f"), ("f", "g"), ("x", "y")]
    edges = Edges.of(store_of(facts, {}))

    def names(hops: int, top: int) -> str:
        found = choice.neighbourhood(edges, f"{BASE}a", hops, top)
        return "".join(edges.nodes[i].removeprefix(BASE) for i in found.nodes)

    assert [names(hops, 9) for hops in (1, 2, 3, 9)] == ["abf", "abcfg", "abcdfg", "abcdefg"]
    assert names(3, 4) == "abcf" and choice.neighbourhood(edges, f"{BASE}a", 3, 4).of_nodes == 6
    assert choice.neighbourhood(edges, f"{BASE}absent", 1, 9).nodes == ()
    assert choice.best(edges, 3).facts == ((0, 0, 1), (1, 0, 2))


def test_an_entity_without_facts_and_an_empty_graph_are_drawn() -> None:
    store = store_of([], {"a": "Alone"})
    edges = Edges.of(store)
    row = data_of(page.page(store, edges, choice.neighbourhood(edges, f"{BASE}a", 1, 5), "Alone", f"{BASE}a"))
    assert [n["label"] for n in row["nodes"]] == ["Alone"] and row["edges"] == []
    assert data_of(page.page(store, edges, choice.best(edges, 5), "Nothing"))["nodes"] == []


@pytest.mark.parametrize("count", [1, 2, 30, 150])
def test_labels_are_not_on_one_another(count: int) -> None:
    links = [(i, i // 2) for i in range(1, count)][: count - count // 4]
    boxes = [(100.0, 50.0)] * count
    found = layout.places(boxes, links, 84)
    assert found == layout.places(boxes, links[::-1], 84)
    over = [
        (a, b) for i, a in enumerate(found) for b in found[:i] if abs(a[0] - b[0]) < 98 and abs(a[1] - b[1]) < 48
    ]  # fmt: skip
    assert len(over) <= count // 50
