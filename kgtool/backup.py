"""Copies of a store: a folder, or an archive of it, that is whole also when a build writes meanwhile.

A copy holds the journal as it was at one instant, the imported statements that it names, and the published graph. A
list of their hashes is in it, and is checked before anything is restored.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from kgtool import blobs
from kgtool.errors import NotFoundError, StoreError, UsageError
from kgtool.journal import Journal, guarded
from kgtool.layout import Layout, locked

LIST = "backup.json"
FORMAT = 1
ARCHIVES = (".tar", ".tar.gz", ".tar.zst")
ATTEMPTS = 5
"""How often a copy is begun anew because a build took away what was to be copied."""


def backup(layout: Layout, target: Path) -> int:
    """Copy a store to a folder, or to an archive (``.tar``, ``.tar.gz``, ``.tar.zst``); how many files it holds.

    Raises:
        NotFoundError: when there is no store.
        UsageError: when there is something at that place already, or its ending is of no archive.
        StoreError: when it cannot be written, or the store changes faster than it is copied.
    """
    packed = "".join(target.suffixes[-2:]).endswith(ARCHIVES)
    if target.exists():
        raise UsageError(f"{target} is there already", "name another place, or delete it")
    if target.suffix in {".zip", ".tgz", ".zst", ".gz", ".bz2", ".7z"} and not packed:
        raise UsageError(
            f"{target.name} is no archive that can be written", f"one of: {', '.join(ARCHIVES)}, or a folder"
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.absolute().parent, prefix=".backup-") as place:
            folder = Path(place) / "copy"
            copied(layout, folder)
            count = sum(path.is_file() for path in folder.rglob("*"))
            if packed:
                pack(folder, Path(place) / "archive", target.suffix)
                (Path(place) / "archive").replace(target)
            else:
                folder.rename(target)
    except OSError as error:
        raise StoreError(f"cannot write {target}: {error}", "check the directory and the space on disk") from error
    return count


def copied(layout: Layout, folder: Path) -> None:
    """Copy a store to a folder, again where a build takes away what is copied.

    Raises:
        NotFoundError: when there is none.
        StoreError: when that happens too often.
    """
    with Journal.open(layout.journal):  # says what is wrong with it
        pass
    for _ in range(ATTEMPTS):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            copy(layout, folder)
            return
        except FileNotFoundError as error:
            missing = error
    raise StoreError(f"the store changes while it is copied: {missing}", "run it again later") from missing


def copy(layout: Layout, folder: Path) -> None:
    """Copy a store to a folder. Files that never change are linked where that is possible.

    Raises:
        FileNotFoundError: when something goes meanwhile.
    """
    to = Layout(folder)
    to.graph.mkdir(parents=True)
    with guarded(layout.journal), closing(sqlite3.connect(layout.journal)) as db:
        db.execute("VACUUM INTO ?", (str(to.journal),))
    with closing(sqlite3.connect(to.journal)) as db:
        names = [row[0] for row in db.execute("SELECT DISTINCT blob FROM imports ORDER BY blob")]
    to.blobs.mkdir()
    for name in names:
        link(blobs.path_of(layout.blobs, name), blobs.path_of(to.blobs, name))
    if manifest := layout.manifest():
        shutil.copyfile(layout.graph / "manifest.json", to.graph / "manifest.json")
        link_all(layout.graph / manifest.revision, to.graph / manifest.revision)
        if manifest.imported:
            link_all(layout.imported(manifest.imported), to.imported(manifest.imported))
    with suppress(FileNotFoundError):
        shutil.copyfile(layout.calibration, to.calibration)
    rows = {path.relative_to(folder).as_posix(): hash_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    (folder / LIST).write_text(json.dumps({"format": FORMAT, "files": rows}, indent=1) + "\n", encoding="utf-8")


def link_all(folder: Path, to: Path) -> None:
    """Link or copy what is in a folder."""
    to.mkdir()
    for path in sorted(p for p in folder.iterdir() if p.suffix != ".partial"):  # a reader may be making an index
        link_all(path, to / path.name) if path.is_dir() else link(path, to / path.name)


def link(path: Path, to: Path) -> None:
    """A second name for a file that never changes, or a copy of it on another file system."""
    if path.name == "LOCK":  # of the database; it is open for writing
        to.touch()
        return
    try:
        os.link(path, to)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(path, to)


def hash_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pack(folder: Path, path: Path, suffix: str) -> None:
    """Write an archive of a folder: names in order, no times and no owners."""
    from kgtool.zstandard import packed

    with path.open("wb") as whole:
        with packed(whole, suffix) as file, tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for found in sorted(folder.rglob("*")):
                enter(archive, found, found.relative_to(folder).as_posix())
        whole.flush()
        os.fsync(whole.fileno())


def enter(archive: tarfile.TarFile, path: Path, name: str) -> None:
    """Put a file or folder into an archive."""
    row = tarfile.TarInfo(name)
    if path.is_dir():
        row.type, row.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(row)
        return
    row.size, row.mode = path.stat().st_size, 0o644
    with path.open("rb") as content:
        archive.addfile(row, content)


def restore(source: Path, layout: Layout, *, yes: bool = False) -> int:
    """Make a store of a copy; how many files it held. Nothing is changed before all of them have been checked.

    Args:
        source: a folder or an archive that :func:`backup` wrote.
        layout: where to.
        yes: replace the store that is there.

    Raises:
        NotFoundError: when there is no such copy.
        UsageError: when there is a store and ``yes`` is false, or something else.
        StoreError: when the copy is damaged.
        LockedError: when a build is at work on the store that is there.
    """
    if not source.exists():
        raise NotFoundError(f"no such backup: {source}", "check the name")
    if layout.root.exists() and not layout.journal.exists() and any(layout.root.iterdir()):
        raise UsageError(f"{layout.root} is no store, and not empty", "name another place with -s")
    if layout.journal.exists() and not yes:
        raise UsageError(f"there is a store at {layout.root}", "-y replaces it, -s names another place")
    try:
        layout.root.absolute().parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=layout.root.absolute().parent, prefix=".restore-") as place:
            folder = Path(place) / "copy"
            if source.is_dir():
                shutil.copytree(source, folder)
            else:
                unpack(source, folder)
            count = check(folder)
            with locked(layout):
                layout.root.rename(Path(place) / "replaced")
                folder.rename(layout.root)
    except OSError as error:
        raise StoreError(f"cannot restore to {layout.root}: {error}", "check the directory and the space") from error
    return count


def unpack(source: Path, folder: Path) -> None:
    """Read an archive into a folder.

    Raises:
        StoreError: when it is damaged, or has names that lie outside of it.
    """
    from kgtool.store.reading import plain

    try:
        with plain(source) as file, tarfile.open(fileobj=file, mode="r|") as archive:
            for member in archive:
                write(archive, member, folder)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise StoreError(f"the backup is damaged: {source}: {error}", "take another one") from error


def write(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write one file or folder of an archive; Python before 3.11.4 has no filter that does so safely.

    Raises:
        tarfile.TarError: when it is neither, or lies outside of the folder.
    """
    target = folder / member.name
    if not target.resolve().is_relative_to(folder.resolve()) or not (member.isfile() or member.isdir()):
        raise tarfile.ReadError(f"{member.name} is no file or folder within the archive")
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    file = archive.extractfile(member)
    assert file is not None  # noqa: S101  # a file has content
    with file, target.open("wb") as to:
        shutil.copyfileobj(file, to)


def check(folder: Path) -> int:
    """Compare an unpacked copy with its list, which goes then; how many files there are.

    Raises:
        StoreError: when one is missing, has other bytes, or is not in the list; when the journal is corrupt.
    """
    try:
        listed = json.loads((folder / LIST).read_text(encoding="utf-8"))
        newer, rows = listed["format"] > FORMAT, dict(listed["files"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StoreError(f"this is no backup of kgtool: {LIST}: {error}", "kgtool backup writes one") from error
    if newer:
        raise StoreError("the backup was written by a newer kgtool", "update kgtool")
    (folder / LIST).unlink()
    found = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if not p.is_dir()}
    for name in sorted(found.keys() | rows.keys()):
        if name not in found or name not in rows or hash_of(found[name]) != rows[name]:
            raise StoreError(f"the backup is damaged: {name} is not what it was", "take another one")
    with Journal.open(folder / "journal.db") as journal:
        journal.check()
    return len(rows)
