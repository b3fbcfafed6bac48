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
from kgtool.errors import BudgetError, PartialError


@app.command()
def extract(
    paths: Annotated[list[Path], typer.Argument(help="Files, directories, - (stdin).")],
    target: options.OutputOption = None,
    extractor: options.ExtractorOption = None,
    schema: options.SchemaOption = None,
    schema_mode: options.SchemaModeOption = None,
    llm: options.LlmOption = None,
    jobs: options.JobsOption = None,
    max_calls: options.MaxCallsOption = None,
    max_tokens: options.MaxTokensOption = None,
    max_cost: options.MaxCostOption = None,
    estimate: options.EstimateOption = False,
    frozen: options.FrozenOption = False,
    batch: options.BatchOption = False,
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

    settings = options.load_asking(
        config, extractor=extractor, schema=schema, schema_mode=schema_mode, llm=llm, jobs=jobs,
        max_calls=max_calls, max_tokens=max_tokens, max_cost=max_cost, frozen=frozen or None, batch=batch or None,
    )  # fmt: skip
    failed: set[tuple[str, str]] = set()  # a document and empty for its chunks, a file and the error for a row of it

    def tell(document: str, error: str) -> None:
        output.note(f"failed: {document}: {error}")

    def fail(document: str, error: str) -> None:
        failed.add((document, ""))
        tell(document, error)

    def documents() -> Iterator[Document]:
        for found in pipeline.read_documents(paths, settings, Fields(id_field, text_field)):
            if isinstance(found, Document):
                yield found
            else:
                failed.add(found)
                tell(*found)

    if estimate:
        output.write_estimate(pipeline.estimate_documents(documents(), settings).to_json(), as_json=False)
        return
    count = 0
    stopped: BudgetError | None = None
    with output.opened(target) as file, output.progress(quiet=quiet) as bar:
        try:
            for triple in pipeline.extract(documents(), settings, failed=fail, progress=bar or pipeline.silent):
                file.write(json.dumps(triple.to_json(), ensure_ascii=False).encode() + b"\n")
                count += 1
        except BudgetError as error:  # what was paid for is written
            stopped = error
    if target is not None:
        output.note(f"{count} triples", quiet=quiet)
    if stopped:
        raise BudgetError(stopped.message, "what was found until then is written; build keeps answers and goes on")
    if failed:
        raise PartialError(output.failures(len(failed)), "mend or remove them")
