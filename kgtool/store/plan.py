"""How the engine would answer a query, without answering it.

pyoxigraph does not tell its plan; the engine's own program (package ``oxigraph``) does. The plan depends on the query
alone, not on what is in the graph, so the program is asked on an empty database: it takes as long for any graph, and
needs no lock.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kgtool.errors import KgtoolError, UsageError
from kgtool.store import prologue, sparql
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import Namespaces

PROGRAM = "oxigraph"
GRAPHS = frozenset({"CONSTRUCT", "DESCRIBE"})
MADE = re.compile(r"\?[0-9a-f]{26,32}\b")
"""A variable of the engine's own, which is called otherwise each time."""


@dataclass(frozen=True)
class Step:
    """A step of a plan: what is done, with the rows of its inputs."""

    name: str
    inputs: tuple[Step, ...] = ()

    def lines(self, depth: int = 0) -> Iterator[str]:
        """Each step on a line, inputs below what uses them and further to the right."""
        yield "  " * depth + self.name
        for step in self.inputs:
            yield from step.lines(depth + 1)

    def to_json(self) -> dict[str, Any]:
        """One object."""
        return {"name": self.name, "inputs": [step.to_json() for step in self.inputs]}


def plan(
    text: str, space: Namespaces, *, parameters: Mapping[str, Any] | None = None, allow_service: bool = False
) -> Step:
    """The last step of a query's plan.

    Args:
        text: the query.
        space: whose prefixes it may use.
        parameters: see :meth:`kgtool.ports.Store.query`.
        allow_service: whether it may name another server.

    Raises:
        QueryError: when it does not parse, or is an update.
        UsageError: when the program is not installed.
        KgtoolError: when the program fails.
    """
    OxigraphStore(space=space).query(text, parameters=parameters, allow_service=allow_service)
    asked = prologue.complete(sparql.bind(text, parameters or {}), space.prefixes())
    syntax = "nt" if sparql.form(asked) in GRAPHS else "tsv"
    with tempfile.TemporaryDirectory() as place:
        empty, told = Path(place, "empty"), Path(place, "plan.json")
        ox.Store(str(empty)).flush()
        asking = ["--location", str(empty), "--results-format", syntax, "--explain-file", str(told)]
        command = [program(), "query", *asking]
        done = subprocess.run(command, input=asked.encode(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:  # it is written even where the query fails, for want of a function that is kgtool's
            found = json.loads(told.read_text(encoding="utf-8"))["plan"]
        except (OSError, ValueError, KeyError) as error:
            said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
            raise KgtoolError(
                f"{PROGRAM} tells no plan: {said}", f"is {command[0]} the engine's own program?"
            ) from error
    return named(found, {})


def program() -> str:
    """Where the engine's program is: beside Python, as pip installs it, or on the path.

    Raises:
        UsageError: when it is nowhere.
    """
    found = shutil.which(PROGRAM, path=sysconfig.get_path("scripts")) or shutil.which(PROGRAM)
    if found is None:
        raise UsageError(f"the program {PROGRAM} is not installed, which tells the plan", "pip install oxigraph")
    return found


def named(row: Mapping[str, Any], names: dict[str, str]) -> Step:
    """A step as the program writes it, with the engine's own variables numbered as they appear."""
    name = MADE.sub(lambda found: names.setdefault(found[0], f"?_{len(names) + 1}"), row["name"])
    return Step(name, tuple(named(child, names) for child in row["children"]))
