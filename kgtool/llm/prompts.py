"""Prompts are files, named by their hash; what comes from documents stands in them between fences, as data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from string import Template

from kgtool.model import digest


class Prompt:
    """The system's and the user's message, as templates: ``prompts/NAME.system.txt`` and ``prompts/NAME.user.txt``.

    Args:
        package: the package whose folder ``prompts`` has them.
        name: of the prompt.
    """

    def __init__(self, package: str, name: str) -> None:
        self.package = package
        self.name = name

    @cached_property
    def texts(self) -> tuple[str, str]:
        """Both templates."""
        folder = files(self.package) / "prompts"
        system, user = ((folder / f"{self.name}.{p}.txt").read_text(encoding="utf-8") for p in ("system", "user"))
        return system, user

    @cached_property
    def hash(self) -> str:
        """Names the version."""
        return digest(*self.texts)[:16]

    def messages(self, text: str, **filled: str) -> tuple[Mapping[str, str], ...]:
        """The messages about a text, which the templates call ``$text``; ``$fence`` stands around it.

        A text cannot hold its own hash, so it cannot close the fence.
        """
        values = {"fence": digest(text)[:12], "text": text, **filled}
        system, user = (Template(part).substitute(values).strip() for part in self.texts)
        return {"role": "system", "content": system}, {"role": "user", "content": user}
