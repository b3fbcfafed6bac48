"""``kgtool backup``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE.tar|DIR", help="Also .tar.gz and .tar.zst; a new place.")],
    store: options.StoreOption = None,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Copy the store, whole even while a build writes."""
    from kgtool import backup as copies
    from kgtool.api import KnowledgeGraph

    count = copies.backup(KnowledgeGraph(options.load(config, store=store)).layout, target)
    output.note(f"backup: {count} files in {target}", quiet=quiet)
