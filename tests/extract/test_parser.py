"""Where torch is imported by a run that parses: nowhere by itself, and wherever a user's own program wants it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests_support import DATA

from kgtool.errors import UsageError
from kgtool.extract.parser import hidden, pipeline

LOADED = "; import sys; print('spacy' in sys.modules, sys.modules.get('torch') is not None, file=sys.stderr)"
PARSE = "from kgtool.extract.parser import LIGHT, pipeline; assert pipeline(LIGHT)('It ran.').has_annotation('DEP')"


def told(environment: dict[str, str], code: str, *arguments: object) -> str:
    command = [sys.executable, "-c", code + LOADED, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=True).stderr.strip()


def test_the_command_line_parses_without_torch(environment: dict[str, str]) -> None:
    code = "from kgtool.cli import main\ntry: main()\nexcept SystemExit as end: assert not end.code\nNone"
    assert told(environment, code, "extract", DATA / "documents" / "colossus.txt", "-j", 1) == "True False"


def test_a_program_of_a_user_has_torch_as_spacy_finds_it(environment: dict[str, str]) -> None:
    assert told(environment, PARSE) == "True True"


def test_torch_can_be_imported_afterwards(environment: dict[str, str]) -> None:
    claimed = f"from kgtool import programs; programs.claim(); {PARSE}"
    assert told(environment, claimed) == "True False"
    assert told(environment, f"{claimed}; import torch; torch.zeros(2).sum()") == "True True"


def test_what_is_imported_is_not_hidden() -> None:
    with hidden("json"):
        assert sys.modules["json"] is not None
    with hidden("nonesuch"), pytest.raises(ModuleNotFoundError):
        __import__("nonesuch")
    assert "nonesuch" not in sys.modules


def test_a_pipeline_that_is_not_installed() -> None:
    with pytest.raises(UsageError, match="'nonesuch' is not installed"):
        pipeline("nonesuch")
