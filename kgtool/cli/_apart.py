"""Work that signals and a time limit end at once, even where it is deep inside the engine."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, TypeVar

from kgtool.cli._app import fail
from kgtool.errors import TimeoutReached, UsageError

T = TypeVar("T")


def apart(work: Callable[[], T], seconds: float | None) -> T:
    """Do some work in a thread of its own and wait for it, so that this thread can be interrupted meanwhile.

    Args:
        work: what is done.
        seconds: the longest that is waited.

    Raises:
        UsageError: for a limit that is no time.
        TimeoutReached: after that time. The work goes on; :func:`cut_short` ends it, with the program.
    """
    if seconds is not None and not 0 < seconds <= threading.TIMEOUT_MAX:
        raise UsageError(f"--timeout {seconds:g}: not a number of seconds", "for example --timeout 10")
    done = threading.Event()
    result: list[T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            result.append(work())
        except BaseException as error:  # whatever it is, it is raised below
            forget(error)
            raised.append(error)
        done.set()

    threading.Thread(target=run, daemon=True).start()
    if not done.wait(seconds):
        raise TimeoutReached(f"not finished within {seconds:g} s", "give --timeout more, or ask for less with LIMIT")
    if raised:
        raise raised[0]
    return result[0]


def forget(error: BaseException | None) -> None:
    """Let go of what the frames of an error hold: the engine's results may be dropped by their own thread alone."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


@contextmanager
def cut_short(*, as_json: bool) -> Iterator[None]:
    """End the program where a signal or a time limit ends the block: its other thread would not let it end itself."""
    try:
        yield
        return
    except TimeoutReached as error:
        code = fail(error.code, error.message, error.hint, as_json=as_json)
    except KeyboardInterrupt:
        code = fail(130, "interrupted", "", as_json=as_json)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    os._exit(code)


def pager() -> list[str]:
    """The command that shows long output on a terminal: ``$PAGER``, else ``less``; empty where there is none."""
    given = os.environ.get("PAGER")
    if given is None:
        return ["less"] if shutil.which("less") else []
    with suppress(ValueError):  # an open quotation
        return [] if given.strip() == "cat" else shlex.split(given)
    return []


@contextmanager
def paged(command: list[str]) -> Iterator[IO[bytes]]:
    """Write to a pager; it may be left before the end. Without a command: to stdout.

    Raises:
        UsageError: when the pager cannot be started.
    """
    if not command:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    environment = {"LESS": "FRX"} | dict(os.environ)  # one screen is just printed
    read, write = os.pipe()
    try:
        process = subprocess.Popen(command, stdin=read, env=environment)
    except OSError as error:
        os.close(write)
        raise UsageError(f"the pager cannot be started: {error}", "set PAGER, or give --no-pager") from error
    finally:
        os.close(read)
    try:
        with suppress(BrokenPipeError), os.fdopen(write, "wb") as file:  # its reader may have seen enough
            yield file
    finally:
        wait(process)


def wait(process: subprocess.Popen[Any]) -> None:
    """Wait for a pager, which takes Ctrl-C for itself, so that it leaves the terminal as it was."""
    while True:
        with suppress(KeyboardInterrupt):
            process.wait()
            return
