"""The group ``kgtool embed``."""

from __future__ import annotations

import typer

from kgtool.cli._app import app, help_without_command

group = typer.Typer(
    invoke_without_command=True, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
)
app.add_typer(group, name="embed")


@group.callback()
def root(context: typer.Context) -> None:
    """Learn vectors of entities and relations, and predict links with them."""
    help_without_command(context)
