"""``kgtool extract``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._app import app
from kgtool.errors import PartialError


@app.command()
def extract(
    paths: Annotated[list[Path], typer.Argument(help="Files and directories; a .jsonl file has one document a line.")],
    target: options.OutputOption = None,
    extractor: options.ExtractorOption = None,
    id_field: Annotated[
        str, typer.Option(metavar="NAME", help="Field of a JSONL file with the document's name.")
    ] = "id",
    text_field: Annotated[str, typer.Option(metavar="NAME", help="Field of a JSONL file with the text.")] = "text",
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Extract triples as JSON Lines, without a store."""
    from kgtool import pipeline
    from kgtool.model import Document

    settings = options.load(config, extractor=extractor)
    failed: list[tuple[Path, str]] = []

    def documents() -> Iterator[Document]:
        for found in pipeline.read_documents(paths, settings, (id_field, text_field)):
            if isinstance(found, Document):
                yield found
            else:
                failed.append(found)
                output.note(f"failed: {found[0]}: {found[1]}")

    count = 0
    with output.opened(target) as file, output.progress(quiet=quiet) as bar:
        for triple in pipeline.extract(documents(), settings, progress=bar or pipeline.silent):
            file.write(json.dumps(triple.to_json(), ensure_ascii=False).encode() + b"\n")
            count += 1
    if target is not None:
        output.note(f"{count} triples", quiet=quiet)
    if failed:
        raise PartialError(f"{len(failed)} of the documents failed", "mend or remove them")
