"""What an endpoint is known to have: a record that outlives a killed process, in one file for each address and graph.

The first line says for what; the others are what was done, in order, each written after the endpoint had confirmed it:

    +<graph> s p o .     added
    -<graph> s p o .     taken out
    0<graph>             the whole graph taken out
    ?<graph>             may have more than is known: something of it was forgotten here since

It never has credentials, nor the part of an address that may hold a key.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from kgtool.errors import LockedError, StoreError

FORMAT = 1


@dataclass
class Record:
    """The state of one endpoint's graphs.

    Args:
        graphs: triples, as lines of N-Triples, by graph.
        unknown: graphs that may have more that was sent from here.
    """

    graphs: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    unknown: set[str] = field(default_factory=set)
    _file: IO[str] | None = None

    def note(self, mark: str, graph: str, lines: Iterable[str] = ()) -> None:
        """Write down what the endpoint has confirmed, so that it is known after a crash.

        Args:
            mark: ``+``, ``-`` or ``0``.
            graph: the IRI of a graph.
            lines: the triples that were added or taken out.
        """
        rows = [f"{mark}<{graph}> {line}" for line in lines] if mark != "0" else [f"0<{graph}>"]
        for row in rows:
            self.apply(row)
        if self._file is not None:
            self._file.write("".join(f"{row}\n" for row in rows))
            self._file.flush()
            os.fsync(self._file.fileno())

    def apply(self, row: str) -> None:
        """Take in one line of the file."""
        graph, _, line = row[2:].partition("> ")
        if row[0] == "?":
            self.unknown.add(row[2:-1])
        elif row[0] == "0":
            self.graphs.pop(row[2:-1], None)
            self.unknown.discard(row[2:-1])
        elif row[0] == "+":
            self.graphs[graph].add(line)
        else:
            self.graphs[graph].discard(line)

    def lines(self) -> Iterator[str]:
        """The shortest file that says the same."""
        yield from (f"?<{graph}>" for graph in sorted(self.unknown))
        for graph in sorted(self.graphs):
            yield from (f"+<{graph}> {line}" for line in sorted(self.graphs[graph]))


def read(path: Path) -> Record:
    """The record in a file; an empty one when there is none.

    Raises:
        StoreError: when it cannot be read, or was written by a newer program.
    """
    record = Record()
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            head = json.loads(file.readline() or '{"format": 0}')
            if head["format"] > FORMAT:
                raise StoreError(f"{path} was written by a newer kgtool", "update kgtool")
            for row in file:
                if row.endswith("\n") and len(row) > 1:  # the last one may be cut: it was not all written
                    record.apply(row[:-1])
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "delete it; then everything is sent again, and nothing is taken out"
        raise StoreError(f"{path} is damaged: {error!r}", hint) from error
    return record


@contextmanager
def opened(path: Path, address: str, graph: str) -> Iterator[Record]:
    """The record in a file, to be written to by one process at a time; it is made shorter before and after.

    Args:
        path: the file.
        address: what is shown of the endpoint's address.
        graph: the graph of facts there.

    Raises:
        LockedError: when another process publishes to the same place.
        StoreError: when it cannot be read or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_suffix(".lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            record = read(path)
            head = json.dumps({"format": FORMAT, "url": address, "graph": graph})
            shorten(path, head, record)
            with path.open("a", encoding="utf-8", newline="\n") as file:
                record._file = file
                yield record
            record._file = None
            shorten(path, head, record)
    except BlockingIOError as error:
        raise LockedError(f"another kgtool publishes to {address}", "wait for it to finish") from error
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error}", "check the directory and the space on disk") from error


def shorten(path: Path, head: str, record: Record) -> None:
    """Write a record anew, in one step."""
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"{head}\n")
        file.writelines(f"{row}\n" for row in record.lines())
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def forget(path: Path) -> None:
    """Forget what was sent, for something of it is to be forgotten, but not that something was, and where.

    Raises:
        StoreError: when the file is damaged.
        OSError: when it cannot be written.
    """
    record = read(path)
    with path.open(encoding="utf-8", newline="\n") as file:
        head = file.readline().rstrip("\n")
    shorten(path, head, Record(unknown=record.unknown | record.graphs.keys()))
