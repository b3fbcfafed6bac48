"""Confidences as shares that are right: isotonic regression by pooling adjacent violators.

Source: Zadrozny and Elkan, "Transforming classifier scores into accurate multiclass probability estimates", KDD 2002.
Kept in the store, by reasoner, only where a person asks for it; see ``kgtool evaluate reasoning --fit``.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Self

from kgtool.errors import StoreError, UsageError

FORMAT = 1
LEAST = 50
"""Answers that a fit needs at least."""


@dataclass(frozen=True)
class Calibration:
    """A map of confidences that never falls: the confidences of its pools and the share of each that was right.

    ``questions`` is how many answers it was fitted on. Between two pools it is a line, beyond them it is level.
    """

    said: tuple[float, ...]
    right: tuple[float, ...]
    questions: int

    def __post_init__(self) -> None:
        rising = all(list(row) == sorted(row) and all(0 <= x <= 1 for x in row) for row in (self.said, self.right))
        if not rising or not self.said or len(self.said) != len(self.right):
            raise ValueError("confidences and shares must rise, from 0 to 1, and be as many")

    @classmethod
    def fit(cls, answers: Iterable[tuple[float, bool]]) -> Self:
        """Fit to confidences and whether each answer was right.

        No share is 0 or 1: as many answers as there are cannot tell such a one from one in ``n + 2``.

        Raises:
            UsageError: when there are too few.
        """
        rows = sorted(answers)
        if len(rows) < LEAST:
            hint = f"give at least {LEAST} questions that the graph can answer; kgtool synth qa makes some"
            raise UsageError(f"{len(rows)} answers are too few for a fit", hint)
        pools: list[tuple[float, float, int]] = []  # sum of confidences, right ones, size
        for said, equal in groupby(rows, key=itemgetter(0)):
            same = [right for _, right in equal]
            pools.append((said * len(same), float(sum(same)), len(same)))
            while len(pools) > 1 and pools[-2][1] / pools[-2][2] >= pools[-1][1] / pools[-1][2]:
                last, before = pools.pop(), pools.pop()
                pools.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
        least = 1 / (len(rows) + 2)
        shares = (min(1 - least, max(least, right / size)) for _, right, size in pools)
        confidences = tuple(round(total / size, 3) for total, _, size in pools)
        return cls(confidences, tuple(round(share, 3) for share in shares), len(rows))

    def __call__(self, confidence: float) -> float:
        """The share of answers with this confidence that is right."""
        place = bisect_left(self.said, confidence)
        if place in {0, len(self.said)}:
            return self.right[min(place, len(self.right) - 1)]
        (x0, x1), (y0, y1) = self.said[place - 1 : place + 1], self.right[place - 1 : place + 1]
        return round(y0 + (y1 - y0) * (confidence - x0) / (x1 - x0), 3)

    def to_json(self) -> dict[str, Any]:
        """One object."""
        return {"said": list(self.said), "right": list(self.right), "questions": self.questions}


def load(path: Path) -> dict[str, Calibration]:
    """The calibrations of a store by the names of reasoners; none where there is no file.

    Raises:
        StoreError: when the file is damaged or newer than this program.
    """
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        if row["format"] > FORMAT:
            raise StoreError(f"{path} was written by a newer kgtool", "update kgtool")
        found: Mapping[str, Any] = row["reasoners"]
        return {
            name: Calibration(tuple(map(float, each["said"])), tuple(map(float, each["right"])), int(each["questions"]))
            for name, each in found.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        hint = "delete it, or fit anew: kgtool evaluate reasoning --fit"
        raise StoreError(f"{path} is damaged: {error!r}", hint) from error


def dumps(calibrations: Mapping[str, Calibration]) -> str:
    """Calibrations as :func:`load` reads them."""
    rows = {name: each.to_json() for name, each in sorted(calibrations.items())}
    return json.dumps({"format": FORMAT, "reasoners": rows}, indent=1) + "\n"
