"""Which model at which address: ``openai:gpt-…``, ``ollama:…``, or a URL with the model behind ``#``."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from kgtool.errors import ConfigError, UsageError

NO_LLM = "KGTOOL_NO_LLM"
"""Set to anything but an empty string or 0, it forbids every request to a real endpoint."""


@dataclass(frozen=True)
class Preset:
    """A provider: where it listens, and which variables of the environment name another address and the key."""

    url: str
    url_variable: str
    key_variable: str = "KGTOOL_API_KEY"
    path: str = ""
    strict: bool = False
    """Whether it refuses JSON schemas with keywords outside of its strict subset."""


PRESETS = {
    "openai": Preset("https://api.openai.com/v1", "OPENAI_BASE_URL", "OPENAI_API_KEY", strict=True),
    "azure": Preset("", "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "/openai/v1", strict=True),
    "ollama": Preset("http://127.0.0.1:11434/v1", "OLLAMA_BASE_URL"),
    "vllm": Preset("http://127.0.0.1:8000/v1", "VLLM_BASE_URL"),
    "llamacpp": Preset("http://127.0.0.1:8080/v1", "LLAMACPP_BASE_URL"),
}


@dataclass(frozen=True)
class Endpoint:
    """A model at an address. The key is never shown."""

    spec: str
    url: str
    model: str
    key: str = field(default="", repr=False)
    strict: bool = False

    def hidden(self, text: str) -> str:
        """The text without the key, should a server have repeated it."""
        return text.replace(self.key, "…") if len(self.key) > 3 else text


def forbid(forbidden: bool = True) -> None:
    """Forbid (or allow) requests to real endpoints in this process and its children; for tests."""
    os.environ[NO_LLM] = "1" if forbidden else ""


def check_allowed() -> None:
    """Do nothing, unless requests are forbidden.

    Raises:
        UsageError: when they are.
    """
    if os.environ.get(NO_LLM, "") not in {"", "0"}:
        raise UsageError(
            f"requests to language models are forbidden by {NO_LLM}", f"use a replay:CASSETTE, or unset {NO_LLM}"
        )


def endpoint(spec: str, key_file: str = "") -> Endpoint:
    """The endpoint that a specification names.

    Args:
        spec: ``PROVIDER:MODEL``, or ``URL#MODEL``.
        key_file: a file with the key; without it the key is taken from the provider's variable in the environment.

    Raises:
        UsageError: for a specification that names no provider or no model.
        ConfigError: for a key file that cannot be read, or that others can read.
    """
    if spec.startswith(("http://", "https://")):
        return at_url(spec, key_file)
    provider, _, model = spec.partition(":")
    preset = PRESETS.get(provider)
    if preset is None or not model:
        known = ", ".join(f"{name}:MODEL" for name in PRESETS)
        raise UsageError(f"--llm {spec!r} names no model", f"write {known}, URL#MODEL or replay:FILE")
    url = os.environ.get(preset.url_variable) or preset.url
    if not url:
        raise UsageError(f"{provider} needs the address of your resource", f"set {preset.url_variable}")
    url = url.rstrip("/")
    url = url if url.endswith(preset.path) else url + preset.path
    return Endpoint(spec, checked(url), model, key(preset.key_variable, key_file), preset.strict)


def at_url(spec: str, key_file: str) -> Endpoint:
    """``http://HOST:PORT/v1#MODEL``; without a model the server's own choice, ``default``."""
    url, _, model = spec.partition("#")
    return Endpoint(spec, checked(url.rstrip("/")), model or "default", key("KGTOOL_API_KEY", key_file))


def checked(url: str) -> str:
    """The URL.

    Raises:
        UsageError: when it is none, or carries a password.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(f"{url!r} is no address of an endpoint", "write for example http://127.0.0.1:8080/v1")
    if parts.password or parts.username:
        raise UsageError("a key does not belong into the URL", "set KGTOOL_API_KEY, or key_file")
    return url


def key(variable: str, key_file: str) -> str:
    """The key: from the file, else from the environment, else empty.

    Raises:
        ConfigError: when the file cannot be read, is empty, or can be read by others.
    """
    if not key_file:
        return os.environ.get(variable, "")
    path = Path(key_file).expanduser()
    try:
        mode, text = path.stat().st_mode, path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the key file {path} cannot be read", "check key_file") from error
    if mode & 0o077:
        raise ConfigError(f"others can read the key file {path}", f"chmod 600 {path}")
    if not text:
        raise ConfigError(f"the key file {path} is empty", "put the key into it")
    return text
