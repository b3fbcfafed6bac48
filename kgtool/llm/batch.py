"""The OpenAI Batch API: many requests in one file, answered within a day at half the price.

A batch fills the shelf of kept answers; the run that follows finds them there. What a batch could not answer is asked
in the ordinary way. A run that is killed while it waits goes on with the same batch when it is started again; also
without a journal, for the batch carries the hash of its requests, and the endpoint keeps it with its answers for a
while.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, Protocol

from kgtool.errors import RemoteError
from kgtool.llm.budget import counted
from kgtool.llm.cache import Shelf
from kgtool.llm.ladder import RUNGS, dressed, understood
from kgtool.llm.openai import OpenAIModel
from kgtool.model import digest
from kgtool.ports import ModelAnswer, ModelRequest

if TYPE_CHECKING:
    from openai.types import Batch as APIBatch

PATH: Final = "/v1/chat/completions"
UNDER_WAY = frozenset({"validating", "in_progress", "finalizing", "cancelling"})
MOST = 50_000
"""Requests in one batch, by the API's rules."""


class BatchShelf(Shelf, Protocol):
    """Where answers are kept, and which batches are under way."""

    def batches(self) -> Mapping[str, str]:
        """Identifier -> hash of the requests."""
        ...

    def save_batch(self, identifier: str, work: str) -> None:
        """Record a batch as submitted."""
        ...

    def forget_batch(self, identifier: str) -> None:
        """Its answers are fetched, or will never come."""
        ...


class Batch:
    """Submits, waits and fetches.

    Args:
        model: whose endpoint has the API.
        shelf: where the answers go.
        poll: seconds between two looks.
    """

    def __init__(
        self, model: OpenAIModel, shelf: BatchShelf, *, poll: float = 60.0, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.model = model
        self.shelf = shelf
        self.poll = poll
        self.sleep = sleep

    def fill(self, requests: Iterable[ModelRequest]) -> None:
        """Have the requests answered that have no answer yet.

        Raises:
            BudgetError: when they do not fit into the budget; nothing was sent.
            RemoteError: when the endpoint refuses the batch or gives it up.
        """
        settings = self.model.settings()
        wanted = {r.key(settings): r for r in requests}
        for identifier in self.shelf.batches():
            self._fetch(identifier, wanted)
        missing = {key: r for key, r in sorted(wanted.items()) if self.shelf.get(key) is None}
        keys = list(missing)
        for begin in range(0, len(keys), MOST):
            part = {key: missing[key] for key in keys[begin : begin + MOST]}
            self._fetch(self._submit(part), part)

    def _submit(self, part: Mapping[str, ModelRequest]) -> str:
        """The identifier of the batch for these requests; one that is there already is taken up."""
        self.model.meter.check_batch(part.values())
        work = digest(*part)
        lines = "\n".join(self._line(key, request) for key, request in part.items())

        def once() -> str:
            client = self.model.client
            for batch in client.batches.list(limit=100):
                if (batch.metadata or {}).get("kgtool") == work and self._is_usable(batch):
                    return batch.id
            file = client.files.create(file=("kgtool.jsonl", lines.encode()), purpose="batch")
            made = client.batches.create(
                input_file_id=file.id, endpoint=PATH, completion_window="24h", metadata={"kgtool": work}
            )
            return made.id

        identifier = self.model.run(once)
        self.shelf.save_batch(identifier, work)
        return identifier

    def _is_usable(self, found: APIBatch) -> bool:
        """Whether a batch is under way, or has answers that the endpoint still keeps."""
        import openai

        if found.status != "completed" or not found.output_file_id:  # without answers there are errors alone
            return found.status in UNDER_WAY
        try:
            self.model.client.files.retrieve(found.output_file_id)
        except openai.NotFoundError:
            return False
        return True

    def _line(self, key: str, request: ModelRequest) -> str:
        asked, extra = dressed(request, RUNGS[0], strict=self.model.endpoint.strict)
        body = self.model.arguments(asked, extra)
        return json.dumps({"custom_id": key, "method": "POST", "url": PATH, "body": body}, ensure_ascii=False)

    def _fetch(self, identifier: str, wanted: Mapping[str, ModelRequest]) -> None:
        """Wait for a batch and keep its answers."""
        status, content = self._look(identifier)
        while status in UNDER_WAY:
            self.sleep(self.poll)
            status, content = self._look(identifier)
        for identified in filter(None, map(answered, content.split("\n"))):
            self._keep(*identified, wanted)
        self.shelf.forget_batch(identifier)
        if status != "completed":
            hint = "what it answered is kept; run again to submit the rest"
            raise RemoteError(f"{self.model.endpoint.url}: the batch {identifier} ended as {status}", hint)

    def _look(self, identifier: str) -> tuple[str, str]:
        """A batch's status and, once it has ended, its answers."""

        def once() -> tuple[str, str]:
            batch = self.model.client.batches.retrieve(identifier)
            output = None if batch.status in UNDER_WAY else batch.output_file_id
            return batch.status, self.model.client.files.content(output).text if output else ""

        return self.model.run(once)

    def _keep(self, key: str, answer: ModelAnswer, wanted: Mapping[str, ModelRequest]) -> None:
        """Keep one answer, if it was asked for and is complete."""
        request = wanted.get(key)
        if request is None:
            return
        self.model.meter.enter_batch(answer.prompt_tokens, answer.completion_tokens)
        answer = understood(answer, request.schema, RUNGS[0])
        if answer.complete:
            self.model.meter.rung(f"{answer.rung}+batch")
            self.shelf.put(key, answer.to_json(), request.about)


def answered(line: str) -> tuple[str, ModelAnswer] | None:
    """A line of a batch's output: what it answers, and the answer; None for one without an answer, or of another form.

    What it answers is then not kept, and so asked in the ordinary way.
    """
    try:
        row = json.loads(line)
        key, response = row["custom_id"], row["response"]
        if response["status_code"] != 200:
            return None
        body = response["body"]
        choice = body["choices"][0]
        text = choice["message"]["content"] or ""
        finish = "length" if choice.get("finish_reason") == "length" else "stop"
        usage = body.get("usage") or {}
        spent = counted(usage.get("prompt_tokens")), counted(usage.get("completion_tokens"))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return (key, ModelAnswer(text, None, finish, *spent)) if isinstance(key, str) and isinstance(text, str) else None
