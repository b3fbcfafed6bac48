"""Imports every command module; each registers its command. None of them imports anything heavy."""

from kgtool.cli import (
    build,
    config,
    doctor,
    embed_predict,
    embed_train,
    evaluate,
    evaluate_embeddings,
    evaluate_reasoning,
    explain,
    export,
    extract,
    forget,
    fuse,
    merge,
    query,
    reason,
    search,
    show,
    stats,
    status,
    viz,
)

__all__ = [
    "build", "config", "doctor", "embed_predict", "embed_train", "evaluate", "evaluate_embeddings",
    "evaluate_reasoning", "explain", "export", "extract", "forget", "fuse", "merge", "query", "reason", "search",
    "show", "stats", "status", "viz",
]  # fmt: skip
