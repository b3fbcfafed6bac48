"""Addresses of SPARQL endpoints, and the credentials for them; what is shown of either has no secret in it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from kgtool.errors import UsageError

USER, PASSWORD, TOKEN = "KGTOOL_STORE_USER", "KGTOOL_STORE_PASSWORD", "KGTOOL_STORE_TOKEN"
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Credentials:
    """Who asks. Neither password nor token is ever shown."""

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls) -> Credentials:
        """What the environment says; empty where it says nothing.

        Raises:
            UsageError: when it has a user and a token: only one of them can be sent.
        """
        found = cls(*(os.environ.get(name, "") for name in (USER, PASSWORD, TOKEN)))
        if found.token and found.user:
            raise UsageError(f"{USER} and {TOKEN} are both set", "unset one of them")
        return found

    def hidden(self, text: str) -> str:
        """The text without the secrets, should a server have repeated them."""
        for secret in (self.password, self.token):
            text = text.replace(secret, "…") if len(secret) > 3 else text
        return text


def is_url(store: str) -> bool:
    """Whether a store is an endpoint, not a directory."""
    return store.lower().startswith(("http://", "https://"))


def checked(url: str) -> str:
    """The URL.

    Raises:
        UsageError: when it is none, or carries a password.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in PORTS and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        raise UsageError("this is no address of a SPARQL endpoint", "write for example https://example.org/sparql")
    if parts.password or parts.username:
        raise UsageError("a password does not belong into the URL", f"set {USER} and {PASSWORD}, or {TOKEN}")
    return url


def shown(url: str) -> str:
    """An address for people: without user and password, and without its query, which may have a key in it."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}" + ("?…" if parts.query else "")


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: credentials are for one of these alone."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)


def is_private(url: str) -> bool:
    """Whether nobody on the way can read what is sent: https, or a server on this machine."""
    parts: SplitResult = urlsplit(url)
    host = parts.hostname or ""
    try:
        return parts.scheme == "https" or ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
