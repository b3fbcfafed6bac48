"""Readable, deterministic parts of IRIs."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, unquote

from kgtool.model import digest

MAX_SLUG = 120
"""Longest slug in characters before a hash takes the place of its rest."""


def slug(name: str) -> str:
    """A name as the last part of an IRI: spaces to underscores, the rest percent-encoded, long names cut by a hash.

    Different names may share a slug only when they differ in white space or in Unicode composition.
    """
    folded = "_".join(unicodedata.normalize("NFC", name).split())
    if len(folded) > MAX_SLUG:
        folded = f"{folded[:MAX_SLUG]}~{digest(folded)[:12]}"
    encoded = quote(folded, safe="-_.~,()'", errors="replace") or "_"
    return f"{encoded[:-1]}%2E" if encoded.endswith(".") else encoded  # Turtle takes a last dot for its own


def is_iri(text: str) -> bool:
    """Whether a text can stand as an absolute IRI; a :func:`slug` never can."""
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|^`\\]+", text) is not None


def last_part(identifier: str) -> str:
    """What stands behind the last slash or hash of an IRI, or the last colon where it has neither, in words."""
    last = re.split("[/#]" if re.search("[/#]", identifier) else ":", identifier.rstrip("/#"))[-1]
    return unquote(last).replace("_", " ")
