"""Imports every command module; each registers its command. None of them imports anything heavy."""

from kgtool.cli import (
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
    update,
    validate,
    verify,
    viz,
)

__all__ = [
    "backup", "build", "config", "doctor", "embed_predict", "embed_train", "evaluate", "evaluate_embeddings",
    "evaluate_reasoning", "explain", "export", "extract", "forget", "fuse", "import_", "merge", "publish", "query",
    "reason", "restore", "search", "show", "stats", "status", "update", "validate", "verify",
    "viz",
]  # fmt: skip
