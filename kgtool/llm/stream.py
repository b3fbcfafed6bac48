"""A stream of text, watched: one that repeats itself, or that goes on for ever, is cut."""

from __future__ import annotations

import re
from collections import Counter

ITEM = re.compile(r"\{[^{}]*\}")
SAME_ITEM = 4
"""As often as an object may come before the stream counts as a loop. Small models stutter two or three times."""

STEP = 160
"""Characters between two looks at the text's end."""

PERIOD = re.compile(r"(.{1,80}?)\1{7,}\Z", re.DOTALL)
"""The same up to 80 characters at least eight times at the end."""

LEAST = 120
"""Repeated characters from which on that is a loop: '1,000,000,000' and short rows of dots are none."""


class Watch:
    """Collects a stream's text; :meth:`add` says when to stop, and why."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._parts: list[str] = []
        self._size = self._looked = self._scanned = 0
        self._rest = ""
        self._items: Counter[str] = Counter()

    @property
    def text(self) -> str:
        """What has come so far."""
        return "".join(self._parts)

    def add(self, piece: str) -> str:
        """Take a piece; ``loop`` or ``length`` when the stream is to be cut, else empty."""
        self._parts.append(piece)
        self._size += len(piece)
        self._rest += piece
        if self._size > self.limit:
            return "length"
        if self._size - self._looked < STEP and "}" not in piece:
            return ""
        self._looked = self._size
        return "loop" if self._repeats() else ""

    def _repeats(self) -> bool:
        end = 0
        for found in ITEM.finditer(self._rest):
            end = found.end()
            self._items[" ".join(found[0].split())] += 1
        self._rest = self._rest[end:][-4000:]
        if self._items and self._items.most_common(1)[0][1] >= SAME_ITEM:
            return True
        tail = PERIOD.search(self._rest[-1000:])
        return tail is not None and len(tail[0]) >= LEAST
