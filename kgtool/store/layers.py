"""What lies above the fused statements in a revision: imported files, SPARQL Updates, and shapes on top of all.

    REVISION/            the published database
    REVISION/updates     the digests of the updates that were run on it, in order, and of the shapes; only where there
                         are any
    REVISION/gate.json   what the shapes did (see kgtool.store.quarantine); only where there are some
    REVISION/base/       the database before both; only where there is either

The base of a revision (its own database where it has neither updates nor shapes) holds the fused statements and the
imported ones. The imported ones are also in a database of their own beside the revisions, so that it is known what a
subject has by import when its fused statements change. All of them begin as linked copies of the ones before wherever
something was only added.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import pyoxigraph as ox

from kgtool.errors import NotFoundError, QueryError, StoreError
from kgtool.model import Import, Layers, Update
from kgtool.store import quarantine, rdf, sparql
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.shapes import Shapes
from kgtool.store.vocabulary import Namespaces

BASE = "base"
UPDATES = "updates"
IMPORTS = "imports"
"""The file that lists what a database holds of imports."""
DELETING = frozenset("DELETE CLEAR DROP MOVE COPY".split())
"""Words of updates that may take something away."""

Opened = Callable[[str], AbstractContextManager[IO[bytes]]]
"""Opens the statements of an import by the name of its blob."""


def base_of(path: Path) -> Path:
    """The database of a revision as it is without updates."""
    return path / BASE if (path / BASE).is_dir() else path


def listed(path: Path, name: str) -> list[str]:
    """The lines of a file beside a database; none where it is not there."""
    try:
        return (path / name).read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return []


def write_list(path: Path, name: str, lines: Iterable[str]) -> None:
    """Write such a file."""
    with (path / name).open("w", encoding="ascii", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())


def write_imports(path: Path, layers: Layers, space: Namespaces, before: Path | None, opened: Opened) -> None:
    """Write the database of all imports.

    Args:
        path: a directory that does not exist yet.
        layers: with the imports.
        space: the namespaces.
        before: such a database of some of them, to begin with.
        opened: opens a blob.

    Raises:
        StoreError: when it cannot be written.
    """
    known = set(listed(before, IMPORTS)) if before else set()
    if not known <= set(layers.keys):  # something has gone
        before, known = None, set()
    store = OxigraphStore.create(path, space, like=before if known else None)
    take(store, layers.imports, known, space, opened)
    write_list(path, IMPORTS, layers.keys)


def take(store: OxigraphStore, imports: Sequence[Import], known: set[str], space: Namespaces, opened: Opened) -> None:
    """Add imports to a database, but those that it has."""
    new = {i.id: i for i in imports if i.id not in known}
    for blob in sorted({i.blob for i in new.values()}):
        with opened(blob) as content:
            store.load_lines(content)
    store.load(quad for _, file in sorted(new.items()) for quad in rdf.import_quads(file, space))


def write_steps(path: Path, base: Path, layers: Layers, space: Namespaces, before: Path | None) -> list[str]:
    """Write the database of a base with updates, and with shapes that statements must fit.

    Args:
        path: a directory that does not exist yet.
        base: of the revision.
        layers: with the updates and shapes.
        space: the namespaces.
        before: a revision of the same base, to begin with where its updates are the first of these.

    Returns:
        what updates could not be done, and why; they are left out. And what shapes were broken by no statement.

    Raises:
        UsageError: when the shapes cannot be used.
    """
    done = listed(before, UPDATES) if before else []
    if done != [u.hash for u in layers.updates[: len(done)]]:
        done = []
    store = OxigraphStore.create(path, space, like=before if done else base)
    failed = []
    for place, update in enumerate(layers.updates[len(done) :], len(done) + 1):
        try:
            store.update(update.text)
        except QueryError as error:
            failed.append(f"update {update.number} is left out: {error.message}")
        store.change(add=rdf.update_quads(update, place, space), remove=())
    if layers.shapes:
        gate = quarantine.gate(store, Shapes(layers.shapes))
        quarantine.write(path, gate)
        failed += quarantine.told(gate)
    write_list(path, UPDATES, layers.steps)
    return failed


def taken_away(
    path: Path, folder: Path, updates: Sequence[Update], imports: Sequence[Import], space: Namespaces, opened: Opened
) -> Counter[tuple[int, Import]]:
    """How many statements of imports a revision's updates took away: counts by update's number and import.

    What an update takes and a later one gives back does not count, nor what shapes put into quarantine. Only where
    statements are missing are the updates run again, one by one on a linked copy of the base.

    Args:
        path: the revision.
        folder: where the copy may be, a directory.
        updates: those of the revision, in order.
        imports: those that are asked about.
        space: the namespaces.
        opened: opens a blob.

    Raises:
        StoreError: when the copy cannot be made.
    """
    found: Counter[tuple[int, Import]] = Counter()
    deleting = {u.number for u in updates if not DELETING.isdisjoint(sparql.keywords(u.text))}
    missing = list(absent(OxigraphStore.read(path, space), imports, opened)) if deleting else []
    if not missing:
        return found
    with copied(base_of(path), folder, space) as store:
        for update in updates:
            with suppress(QueryError):  # it is left out, as it was
                store.update(update.text)
            if update.number in deleting:
                found.update((update.number, file) for file, quad in missing if quad not in store.raw)
                missing = [(file, quad) for file, quad in missing if quad in store.raw]
    return found


def absent(store: OxigraphStore, imports: Iterable[Import], opened: Opened) -> Iterator[tuple[Import, ox.Quad]]:
    """The statements of imports that a database does not have."""
    for file in imports:
        with opened(file.blob) as content:
            for quad in ox.parse(content, format=ox.RdfFormat.N_QUADS, lenient=True):
                if quad not in store.raw:
                    yield file, quad


@contextmanager
def copied(base: Path, folder: Path, space: Namespaces) -> Iterator[OxigraphStore]:
    """A linked copy of a database, to be written to, which goes again; the database itself stays as it is.

    Args:
        base: the database.
        folder: where the copy may be, a directory; it needs room for itself only where it is on another disk.
        space: the namespaces.

    Raises:
        StoreError: when the copy cannot be made.
    """
    with TemporaryDirectory(prefix="trial-", dir=folder, ignore_cleanup_errors=True) as made:
        yield OxigraphStore.create(Path(made) / "graph", space, like=base)


@contextmanager
def trial(base: Path, folder: Path, sparql: str, space: Namespaces) -> Iterator[OxigraphStore]:
    """A copy of a database with an update; see :func:`copied`.

    Raises:
        QueryError: when the update does not parse or cannot be done.
        StoreError: when the copy cannot be made.
    """
    with copied(base, folder, space) as store:
        store.update(sparql)
        yield store


def is_readable(path: Path, space: Namespaces) -> bool:
    """Whether a database is there and can be opened."""
    try:
        OxigraphStore.read(path, space)
    except (StoreError, NotFoundError):
        return False
    return True
