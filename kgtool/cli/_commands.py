"""Imports every command module; each registers its command. None of them imports anything heavy."""

from kgtool.cli import (
    ask,
    backup,
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
    import_,
    merge,
    publish,
    query,
    reason,
    restore,
    search,
    show,
    stats,
    status,
    synth,
    update,
    verify,
    viz,
)

__all__ = [
    "ask", "backup", "build", "config", "doctor", "embed_predict", "embed_train", "evaluate", "evaluate_embeddings",
    "evaluate_reasoning", "explain", "export", "extract", "forget", "fuse", "import_", "merge", "publish", "query",
    "reason", "restore", "search", "show", "stats", "status", "synth", "update", "verify", "viz",
]  # fmt: skip
