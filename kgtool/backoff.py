"""When to ask again, and how long to wait: exponential back-off with seeded jitter, bounded, shared by all threads."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import TypeVar

from kgtool.errors import EndpointError, RemoteError

LONGEST = 60.0
"""Seconds; the longest wait of our own choosing."""

PATIENCE = 300.0
"""Seconds; a server that wants us to wait longer than this is not waited for."""

IN_A_ROW = 5
"""Requests that fail to the last repetition, none succeeding in between, before the endpoint counts as down."""

T = TypeVar("T")


class TransientError(Exception):
    """A failure that may pass: 429, 5xx, a time-out, a stream that was cut.

    Args:
        told: what happened.
        wait: seconds that the server asks for.
        lost: whether the server was not there at all.
    """

    def __init__(self, told: str, wait: float | None = None, *, lost: bool = False) -> None:
        super().__init__(told)
        self.wait = wait
        self.lost = lost


@dataclass
class Backoff:
    """Repeats what fails transiently.

    Args:
        retries: how often it is repeated.
        first: seconds before the first repetition; doubled each time.
        seed: of the jitter, so that a run can be repeated.
        hint: what to do when it fails in the end.
    """

    retries: int = 4
    first: float = 1.0
    seed: int = 0
    sleep: Callable[[float], None] = time.sleep
    hint: str = "run again later: only what failed is asked again"
    _until: float = field(default=0.0, init=False)
    _failed: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - jitter, no secret
        self._lock = Lock()

    def run(self, attempt: Callable[[], T]) -> T:
        """The attempt's result.

        Raises:
            EndpointError: when the server has gone, or has failed for several requests in a row.
            RemoteError: when it still fails after the last repetition, or the server asks for too long a wait.
        """
        for number in range(self.retries + 1):
            self._queue()
            try:
                found = attempt()
            except TransientError as error:
                if number == self.retries or (error.wait or 0) > PATIENCE:
                    raise self._given_up(error, number + 1) from error
                self._wait(number, error.wait)
            else:
                self._failed = 0
                return found
        raise AssertionError("the last attempt returns or raises")

    def _given_up(self, error: TransientError, attempts: int) -> RemoteError:
        """What a failure becomes in the end: the request's, or the endpoint's."""
        with self._lock:
            self._failed += 1
            down = error.lost or self._failed >= IN_A_ROW
        asked = f"; it asks to wait {error.wait:.0f} s" if error.wait else ""
        times = f"after {attempts} attempts" if attempts > 1 else "at the first attempt"
        kind = EndpointError if down else RemoteError
        return kind(f"{error} ({times}{asked})", self.hint)

    def _wait(self, number: int, asked: float | None) -> None:
        """Wait; when the server names a time, every thread waits for it."""
        with self._lock:
            pause = min(self.first * 2**number, LONGEST) * (0.5 + self._random.random())
            if asked is not None:
                self._until = max(self._until, time.monotonic() + asked)
                pause = asked + 0.1 * pause  # not all threads at the same instant
        self.sleep(pause)

    def _queue(self) -> None:
        with self._lock:
            rest = self._until - time.monotonic()
        if rest > 0:
            self.sleep(rest)


def reason(error: BaseException) -> str:
    """The innermost cause, in the words of the operating system."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait, in a number or by naming a date (RFC 9110, 10.2.3); None without."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * unit)
        except (KeyError, ValueError):
            continue
    try:
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time())
    except (KeyError, ValueError):
        return None
