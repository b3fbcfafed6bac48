"""Options that mean the same in every command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kgtool import config as settings
from kgtool.config import Config

StoreOption = Annotated[
    str | None,
    typer.Option(
        "-s", "--store", metavar="DIR", help="Store directory (default: KGTOOL_STORE, or ./kg).", show_default=False
    ),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write to a file instead of stdout.", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One machine-readable object on stdout.")]
QuietOption = Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing on success.")]
VerboseOption = Annotated[bool, typer.Option("-v", "--verbose", help="Say more on stderr.")]
DryRunOption = Annotated[bool, typer.Option("-n", "--dry-run", help="Only say what would be done.")]
YesOption = Annotated[bool, typer.Option("-y", "--yes", help="Agree to what would be asked.")]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Configuration file instead of ./kgtool.toml.", show_default=False),
]
LogOption = Annotated[
    Path | None,
    typer.Option("--log-file", metavar="FILE", help="Append a log of the run to a file.", show_default=False),
]
ExtractorOption = Annotated[
    str | None,
    typer.Option("--extractor", metavar="NAME", help="How triples are extracted (default: rules).", show_default=False),
]
IdFieldOption = Annotated[
    str | None,
    typer.Option(
        "--id-field", "--id-column", metavar="NAME", show_default=False,
        help="Field of JSON, or column of a table, with a document's name (default: id; recorded by build).",
    ),
]  # fmt: skip
TextFieldOption = Annotated[
    str | None,
    typer.Option(
        "--text-field", "--text-column", metavar="NAME", show_default=False,
        help="Field or column with its text (default: text; a table without one: all cells).",
    ),
]  # fmt: skip


def load(config: Path | None, **flags: str | int | float | None) -> Config:
    """The settings in force, with the flags of a command."""
    return settings.load(flags, config)
