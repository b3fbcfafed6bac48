"""``kgtool status``."""

from __future__ import annotations

from datetime import UTC, datetime

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
    output.write("".join(f"{key}\t{value}\n" for key, value in row.items()))
    for failure in failures:
        output.note(f"pending: {failure['path']}: {failure['error']}")
