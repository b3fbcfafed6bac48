"""The ladder of structured output: the strictest way to ask for JSON that a server understands.

json_schema -> tools -> json_object -> plain text with repair -> one retry that shows the error -> no answer.

A server that refuses a rung is never asked in that way again. One that takes a rung and answers in another shape is
asked once more, on the next rung, and is told what was wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kgtool.errors import RemoteError
from kgtool.llm.budget import Meter
from kgtool.llm.shape import ShapeError, read
from kgtool.ports import ModelAnswer, ModelRequest

RUNGS = ("json_schema", "tools", "json_object", "text")
NAME = "answer"
"""Of the schema, and of the tool."""

UNKNOWN_TO_STRICT = frozenset({"maxLength", "minLength"})


class RungRefusedError(Exception):
    """The server does not know this way of asking."""


Attempt = Callable[[ModelRequest, Mapping[str, Any]], ModelAnswer]
"""Sends a request with the extra arguments of a rung; gives the text, without ``data``."""


class Ladder:
    """Climbs down as far as it must; shared by all requests to one model."""

    def __init__(self, attempt: Attempt, meter: Meter, *, strict: bool = False) -> None:
        self._attempt = attempt
        self._meter = meter
        self._strict = strict
        self._first = 0

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """An answer with ``data``, or with the ``error`` that says why there is none."""
        answer, rung = self._send(request, self._first)
        if answer.data is None and answer.finish in {"stop", "refusal"}:
            lower = min(rung + 1, len(RUNGS) - 1)
            second, rung = self._send(shown(request, answer), lower)
            answer = replace(
                second,
                rung=second.rung + "+retry",
                prompt_tokens=answer.prompt_tokens + second.prompt_tokens,
                completion_tokens=answer.completion_tokens + second.completion_tokens,
            )
            if answer.complete:
                self._first = max(self._first, rung)
        self._meter.rung(answer.rung if answer.data is not None else "quarantined")
        return answer

    def _send(self, request: ModelRequest, rung: int) -> tuple[ModelAnswer, int]:
        """The answer of the first rung from ``rung`` on that the server takes, and that rung."""
        for number in range(rung, len(RUNGS)):
            asked, arguments = dressed(request, RUNGS[number], strict=self._strict)
            try:
                answer = understood(self._attempt(asked, arguments), request.schema, RUNGS[number])
            except RungRefusedError as error:
                if number + 1 == len(RUNGS):
                    raise RemoteError(str(error), "the endpoint takes this request in no way") from error
                continue
            if number > rung:
                self._first = max(self._first, number)
            return answer, number
        raise AssertionError("the last rung returns or raises")


def understood(answer: ModelAnswer, schema: Mapping[str, Any], rung: str) -> ModelAnswer:
    """The answer with its text read."""
    if answer.finish == "refusal":
        return replace(answer, rung=rung, error="the model refused to answer")
    if not answer.text.strip():
        return replace(answer, rung=rung, error="the answer is empty")
    try:
        data, repaired = read(answer.text, schema)
    except ShapeError as error:
        return replace(answer, rung=rung, error=str(error))
    return replace(answer, rung=rung + "+repair" * repaired, data=data)


def dressed(request: ModelRequest, rung: str, *, strict: bool) -> tuple[ModelRequest, dict[str, Any]]:
    """The request as a rung sends it, and the arguments that the rung adds."""
    schema = without(request.schema, UNKNOWN_TO_STRICT) if strict else dict(request.schema)
    if rung == "json_schema":
        return request, {
            "response_format": {"type": rung, "json_schema": {"name": NAME, "schema": schema, "strict": True}}
        }
    if rung == "tools":
        function = {"name": NAME, "description": "Give the answer.", "parameters": schema}
        return request, {
            "tools": [{"type": "function", "function": function}],
            "tool_choice": {"type": "function", "function": {"name": NAME}},
        }
    told = f"Answer with JSON alone, of this JSON schema:\n{json.dumps(schema, ensure_ascii=False)}"
    asked = added(request, {"role": "user", "content": told})
    return asked, {"response_format": {"type": rung}} if rung == "json_object" else {}


def shown(request: ModelRequest, answer: ModelAnswer) -> ModelRequest:
    """The request with the unusable answer (its beginning) and what was wrong with it."""
    wrong = f"That cannot be used: {answer.error[:500]}. Answer again, with JSON of the schema alone."
    said = ({"role": "assistant", "content": answer.text[:1000]},) if answer.text.strip() else ()
    return added(request, *said, {"role": "user", "content": wrong})


def added(request: ModelRequest, *messages: Mapping[str, str]) -> ModelRequest:
    """The request with more messages; one of the role of the last is joined to it, as some servers demand."""
    kept = [dict(m) for m in request.messages]
    for message in messages:
        if kept[-1]["role"] == message["role"]:
            kept[-1]["content"] += "\n\n" + message["content"]
        else:
            kept.append(dict(message))
    return replace(request, messages=tuple(kept))


def without(schema: Any, keys: frozenset[str]) -> Any:
    """A schema without some keywords, at every depth."""
    if isinstance(schema, Mapping):
        return {k: without(v, keys) for k, v in schema.items() if k not in keys}
    return [without(v, keys) for v in schema] if isinstance(schema, list) else schema
