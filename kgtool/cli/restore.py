"""``kgtool restore``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE.tar|DIR", help="What kgtool backup wrote.")],
    store: options.StoreOption = None,
    yes: options.YesOption = False,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Make a store of a backup, after checking every file of it; a store that is there is replaced only with --yes."""
    from kgtool import backup as copies
    from kgtool.api import KnowledgeGraph

    layout = KnowledgeGraph(options.load(config, store=store)).layout
    count = copies.restore(source, layout, yes=yes)
    output.note(f"restored: {count} files to {layout.root}", quiet=quiet)
