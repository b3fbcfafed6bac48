"""Tables as statements, by a mapping in RML: morph-kgc does it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from configparser import ConfigParser
from io import StringIO
from pathlib import Path

import pyoxigraph as ox

from kgtool.errors import UsageError


def quads(table: Path, name: str, mapping: Path | None) -> Iterator[ox.Quad]:
    """The statements that a mapping makes of a table, sorted.

    Args:
        table: a CSV or TSV; the mapping is applied to it, whatever file it names.
        name: what messages call the table.
        mapping: a file of RML or R2RML.

    Raises:
        UsageError: without a mapping, when morph-kgc is not installed, or when it fails.
    """
    if mapping is None:
        raise UsageError(f"{name} is a table, and no mapping says what it means", "give one: --mapping FILE.rml.ttl")
    try:
        import morph_kgc
    except ImportError as error:
        raise UsageError("tables need the package morph-kgc", "pip install 'kgtool[rml]'") from error
    settings = ConfigParser(interpolation=None)
    settings["CONFIGURATION"] = {"output_format": "N-QUADS", "logging_level": "ERROR", "number_of_processes": "1"}
    settings["table"] = {"mappings": str(mapping.absolute()), "file_path": str(table.absolute())}
    text = StringIO()
    settings.write(text)
    logging.getLogger().handlers[:] = []
    try:
        lines = morph_kgc.materialize_set(text.getvalue())
    except Exception as error:  # whatever it raises
        told = " ".join(str(error).split()) or type(error).__name__
        raise UsageError(
            f"the mapping {mapping} cannot be applied to {name}: {told}", "check it with morph-kgc"
        ) from error
    for line in sorted(lines):
        yield from ox.parse(f"{line} .\n", format=ox.RdfFormat.N_QUADS)
