"""Every registered name of every port has a run in the contract suite of its port."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from kgtool import registry
from kgtool.errors import UsageError

HERE = Path(__file__).resolve().parent


def suite(port: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"suite_{port}", HERE / f"test_{port}.py")
    assert spec is not None and spec.loader is not None, f"port {port} has no contract suite"
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("port", sorted(registry.BUILTIN))
def test_every_registered_name_has_a_run(port: str) -> None:
    assert set(suite(port).MAKERS) == set(registry.names(port))


@pytest.mark.parametrize("port", sorted(registry.BUILTIN))
def test_every_name_imports(port: str) -> None:
    for name in registry.names(port):
        assert isinstance(registry.get(port, name), type)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        registry.get("extractor", "nonesuch")
    assert "rules" in caught.value.hint
