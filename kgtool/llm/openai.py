"""Any OpenAI-compatible endpoint, over the openai SDK: streamed, watched, metered, repeated where that helps."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from kgtool.backoff import Backoff, TransientError, reason, retry_after
from kgtool.errors import EndpointError, RemoteError
from kgtool.llm.budget import Meter, Spent, counted, estimated_tokens
from kgtool.llm.endpoint import Endpoint, check_allowed
from kgtool.llm.ladder import Ladder, RungRefusedError
from kgtool.llm.stream import Watch
from kgtool.ports import ModelAnswer, ModelRequest

if TYPE_CHECKING:
    from openai import APIResponse, APIStatusError, OpenAI

T = TypeVar("T")

CONNECT = 3.0
"""Seconds to reach the endpoint: with the start of a process, a person is told within five that it is down."""

LONGEST_TOKEN = 12
"""Characters; a stream longer than this many for each token allowed comes from a server that does not count them."""

LONGEST_EVENT = 1000
"""Bytes; an event carries a token at least, and its own names besides."""

LEAST_BYTES = 1_000_000
"""Bytes that an answer may have however few tokens are allowed: comments, fields of the server's own."""

LONGEST_CALL = 10
"""Times the time-out: a call that still brings bytes then is given up. 20 minutes by default, about a token a second
for the longest answers that are asked for."""

TOO_LONG = re.compile(r"context.{0,20}(?:length|size|window)|content.?(?:filter|policy|management)", re.IGNORECASE)
"""A request that no other way of asking makes acceptable."""

PARAMETERS = {"max_tokens": "max_completion_tokens", "temperature": "", "seed": "", "stream_options": ""}
"""Parameters that some models refuse, and what takes their place."""


class OpenAIModel:
    """A model behind ``/chat/completions``.

    Args:
        endpoint: address, model and key.
        meter: counts and limits the calls.
        backoff: how what fails transiently is repeated.
        timeout: seconds without a byte before a request has failed; it may last ten times as long in all.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        meter: Meter | None = None,
        backoff: Backoff | None = None,
        timeout: float = 120.0,
    ) -> None:
        self.endpoint = endpoint
        self.meter = meter or Meter()
        self.backoff = backoff or Backoff()
        self.timeout = timeout
        self._ladder = Ladder(self._attempt, self.meter, strict=endpoint.strict)
        self._refused: frozenset[str] = frozenset()
        self._reached = False

    @cached_property
    def client(self) -> OpenAI:
        """The SDK's client, made on first use; it repeats nothing by itself.

        Raises:
            UsageError: when real requests are forbidden.
        """
        check_allowed()
        from openai import OpenAI, Timeout

        return OpenAI(
            base_url=self.endpoint.url,
            api_key=self.endpoint.key or "none",
            timeout=Timeout(self.timeout, connect=min(CONNECT, self.timeout)),
            max_retries=0,
            organization="",
            project="",
        )

    def settings(self) -> Mapping[str, str]:
        """The specification: the same model elsewhere is the same model."""
        return {"model": self.endpoint.spec}

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """See :meth:`kgtool.ports.LanguageModel.ask`."""
        return self._ladder.ask(request)

    def models(self) -> list[str]:
        """The names of the models that the endpoint offers.

        Raises:
            RemoteError: when it does not say.
        """
        found = self.run(lambda: list(self.client.with_options(timeout=CONNECT).models.list()), Backoff(retries=0))
        return sorted(m.id for m in found)

    def run(self, call: Callable[[], T], backoff: Backoff | None = None) -> T:
        """The result of a call of the client that is no request to the model; repeated as those are.

        Raises:
            RemoteError: when it fails.
        """

        def once() -> T:
            try:
                with self.errors():
                    return call()
            except (RungRefusedError, ParameterRefusedError) as error:
                raise RemoteError(str(error), "the endpoint does not take this request") from error

        return (backoff or self.backoff).run(once)

    def arguments(self, request: ModelRequest, extra: Mapping[str, Any]) -> dict[str, Any]:
        """The body of a request."""
        body: dict[str, Any] = {
            "model": self.endpoint.model,
            "messages": [dict(m) for m in request.messages],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "seed": request.seed,
            **extra,
        }
        for name in self._refused & body.keys():
            value = body.pop(name)
            if PARAMETERS[name]:
                body[PARAMETERS[name]] = value
        return body

    def _attempt(self, request: ModelRequest, extra: Mapping[str, Any]) -> ModelAnswer:
        return self.backoff.run(lambda: self._once(request, extra))

    def _once(self, request: ModelRequest, extra: Mapping[str, Any], again: int = len(PARAMETERS)) -> ModelAnswer:
        """One request. A parameter that the model refuses is left out and the request sent again."""
        try:
            with self.meter.call(request) as spent, self.errors():
                return self._stream(request, extra, spent)
        except ParameterRefusedError as error:
            if not again:
                raise RungRefusedError(str(error)) from error
            self._refused |= {error.name}
        return self._once(request, extra, again - 1)

    def _stream(self, request: ModelRequest, extra: Mapping[str, Any], spent: Spent) -> ModelAnswer:
        body = self.arguments(request, extra)
        if "stream_options" not in self._refused:
            body["stream_options"] = {"include_usage": True}
        watch = Watch(request.max_tokens * LONGEST_TOKEN + 1000)
        most = request.max_tokens * LONGEST_EVENT + LEAST_BYTES
        until = time.monotonic() + self.timeout * LONGEST_CALL
        finish = ""
        begun = False
        with self.client.chat.completions.with_streaming_response.create(stream=True, **body) as response:
            self._reached = True
            for event in events(response, self._bounded(response.iter_bytes(), most, until)):
                if event.usage:
                    spent.prompt = counted(getattr(event.usage, "prompt_tokens", 0))
                    spent.completion = counted(getattr(event.usage, "completion_tokens", 0))
                for choice in event.choices or ():
                    delta = getattr(choice, "delta", None) or getattr(choice, "message", None)  # streamed, or whole
                    begun = True
                    if finish != "refusal":  # a stream that refuses ends with "stop"
                        finish = "refusal" if getattr(delta, "refusal", None) else choice.finish_reason or finish
                    if cut := watch.add(said(delta)):
                        return self._answer(request, watch.text, cut, spent)
        if not begun:
            raise TransientError("the answer is empty: it has no choices")
        if not finish and not is_json(watch.text):
            raise TransientError("the answer's stream was cut")
        return self._answer(request, watch.text, finish, spent)

    def _bounded(self, chunks: Iterable[bytes], most: int, until: float) -> Iterator[bytes]:
        """An answer's bytes, as they come.

        Raises:
            RemoteError: when there are too many, or when they still come at the monotonic time ``until``. It is not
                repeated: the same request would bring the same.
        """
        size = 0
        for chunk in chunks:
            size += len(chunk)
            if size > most:
                raise RemoteError(self._told(f"the answer is longer than {most} bytes"), ENDLESS)
            if time.monotonic() > until:
                allowed = f"{self.timeout * LONGEST_CALL:g} s ({LONGEST_CALL} times llm_timeout)"
                raise RemoteError(self._told(f"the answer did not end within {allowed}"), ENDLESS)
            yield chunk

    def _answer(self, request: ModelRequest, text: str, finish: str, spent: Spent) -> ModelAnswer:
        """The answer; where the endpoint does not report the tokens, they are estimated."""
        spent.prompt = spent.prompt or estimated_tokens(request)
        spent.completion = spent.completion or len(text) // 4
        kind = finish if finish in {"length", "loop", "refusal"} else "stop"
        kind = "refusal" if finish == "content_filter" else kind
        return ModelAnswer(text, finish=kind, prompt_tokens=spent.prompt, completion_tokens=spent.completion)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn the SDK's errors into ours; those that may pass are :class:`TransientError`."""
        import openai

        httpx = transport()
        url = self.endpoint.url
        try:
            yield
        except (openai.APITimeoutError, httpx.TimeoutException) as error:
            if isinstance(error.__cause__, httpx.ConnectTimeout) and not self._reached:
                raise EndpointError(f"{url} cannot be reached: no answer within {CONNECT:g} s", DOWN) from error
            raise TransientError(f"{url}: nothing came for {self.timeout:g} s") from error
        except openai.APIConnectionError as error:
            cause = reason(error)
            if not self._reached:
                raise EndpointError(f"{url} cannot be reached: {cause}", DOWN) from error
            raise TransientError(f"{url}: {cause}", lost=True) from error
        except httpx.DecodingError as error:
            raise TransientError(f"{url}: the answer is damaged ({error})") from error
        except httpx.TransportError as error:
            raise TransientError(f"{url}: the answer's stream was cut ({error})") from error
        except openai.APIStatusError as error:
            self._reached = True
            raise self._status(error) from error
        except TransientError as error:  # told by a stream, or by its end
            raise TransientError(self._told(str(error))) from error
        except (ValueError, TypeError, AttributeError) as error:  # no stream of the protocol
            raise TransientError(f"{url}: the answer is no stream of events") from error

    def _status(self, error: APIStatusError) -> Exception:
        code, told = error.status_code, self._told(f"HTTP {error.status_code}: {error.message}")
        if code in {408, 409, 425, 429} or code >= 500:
            if code == 501:
                return RungRefusedError(told)
            if error.code == "insufficient_quota":
                return EndpointError(told, "the account's quota is used up")
            return TransientError(told, retry_after(error.response.headers))
        if code in {401, 403}:
            return EndpointError(told, "check the key: the provider's variable in the environment, or key_file")
        if code == 404:
            return EndpointError(told, "check address and model: kgtool doctor names the models that the endpoint has")
        if code in {400, 422} and not TOO_LONG.search(told):
            name = next((n for n in PARAMETERS if n == error.param or f"'{n}'" in error.message), "")
            return ParameterRefusedError(told, name) if name else RungRefusedError(told)
        return RemoteError(told)

    def _told(self, text: str) -> str:
        """One line with the address and without the key."""
        return self.endpoint.hidden(f"{self.endpoint.url}: {' '.join(text.split())[:300]}")


DOWN = "is the server running, and is this its address?"
ENDLESS = "does this server limit its answers (max_tokens)? For a slow one, set a longer llm_timeout"


class ParameterRefusedError(Exception):
    """The model does not take a parameter."""

    def __init__(self, told: str, name: str) -> None:
        super().__init__(told)
        self.name = name


def transport() -> Any:
    """The HTTP library that the SDK uses; its name changed between versions, its errors did not."""
    import openai

    base = openai.DefaultHttpxClient.__mro__[1]
    return import_module(base.__module__.partition(".")[0])


def events(response: APIResponse[Any], chunks: Iterable[bytes]) -> Iterator[Any]:
    """The events of a stream, or the one answer of a server that does not stream.

    All is read, so that the connection can be used again.

    Args:
        response: its headers say which of the two.
        chunks: its bytes.

    Raises:
        ValueError: for what is not of the protocol.
        TransientError: when the server tells an error.
    """
    from openai.types.chat import ChatCompletion, ChatCompletionChunk

    if "json" in response.headers.get("content-type", ""):
        answer = told(b"".join(chunks))
        if "choices" not in answer:
            raise ValueError("not of the protocol")
        yield ChatCompletion.construct(**answer)
        return
    for line in lines(chunks):
        data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
        if data and data != "[DONE]":
            yield ChatCompletionChunk.construct(**told(data))


def lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """The lines of a stream of events, which end with LF, CR or both; between CR and LF is an empty one more."""
    rest = bytearray()
    for chunk in chunks:
        piece = chunk.replace(b"\r", b"\n")
        rest += piece
        if b"\n" in piece:
            *whole, rest = rest.split(b"\n")
            yield from (line.decode("utf-8", "replace") for line in whole)
    yield rest.decode("utf-8", "replace")


def told(data: str | bytes) -> dict[str, Any]:
    """An event or an answer.

    Raises:
        ValueError: when it is none.
        TransientError: when it tells an error instead.
    """
    row = json.loads(data)
    if isinstance(row, dict) and row.get("error"):
        error = row["error"]
        raise TransientError(str(error.get("message") if isinstance(error, dict) else error))
    if not isinstance(row, dict):
        raise ValueError("not of the protocol")
    return row


def is_json(text: str) -> bool:
    """Whether a text is whole JSON: the end of a stream that does not say how it ended."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def said(delta: Any) -> str:
    """The text of a piece of an answer: content, or the arguments of the tool that is called."""
    calls = getattr(delta, "tool_calls", None) or ()
    return (getattr(delta, "content", None) or "") + "".join(c.function.arguments or "" for c in calls if c.function)
