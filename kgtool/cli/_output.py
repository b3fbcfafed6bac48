"""What goes to stdout and stderr. Data on stdout, everything else on stderr."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from kgtool.errors import StoreError
from kgtool.words import printable


def write(text: str) -> None:
    """Data."""
    sys.stdout.write(text)


def write_json(value: object) -> None:
    """One object as data."""
    write(json.dumps(value, ensure_ascii=False) + "\n")


def write_estimate(row: dict[str, Any], as_json: bool) -> None:
    """What calls will cost at most."""
    if as_json:
        write_json(row)
        return
    cost = "unknown (set price_prompt and price_completion)" if row["cost"] is None else f"{row['cost']:g}"
    prompt, completion = row["tokens"]["prompt"], row["tokens"]["completion"]
    rows = {"calls": row["calls"], "cached": row["cached"], "prompt tokens": f"about {prompt}"}
    rows |= {"completion tokens": f"at most {completion}", "cost": cost}
    if row["pairs"] is not None:
        rows["pairs of names left open by the last build"] = f"{row['pairs']} (not in the calls above)"
    write("".join(f"{key}\t{value}\n" for key, value in rows.items()))


def note(text: str, *, quiet: bool = False) -> None:
    """Something to know, not data."""
    if not quiet:
        sys.stderr.write(text + "\n")


def failures(count: int) -> str:
    """How many documents failed; a row of a table or an object of JSON is one."""
    return f"{count} document{'s' if count > 1 else ''} failed"


@contextmanager
def opened(path: Path | None) -> Iterator[IO[bytes]]:
    """A file to write to, or stdout for None and ``-``; a file appears only when all went well.

    It is compressed where its name ends in .gz, .bz2 or .zst.

    Raises:
        StoreError: when it cannot be written.
    """
    if path is None or str(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    from kgtool.zstandard import packed

    special = path.exists() and not path.is_file()  # asked before /dev/stdout is resolved to a pipe without a path
    path = path if special else path.resolve()
    partial = path.with_name(f".{path.name}.partial")
    try:
        if special:  # a device or a pipe is written to, never replaced
            with path.open("wb") as file:
                yield file
            return
        with partial.open("wb") as file, packed(file, path.suffix.lower()) as out:
            yield out
        partial.replace(path)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}", "check the directory and the space on disk") from error
    finally:
        with suppress(OSError):
            partial.unlink()


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], file: IO[str] | None = None) -> None:
    """A table for people, on stdout or in a file."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(printable(cell)) for cell in row))
    file = file or sys.stdout
    console = Console(file=file, no_color="NO_COLOR" in os.environ or not file.isatty(), highlight=False)
    with console.capture() as written:  # rich itself would end the program at a closed pipe, with exit code 1
        console.print(shown)
    file.write(written.get())


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[..., None] | None]:
    """A progress bar on stderr, when that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int, told: str = "") -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total or None)
            bar.update(tasks[stage], completed=done, total=total or None, description=f"{stage} {told}".strip())

        yield show


def log_to(path: Path | None) -> logging.Logger:
    """The program's logger, appending to a file when one is given.

    Raises:
        StoreError: when the file cannot be written.
    """
    logger = logging.getLogger("kgtool")
    logger.addHandler(logging.NullHandler())  # without a file nothing is logged, not even to stderr
    logger.propagate = False
    if path is not None:
        try:
            handler = logging.FileHandler(path, encoding="utf-8")
        except OSError as error:
            raise StoreError(f"cannot write {path}: {error}", "check --log-file") from error
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
    return logger
