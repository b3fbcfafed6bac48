"""Which files lie at or below a PATH."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from kgtool.errors import KgtoolError, NotFoundError, UsageError

IGNORE_FILE = ".kgtoolignore"

STDIN = Path("-")


@dataclass(frozen=True, order=True)
class Found:
    """A file below a PATH: the PATH (absolute), the name below it (POSIX), and where it is."""

    root: str
    name: str
    path: Path


def find(path: Path, suffixes: Iterable[str]) -> list[Found]:
    """The readable files at or below a PATH, sorted by name; a file that is named is taken whatever its kind.

    Hidden files, files of other kinds and those that a ``.kgtoolignore`` of the PATH names (one pattern a line) are
    left out of a directory. A directory reached twice through symbolic links is read once. ``-`` is standard input.

    Raises:
        NotFoundError: when the path does not exist.
    """
    if path == STDIN:
        return [Found(str(STDIN), "stdin", STDIN)]
    root = printable(str(path.absolute()))
    if path.is_dir():
        ignored = ignore_patterns(path)
        found = (Found(root, printable(p.relative_to(path).as_posix()), p) for p in walk(path, frozenset(suffixes)))
        return sorted(f for f in found if not is_ignored(f.name, ignored))
    if path.exists():
        return [Found(root, printable(path.name), path)]
    raise NotFoundError(f"no such file or directory: {path}", "check the path; nothing was changed")


def printable(name: str) -> str:
    """A file name as text: bytes of it that are not UTF-8 are written as ``\\xff``, so that names stay different."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def unlisted(error: OSError) -> None:
    """A folder that cannot be listed stops the build: its documents must not seem to be gone.

    Raises:
        KgtoolError: always.
    """
    raise KgtoolError(f"cannot list {error.filename}: {error.strerror}", "check its permissions; nothing was changed")


def walk(folder: Path, suffixes: frozenset[str]) -> Iterator[Path]:
    """Files with one of the suffixes below a folder, hidden ones left out."""
    seen = {folder.resolve()}
    for here, folders, files in os.walk(folder, followlinks=True, onerror=unlisted):
        kept = []
        for name in sorted(folders):
            real = (Path(here) / name).resolve()
            if not name.startswith(".") and real not in seen:
                seen.add(real)
                kept.append(name)
        folders[:] = kept
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in suffixes:
                yield Path(here) / name


def ignore_patterns(folder: Path) -> list[str]:
    """The patterns of a folder's ignore file.

    Raises:
        UsageError: when it is no text.
    """
    file = folder / IGNORE_FILE
    try:
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{file} is not valid UTF-8 at byte {error.start}", "correct it; nothing was changed"
        ) from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def is_ignored(name: str, patterns: list[str]) -> bool:
    """Whether a pattern matches the name, its last part, or a folder on its way."""
    parts = name.split("/")
    candidates = {*parts, *("/".join(parts[: i + 1]) for i in range(len(parts)))}
    return any(fnmatchcase(c, p.strip("/")) for p in patterns for c in candidates)
