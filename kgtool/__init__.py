"""kgtool: knowledge graphs from texts, every triple with its sentence.

    import kgtool

    graph = kgtool.open("kg")
    graph.build("data/")
    graph.reason("Who designed Colossus?").answers

The public names are imported on first use (PEP 562), so that ``import kgtool`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kgtool.api import KnowledgeGraph, open
    from kgtool.errors import KgtoolError
    from kgtool.model import Answer, Chunk, Document, Evidence, Triple

__version__ = "0.1.0"

_HOME = {
    "KnowledgeGraph": "kgtool.api",
    "open": "kgtool.api",
    "KgtoolError": "kgtool.errors",
    "Answer": "kgtool.model",
    "Chunk": "kgtool.model",
    "Document": "kgtool.model",
    "Evidence": "kgtool.model",
    "Triple": "kgtool.model",
}

__all__ = ["Answer", "Chunk", "Document", "Evidence", "KgtoolError", "KnowledgeGraph", "Triple", "__version__", "open"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'kgtool' has no attribute {name!r}")
