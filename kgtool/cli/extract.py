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
    paths: Annotated[list[Path], typer.Argument(help="Files, directories, - (stdin).")],
    target: options.OutputOption = None,
    extractor: options.ExtractorOption = None,
    id_field: options.IdFieldOption = None,
    text_field: options.TextFieldOption = None,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Extract triples as JSON Lines, without a store.

    Formats: txt, md, html, pdf, docx, and csv, tsv, json, jsonl with one document a row or object.
    """
    from kgtool import pipeline
    from kgtool.model import Document
    from kgtool.text.readers import Fields

    settings = options.load(config, extractor=extractor)
    failed: list[tuple[str, str]] = []

    def documents() -> Iterator[Document]:
        for found in pipeline.read_documents(paths, settings, Fields(id_field, text_field)):
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
