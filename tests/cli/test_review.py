"""``kgtool merge``, ``split`` and ``review``: what people say about names, through rebuilds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests_support import Run, exported

TEXTS = {
    "a.txt": "Acme Robotics was founded in 1990. Acme Robotics built the Walker. Maria Silva led Acme Robotics.",
    "b.txt": "Acme Machines bought the Walker. M. Silva was born in Lisbon. Acme Machines was founded in 1990.",
}


@pytest.fixture(scope="module")
def original(kgtool: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of the documents; not to be written to."""
    folder = tmp_path_factory.mktemp("original")
    (folder / "docs").mkdir()
    for name, text in TEXTS.items():
        (folder / "docs" / name).write_text(text, encoding="utf-8")
    assert kgtool("build", folder / "docs", "-s", folder / "kg", "-q").returncode == 0
    return folder / "kg"


@pytest.fixture
def store(original: Path, tmp_path: Path) -> Path:
    """The store, as it was built; to be written to by one test."""
    return shutil.copytree(original, tmp_path / "kg")


def rebuilt(kgtool: Run, store: Path) -> str:
    done = kgtool("build", "-s", store, "-q")
    assert done.returncode == 0, done.stderr
    return exported(kgtool, store)


def entities(graph: str) -> set[str]:
    """The entities that have a label."""
    return {line.split()[0] for line in graph.splitlines() if "rdf-schema#label" in line and "/entity/" in line}


def test_a_merge_holds_through_rebuilds_and_can_be_withdrawn(kgtool: Run, store: Path) -> None:
    before = exported(kgtool, store)
    done = kgtool("merge", "Acme Machines", "Acme Robotics", "-s", store)
    assert done.returncode == 0 and "the next kgtool build applies it" in done.stderr
    merged = rebuilt(kgtool, store)
    assert len(entities(merged)) == len(entities(before)) - 1
    assert "said by a person" in merged
    assert rebuilt(kgtool, store) == merged
    assert kgtool("merge", "Acme Robotics", "Acme Machines", "--undo", "-s", store).returncode == 0
    assert rebuilt(kgtool, store) == before


def test_a_split_holds_through_rebuilds_and_can_be_withdrawn(kgtool: Run, store: Path) -> None:
    before = exported(kgtool, store)
    assert kgtool("split", "M. Silva", "Maria Silva", "-s", store).returncode == 0
    apart = rebuilt(kgtool, store)
    assert len(entities(apart)) == len(entities(before)) + 1
    assert kgtool("split", "M. Silva", "Maria Silva", "--undo", "-s", store).returncode == 0
    assert rebuilt(kgtool, store) == before


def test_the_same_and_different_is_refused(kgtool: Run, store: Path) -> None:
    assert kgtool("merge", "Acme Robotics", "Acme Machines", "-s", store).returncode == 0
    assert kgtool("merge", "Acme Machines", "Walker", "-s", store).returncode == 0
    done = kgtool("split", "Walker", "Acme Robotics", "-s", store)
    assert done.returncode == 2 and "'Acme Robotics' and 'Walker' are said to be the same" in done.stderr


@pytest.mark.parametrize(
    ("args", "code", "error"),
    [
        (("merge", "Acme Robotics", "Nobody at all"), 3, "nothing in the graph is called 'Nobody at all'"),
        (("merge", "the Walker", "walker"), 2, "are one name"),
        (("split", "it", "Walker"), 2, "names nothing"),
        (("merge", "", "Walker"), 2, "names nothing"),
        (("split", "Walker", "Acme Robotics", "--undo"), 3, "nobody said"),
        (("review", "none.tsv"), 3, "no such file"),
    ],
)
def test_what_cannot_be_said(kgtool: Run, store: Path, args: tuple[str, ...], code: int, error: str) -> None:
    done = kgtool(*args, "-s", store)
    assert done.returncode == code and error in done.stderr and "hint:" in done.stderr


def test_without_a_store(kgtool: Run, tmp_path: Path) -> None:
    for args in (("merge", "a b", "c d"), ("merge", "a b", "c d", "--undo"), ("review",)):
        assert kgtool(*args, "-s", tmp_path / "none").returncode == 3


def review(kgtool: Run, store: Path, *rows: str, revision: str = "") -> tuple[int, str]:
    """Read a table with these rows back."""
    table = kgtool("review", "-s", store)
    assert table.returncode == 0, table.stderr
    first, columns, *_ = table.stdout.splitlines()
    text = "\n".join([f"{first}{revision}", columns, *rows, ""])
    done = kgtool("review", "-", "-s", store, stdin=text)
    return done.returncode, done.stderr


def row(a: str, b: str, decision: str) -> str:
    return "\t".join([a, b, "0.5", "similar", "same", "", "", decision])


def test_decisions_of_a_table_are_read_back(kgtool: Run, store: Path) -> None:
    before = exported(kgtool, store)
    rows = [
        row("Acme Machines", "Acme Robotics", "same"),
        row("M. Silva", "Maria Silva", "Different"),
        row("x y", "z", ""),
    ]
    code, told = review(kgtool, store, *rows)
    assert (code, told.split(";")[0]) == (0, "2 decisions recorded")
    assert len(entities(rebuilt(kgtool, store))) == len(entities(before))
    assert "Acme" not in kgtool("review", "-s", store).stdout


@pytest.mark.parametrize(
    ("rows", "revision", "error"),
    [
        ([row("Acme Machines", "Acme Robotics", "same")], "0", "the table is of revision"),
        ([row("Acme Machines", "Acme Robotics", "perhaps")], "", "the decision 'perhaps' is none of"),
        ([row("Acme Machines", "Acme Robotics", "same"), row("Acme Robotics", "Walker", "same"),
          row("Walker", "Acme Machines", "different")], "", "are said to be the same and to be different"),
        ([row("M. Silva", "Maria Silva", "same"), row("M. Silva", "Maria Silva", "different")], "",
         "'M. Silva' and 'Maria Silva' are said to be the same and to be different"),
    ],
)  # fmt: skip
def test_a_bad_table_changes_nothing(kgtool: Run, store: Path, rows: list[str], revision: str, error: str) -> None:
    before = exported(kgtool, store)
    code, told = review(kgtool, store, *rows, revision=revision)
    assert code == 2 and error in told
    assert rebuilt(kgtool, store) == before


def test_a_circle_of_merges_is_one_thing(kgtool: Run, store: Path) -> None:
    names = ["Acme Machines", "Acme Robotics", "Walker"]
    rows = [row(a, b, "same") for a, b in zip(names, [*names[1:], names[0]], strict=True)]
    before = entities(exported(kgtool, store))
    code, told = review(kgtool, store, *rows)
    assert (code, told.split(";")[0]) == (0, "3 decisions recorded")
    assert len(entities(rebuilt(kgtool, store))) == len(before) - 2


def test_a_table_of_an_older_state_is_refused(kgtool: Run, store: Path, tmp_path: Path) -> None:
    table = tmp_path / "pairs.tsv"
    assert kgtool("review", "-s", store, "-o", table).returncode == 0
    table.write_text(table.read_text() + row("Acme Machines", "Acme Robotics", "same") + "\n")
    (tmp_path / "c.txt").write_text("Ada Lovelace was born in London.")
    assert kgtool("build", tmp_path / "c.txt", "-s", store, "-q").returncode == 0
    before = exported(kgtool, store)
    done = kgtool("review", table, "-s", store)
    assert done.returncode == 2 and "the table is of revision" in done.stderr and "nothing was recorded" in done.stderr
    assert rebuilt(kgtool, store) == before
