"""When to ask again, and how long to wait: exponential back-off with seeded jitter, bounded, shared by all threads."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

from kgtool.errors import RemoteError

LONGEST = 60.0
"""Seconds; the longest wait of our own choosing."""

PATIENCE = 300.0
"""Seconds; a server that wants us to wait longer than this is not waited for."""

T = TypeVar("T")


class TransientError(Exception):
    """A failure that may pass: 429, 5xx, a time-out, a stream that was cut. ``wait``: seconds the server asks for."""

    def __init__(self, told: str, wait: float | None = None) -> None:
        super().__init__(told)
        self.wait = wait


@dataclass
class Backoff:
    """Repeats what fails transiently.

    Args:
        retries: how often it is repeated.
        first: seconds before the first repetition; doubled each time.
        seed: of the jitter, so that a run can be repeated.
    """

    retries: int = 4
    first: float = 1.0
    seed: int = 0
    sleep: Callable[[float], None] = time.sleep
    _until: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - jitter, no secret
        self._lock = Lock()

    def run(self, attempt: Callable[[], T]) -> T:
        """The attempt's result.

        Raises:
            RemoteError: when it still fails after the last repetition, or the server asks for too long a wait.
        """
        for number in range(self.retries + 1):
            self._queue()
            try:
                return attempt()
            except TransientError as error:
                if number == self.retries or (error.wait or 0) > PATIENCE:
                    asked = f"; it asks to wait {error.wait:.0f} s" if error.wait else ""
                    times = f"after {number + 1} attempts" if number else "at the first attempt"
                    raise RemoteError(
                        f"{error} ({times}{asked})", "run again later: only what failed is asked again"
                    ) from error
                self._wait(number, error.wait)
        raise AssertionError("the last attempt returns or raises")

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
