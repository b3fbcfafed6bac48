"""``kgtool status``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app


@app.command()
def status(
    store: options.StoreOption = None,
    as_json: options.JsonOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Show what the store holds, and what is pending."""
    import kgtool.api

    row = kgtool.api.KnowledgeGraph(options.load(config, store=store)).status()
    if as_json:
        output.write_json(row)
        return
    when = row["last_build"]
    row["last_build"] = datetime.fromtimestamp(when, UTC).isoformat() if when else "never"
    failures = row.pop("failures")
    row["embeddings"] = embeddings(row["embeddings"])
    fitted = row["calibration"].items()
    row["calibration"] = ", ".join(f"{name}, on {n} answers" for name, n in fitted) or "none"
    output.write("".join(f"{key}\t{value}\n" for key, value in row.items()))
    for failure in failures:
        output.note(f"pending: {failure['path']}: {failure['error']}")


def embeddings(row: dict[str, Any] | None) -> str:
    """The store's model in words."""
    if row is None:
        return "none"
    if "damaged" in row:
        return f"damaged: {row['damaged']}"
    of = "an older graph" if row["stale"] else "this graph"
    return f"{row['model']}, {row['entities']} entities, of {of}"
