"""Files to documents. Every file is either read, or skipped with a reason, or fails with a reason."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from kgtool.errors import KgtoolError, NotFoundError
from kgtool.model import Document

TEXT_SUFFIXES = frozenset({".txt", ".text", ".md", ".markdown"})
MARKDOWN_SUFFIXES = frozenset({".md", ".markdown"})
LINES_SUFFIXES = frozenset({".jsonl", ".ndjson"})
IGNORE_FILE = ".kgtoolignore"


@dataclass(frozen=True, order=True)
class Found:
    """A file below a PATH: the PATH (absolute), the name below it (POSIX), and where it is."""

    root: str
    name: str
    path: Path


def find(path: Path) -> list[Found]:
    """The readable files at or below a PATH, sorted by name.

    Hidden files, files of unknown kinds and those that a ``.kgtoolignore`` of the PATH names (one pattern a line) are
    left out of a directory. A directory reached twice through symbolic links is read once.

    Raises:
        NotFoundError: when the path does not exist.
    """
    root = printable(str(path.absolute()))
    if path.is_dir():
        ignored = ignore_patterns(path)
        found = (Found(root, printable(p.relative_to(path).as_posix()), p) for p in walk(path))
        return sorted(f for f in found if not is_ignored(f.name, ignored))
    if path.exists():
        return [Found(root, printable(path.name), path)]
    raise NotFoundError(f"no such file or directory: {path}", "check the path; nothing was changed")


def printable(name: str) -> str:
    """A file name as text: bytes of it that are not UTF-8 are replaced."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def walk(folder: Path) -> Iterator[Path]:
    """Files of known kinds below a folder, hidden ones left out."""
    seen = {folder.resolve()}
    for here, folders, files in os.walk(folder, followlinks=True):
        kept = []
        for name in sorted(folders):
            real = (Path(here) / name).resolve()
            if not name.startswith(".") and real not in seen:
                seen.add(real)
                kept.append(name)
        folders[:] = kept
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in TEXT_SUFFIXES:
                yield Path(here) / name


def ignore_patterns(folder: Path) -> list[str]:
    """The patterns of a folder's ignore file."""
    file = folder / IGNORE_FILE
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def is_ignored(name: str, patterns: list[str]) -> bool:
    """Whether a pattern matches the name, its last part, or a folder on its way."""
    parts = name.split("/")
    candidates = {*parts, *("/".join(parts[: i + 1]) for i in range(len(parts)))}
    return any(fnmatchcase(c, p.strip("/")) for p in patterns for c in candidates)


def read(found: Found, *, max_mb: float = 16.0) -> Document:
    """Read one file; no newline is translated, so that offsets are those of the file.

    Raises:
        KgtoolError: saying why the file cannot be read.
    """
    suffix = found.path.suffix.lower()
    if suffix and suffix not in TEXT_SUFFIXES:
        raise KgtoolError(f"unknown format {suffix}", f"kgtool reads {', '.join(sorted(TEXT_SUFFIXES))}")
    size = found.path.stat().st_size
    if size > max_mb * 2**20:
        limit = f"{size / 2**20:.0f} MB is more than the limit of {max_mb:g} MB"
        raise KgtoolError(limit, "split the file, or raise max_document_mb")
    data = found.path.read_bytes()
    if b"\0" in data:
        raise KgtoolError("binary file", "give a text or markdown file")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        where = f"not valid UTF-8 at byte {error.start}"
        raise KgtoolError(where, "convert it, for example with: iconv -f latin1 -t utf-8") from error
    return Document(found.name, text, title_of(text, markdown=suffix in MARKDOWN_SUFFIXES))


def read_lines(path: Path, id_field: str, text_field: str) -> Iterator[Document]:
    """One document per line of a JSONL file.

    Raises:
        KgtoolError: naming the line that is not an object with both fields.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line.decode("utf-8"))
                name, text = row[id_field], row[text_field]
                if isinstance(name, int):
                    name = str(name)
                (name + text).encode("utf-8")  # strings both, and no lone surrogates
                document = Document(name, text)
            except (ValueError, KeyError, TypeError) as error:
                hint = f"each line must be an object with {id_field!r} and {text_field!r}"
                raise KgtoolError(f"{path}, line {number}: {error!r}", hint) from error
            yield document


HEADING = re.compile(r"\A\ufeff?\s*#{1,6}[ \t]+(?P<title>[^\r\n]+?)(?:[ \t]+#+)?[ \t]*(?:\r|\n|\Z)")
FIRST_LINE = re.compile(r"\A\ufeff?\s*(?P<title>[^\r\n]{1,100}?)[ \t]*\r?\n[ \t]*\r?\n")


def title_of(text: str, *, markdown: bool) -> str:
    """The first heading of a markdown text; the first line of a plain one, when it stands alone and is no sentence."""
    found = HEADING.match(text) if markdown else FIRST_LINE.match(text)
    title = found["title"].strip() if found else ""
    return title if markdown or not title.endswith((".", "!", "?", ":", ";", ",")) else ""
