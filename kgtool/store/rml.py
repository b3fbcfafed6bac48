"""Tables as statements, by a mapping in RML: morph-kgc does it, as a program of its own.

Its newest version (2.10) wants older versions of the RDF libraries than kgtool has, so that the two cannot be installed
together; it is asked in an environment of its own.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pyoxigraph as ox

from kgtool.errors import UsageError

INSTALL = "python -m venv rml; rml/bin/pip install morph-kgc; export KGTOOL_MORPH_KGC=$PWD/rml/bin/python"


def quads(table: Path, name: str, mapping: Path | None, python: str) -> Iterator[ox.Quad]:
    """The statements that a mapping makes of a table, sorted.

    Args:
        table: a CSV or TSV; the mapping is applied to it, whatever file it names.
        name: what messages call the table.
        mapping: a file of RML or R2RML.
        python: the Python that has morph-kgc.

    Raises:
        UsageError: without a mapping or that Python, or when it fails.
    """
    if mapping is None:
        raise UsageError(f"{name} is a table, and no mapping says what it means", "give one: --mapping FILE.rml.ttl")
    if not python:
        raise UsageError("tables need morph-kgc, and the setting morph_kgc names no Python that has it", INSTALL)
    with tempfile.TemporaryDirectory() as place:
        made, settings = Path(place) / "made.nq", Path(place) / "settings.ini"
        parser = ConfigParser(interpolation=None)
        parser["CONFIGURATION"] = {
            "output_file": str(made), "output_format": "N-QUADS", "logging_level": "ERROR", "number_of_processes": "1"
        }  # fmt: skip
        parser["table"] = {"mappings": str(mapping.absolute()), "file_path": str(table.absolute())}
        with settings.open("w", encoding="utf-8") as file:
            parser.write(file)
        run(python, settings, f"the mapping {mapping} cannot be applied to {name}")
        lines = sorted(made.read_bytes().splitlines(keepends=True)) if made.exists() else []
    yield from ox.parse(b"".join(lines), format=ox.RdfFormat.N_QUADS)


def run(python: str, settings: Path, failure: str) -> None:
    """Run morph-kgc with these settings.

    Raises:
        UsageError: when it fails, with the last thing that it says.
    """
    try:
        done = subprocess.run(
            [python, "-m", "morph_kgc", str(settings)], capture_output=True, text=True, check=False, cwd=settings.parent
        )
    except OSError as error:
        raise UsageError(f"cannot run {python}: {error}", INSTALL) from error
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["it says nothing"]
        hint = INSTALL if "No module named" in said[-1] else "check it with morph-kgc"
        raise UsageError(f"{failure}: {said[-1]}", hint)
