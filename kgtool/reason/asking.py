"""Asking a language model about one question: counted, and given up without harm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kgtool.errors import BudgetError, EndpointError, RemoteError
from kgtool.ports import LanguageModel, ModelRequest


@dataclass
class Asked:
    """What a model was asked about one question.

    A model that fails, or is over its budget, is not asked again; ``problem`` says why. Only where the very first
    request shows that none can succeed (a wrong key, nobody there), that is an error.
    """

    model: LanguageModel | None
    seed: int = 0
    calls: int = 0
    tokens: int = 0
    problem: str = ""

    def ask(
        self, messages: tuple[Mapping[str, str], ...], schema: Mapping[str, Any], max_tokens: int, temperature: float
    ) -> Any:
        """The model's answer as JSON of the schema; None where there is none.

        Raises:
            EndpointError: when the first request shows that none can succeed.
        """
        if self.model is None or self.problem:
            return None
        request = ModelRequest(messages, schema, max_tokens, temperature, self.seed)
        try:
            answer = self.model.ask(request)
        except EndpointError as error:
            if not self.calls:
                raise
            self.problem = error.message
            return None
        except (BudgetError, RemoteError) as error:
            self.problem = error.message
            return None
        self.calls += 1
        self.tokens += answer.prompt_tokens + answer.completion_tokens
        return answer.data
