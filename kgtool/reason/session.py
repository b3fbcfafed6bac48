"""The calls of one question: counted, capped, and without consequence where they fail."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

from kgtool.errors import BudgetError, EndpointError, KgtoolError, RemoteError, UsageError
from kgtool.model import Answer
from kgtool.ports import LanguageModel, ModelAnswer, ModelRequest, Trace, silent

CAPS = {"plan": 4, "stepwise": 8}
"""Most calls for one question by strategy; repetitions after a failure of the network aside."""
AT_ONCE = 2
"""Calls that one request may take: itself, and a repetition that shows what was wrong with the answer."""
PATIENCE = 2
"""Requests that may fail one after the other; then the endpoint is left alone for the rest of the run."""


@dataclass(frozen=True)
class Asking:
    """How a model takes part.

    Args:
        strategy: ``plan`` (whole paths in one call) or ``stepwise`` (one call a hop).
        cascade: ask only where the scores alone are not sure.
        queries: where the paths give no answer, ask for a query that they are to confirm.
        verify: have the model check the answer by the cited triples.
        unverified: give what a query of the model's finds, also where no path confirms it.
        parametric: where the graph has no answer, give what the model knows.
    """

    strategy: str = "plan"
    cascade: bool = True
    queries: bool = True
    verify: bool = False
    unverified: bool = False
    parametric: bool = False

    def __post_init__(self) -> None:
        if self.strategy not in CAPS:
            raise UsageError(f"there is no strategy {self.strategy!r}", f"choose one of: {', '.join(CAPS)}")

    def session(self, line: Line, trace: Trace = silent) -> Session:
        """The calls of one more question."""
        return Session(line, CAPS[self.strategy], trace)


@dataclass
class Line:
    """The line to a model, over all questions of a run: given up when it is dead."""

    model: LanguageModel
    failures: int = 0
    answered: bool = False
    dead: str = ""

    def failed(self, error: RemoteError) -> None:
        """Take note of a request that failed."""
        self.failures += 1
        if isinstance(error, EndpointError) or self.failures >= PATIENCE:
            self.dead = error.message

    def worked(self) -> None:
        """Take note of a request that did not."""
        self.failures, self.answered = 0, True


@dataclass
class Session:
    """The calls of one question that were answered. What fails is noted, and the answer is as without it.

    Args:
        line: to the model.
        cap: most calls.
        trace: is told each of them.
        needed: the method is the model's, and the words only stand in for it. So a line on which nothing was ever
            answered and nothing can be is an error, and after a request that failed or was over the budget no other
            one of this question is made: they build on each other.
    """

    line: Line
    cap: int
    trace: Trace = silent
    needed: bool = False
    calls: int = 0
    tokens: int = 0
    notes: list[str] = field(default_factory=list)
    over: str = ""
    """Why no other request of this question is made."""

    def ask(self, what: str, request: ModelRequest) -> Any:
        """The data of an answer; None, with a note, where there is none.

        Args:
            what: is not decided by the model then, for the note.
            request: what is asked.

        Raises:
            EndpointError: when the model is needed, none of its requests can succeed, and none ever did.
        """
        if why := self.line.dead or self.over:
            return self.without(what, why)
        if self.calls + AT_ONCE > self.cap:
            return self.without(what, f"{self.cap} calls a question are the most")
        start = time.monotonic()
        try:
            answer = self.line.model.ask(request)
        except BudgetError as error:
            return self.failed(what, error)
        except RemoteError as error:
            if self.needed and isinstance(error, EndpointError) and not self.line.answered:
                raise
            self.line.failed(error)
            return self.failed(what, error)
        self.line.worked()
        self.count(answer)
        tokens = {"prompt_tokens": answer.prompt_tokens, "completion_tokens": answer.completion_tokens}
        spent = round(1000 * (time.monotonic() - start), 1)
        self.trace("call", {"purpose": what, **tokens, "ms": spent, "cached": answer.cached})
        return answer.data if answer.complete else self.without(what, answer.problem)

    def count(self, answer: ModelAnswer) -> None:
        """Enter what an answer took; one that was kept took nothing."""
        if not answer.cached:
            self.calls += 1 + answer.rung.endswith("+retry")
            self.tokens += answer.prompt_tokens + answer.completion_tokens

    def failed(self, what: str, error: KgtoolError) -> None:
        """Note what was done without a request that was not answered."""
        self.over = error.message if self.needed else ""
        self.without(what, error.message)

    def without(self, what: str, why: str) -> None:
        """Note what was done without the model, and why."""
        self.notes.append(f"{what} without the model: {why}")

    def told(self, answer: Answer) -> Answer:
        """The answer with what it took, and with the notes, each once."""
        notes = tuple(dict.fromkeys((*answer.notes, *self.notes)))
        return replace(answer, calls=self.calls, tokens=self.tokens, notes=notes)
