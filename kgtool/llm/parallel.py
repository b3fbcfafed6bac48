"""Several calls at a time, results in the order of what was asked, memory flat."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 4
"""Calls asked for in advance, for each job: so that a slow one in front does not leave the others idle."""


def in_order(call: Callable[[T], R], items: Iterable[T], jobs: int) -> Iterator[R]:
    """``call`` of every item, ``jobs`` at a time, lazily.

    An exception ends it: what has not begun is cancelled, what runs is waited for, for it is paid. A signal waits for
    nothing: the threads are daemons, and end with the process.
    """
    if jobs <= 1:
        yield from map(call, items)
        return
    todo: SimpleQueue[tuple[Future[R], T] | None] = SimpleQueue()
    for number in range(jobs):
        Thread(target=work, args=(call, todo), name=f"kgtool-{number}", daemon=True).start()
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            waiting.append(Future())
            todo.put((waiting[-1], item))
            if len(waiting) >= jobs * AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except Exception:
        wait([future for future in waiting if not future.cancel()])
        raise
    finally:
        for future in waiting:
            future.cancel()
        for _ in range(jobs):
            todo.put(None)


def work(call: Callable[[T], R], todo: SimpleQueue[tuple[Future[R], T] | None]) -> None:
    """Do what there is to do, until there is None."""
    while (task := todo.get()) is not None:
        future, item = task
        if not future.set_running_or_notify_cancel():
            continue
        try:
            future.set_result(call(item))
        except BaseException as error:
            future.set_exception(error)
