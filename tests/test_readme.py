"""The README and the page about exploring tell what the commands print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests_support import DATA, ROOT, Run

import kgtool as library

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def shown(page: str) -> list[tuple[str, list[str]]]:
    """Each command of a page's console blocks with the lines shown below it."""
    found: list[tuple[str, list[str]]] = []
    for block in BLOCK.findall((ROOT / page).read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif line.strip():
                found[-1][1].append(line)
    return found


def test_the_console_blocks_are_what_is_printed(kgtool: Run, tmp_path: Path) -> None:
    commands = shown("README.md")
    assert len(commands) >= 6
    check(kgtool, commands, tmp_path / "kg")


def test_the_console_blocks_about_exploring_are_what_is_printed(kgtool: Run, demo: Path) -> None:
    commands = shown("docs/explore.md")
    assert len(commands) == 3
    check(kgtool, commands, demo)


def test_the_console_block_about_reasoning_is_what_is_printed(kgtool: Run, demo: Path) -> None:
    commands = shown("docs/reason.md")
    assert len(commands) == 1
    check(kgtool, commands, demo)


def check(kgtool: Run, commands: list[tuple[str, list[str]]], store: Path) -> None:
    """Run commands and look for what is said that they print."""
    for command, lines in commands:
        call, _, rest = command.partition(";")
        args = shlex.split(call)
        more = ["--encoder", "none"] if args[1] == "reason" else []
        done = kgtool(*args[1:], *more, KGTOOL_STORE=str(store))
        code = f"exit code {done.returncode}" if rest else ""
        printed = f"{done.stdout}\n{done.stderr}\n{code}"
        for line in lines:
            for part in line.split("…"):
                assert part.strip() in printed, (command, line, printed)
        assert rest or done.returncode == 0


def test_the_library_example(tmp_path: Path) -> None:
    graph = library.open(tmp_path / "kg")
    report = graph.build(DATA / "documents" / "colossus.txt")
    assert report.documents["added"] == 1
    answer = graph.reason("Who designed Colossus?")
    assert answer.answers == ("Tommy Flowers",)
    assert answer.evidence[0].quote == "Colossus was designed by Tommy Flowers."
    assert sum(1 for _ in graph.query("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s").rows()) > 10
    assert graph.explain("Colossus", "was designed by", "Tommy Flowers").status == "published"
    assert graph.status()["documents"] == 1
    facts = {(s, d["label"], o) for s, o, d in graph.as_networkx().edges(data=True)}
    base = "https://kgtool.example/entity/"
    assert (f"{base}Colossus", "was designed by", f"{base}Tommy_Flowers") in facts
    from rdflib import URIRef

    dataset = graph.as_rdflib()
    assert (URIRef(f"{base}Colossus"), None, URIRef(f"{base}Tommy_Flowers")) in dataset.default_graph


def test_exported_names() -> None:
    assert all(hasattr(library, name) for name in library.__all__)
