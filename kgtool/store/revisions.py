"""Writing one revision of the graph: whole, or as what has changed since the one before.

A revision has an index beside its database: a digest for each subject, of all that its quads are made of. Two indexes
tell which subjects differ; the quads of all others are the same. A revision then begins as a copy of the one before,
which costs nothing (files of the database are never changed, so they are linked), and only the quads of those subjects
are replaced. What comes out is the same set of quads either way; quads that were taken out leave bytes in the files, so
that after something was forgotten a revision is written whole. The text index beside it grows and is rewritten with it
(:mod:`kgtool.store.textindex`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from kgtool.errors import StoreError
from kgtool.model import NOTHING_ABOVE, Layers
from kgtool.store import quarantine, textindex
from kgtool.store.layers import (
    BASE,
    IMPORTS,
    UPDATES,
    Opened,
    base_of,
    is_readable,
    listed,
    take,
    write_list,
    write_steps,
)  # fmt: skip
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.rdf import Part, content
from kgtool.store.vocabulary import RDF_VERSION, Namespaces

INDEX = "index"
"""The index's file in the revision's directory."""
WHOLE = 4
"""When more than one subject in so many differs, writing all is as fast."""


def write(
    path: Path,
    parts: Iterable[Part] | None,
    space: Namespaces,
    before: Path | None = None,
    above: Layers = NOTHING_ABOVE,
    imported: Path | None = None,
    opened: Opened | None = None,
) -> list[str]:
    """Write a revision.

    Args:
        path: a directory that does not exist yet.
        parts: of what was fused; None when that is as in the revision before, and no import of that one has gone.
        space: the namespaces.
        before: the revision to begin with; without one, or when it cannot be read, all is written.
        above: what lies above the fused statements.
        imported: the database of its imports; None without any.
        opened: opens the blobs of imports; needed without ``parts``.

    Returns:
        what could not be done of the updates, and what shapes were broken by no statement, in words.

    Raises:
        StoreError: when it cannot be written.
        UsageError: when the shapes cannot be used.
    """
    base = path.with_name(f"{path.name}.{BASE}") if above.steps else path
    shutil.rmtree(base, ignore_errors=True)
    if parts is None and before and opened:
        same = add_imports(base, base_of(before), above, space, opened, imported)
    else:
        same = False
        write_base(base, list(parts or ()), space, base_of(before) if before else None, above, imported)
    if not above.steps:
        return []
    failed = write_steps(path, base, above, space, before if same else None)
    base.rename(path / BASE)
    return failed


def add_imports(
    path: Path, before: Path, above: Layers, space: Namespaces, opened: Opened, imported: Path | None
) -> bool:
    """Write a base as the one before with imports besides; whether there were none to add.

    Where there were no imports before, and they are more than all else, the rest is added to a copy of their database.
    """
    known = set(listed(before, IMPORTS))
    if imported and not known and size_of(before) < size_of(imported):
        OxigraphStore.create(path, space, like=imported).load(OxigraphStore.read(before, space).quads())
    else:
        take(OxigraphStore.create(path, space, like=before), above.imports, known, space, opened)
    write_list(path, IMPORTS, above.keys)
    shutil.copyfile(before / INDEX, path / INDEX)
    return known == set(above.keys)


def size_of(path: Path) -> int:
    """The bytes of a database's files."""
    return sum(file.stat().st_size for file in path.iterdir() if file.is_file())


def write_base(
    path: Path, made: Sequence[Part], space: Namespaces, before: Path | None, above: Layers, imported: Path | None
) -> None:
    """Write a base from its parts and the database of its imports."""
    index = index_of(made)
    old = read_index(before, space) if before and listed(before, IMPORTS) == above.keys else {}
    changed = {s for s in old.keys() | index.keys() if old.get(s) != index.get(s)}
    few = bool(old) and len(changed) * WHOLE <= len(index)
    mine = [p for p in made if p.subject in changed]
    if not (before and few and grow(path, sorted(changed), mine, space, before, imported)):
        store = OxigraphStore.create(path, space, like=imported)
        store.load(quad for part in made for quad in part.quads())
        textindex.fill(path / textindex.FILE, store)
        del store  # closes the database
    write_list(path, IMPORTS, above.keys)
    write_index(path, index, space)


def grow(
    path: Path,
    subjects: Sequence[str],
    parts: Iterable[Part],
    space: Namespaces,
    before: Path,
    imported: Path | None = None,
) -> bool:
    """Write a base as the one before, but for some subjects, which have the quads of their parts and of imports alone.

    The database gives numbers back in its own form ("1" for "1.0"), so that some are taken out and added again.

    Returns:
        whether the one before could be read; else nothing is written.
    """
    new = {quad for part in parts for quad in part.quads()}
    try:
        if imported:
            kept = OxigraphStore.read(imported, space)
            new |= {quad for subject in subjects for quad in kept.about(subject)}
        store = OxigraphStore.create(path, space, like=before)
        old = {quad for subject in subjects for quad in store.about(subject)}
        store.change(add=new - old, remove=old - new)
        nodes = {*subjects, *textindex.nodes_of(new ^ old)}
        textindex.grow(path / textindex.FILE, before / textindex.FILE, store, nodes)
    except StoreError:
        shutil.rmtree(path, ignore_errors=True)
        return False
    return True


def rewrite(path: Path, to: Path, space: Namespaces) -> None:
    """Write a revision once more, whole, to a directory that does not exist yet."""
    store = OxigraphStore.create(to, space)
    store.load(OxigraphStore.read(path, space).quads())
    textindex.fill(to / textindex.FILE, store)
    del store  # closes the database
    for name in (INDEX, IMPORTS, UPDATES, quarantine.FILE):
        if (path / name).is_file():  # an older kgtool wrote none
            shutil.copyfile(path / name, to / name)
    if (path / BASE).is_dir():
        rewrite(path / BASE, to / BASE, space)


def can_go_on(before: Path, above: Layers, space: Namespaces) -> bool:
    """Whether a revision can be followed by one of the same fused statements without knowing these."""
    base = base_of(before)
    return bool(read_index(base, space)) and set(listed(base, IMPORTS)) <= set(above.keys) and is_readable(base, space)


def index_of(parts: Iterable[Part]) -> dict[str, str]:
    """The digest of each subject, over its parts in order."""
    found: dict[str, str] = {}
    for part in parts:
        first = found.get(part.subject)
        found[part.subject] = content(first, part.content) if first else part.content
    return found


def head(space: Namespaces) -> str:
    """The first line of an index: what quads depend on besides their parts."""
    return f"{RDF_VERSION} {space.base}\n"


def tail(count: int) -> str:
    """The last line of an index; one without it was cut off."""
    return f"{count} subjects\n"


def write_index(path: Path, index: Mapping[str, str], space: Namespaces) -> None:
    """Write a revision's index."""
    with (path / INDEX).open("w", encoding="utf-8", newline="\n") as file:
        file.write(head(space))
        file.writelines(f"{subject} {found}\n" for subject, found in index.items())
        file.write(tail(len(index)))
        file.flush()
        os.fsync(file.fileno())


def read_index(path: Path, space: Namespaces) -> dict[str, str]:
    """A revision's index; empty when it has none that can be used."""
    try:
        with (path / INDEX).open(encoding="utf-8", newline="\n") as file:
            if file.readline() != head(space):
                return {}
            lines = file.readlines()
    except (OSError, ValueError):
        return {}
    *kept, last = lines or [""]
    return dict(entries(kept)) if last == tail(len(kept)) else {}


def entries(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Subjects and digests."""
    for line in lines:
        subject, _, found = line.rstrip("\n").rpartition(" ")
        yield subject, found
