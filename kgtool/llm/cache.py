"""Answers are asked for once: kept under the hash of model, messages, schema and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from kgtool.errors import BudgetError
from kgtool.llm.budget import Meter
from kgtool.ports import LanguageModel, ModelAnswer, ModelRequest


class Shelf(Protocol):
    """Where answers are kept; safe for several threads."""

    def get(self, key: str) -> Mapping[str, Any] | None:
        """An answer; None when there is none."""
        ...

    def put(self, key: str, answer: Mapping[str, Any], about: str) -> None:
        """Keep an answer about a chunk, which is named by its key."""
        ...


class CachedModel:
    """A model whose answers are kept.

    Only complete ones are: one that was cut or has the wrong shape is a failure, and failures are tried again.

    Args:
        model: what is asked when nothing is kept.
        shelf: where answers are kept.
        meter: counts the answers that cost nothing.
        frozen: ask nothing that is not kept.
    """

    def __init__(self, model: LanguageModel, shelf: Shelf, meter: Meter, *, frozen: bool = False) -> None:
        self.model = model
        self.shelf = shelf
        self.meter = meter
        self.frozen = frozen

    def settings(self) -> Mapping[str, str]:
        """Those of the model."""
        return self.model.settings()

    def kept(self, request: ModelRequest) -> ModelAnswer | None:
        """The answer that is kept for a request, if any."""
        row = self.shelf.get(request.key(self.settings()))
        return ModelAnswer(**row, cached=True) if row is not None else None

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """See :meth:`kgtool.ports.LanguageModel.ask`.

        Raises:
            BudgetError: when it is frozen and nothing is kept.
        """
        found = self.kept(request)
        if found is not None:
            self.meter.hit()
            return found
        if self.frozen:
            raise BudgetError("a call to the model would be needed, and --frozen forbids it", "leave out --frozen")
        answer = self.model.ask(request)
        if answer.complete:
            self.shelf.put(request.key(self.settings()), answer.to_json(), request.about)
        return answer
