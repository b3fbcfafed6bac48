"""Text to JSON of a given shape: what small models and weak servers make of it, repaired where that is safe."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

FENCE = re.compile(r"```(?:json)?\s*(.*?)(?:```|\Z)", re.DOTALL)
THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters and halves of characters: JSON can hold them, files and graphs cannot."""

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
}  # fmt: skip

Schema = Mapping[str, Any]


class ShapeError(ValueError):
    """Why a text is no answer; worded so that a model can mend it."""


def read(text: str, schema: Schema) -> tuple[Any, bool]:
    """The JSON of an answer, and whether it had to be repaired.

    Repairs: code fences, prose around it, a bare list where an object with one list is wanted, a cut end.

    Raises:
        ShapeError: when nothing of the shape can be read.
    """
    try:
        return fitted(json.loads(text), schema, "answer"), False
    except RecursionError as error:
        raise ShapeError("the answer is nested too deeply") from error
    except ShapeError as error:
        problem = error
    except ValueError as error:
        problem = ShapeError(f"the answer is not JSON: {error}")
    for candidate in candidates(text):
        try:
            return fitted(wrapped(json.loads(candidate), schema), schema, "answer"), True
        except ShapeError as error:
            problem = error
        except (ValueError, RecursionError):
            continue
    raise problem


def candidates(text: str) -> list[str]:
    """Pieces of a text that may be the JSON that was asked for, the likeliest first."""
    text = THOUGHT.sub("", text)
    found = []
    for piece in [*FENCE.findall(text), text]:
        starts = [i for i in (piece.find("{"), piece.find("[")) if i >= 0]
        if starts:
            rest = piece[min(starts) :]
            end = max(rest.rfind("}"), rest.rfind("]")) + 1
            found += [rest[:end], closed(rest)]
    return found


def closed(text: str) -> str:
    """JSON that was cut, up to its last whole item, with what is open closed."""
    stack: list[str] = []
    last = ""
    quoted = escaped = False
    for position, char in enumerate(text):
        if quoted:
            quoted = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            quoted = True
        elif char in "{[":
            stack.append("}" if char == "{" else "]")
        elif char in "}]":
            if not stack or stack.pop() != char:
                break
            last = text[: position + 1] + "".join(reversed(stack))
    return last


def wrapped(data: Any, schema: Schema) -> Any:
    """A bare list as the object that was wanted, where that has one list."""
    lists = [k for k, s in schema.get("properties", {}).items() if s.get("type") == "array"]
    return {lists[0]: data} if isinstance(data, list) and len(lists) == 1 else data


def fitted(data: Any, schema: Schema, where: str) -> Any:
    """The data without the items of lists that have the wrong shape.

    Lengths are wishes and not checked: what is too much is cut by whoever asked.

    Raises:
        ShapeError: when it has the wrong shape itself, or every item of a list has.
    """
    kind = schema.get("type", "object")
    if not isinstance(data, TYPES[kind]) or (isinstance(data, bool) and kind != "boolean"):
        raise ShapeError(f"{where} must be of type {kind}")
    if "enum" in schema and data not in schema["enum"]:
        raise ShapeError(f"{where} must be one of {', '.join(map(str, schema['enum']))}")
    if isinstance(data, list):
        return items(data, schema["items"], where)
    if isinstance(data, dict):
        missing = [k for k in schema.get("required", ()) if k not in data]
        if missing:
            raise ShapeError(f"{where} lacks {', '.join(missing)}")
        return {k: fitted(data[k], s, f"{where}.{k}") for k, s in schema["properties"].items() if k in data}
    return UNPRINTABLE.sub("\ufffd", data) if isinstance(data, str) else data


def items(data: list[Any], schema: Schema, where: str) -> list[Any]:
    """The items that fit.

    Raises:
        ShapeError: when there are some and none fits.
    """
    kept, problem = [], None
    for number, item in enumerate(data):
        try:
            kept.append(fitted(item, schema, f"{where}[{number}]"))
        except ShapeError as error:
            problem = error
    if problem and not kept:
        raise problem
    return kept
