"""``kgtool config show|init``."""

from __future__ import annotations

from pathlib import Path

import typer

from kgtool import config as settings
from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app, help_without_command
from kgtool.errors import UsageError

group = typer.Typer(
    invoke_without_command=True, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
)
app.add_typer(group, name="config")


@group.callback()
def root(context: typer.Context) -> None:
    """Show the settings in force, or write a commented file of them."""
    help_without_command(context)


@group.command()
def show(config: options.ConfigOption = None, as_json: options.JsonOption = False) -> None:
    """Show every setting, its value, and where that comes from."""
    found = options.load(config)
    if as_json:
        output.write_json({k: {"value": v, "origin": found.origins[k]} for k, v in found.values.items()})
        return
    for key, value in found.values.items():
        output.write(f"{key}\t{value}\t{found.origins[key]}\n")


@group.command()
def init(target: options.OutputOption = None, yes: options.YesOption = False) -> None:
    """Write a commented kgtool.toml with every key at its default."""
    path = target or Path(settings.FILE_NAME)
    if path.exists() and not yes:
        raise UsageError(f"{path} exists", "-y overwrites it")
    with output.opened(path) as file:
        file.write(settings.template().encode())
