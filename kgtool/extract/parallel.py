"""Several calls at a time, results in the order of what was asked, memory flat."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 4
"""Calls asked for in advance, for each job: so that a slow one in front does not leave the others idle."""


def in_order(call: Callable[[T], R], items: Iterable[T], jobs: int) -> Iterator[R]:
    """``call`` of every item, ``jobs`` at a time, lazily; an exception ends it and cancels what has not begun."""
    if jobs <= 1:
        yield from map(call, items)
        return
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="kgtool")
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(call, item))
            if len(waiting) >= jobs * AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
