"""The language model of a run: made from the settings, metered, its answers kept; and what a run will cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kgtool import registry
from kgtool.answers import Answers
from kgtool.config import Config
from kgtool.errors import ConfigError, UsageError
from kgtool.llm.budget import Limits, Meter, estimated_tokens
from kgtool.llm.cache import CachedModel
from kgtool.ports import LanguageModel, ModelRequest


@dataclass(frozen=True)
class Estimate:
    """What a run will ask for at most, repairs and retries aside. ``cost`` is None where prices are not set.

    ``pairs``: pairs of names that the last fusion left open, of which a model that fuses is asked. What it is asked is
    known only when all is extracted, so it is no part of the calls. None where no model fuses, or nothing was built.
    """

    calls: int
    cached: int
    tokens: dict[str, int]
    cost: float | None
    pairs: int | None = None

    def to_json(self) -> dict[str, Any]:
        """One object."""
        return asdict(self)


class Calls:
    """What a run has to do with language models.

    Args:
        config: the settings in force.
        journal: the journal's file, where answers are kept.
    """

    def __init__(self, config: Config, journal: Path) -> None:
        self.config = config
        self.meter = Meter(limits(config))
        self.answers = Answers(journal)
        self._model: CachedModel | None = None

    def model(self, asking: str) -> CachedModel:
        """The model that the settings name: one for all who ask, since it knows what its endpoint takes.

        Args:
            asking: who needs it.

        Raises:
            UsageError: when they name none.
        """
        spec = self.config.text("llm")
        if not spec:
            raise UsageError(f"{asking} needs a language model", "name one with --llm, or set llm")
        if self._model is None:
            made = make_model(spec, self.config, self.meter)
            self._model = CachedModel(made, self.answers, self.meter, frozen=self.config["frozen"])
        return self._model

    def prepare(self, requests: Iterable[ModelRequest]) -> None:
        """Have the requests answered in one batch, where the settings say so.

        Raises:
            UsageError: when the model is not one of an endpoint.
            RemoteError, BudgetError: see :meth:`kgtool.llm.batch.Batch.fill`.
        """
        if not self.config["batch"] or self.config["frozen"]:
            return
        from kgtool.llm.batch import Batch
        from kgtool.llm.openai import OpenAIModel

        model = self.model("--batch").model
        if not isinstance(model, OpenAIModel):
            raise UsageError("--batch needs an endpoint with the Batch API", "for example --llm openai:NAME")
        Batch(model, self.answers, poll=self.config["batch_poll"]).fill(requests)

    def estimate(self, requests: Iterable[ModelRequest]) -> Estimate:
        """What the requests will cost that have no answer yet; nothing is sent."""
        model = None
        calls = cached = prompt = completion = 0
        for request in requests:
            model = model or self.model("--estimate")
            if model.kept(request):
                cached += 1
                continue
            calls += 1
            prompt += estimated_tokens(request)
            completion += request.max_tokens
        priced = self.meter.limits
        known = priced.prompt_price or priced.completion_price
        share = priced.batch_share if self.config["batch"] else 1.0
        cost = round(share * priced.price(prompt, completion), 6) if known else None
        return Estimate(calls, cached, {"prompt": prompt, "completion": completion}, cost)


def limits(config: Config) -> Limits:
    """The budget that the settings give.

    Raises:
        ConfigError: for a limit of the cost without prices.
    """
    made = Limits(
        config["max_calls"],
        config["max_tokens"],
        config["max_cost"],
        config["price_prompt"],
        config["price_completion"],
        config["batch_share"],
    )
    if made.cost and not (made.prompt_price or made.completion_price):
        raise ConfigError("max_cost needs prices", "set price_prompt and price_completion, per million tokens")
    return made


def make_model(spec: str, config: Config, meter: Meter) -> LanguageModel:
    """The model behind a specification: ``replay:FILE``, ``record:FILE@SPEC``, or an endpoint."""
    kind, _, rest = spec.partition(":")
    if kind == "replay":
        replayed: LanguageModel = registry.get("llm", "replay")(rest, meter=meter)
        return replayed
    if kind == "record":
        from kgtool.llm.replay import Recorder

        path, at, inner = rest.partition("@")
        if not at:
            raise UsageError(f"--llm {spec!r} names nothing to record", "write record:FILE@SPEC")
        return Recorder(make_model(inner, config, meter), path)
    from kgtool.backoff import Backoff
    from kgtool.llm.endpoint import endpoint

    backoff = Backoff(config["llm_retries"], config["llm_backoff"])
    made: LanguageModel = registry.get("llm", "openai")(
        endpoint(spec, config.text("key_file")), meter=meter, backoff=backoff, timeout=config["llm_timeout"]
    )
    return made


def concepts(path: str) -> list[str]:
    """The user's concepts, one a line; lines that begin with ``#`` are comments.

    Raises:
        ConfigError: when the file cannot be read.
    """
    if not path:
        return []
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the concepts cannot be read: {error}", "check the setting concepts") from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
