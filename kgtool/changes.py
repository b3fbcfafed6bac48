"""Which documents a build adds, changes and removes."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from kgtool.errors import KgtoolError, NotFoundError, UsageError
from kgtool.journal import Journal, Source
from kgtool.model import NOTHING_ABOVE, Document
from kgtool.text.readers import BY_DEFAULT, STDIN, Fields, Found, Part, Unread, find


class Read(Protocol):
    """Reads a file: its documents, and what failed in it; nothing skips it; raises to let it fail."""

    def __call__(self, found: Found, *, fields: Fields) -> Iterable[Part]:
        """The parts of a file."""


@dataclass
class Plan:
    """The new set of documents, as changes of the old one. ``failures``: root, name and error.

    ``options``: how the files of a root are read, where that was said.
    """

    roots: list[str] = field(default_factory=list)
    options: dict[str, dict[str, str]] = field(default_factory=dict)
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


def plan(journal: Journal, paths: Sequence[Path], read: Read, *, yes: bool, fields: Fields = BY_DEFAULT) -> Plan:
    """Compare the files at PATHS (or at the recorded ones) with the documents in force.

    A document that is gone from under a PATH is removed; documents elsewhere stay. One that can no longer be read stays
    as it was and is tried again. Standard input is one document that the next one from there replaces.

    Args:
        journal: what is known.
        paths: files, directories, ``-``; the recorded ones when empty.
        read: reads a file.
        yes: accept that a PATH that is gone or empty takes its documents with it.
        fields: where rows and objects have name and text; recorded for the roots of these PATHS.

    Raises:
        UsageError: without PATHS, given or recorded.
        NotFoundError: when a PATH is missing or holds no readable file and ``yes`` is false.
    """
    recorded = journal.roots()
    sources = journal.sources()
    given = [normal(p) for p in paths if p != STDIN] if paths else [Path(r) for r in recorded]
    if not (paths or recorded or sources or journal.layers() != NOTHING_ABOVE):
        raise UsageError("no PATHS given, and none recorded", "kgtool build PATHS")
    folders = outermost(given)
    alone = by_name([*given, *map(Path, recorded)], folders)
    scopes = [scope(p, recorded, sources, alone, yes=yes) for p in [*folders, *alone]]
    made = Plan(roots=new_roots(recorded, sources, scopes))
    if STDIN in paths:
        known = [s for s in sources if s.root == str(STDIN)]
        scopes.append(Scope(STDIN, str(STDIN), find(STDIN), known))
    made.options = new_options(journal.options(), made.roots, scopes, fields)
    made.unchanged = len(set(sources) - {s for part in scopes for s in part.known})
    made.failures = [f for f in journal.failures() if f[0] in made.roots and not under(f, scopes)]
    for part in scopes:
        how = Fields(**made.options.get(part.root, said(fields)))
        compare(made, part, partial(read, fields=how))
    return made


def compare(made: Plan, scope: Scope, read: Callable[[Found], Iterable[Part]]) -> None:
    """Enter the files of a PATH into the plan; what is known of others there is removed."""
    known: dict[str, list[Source]] = defaultdict(list)
    for source in scope.known:
        known[source.name].append(source)
    for file in scope.files:
        add(made, file, known.pop(file.name, []), read)
    made.remove += sorted(source for sources in known.values() for source in sources)


def add(made: Plan, file: Found, before: Sequence[Source], read: Callable[[Found], Iterable[Part]]) -> None:
    """Enter one file into the plan: its documents, and what failed in it."""
    old = {source.key: source for source in before}
    failed = []
    try:
        for part in read(file):
            if isinstance(part, Unread):
                failed.append(part.error)
            else:
                enter(made, file, part, old)
    except (KgtoolError, OSError) as error:
        failed.append(error.message if isinstance(error, KgtoolError) else str(error))
    made.failures += [(file.root, file.name, error) for error in failed]
    if failed:  # what is not seen may be what cannot be read
        made.unchanged += len(old)
    else:
        made.remove += sorted(old.values())


def enter(made: Plan, file: Found, document: Document, old: dict[tuple[str, str, str], Source]) -> None:
    """Enter one document into the plan, and take it from those that are not seen yet."""
    part = document.name.removeprefix(file.name).removeprefix("#")
    source = Source(file.root, file.name, document.hash, part)
    before = old.pop(source.key, None)
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


def by_name(paths: Iterable[Path], folders: Sequence[Path]) -> list[Path]:
    """The files below the folders that only their own name brings in: of another kind, hidden, or ignored."""
    below = {p for p in paths if p.is_file() and p not in folders and any(p.is_relative_to(f) for f in folders)}
    listed = {found.path for folder in folders if below and folder.is_dir() for found in find(folder)}
    return sorted(below - listed)


def scope(
    path: Path, recorded: Sequence[str], sources: Sequence[Source], alone: Collection[Path] = (), *, yes: bool
) -> Scope:
    """The files of a PATH under the root that it belongs to, and what is known of them but for files ``alone``.

    Raises:
        NotFoundError: when there is no file and ``yes`` is false.
    """
    above = [r for r in recorded if path.is_relative_to(r)]
    root = min(above, default=str(path), key=len)
    known = [s for s in sources if place(s).is_relative_to(path) and (place(s) == path or place(s) not in alone)]
    files: list[Found] = []
    try:
        files = [f for f in find(Path(root)) if f.path.is_relative_to(path)]
        if not files and path.is_file():
            root, files = str(path), find(path)
        if not files:
            raise NotFoundError(
                f"no readable file in {path}", "see kgtool build --help for the formats; nothing was changed"
            )
    except NotFoundError as error:
        if not (yes and known):
            hint = f"{error.hint}; -y removes the {len(known)} documents that lay there" if known else error.hint
            raise NotFoundError(error.message, hint) from error
    return Scope(path, root, files, known)


def place(source: Source) -> Path:
    """Where a document lies: below its root, or the root itself when that is a file."""
    root = Path(source.root)
    if root == STDIN:
        return Path(source.name)
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


def new_options(
    recorded: Mapping[str, dict[str, str]], roots: Sequence[str], scopes: Sequence[Scope], fields: Fields
) -> dict[str, dict[str, str]]:
    """How the files of each root are read: as recorded, where nothing else is said for one of its PATHS."""
    given = {s.root for s in scopes}
    return {root: recorded.get(root, {}) | (said(fields) if root in given else {}) for root in roots}


def said(fields: Fields) -> dict[str, str]:
    """The fields that were named."""
    return {key: value for key, value in vars(fields).items() if value is not None}
