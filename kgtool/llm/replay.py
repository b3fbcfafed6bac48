"""Recorded answers by request hash: a run with a real model, repeated without it to the byte.

A cassette is JSON Lines: the model's settings first, then one answer a line under the hash of its request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from kgtool.errors import NotFoundError, RemoteError, StoreError, UsageError
from kgtool.llm.budget import Meter
from kgtool.model import canonical_json
from kgtool.ports import LanguageModel, ModelAnswer, ModelRequest


class ReplayModel:
    """Answers from a cassette; what was not recorded is an error.

    Args:
        path: the cassette.
        meter: counts the answers, as cached ones.

    Raises:
        NotFoundError: when there is no such file.
        UsageError: when it is no cassette.
    """

    def __init__(self, path: str | Path, *, meter: Meter | None = None) -> None:
        self.path = Path(path)
        self.meter = meter or Meter()
        self._settings, self._answers = load(self.path)
        self._played: set[str] = set()
        self._lock = Lock()

    def settings(self) -> Mapping[str, str]:
        """Those of the model that was recorded."""
        return self._settings

    @property
    def unplayed(self) -> set[str]:
        """The hashes of recorded requests that nobody has asked yet."""
        return self._answers.keys() - self._played

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """The answer that was recorded.

        Raises:
            RemoteError: when there is none for this request.
        """
        key = request.key(self._settings)
        answer = self._answers.get(key)
        if answer is None:
            hint = "prompt, text or parameters differ from those recorded: record it again"
            raise RemoteError(f"{self.path} has no answer for the request {key[:12]}", hint)
        with self._lock:
            self._played.add(key)
        self.meter.hit()
        self.meter.rung(answer.rung if answer.data is not None else "quarantined")
        return answer


def load(path: Path) -> tuple[dict[str, str], dict[str, ModelAnswer]]:
    """Settings and answers of a cassette.

    Raises:
        NotFoundError: when there is no such file.
        UsageError: when it is no cassette.
    """
    try:
        head, *rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
        return dict(head["settings"]), {row["request"]: ModelAnswer(**row["answer"], cached=True) for row in rows}
    except FileNotFoundError as error:
        raise NotFoundError(f"no such cassette: {path}", "record one: --llm record:FILE@SPEC") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path} is no cassette: {error!r}", "record one: --llm record:FILE@SPEC") from error


class Recorder:
    """Passes requests on and writes what is answered to a cassette, sorted, after every answer.

    Raises:
        StoreError: when the cassette cannot be written.
    """

    def __init__(self, model: LanguageModel, path: str | Path) -> None:
        self.model = model
        self.path = Path(path)
        self._rows: dict[str, dict[str, Any]] = {}
        self._lock = Lock()

    def settings(self) -> Mapping[str, str]:
        """Those of the model."""
        return self.model.settings()

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """The model's answer; failures of the endpoint are not recorded."""
        answer = self.model.ask(request)
        with self._lock:
            self._rows[request.key(self.settings())] = answer.to_json()
            self._write()
        return answer

    def _write(self) -> None:
        lines = [canonical_json({"settings": dict(self.settings())})]
        lines += [canonical_json({"request": key, "answer": row}) for key, row in sorted(self._rows.items())]
        try:
            self.path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        except OSError as error:
            raise StoreError(f"cannot write {self.path}: {error}", "check the directory") from error
