"""Names of implementations: ``name -> "module:Class"``, imported on first use.

Other people's packages add their own through entry points of the group ``kgtool.<port>``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from kgtool.errors import UsageError

BUILTIN: dict[str, dict[str, str]] = {
    "extractor": {
        "graphusion": "kgtool.extract.graphusion:GraphusionExtractor",
        "rules": "kgtool.extract.rules:RulesExtractor",
    },
    "link_scorer": {"embeddings": "kgtool.embed.scorer:EmbeddingScorer"},
    "llm": {
        "openai": "kgtool.llm.openai:OpenAIModel",
        "replay": "kgtool.llm.replay:ReplayModel",
        "scripted": "kgtool.llm.scripted:ScriptedModel",
    },
    "fuser": {
        "cascade": "kgtool.fuse.cascade:CascadeFuser",
        "graphusion": "kgtool.fuse.graphusion:GraphusionFuser",
    },
    "encoder": {
        "minilm": "kgtool.encode.minilm:MiniLM",
        "sbert": "kgtool.encode.sbert:SentenceTransformerEncoder",
    },
    "store": {"oxigraph": "kgtool.store.oxigraph:OxigraphStore"},
    "reasoner": {"paths": "kgtool.reason.paths:PathReasoner", "tog": "kgtool.reason.tog:TogReasoner"},
}


def names(port: str) -> list[str]:
    """The registered names of a port, sorted."""
    from importlib.metadata import entry_points

    return sorted(BUILTIN[port].keys() | {e.name for e in entry_points(group=f"kgtool.{port}")})


def get(port: str, name: str) -> Any:
    """The class behind a name.

    Raises:
        UsageError: when no implementation of the port has that name.
    """
    target = BUILTIN[port].get(name)
    if target is not None:
        module, _, attribute = target.partition(":")
        return getattr(import_module(module), attribute)
    from importlib.metadata import entry_points

    for entry in entry_points(group=f"kgtool.{port}", name=name):
        return entry.load()
    raise UsageError(f"there is no {port} named {name!r}", f"choose one of: {', '.join(names(port))}")
