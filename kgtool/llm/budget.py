"""What language models cost: counted, and limited before it is spent."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from kgtool.errors import BudgetError
from kgtool.ports import ModelRequest

PIECE = re.compile(r"[^\W\d_]+|\d|[^\w\s]|_")


def estimated_tokens(request: ModelRequest) -> int:
    """About how many tokens a prompt has: a word of up to six letters is one, each further four letters one more."""
    texts = [m["content"] for m in request.messages]
    pieces = (p for t in texts for p in PIECE.findall(t))
    return sum(1 + max(0, math.ceil((len(p) - 6) / 4)) for p in pieces) + 4 * len(texts)


@dataclass(frozen=True)
class Limits:
    """The most that a run may spend; 0 is no limit. Prices are for a million tokens, in a currency of your own."""

    calls: int = 0
    tokens: int = 0
    cost: float = 0.0
    prompt_price: float = 0.0
    completion_price: float = 0.0
    batch_share: float = 1.0
    """What a token costs within a batch, as a share of its price."""

    def price(self, prompt: int, completion: int) -> float:
        """What tokens cost."""
        return (prompt * self.prompt_price + completion * self.completion_price) / 1_000_000


def counted(value: object) -> int:
    """A number of tokens as an endpoint reports it; what is no count is 0."""
    return max(0, value) if isinstance(value, int) else 0


class Spent:
    """The tokens of one call, as the endpoint reports them."""

    def __init__(self) -> None:
        self.prompt = 0
        self.completion = 0


@dataclass
class Meter:
    """Counts the calls of a run and refuses the one that could go over a limit. Safe for several threads."""

    limits: Limits = field(default_factory=Limits)
    made: int = 0
    cached: int = 0
    failed: int = 0
    prompt: int = 0
    completion: int = 0
    rungs: Counter[str] = field(default_factory=Counter)
    refused: BudgetError | None = None
    """Why the last call was not made that could have gone over a limit."""

    def __post_init__(self) -> None:
        self._lock = Lock()
        self._held = [0, 0]
        self._batched = [0, 0]
        """The tokens within batches; they are counted in ``prompt`` and ``completion`` as well."""

    @property
    def cost(self) -> float:
        """What was spent, at the prices given."""
        return round(self._cost(0, 0), 6)

    def _cost(self, prompt: int, completion: int) -> float:
        """What was spent, with so many tokens more."""
        whole = self.limits.price(self.prompt + prompt, self.completion + completion)
        return whole - (1 - self.limits.batch_share) * self.limits.price(*self._batched)

    @contextmanager
    def call(self, request: ModelRequest) -> Iterator[Spent]:
        """One request to a model: its worst case is held while it runs, then what it took is entered.

        Raises:
            BudgetError: when its worst case does not fit any more; it is not counted.
        """
        worst = (estimated_tokens(request), request.max_tokens)
        self._hold(*worst)
        spent = Spent()
        failed = True
        try:
            yield spent
            failed = False
        finally:
            with self._lock:
                self._held = [self._held[0] - worst[0], self._held[1] - worst[1]]
                self.failed += failed
                self.prompt += spent.prompt
                self.completion += spent.completion

    def _hold(self, prompt: int, completion: int) -> None:
        with self._lock:
            held = (self._held[0] + prompt, self._held[1] + completion)
            self._check(1, sum(held), self._cost(*held))
            self.made += 1
            self._held = list(held)

    def _check(self, calls: int, tokens: int, cost: float) -> None:
        """Refuse so many calls and tokens more, and a total cost, that could go over a limit."""
        limits = self.limits
        if limits.calls and self.made + calls > limits.calls:
            self.refused = exceeded(f"{limits.calls} calls", "--max-calls")
        elif limits.tokens and self.prompt + self.completion + tokens > limits.tokens:
            self.refused = exceeded(f"{limits.tokens} tokens", "--max-tokens")
        elif limits.cost and cost > limits.cost:
            self.refused = exceeded(f"a cost of {limits.cost:g}", "--max-cost")
        else:
            return
        raise self.refused

    def check_batch(self, requests: Collection[ModelRequest]) -> None:
        """Do nothing, if the worst case of a batch of these fits into the budget.

        Raises:
            BudgetError: when it does not.
        """
        worst = (sum(map(estimated_tokens, requests)), sum(r.max_tokens for r in requests))
        with self._lock:
            cost = self._cost(*self._held) + self.limits.batch_share * self.limits.price(*worst)
            self._check(len(requests), sum(self._held) + sum(worst), cost)

    def enter_batch(self, prompt: int, completion: int) -> None:
        """A call that was made within a batch."""
        with self._lock:
            self.made += 1
            self.prompt += prompt
            self.completion += completion
            self._batched = [self._batched[0] + prompt, self._batched[1] + completion]

    def hit(self) -> None:
        """An answer came from the cache."""
        with self._lock:
            self.cached += 1

    def rung(self, name: str) -> None:
        """An answer was had in this way."""
        with self._lock:
            self.rungs[name] += 1


def exceeded(limit: str, flag: str) -> BudgetError:
    """The error for a limit."""
    return BudgetError(
        f"the next call could go over the budget of {limit}", f"what is done is kept; run again with a higher {flag}"
    )
