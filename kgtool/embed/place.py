"""Where a model may stand. What is there and was not made by kgtool is never replaced or removed.

MODEL           the model
MODEL.partial   it, while it is written
MODEL.old       the one before, while it is replaced
MODEL.run       the run while it lasts: checkpoints, the study, and the lock
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kgtool.errors import LockedError, StoreError, UsageError

FILES = ("model.json", "names.json", "arrays.safetensors")
CURVE = "curve.svg"
PARTIAL, OLD, RUN = ".partial", ".old", ".run"
LOCK = "training.lock"
"""The file by which a run is known, held by the one process that trains."""


def beside(folder: Path, ending: str) -> Path:
    """The folder of that ending next to a model's."""
    return folder.with_name(folder.name + ending)


def free(target: Path) -> Path:
    """The folder of that name in full, when a model may be written there.

    Raises:
        UsageError: when something stands there, or at a name beside it that a run needs, that kgtool did not make.
        StoreError: when it cannot be looked into.
    """
    folder, here = target.resolve(), Path.cwd()
    if folder == here or folder in here.parents:
        raise UsageError(f"{target} is not a folder for a model alone", "name a new one: -o MODEL")
    try:
        if (found := names(folder)) and not (is_ours(folder, found) and FILES[0] in found):
            raise taken(folder)
        for place in (beside(folder, PARTIAL), beside(folder, OLD)):
            if not is_ours(place, names(place)):
                raise taken(place)
        run = beside(folder, RUN)
        if (found := names(run)) and LOCK not in found:
            raise taken(run)
    except OSError as error:
        raise StoreError(f"cannot look into {folder}: {error}", "check the permissions") from error
    return folder


def taken(place: Path) -> UsageError:
    """The error for a place that has something else."""
    return UsageError(
        f"{place} is not of kgtool's making, or has other files in it: it is not replaced",
        "name another place with -o, or move it away",
    )


def names(place: Path) -> set[str]:
    """What is in a folder; nothing where there is none.

    Raises:
        UsageError: when it is no folder.
    """
    if not os.path.lexists(place):
        return set()
    if place.is_symlink() or not place.is_dir():
        raise taken(place)
    return {file.name for file in place.iterdir()}


def is_ours(folder: Path, found: set[str]) -> bool:
    """Whether a folder has nothing but a model's files, or some of them, as a kill leaves them."""
    if not found <= {*FILES, CURVE}:
        return False
    if FILES[0] not in found:
        return True
    try:
        row = json.loads((folder / FILES[0]).read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(row, dict) and {"format", "data_hash", "parts"} <= row.keys()


def remove(folder: Path) -> None:
    """Remove a model: its files, and the folder when nothing else is in it.

    Raises:
        OSError: when that cannot be done.
    """
    if folder.is_dir():
        for name in (*FILES, CURVE):
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()


@contextmanager
def running(folder: Path) -> Iterator[Path]:
    """The folder of a run, held against other processes. It stays for another try; an empty one is removed.

    Raises:
        LockedError: when another process trains into the folder.
        StoreError: when it cannot be written.
    """
    run = beside(folder, RUN)
    lock = run / LOCK
    try:
        run.mkdir(parents=True, exist_ok=True)
        handle = lock.open("a")
    except OSError as error:
        raise StoreError(f"cannot write {run}: {error}", "check the directory and the space on disk") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            same = lock.exists() and os.path.samestat(os.fstat(handle.fileno()), lock.stat())
        except BlockingIOError:
            same = False
        if not same:  # it is held, or its holder has just ended and removed it
            hint = "wait for it to finish, or name another place with -o"
            raise LockedError(f"another kgtool is training into {folder}", hint)
        try:
            yield run
        finally:
            if names(run) == {LOCK}:
                shutil.rmtree(run, ignore_errors=True)
