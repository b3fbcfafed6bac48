"""``import``: files of statements that are taken over as they are, beside what documents say.

A file's statements are kept in :mod:`kgtool.blobs` and named in the journal; the graph is then published with them.
What is removed leaves the graph as if it had never been there.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from kgtool import blobs, pipeline
from kgtool.changes import normal
from kgtool.config import Config
from kgtool.errors import NotFoundError, UsageError
from kgtool.journal import Journal
from kgtool.layout import Layout, locked
from kgtool.model import Import
from kgtool.pipeline import Progress, silent
from kgtool.review import held
from kgtool.store import layers, reading
from kgtool.store.vocabulary import Namespaces

STDIN = Path("-")


@dataclass
class Imported:
    """What an import did, by the names of files; the keys of ``import --json``. ``left_out`` counts statements.

    ``taken_away``: what updates that were given before take away again, as ``path``, ``update`` (its number) and
    ``statements`` (how many).
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)
    left_out: int = 0
    taken_away: list[dict[str, Any]] = field(default_factory=list)
    revision: str = ""
    warnings: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """One object."""
        return asdict(self)


def add(
    layout: Layout,
    config: Config,
    paths: Sequence[Path],
    *,
    format: str = "",
    base: str = "",
    name: str = "",
    mapping: Path | None = None,
    progress: Progress = silent,
) -> Imported:
    """Import files, each whole or not at all, and publish the graph with them.

    Args:
        layout: the store; made when absent.
        config: the settings in force.
        paths: files, ``-``.
        format: of all of them; by their endings when empty.
        base: what their relative IRIs are relative to.
        name: what the graph calls the file; else its path as given, its last part where that is absolute.
        mapping: rules of RML that make statements of tables.
        progress: called as work goes on.

    Raises:
        NotFoundError: when a file is not there; nothing is changed.
        UsageError: when a format is unknown, or no file could be read.
        LockedError: when a build is at work.
    """
    if name and len(paths) > 1:
        raise UsageError("--name is for one file", "import the files one by one")
    space = Namespaces(config.text("base_iri"))
    python = config.text("morph_kgc")
    named = [
        (p, reading.File(p, name or shown(p), format or format_of(p, mapping), base, mapping, python)) for p in paths
    ]
    told = Imported()
    with spooled(named) as files, locked(layout), Journal.open(layout.journal, create=True) as journal:
        known = {i.place: i for i in journal.imports()}
        taken: list[Import] = []
        given: list[Import] = []
        for done, (path, file) in enumerate(files):
            progress("read", done, len(files))
            place = str(normal(path)) if path != STDIN else f"-{file.name}"
            try:
                made = take(layout, file, place, known.get(place), space, told)
            except UsageError as error:
                told.failed.append({"path": file.name, "error": error.message, "hint": error.hint})
                continue
            if made:
                taken.append(made)
                known[place] = made
            given.append(known[place])
        if told.failed and len(told.failed) == len(files):
            blobs.sweep(layout.blobs, {i.blob for i in journal.imports()})
            raise UsageError(told.failed[0]["error"], told.failed[0]["hint"])
        journal.change_imports(add=taken)
        publish(layout, journal, config, told, progress)
        told.taken_away = taken_away(layout, journal, given)
    return told


def taken_away(layout: Layout, journal: Journal, files: Sequence[Import]) -> list[dict[str, Any]]:
    """What updates take away of imports; see :class:`Imported`."""
    path, store = layout.open_revision()
    opened = partial(blobs.opened, layout.blobs)
    found = layers.taken_away(path, layout.graph, journal.updates(), files, store.space, opened)
    return [{"path": i.name, "update": number, "statements": count} for (number, i), count in found.items()]


def take(
    layout: Layout, file: reading.File, place: str, before: Import | None, space: Namespaces, told: Imported
) -> Import | None:
    """Keep the statements of one file; None when it is imported already.

    Raises:
        UsageError: when it cannot be read.
    """
    seen = reading.look(file, space)
    rules = reading.look(replace(file, path=file.mapping), space).hash if file.mapping else ""
    made = Import(place, file.name, seen.hash, file.format, file.base, rules)
    if before and replace(before, blob="", statements=0) == made:
        told.unchanged.append(file.name)
        return None
    with blobs.writing(layout.blobs) as target:
        written = reading.write(file, seen, target, space)
    (told.changed if before else told.added).append(file.name)
    told.left_out += written.left_out
    return replace(made, blob=target.hash, statements=written.statements)


def remove(layout: Layout, config: Config, names: Sequence[str], progress: Progress = silent) -> Imported:
    """Take imported files out again, by path or name, and publish the graph without them.

    Raises:
        NotFoundError: when one was not imported; nothing is changed.
        LockedError: when a build is at work.
    """
    told = Imported()
    with held(layout) as journal:
        gone: list[Import] = []
        for name in names:
            found = [i for i in journal.imports() if i.place == str(normal(Path(name)))]
            found = found or [i for i in journal.imports() if i.name == name]
            if not found:
                raise NotFoundError(f"{name!r} was not imported", "see what was: kgtool import --list")
            gone += found
        journal.change_imports(remove=gone)
        told.removed = sorted({i.name for i in gone})
        publish(layout, journal, config, told, progress)
    return told


def publish(layout: Layout, journal: Journal, config: Config, told: Imported, progress: Progress) -> None:
    """Publish the graph with the imports in force; contents that nothing names any more are deleted."""
    report = pipeline.refresh(layout, journal, config, progress)
    told.revision = report.revision
    told.warnings += report.warnings
    blobs.sweep(layout.blobs, {i.blob for i in journal.imports()})


def shown(path: Path) -> str:
    """What the graph calls a file: nothing in it says where on the machine it lies."""
    return "stdin" if path == STDIN else path.name if path.is_absolute() else path.as_posix()


def format_of(path: Path, mapping: Path | None) -> str:
    """The format of a file by its ending.

    Raises:
        UsageError: when that says nothing.
    """
    ending = reading.suffix(path)
    if mapping:
        return reading.TABLE
    if ending in {"csv", "tsv"}:
        hint = "--mapping FILE.rml.ttl, or --format neo4j; kgtool fuse takes columns of subjects and objects"
        raise UsageError(f"{path} is a table, and nothing says what it means", hint)
    if ending not in reading.SUFFIXES:
        known = ", ".join([*reading.FORMATS, *reading.OTHERS, *reading.GRAPHS])
        raise UsageError(f"the format of {path} is not known by its ending", f"--format, one of: {known}")
    return reading.SUFFIXES[ending]


@contextmanager
def spooled(files: Sequence[tuple[Path, reading.File]]) -> Iterator[list[tuple[Path, reading.File]]]:
    """The files, standard input as a file as well, because each is read twice.

    Raises:
        NotFoundError: when one is not there.
        UsageError: when one is a folder, or of a format that is unknown.
    """
    known = {*reading.FORMATS, *reading.OTHERS, *reading.GRAPHS, reading.TABLE}
    for path, file in files:
        if file.format not in known:
            raise UsageError(f"unknown format {file.format!r}", f"choose one of: {', '.join(sorted(known))}")
        for needed in (path, *([file.mapping] if file.mapping else [])):
            if needed != STDIN and not needed.exists():
                raise NotFoundError(f"no such file: {needed}", "check the name")
            if needed.is_dir():
                raise UsageError(f"{needed} is a folder", "name the files")
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "stdin"
        if any(path == STDIN for path, _ in files):
            with given.open("wb") as target:
                while block := sys.stdin.buffer.read(reading.BLOCK):
                    target.write(block)
        yield [(path, replace(file, path=given) if path == STDIN else file) for path, file in files]
