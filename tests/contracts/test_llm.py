"""What every language model keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from llm_server import Server

from kgtool import registry
from kgtool.errors import BudgetError
from kgtool.llm.budget import Limits, Meter
from kgtool.llm.endpoint import endpoint
from kgtool.llm.replay import Recorder
from kgtool.llm.scripted import ScriptedModel
from kgtool.ports import LanguageModel, ModelRequest

SCHEMA = {
    "type": "object",
    "properties": {"facts": {"type": "array", "items": {"type": "object", "properties": {}, "required": []}}},
    "required": ["facts"],
}
REQUEST = ModelRequest(({"role": "user", "content": "What is there?"},), SCHEMA, max_tokens=100)
OTHER = ModelRequest(({"role": "user", "content": "And else?"},), SCHEMA, max_tokens=100)


def openai(stack: ExitStack, meter: Meter, folder: Path) -> LanguageModel:
    server = stack.enter_context(Server([{"items": []}]))
    made: LanguageModel = registry.get("llm", "openai")(endpoint(server.spec), meter=meter)
    return made


def scripted(stack: ExitStack, meter: Meter, folder: Path) -> LanguageModel:
    made: LanguageModel = registry.get("llm", "scripted")(lambda request: {"facts": []}, meter=meter)
    return made


def replay(stack: ExitStack, meter: Meter, folder: Path) -> LanguageModel:
    recorder = Recorder(ScriptedModel(lambda request: {"facts": []}), folder / "cassette.jsonl")
    for request in (REQUEST, OTHER):
        recorder.ask(request)
    made: LanguageModel = registry.get("llm", "replay")(folder / "cassette.jsonl", meter=meter)
    return made


MAKERS: dict[str, Callable[[ExitStack, Meter, Path], LanguageModel]] = {
    "openai": openai,
    "replay": replay,
    "scripted": scripted,
}


@pytest.fixture(params=sorted(MAKERS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def meter() -> Meter:
    return Meter()


@pytest.fixture
def model(name: str, meter: Meter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LanguageModel]:
    monkeypatch.delenv("KGTOOL_NO_LLM", raising=False)
    with ExitStack() as stack:
        yield MAKERS[name](stack, meter, tmp_path)


def test_it_is_a_language_model(model: LanguageModel) -> None:
    assert isinstance(model, LanguageModel)


def test_settings_are_text_and_name_the_model(model: LanguageModel) -> None:
    settings = dict(model.settings())
    assert settings == dict(model.settings())
    assert settings["model"] and all(isinstance(v, str) for v in settings.values())


def test_an_answer_has_the_shape_that_was_asked_for(model: LanguageModel) -> None:
    answer = model.ask(REQUEST)
    assert answer.complete and answer.data == {"facts": []}
    assert answer.text and answer.rung and not answer.error
    assert answer.prompt_tokens > 0 and answer.completion_tokens > 0


def test_the_same_question_has_the_same_answer(model: LanguageModel) -> None:
    assert model.ask(REQUEST) == model.ask(REQUEST)


def test_calls_are_counted(name: str, model: LanguageModel, meter: Meter) -> None:
    model.ask(REQUEST)
    model.ask(OTHER)
    assert (meter.made, meter.cached) == ((0, 2) if name == "replay" else (2, 0))
    assert meter.failed == 0 and sum(meter.rungs.values()) == 2
    assert (meter.prompt > 0) == (name != "replay")


def test_a_budget_is_never_gone_over(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KGTOOL_NO_LLM", raising=False)
    limits = (Limits(calls=1), Limits(tokens=150), Limits(cost=0.15, prompt_price=1000, completion_price=1000))
    for limit in limits:
        with ExitStack() as stack:
            meter = Meter(limit)
            model = MAKERS[name](stack, meter, tmp_path)
            model.ask(REQUEST)
            if name != "replay":  # it spends nothing
                with pytest.raises(BudgetError):
                    for _ in range(50):
                        model.ask(OTHER)
            assert meter.cost <= (limit.cost or meter.cost)


def test_requests_with_other_parameters_have_other_keys() -> None:
    settings = {"model": "m"}
    keys = {REQUEST.key(settings), OTHER.key(settings), REQUEST.key({"model": "n"})}
    keys.add(ModelRequest(REQUEST.messages, SCHEMA, max_tokens=101).key(settings))
    assert len(keys) == 4


def test_what_a_request_is_about_decides_nothing() -> None:
    told = replace(REQUEST, about="a chunk")
    assert told.key({"model": "m"}) == REQUEST.key({"model": "m"}) and "about" not in told.to_json()
