"""The store directory: journal, lock, and revisions of the published graph.

    kg/journal.db              the truth (see kgtool.journal)
    kg/lock                    held by the one writer; the kernel frees it when the process ends, however it ends
    kg/graph/manifest.json     names the revision in force; replaced in one step
    kg/calibration.json        confidences of reasoners as shares that are right, where they were fitted
    kg/published/              what was sent to endpoints (see kgtool.store.sent)
    kg/graph/REVISION/         an Oxigraph database that is never changed again, and what is made of it
    kg/graph/imports-SET/      such a database of all that was imported (see kgtool.store.layers)
    kg/blobs/                  what was imported (see kgtool.blobs)

Readers open the revision in force and need no lock; a build writes a new revision beside it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any, Self

from kgtool import blobs
from kgtool.errors import LockedError, NotFoundError, StoreError, UsageError
from kgtool.model import NO_GATE, NOTHING_ABOVE, Fusion, Gate, Layers
from kgtool.store.vocabulary import Namespaces

if TYPE_CHECKING:
    from kgtool.store.edges import Edges
    from kgtool.store.oxigraph import OxigraphStore
    from kgtool.store.rdf import Part
    from kgtool.store.textindex import TextIndex

FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """The published revision and its figures."""

    revision: str
    base_iri: str
    documents: int
    chunks: int
    triples: int
    entities: int
    relations: int
    merges: int
    conflicts: int
    inferred: int
    format: int = FORMAT
    fused: str = ""
    """The state that the fused statements stand for; the revision stands for imports and updates as well."""
    inputs: str = ""
    """A digest of what was fused: documents, rulings, tombstones."""
    imported: str = ""
    """The name of the set of imports."""
    gate: Gate = NO_GATE
    """What shapes did; the figures above are those after it."""

    @classmethod
    def of(
        cls, revision: str, base_iri: str, fusion: Fusion, documents: int, chunks: int, fused: str = "",
        inputs: str = "", imported: str = "",
    ) -> Self:  # fmt: skip
        """The manifest of a fusion."""
        published = [s for s in fusion.statements if s.status in {"published", "inferred"}]
        entities = {s.subject for s in published} | {s.object for s in published if isinstance(s.object, str)}
        merges = sum(d.kind == "merge" for d in fusion.decisions)
        losers = sum(s.status == "loser" for s in fusion.statements)
        return cls(
            revision, base_iri, documents, chunks, len(published), len(entities),
            len({s.predicate for s in published}), merges, losers, sum(s.status == "inferred" for s in published),
            fused=fused, inputs=inputs, imported=imported,
        )  # fmt: skip

    def behind(self, gate: Gate) -> Self:
        """The manifest of the same graph with other shapes, or none."""
        figures = {
            key: getattr(self, key) + getattr(self.gate, key) - getattr(gate, key)
            for key in ("triples", "inferred", "entities", "relations")
        }
        return replace(self, gate=gate, **figures)

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        """Read what the file has.

        Raises:
            TypeError: when something is missing.
        """
        known = {f.name: row[f.name] for f in fields(cls) if f.name in row}
        return cls(**known | {"gate": Gate(**row.get("gate", {}))})


@dataclass(frozen=True)
class Layout:
    """The paths of one store.

    Raises:
        UsageError: for the address of an endpoint, which has no files.
    """

    root: Path

    def __post_init__(self) -> None:
        if str(self.root).startswith(("http:/", "https:/")):
            hint = "name a directory with -s; query, reason and export also work at an endpoint"
            raise UsageError("this needs a store on this machine, not an endpoint", hint)

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.root / "journal.db"

    @property
    def graph(self) -> Path:
        """The directory of the published graph."""
        return self.root / "graph"

    @property
    def blobs(self) -> Path:
        """The directory of imported statements."""
        return self.root / "blobs"

    def imported(self, name: str) -> Path:
        """The database of a set of imports."""
        return self.graph / f"imports-{name}"

    @property
    def embeddings(self) -> Path:
        """The directory of what is computed from the graph's texts."""
        return self.root / "embeddings"

    @property
    def calibration(self) -> Path:
        """The file with the calibrations of reasoners (see kgtool.reason.calibration)."""
        return self.root / "calibration.json"

    @property
    def sent(self) -> Path:
        """The directory of what is known to be at endpoints (see kgtool.store.sent)."""
        return self.root / "published"

    @property
    def model(self) -> Path:
        """The folder of the model that was trained on the graph."""
        return self.embeddings / "model"

    def manifest(self) -> Manifest | None:
        """The manifest in force; None when nothing is published.

        Raises:
            StoreError: when it is damaged or newer than this program, or the store is no directory.
        """
        file = self.graph / "manifest.json"
        try:
            row: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            newer = row["format"] > FORMAT
            found = None if newer else Manifest.from_json(row)
        except FileNotFoundError:
            return None
        except NotADirectoryError as error:
            raise no_directory(self.root) from error
        except (OSError, ValueError, TypeError, KeyError) as error:
            hint = f"delete {self.graph} and run kgtool build: the graph is rebuilt from the journal"
            raise StoreError(f"{file} is damaged: {error!r}", hint) from error
        if newer:
            raise StoreError(f"{file} was written by a newer kgtool", "update kgtool")
        return found

    def is_published(self, revision: str) -> bool:
        """Whether a revision is in force and there."""
        try:
            manifest = self.manifest()
            if manifest is None or manifest.revision != revision:
                return False
            return self.open_graph().query("ASK { ?s ?p ?o }").boolean() or not manifest.triples
        except (StoreError, NotFoundError):
            return False

    def open_graph(self) -> OxigraphStore:
        """The published graph, for reading.

        Raises:
            NotFoundError: when there is no store, or nothing is published yet.
        """
        return self.open_revision()[1]

    def open_revision(self) -> tuple[Path, OxigraphStore]:
        """The directory of the revision in force, and the graph in it; see :meth:`open_graph`."""
        from kgtool.store.oxigraph import OxigraphStore

        manifest = self.published()
        folder = self.graph / manifest.revision
        return folder, OxigraphStore.read(folder, Namespaces(manifest.base_iri))

    def open_texts(self) -> TextIndex:
        """The text index of the published graph; see :meth:`open_graph`."""
        from kgtool.store.textindex import TextIndex

        return TextIndex.open(*self.open_revision())

    def open_edges(self) -> Edges:
        """The facts of the published graph as arrays; see :meth:`open_graph`."""
        from kgtool.store.edges import Edges

        return Edges.open(*self.open_revision())

    def published(self) -> Manifest:
        """The manifest in force.

        Raises:
            NotFoundError: when there is no store, or nothing is published yet.
        """
        manifest = self.manifest()
        if manifest is None:
            raise NotFoundError(f"no store at {self.root}", "make one with: kgtool build PATHS")
        return manifest

    def publish(
        self, manifest: Manifest, parts: Iterable[Part] | None, above: Layers = NOTHING_ABOVE, *, whole: bool = False
    ) -> list[str]:
        """Write a revision and make it the one in force; the one before stays for readers that have it open.

        Args:
            manifest: its figures, without regard to shapes.
            parts: of what was fused; None where :meth:`can_go_on`.
            above: imports, updates and shapes.
            whole: nothing of an earlier revision may be in its files, for something was forgotten.

        Returns:
            what could not be done of the updates, and what shapes were broken by no statement, in words.

        Raises:
            StoreError: when it cannot be written.
            UsageError: when the shapes cannot be used; the revision in force stays.
        """
        from kgtool.store import quarantine, revisions

        space = Namespaces(manifest.base_iri)
        before = self.manifest()
        again = before is not None and before.revision == manifest.revision  # it is damaged
        final = self.graph / manifest.revision
        made = self.graph / f"{manifest.revision}.partial"
        shutil.rmtree(made, ignore_errors=True)
        failed = []
        if whole or again or not final.is_dir():
            imported = self.make_imported(above, before, space, anew=again)
            start = None if whole or again or before is None else self.graph / before.revision
            failed = revisions.write(made, parts, space, start, above, imported, partial(blobs.opened, self.blobs))
            shutil.rmtree(final, ignore_errors=True)
            made.rename(final)
        if above.shapes:
            manifest = manifest.behind(quarantine.read(final))
        replace_file(self.graph / "manifest.json", json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n")
        if not again:
            self.tidy([manifest, before] if before else [manifest])
        return failed

    def make_imported(self, above: Layers, before: Manifest | None, space: Namespaces, *, anew: bool) -> Path | None:
        """The database of the imports, which is written where it is not there or is to be made anew; None without any.

        Raises:
            StoreError: when it cannot be written.
        """
        from kgtool.store import layers

        if not above.imports:
            return None
        final = self.imported(above.imported)
        if anew or not layers.is_readable(final, space):
            made = final.with_name(f"{final.name}.partial")
            shutil.rmtree(made, ignore_errors=True)
            start = self.imported(before.imported) if before and before.imported and not anew else None
            layers.write_imports(made, above, space, start, partial(blobs.opened, self.blobs))
            shutil.rmtree(final, ignore_errors=True)
            made.rename(final)
        return final

    def can_go_on(self, above: Layers) -> bool:
        """Whether the revision in force can be followed by one of the same fused statements without knowing these."""
        from kgtool.store import revisions

        manifest = self.manifest()
        if manifest is None:
            return False
        return revisions.can_go_on(self.graph / manifest.revision, above, Namespaces(manifest.base_iri))

    @contextmanager
    def trial(self, text: str) -> Iterator[OxigraphStore]:
        """The published graph with a SPARQL Update, as a copy that goes again; needs no lock.

        Raises:
            NotFoundError: when there is no store, or nothing is published yet.
            QueryError: when the update cannot be done.
            StoreError: when the copy cannot be made.
        """
        from kgtool.store import layers

        base, store = self.open_revision()
        place = self.graph if os.access(self.graph, os.W_OK) else Path(gettempdir())
        with layers.trial(base, place, text, store.space) as changed:
            yield changed

    def tidy(self, kept: Iterable[Manifest]) -> None:
        """Delete the databases that no manifest of these names."""
        keep = {name for m in kept for name in (m.revision, self.imported(m.imported).name)}
        for folder in sorted(self.graph.iterdir()):
            if folder.is_dir() and folder.name not in keep:
                shutil.rmtree(folder, ignore_errors=True)

    def rewrite(self) -> None:
        """Write the revision in force anew, so that nothing that was taken out of it is in its files."""
        from kgtool.store import revisions

        manifest = self.manifest()
        if manifest is None:
            return
        final = self.graph / manifest.revision
        made = self.graph / f"{manifest.revision}.partial"
        shutil.rmtree(made, ignore_errors=True)
        revisions.rewrite(final, made, Namespaces(manifest.base_iri))
        shutil.rmtree(final)
        made.rename(final)

    def sweep(self) -> None:
        """Delete every revision but the one in force, and what was computed from them.

        What was sent to endpoints is forgotten too; the next time, all of it is taken back before anything is sent.

        Raises:
            StoreError: when they cannot be deleted.
        """
        from kgtool.store import sent

        manifest = self.manifest()
        keep = {manifest.revision, self.imported(manifest.imported).name} if manifest else set()
        old = [f for f in self.graph.iterdir() if f.is_dir() and f.name not in keep]
        try:
            for folder in [*old, *([self.embeddings] if self.embeddings.is_dir() else [])]:
                shutil.rmtree(folder)
            for file in sorted(self.sent.glob("*.log")):
                sent.forget(file)
        except OSError as error:
            raise StoreError(f"cannot delete what was forgotten: {error}", "check the permissions") from error


def no_directory(root: Path) -> StoreError:
    """The error for a store at a place where a file is."""
    return StoreError(f"{root} is a file, and a store is a directory", "name another place with -s")


def replace_file(path: Path, text: str) -> None:
    """Write a file in one step: after a crash it holds the old text or the new one."""
    made = path.with_name(path.name + ".partial")
    with made.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)


@contextmanager
def locked(layout: Layout) -> Iterator[None]:
    """Hold the store's lock.

    Raises:
        LockedError: when another process has it.
        StoreError: when the directory cannot be written.
    """
    try:
        layout.root.mkdir(parents=True, exist_ok=True)
        handle = (layout.root / "lock").open("a")
    except (FileExistsError, NotADirectoryError) as error:
        raise no_directory(layout.root) from error
    except OSError as error:
        raise StoreError(f"cannot write the store: {error}", "check the directory's permissions") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(f"another kgtool is writing to {layout.root}", "wait for it to finish") from error
        yield


def is_locked(layout: Layout) -> bool:
    """Whether a process holds the lock now."""
    try:
        with (layout.root / "lock").open() as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
