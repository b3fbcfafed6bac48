"""Which documents a build adds, changes and removes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kgtool.changes import Plan, outermost, plan
from kgtool.errors import NotFoundError, UsageError
from kgtool.journal import Journal
from kgtool.text.readers import Fields, Found, Part, read


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "journal.db", create=True) as made:
        yield made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path / "d", a="one", b="two", sub="three").parent


def write(folder: Path, **texts: str) -> Path:
    """Files of a folder; the one named 'sub' lies in a folder of its own. Gives the last one."""
    file = folder
    for name, text in texts.items():
        file = folder / ("sub/c.txt" if name == "sub" else f"{name}.txt")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return file if file.parent == folder else file.parent


def update(journal: Journal, *paths: Path, yes: bool = False) -> Plan:
    """Plan, and put into force what is planned."""
    made = plan(journal, paths, read, yes=yes)
    journal.change(roots=made.roots, options=made.options, add=made.add, remove=made.remove, failures=made.failures)
    return made


def counts(made: Plan) -> tuple[int, int, int, int]:
    return made.added, made.changed, len(made.remove), made.unchanged


def state(journal: Journal) -> tuple[list[str], list[str]]:
    """Names and texts in force, and the roots' last parts."""
    named = [f"{s.name}={journal.document(s).text}" for s in journal.sources()]
    return named, [Path(r).name for r in journal.roots()]


def test_a_directory_is_added_then_unchanged(journal: Journal, root: Path) -> None:
    assert counts(update(journal, root)) == (3, 0, 0, 0)
    assert state(journal) == (["a.txt=one", "b.txt=two", "sub/c.txt=three"], ["d"])
    assert counts(update(journal, root)) == counts(update(journal)) == (0, 0, 0, 3)


def test_what_changed_on_disk_is_seen(journal: Journal, root: Path) -> None:
    update(journal, root)
    write(root, a="ONE", new="four")
    (root / "b.txt").unlink()
    assert counts(update(journal)) == (1, 1, 1, 1)
    assert state(journal)[0] == ["a.txt=ONE", "new.txt=four", "sub/c.txt=three"]


def test_planning_alone_changes_nothing(journal: Journal, root: Path) -> None:
    update(journal, root)
    before = state(journal)
    write(root, a="ONE")
    plan(journal, [root], read, yes=False)
    assert state(journal) == before


def test_a_file_may_be_a_path(journal: Journal, root: Path) -> None:
    assert counts(update(journal, root / "a.txt")) == (1, 0, 0, 0)
    assert state(journal) == (["a.txt=one"], ["a.txt"])
    write(root, a="ONE")
    assert counts(update(journal)) == (0, 1, 0, 0)


def test_other_paths_stay_as_they_are(journal: Journal, root: Path, tmp_path: Path) -> None:
    update(journal, root)
    write(root, a="ONE")
    other = write(tmp_path / "e", z="last").parent
    assert counts(update(journal, other)) == (1, 0, 0, 3)
    assert state(journal) == (["a.txt=one", "b.txt=two", "sub/c.txt=three", "z.txt=last"], ["d", "e"])


def test_a_path_below_a_root_belongs_to_it(journal: Journal, root: Path) -> None:
    update(journal, root)
    write(root, a="ONE", b="TWO", sub="THREE")
    assert counts(update(journal, root / "sub", root / "a.txt")) == (0, 2, 0, 1)
    assert state(journal) == (["a.txt=ONE", "b.txt=two", "sub/c.txt=THREE"], ["d"])


def test_a_root_above_takes_the_place_of_those_below(journal: Journal, root: Path) -> None:
    update(journal, root / "sub", root / "a.txt")
    assert state(journal) == (["a.txt=one", "c.txt=three"], ["a.txt", "sub"])
    update(journal, root)
    assert state(journal) == (["a.txt=one", "b.txt=two", "sub/c.txt=three"], ["d"])


def test_paths_given_twice_or_below_each_other_count_once(journal: Journal, root: Path) -> None:
    assert counts(update(journal, root, root / "sub", root / ".." / "d", root / "a.txt")) == (3, 0, 0, 0)
    assert outermost([root / "sub", root, root.parent / "dd"]) == [root, root.parent / "dd"]


def test_a_missing_path_is_an_error_and_changes_nothing(journal: Journal, root: Path, tmp_path: Path) -> None:
    update(journal, root)
    before = state(journal)
    write(root, a="ONE")
    for missing in (tmp_path / "gone", root / "gone.txt"):
        with pytest.raises(NotFoundError):
            update(journal, root / "a.txt", missing)
        with pytest.raises(NotFoundError):
            update(journal, root / "a.txt", missing, yes=True)
    assert state(journal) == before


def test_a_root_that_went_takes_its_documents_only_on_yes(journal: Journal, root: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "e", z="last").parent
    update(journal, root, other)
    root.rename(tmp_path / "away")
    for paths in ([], [root]):
        with pytest.raises(NotFoundError) as caught:
            update(journal, *paths)
        assert "-y removes the 3 documents" in caught.value.hint
    assert counts(update(journal, yes=True)) == (0, 0, 3, 1)
    assert state(journal) == (["z.txt=last"], ["e"])


def test_a_directory_without_texts_is_as_good_as_missing(journal: Journal, root: Path) -> None:
    update(journal, root)
    for file in root.rglob("*.txt"):
        file.unlink()
    with pytest.raises(NotFoundError, match="no readable file"):
        update(journal)
    assert counts(update(journal, yes=True)) == (0, 0, 3, 0)


def test_a_file_that_went_from_under_a_root_goes_alone(journal: Journal, root: Path) -> None:
    update(journal, root)
    (root / "a.txt").unlink()
    with pytest.raises(NotFoundError):
        update(journal, root / "a.txt")
    assert counts(update(journal, root / "a.txt", yes=True)) == (0, 0, 1, 2)
    assert state(journal) == (["b.txt=two", "sub/c.txt=three"], ["d"])


def test_nothing_to_do_is_an_error(journal: Journal) -> None:
    with pytest.raises(UsageError, match="no PATHS"):
        update(journal)


def test_a_file_that_cannot_be_read_any_more_stays_and_is_tried_again(journal: Journal, root: Path) -> None:
    update(journal, root)
    (root / "a.txt").write_bytes(b"caf\xe9")
    made = update(journal)
    assert counts(made) == (0, 0, 0, 3)
    assert journal.failures() == [(str(root), "a.txt", "not valid UTF-8 at byte 3")]
    assert "a.txt=one" in state(journal)[0]
    write(root, a="ONE")
    assert counts(update(journal)) == (0, 1, 0, 2)
    assert journal.failures() == []


def test_a_new_file_that_cannot_be_read_does_not_stop_the_others(journal: Journal, root: Path) -> None:
    (root / "bad.txt").write_bytes(b"a\0b")
    (root / "dangling.txt").symlink_to(root / "nowhere")
    made = update(journal, root)
    assert counts(made) == (3, 0, 0, 0)
    assert [name for _, name, _ in made.failures] == ["bad.txt", "dangling.txt"]


def test_a_failure_stays_known_while_something_else_is_built(journal: Journal, root: Path, tmp_path: Path) -> None:
    (root / "bad.txt").write_bytes(b"a\0b")
    update(journal, root)
    update(journal, write(tmp_path / "e", z="last"))
    assert [name for _, name, _ in journal.failures()] == ["bad.txt"]


def test_a_failure_stays_known_while_a_file_beside_it_is_built(journal: Journal, root: Path) -> None:
    (root / "bad.txt").write_bytes(b"a\0b")
    update(journal, root)
    update(journal, root / "a.txt")
    assert [name for _, name, _ in journal.failures()] == ["bad.txt"]


def test_a_failure_goes_with_its_file(journal: Journal, root: Path) -> None:
    (root / "bad.txt").write_bytes(b"a\0b")
    update(journal, root)
    (root / "bad.txt").unlink()
    update(journal)
    assert journal.failures() == []


def test_what_the_reader_skips_is_left_out_and_taken_out(journal: Journal, root: Path) -> None:
    update(journal, root)

    def picky(found: Found, *, fields: Fields) -> Iterator[Part]:
        return iter(()) if found.name == "a.txt" else read(found, fields=fields)

    made = plan(journal, [], picky, yes=False)
    assert [s.name for s in made.remove] == ["a.txt"] and counts(made) == (0, 0, 1, 2)


def test_equal_texts_are_two_documents(journal: Journal, root: Path) -> None:
    write(root, b="one")
    update(journal, root)
    (root / "a.txt").unlink()
    assert counts(update(journal)) == (0, 0, 1, 2)
    assert state(journal)[0] == ["b.txt=one", "sub/c.txt=three"]


def test_a_renamed_text_has_the_title_of_its_new_kind(journal: Journal, root: Path) -> None:
    (root / "a.txt").write_text("# Colossus\nIt was built.\n")
    update(journal, root)
    (root / "a.txt").rename(root / "a.md")
    update(journal)
    titles = {s.name: journal.document(s).title for s in journal.sources()}
    assert titles["a.md"] == "Colossus"


def test_a_file_name_that_is_no_text_does_not_stop_the_others(journal: Journal, root: Path) -> None:
    name = b"caf\xe9.txt".decode("utf-8", "surrogateescape")
    (root / name).write_text("four")
    update(journal, root)
    assert {"a.txt=one", "b.txt=two", "sub/c.txt=three"} <= set(state(journal)[0])
