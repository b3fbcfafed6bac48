"""A model that says what it is told to: for tests and for trying out code without an endpoint."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any

from kgtool.errors import RemoteError
from kgtool.llm.budget import Meter, estimated_tokens
from kgtool.llm.ladder import understood
from kgtool.ports import ModelAnswer, ModelRequest

Said = str | Mapping[str, Any] | list[Any] | ModelAnswer | Exception


class ScriptedModel:
    """Answers from a queue, or from a function of the request.

    Args:
        answers: texts, JSON, whole answers, or exceptions to raise; a list of them, or a function that makes one.
        name: stands in the evidence.
        meter: counts and limits the calls.
    """

    def __init__(
        self,
        answers: Iterable[Said] | Callable[[ModelRequest], Said] = (),
        *,
        name: str = "scripted",
        meter: Meter | None = None,
    ) -> None:
        self.name = name
        self.meter = meter or Meter()
        self.asked: list[ModelRequest] = []
        self._function = answers if callable(answers) else None
        self._queue = deque(() if callable(answers) else answers)
        self._lock = Lock()

    def settings(self) -> Mapping[str, str]:
        """The name given."""
        return {"model": self.name}

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """The next answer.

        Raises:
            RemoteError: when the queue is empty.
        """
        with self.meter.call(request) as spent:
            said = self._next(request)
            if isinstance(said, Exception):
                raise said
            if isinstance(said, ModelAnswer):
                return said
            text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
            spent.prompt, spent.completion = estimated_tokens(request), len(text) // 4
            answer = ModelAnswer(text, prompt_tokens=spent.prompt, completion_tokens=spent.completion)
        answer = understood(answer, request.schema, "scripted")
        self.meter.rung(answer.rung if answer.data is not None else "quarantined")
        return answer

    def _next(self, request: ModelRequest) -> Said:
        with self._lock:
            self.asked.append(request)
            if self._function is None and not self._queue:
                raise RemoteError("the script has no more answers", "give it one for every request")
            if self._function is None:
                return self._queue.popleft()
        return self._function(request)
