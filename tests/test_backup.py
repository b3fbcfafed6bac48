"""Copies of a store."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import kgtool
from kgtool import backup
from kgtool.errors import LockedError, NotFoundError, StoreError, UsageError
from kgtool.layout import Layout, locked

LINE = '<http://data.example/a> <http://data.example/b> "c" .\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store that has an import and an update."""
    monkeypatch.chdir(tmp_path)
    Path("a.nt").write_text(LINE, encoding="utf-8")
    graph = kgtool.open("kg")
    graph.import_("a.nt")
    graph.update("INSERT DATA { e:a r:b 1 }")
    return tmp_path


def exported(store: str) -> bytes:
    return b"".join(kgtool.open(store).export())


@pytest.mark.parametrize("name", ["copy", "copy.tar", "copy.tar.gz", "copy.tar.zst"])
def test_a_backup_is_restored(here: Path, name: str) -> None:
    count = backup.backup(Layout(Path("kg")), Path(name))
    assert backup.restore(Path(name), Layout(Path("two"))) == count - 1
    assert exported("two") == exported("kg")
    kgtool.open("two").update("INSERT DATA { e:c r:b 1 }")
    assert exported("two") != exported("kg")
    with pytest.raises(UsageError, match="there is a store"):
        backup.restore(Path(name), Layout(Path("two")))
    backup.restore(Path(name), Layout(Path("two")), yes=True)
    assert exported("two") == exported("kg")
    assert {p.name for p in here.iterdir()} == {"a.nt", name, "kg", "two"}


def test_a_restored_store_goes_on_from_its_journal_alone(here: Path) -> None:
    import shutil

    backup.backup(Layout(Path("kg")), Path("copy"))
    backup.restore(Path("copy"), Layout(Path("two")))
    shutil.rmtree("two/graph")
    kgtool.open("two").build()
    assert exported("two") == exported("kg")


@pytest.mark.parametrize("ending", ["tar", "tar.gz", "tar.zst"])
def test_the_same_store_gives_the_same_archive(here: Path, ending: str) -> None:
    for name in ("one", "two"):
        backup.backup(Layout(Path("kg")), Path(f"{name}.{ending}"))
    assert Path(f"one.{ending}").read_bytes() == Path(f"two.{ending}").read_bytes()


@pytest.mark.parametrize("name", ["blobs/*", "journal.db", "graph/manifest.json", "graph/*/updates", "backup.json"])
def test_a_damaged_backup_is_refused(here: Path, name: str) -> None:
    backup.backup(Layout(Path("kg")), Path("copy"))
    path = next(Path("copy").glob(name))
    data = path.read_bytes()
    path.unlink()  # it may be the store's own file by another name
    with pytest.raises(StoreError):
        backup.restore(Path("copy"), Layout(Path("two")))
    path.write_bytes(data[:-9] + b"x" * 9)
    with pytest.raises(StoreError):
        backup.restore(Path("copy"), Layout(Path("two")))
    path.write_bytes(data)
    Path("copy/more").write_bytes(b"")
    with pytest.raises(StoreError, match="more"):
        backup.restore(Path("copy"), Layout(Path("two")))
    assert not Path("two").exists()


def test_a_backup_leaves_the_store_as_it_is(here: Path) -> None:
    def state() -> dict[str, str]:
        files = (p for p in Path("kg").rglob("*") if p.is_file() and "journal.db-" not in p.name)
        return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    before = state()
    backup.backup(Layout(Path("kg")), Path("copy"))
    assert state() == before


def test_what_cannot_be_done(here: Path) -> None:
    layout = Layout(Path("kg"))
    backup.backup(layout, Path("copy.tar"))
    with pytest.raises(UsageError, match="there already"):
        backup.backup(layout, Path("copy.tar"))
    with pytest.raises(UsageError, match="archive"):
        backup.backup(layout, Path("copy.zip"))
    with pytest.raises(NotFoundError):
        backup.backup(Layout(Path("none")), Path("x.tar"))
    with pytest.raises(NotFoundError):
        backup.restore(Path("none.tar"), Layout(Path("two")))
    Path("no.tar").write_bytes(b"no archive at all")
    with pytest.raises(StoreError):
        backup.restore(Path("no.tar"), Layout(Path("two")))
    Path("other").mkdir()
    Path("other/file").touch()
    with pytest.raises(UsageError, match="no store"):
        backup.restore(Path("copy.tar"), Layout(Path("other")))
    with locked(layout), pytest.raises(LockedError):
        backup.restore(Path("copy.tar"), layout, yes=True)
    assert not list(Path().glob(".restore-*")) and not list(Path().glob(".backup-*"))
