"""Which documents a build adds, changes and removes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kgtool.errors import KgtoolError, NotFoundError, UsageError
from kgtool.journal import Journal, Source
from kgtool.model import Document
from kgtool.text.readers import Found, find

Read = Callable[[Found], Document | None]
"""Reads a file; None skips it; raises to let it fail."""


@dataclass
class Plan:
    """The new set of documents, as changes of the old one. ``failures``: root, name and error."""

    roots: list[str] = field(default_factory=list)
    add: list[tuple[Source, Document]] = field(default_factory=list)
    remove: list[Source] = field(default_factory=list)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass
class Scope:
    """What one PATH covers: its files, and the documents that are in force below it."""

    path: Path
    root: str
    files: list[Found]
    known: list[Source]


def plan(journal: Journal, paths: Sequence[Path], read: Read, *, yes: bool) -> Plan:
    """Compare the files at PATHS (or at the recorded ones) with the documents in force.

    A document that is gone from under a PATH is removed; documents elsewhere stay. One that can no longer be read stays
    as it was and is tried again.

    Raises:
        UsageError: without PATHS, given or recorded.
        NotFoundError: when a PATH is missing or holds no readable file and ``yes`` is false.
    """
    recorded = journal.roots()
    given = [normal(p) for p in paths] or [Path(r) for r in recorded]
    if not given:
        raise UsageError("no PATHS given, and none recorded", "kgtool build PATHS")
    sources = journal.sources()
    scopes = [scope(p, recorded, sources, yes=yes) for p in outermost(given)]
    made = Plan(roots=new_roots(recorded, sources, scopes))
    covered = {s for part in scopes for s in part.known}
    names = {(s.root, s.name) for s in covered}
    made.unchanged = len(set(sources) - covered)
    made.failures = [f for f in journal.failures() if f[0] in made.roots and not under(f, scopes)]
    for part in scopes:
        old = {(s.root, s.name): s for s in part.known}
        for file in part.files:
            add(made, file, old.pop((file.root, file.name), None), read)
        gone = [s for s in old.values() if (s.root, s.name) in names]
        made.remove += sorted(gone)
    return made


def add(made: Plan, file: Found, before: Source | None, read: Read) -> None:
    """Enter one file into the plan."""
    try:
        document = read(file)
    except (KgtoolError, OSError) as error:
        text = error.message if isinstance(error, KgtoolError) else str(error)
        made.failures.append((file.root, file.name, text))
        made.unchanged += before is not None
        return
    if document is None:
        if before:
            made.remove.append(before)
        return
    source = Source(file.root, file.name, document.hash)
    if before == source:
        made.unchanged += 1
        return
    made.add.append((source, document))
    made.added += before is None
    made.changed += before is not None


def normal(path: Path) -> Path:
    """An absolute path without '..' and doubled slashes; symbolic links stay."""
    return Path(os.path.normpath(path.absolute()))


def outermost(paths: Iterable[Path]) -> list[Path]:
    """The paths, sorted, without those that lie below another one."""
    kept: list[Path] = []
    for path in sorted(set(paths)):
        if not any(path.is_relative_to(k) for k in kept):
            kept.append(path)
    return kept


def scope(path: Path, recorded: Sequence[str], sources: Sequence[Source], *, yes: bool) -> Scope:
    """The files of a PATH under the root that it belongs to, and what is known of them.

    Raises:
        NotFoundError: when there is no file and ``yes`` is false.
    """
    above = [r for r in recorded if path.is_relative_to(r)]
    root = min(above, default=str(path), key=len)
    known = [s for s in sources if place(s).is_relative_to(path)]
    files: list[Found] = []
    try:
        files = [f for f in find(Path(root)) if f.path.is_relative_to(path)]
        if not files:
            raise NotFoundError(f"no readable file in {path}", "kgtool reads .txt and .md files; nothing was changed")
    except NotFoundError as error:
        if not (yes and known):
            hint = f"{error.hint}; -y removes the {len(known)} documents that lay there" if known else error.hint
            raise NotFoundError(error.message, hint) from error
    return Scope(path, root, files, known)


def place(source: Source) -> Path:
    """Where a document lies: below its root, or the root itself when that is a file."""
    root = Path(source.root)
    return root if root.name == source.name and not root.is_dir() else root / source.name


def under(failure: tuple[str, str, str], scopes: Sequence[Scope]) -> bool:
    """Whether a failed document lies under a PATH that is read again now."""
    return any(place(Source(*failure)).is_relative_to(s.path) for s in scopes)


def new_roots(recorded: Sequence[str], sources: Sequence[Source], scopes: Sequence[Scope]) -> list[str]:
    """The record after this build: new roots take the place of those below them, roots without documents go."""
    covered = {s for part in scopes for s in part.known}
    in_force = {s.root for s in sources if s not in covered}
    kept = {s.root for s in scopes if s.files or s.root in in_force}
    lost = {s.root for s in scopes} - kept
    rest = {r for r in recorded if r not in lost and not any(Path(r).is_relative_to(k) for k in kept)}
    return sorted(kept | rest)
