"""Results of queries as bytes: which formats fit which kind of result, and writing them piece by piece."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import IO, Any

import pyoxigraph as ox

from kgtool.errors import UsageError
from kgtool.store import export, rdfxml
from kgtool.store.oxigraph import OxigraphResults

SUFFIXES = {
    "md": "markdown", "jsonl": "ndjson", "srj": "json", "srx": "xml", "turtle": "ttl", "rdf": "rdfxml", "txt": "table",
}  # fmt: skip
KINDS = {
    "select": ("table", "csv", "tsv", "json", "xml", "ndjson", "markdown"),
    "ask": ("table", "json", "xml"),
    "graph": ("ttl", "nt", "trig", "rdfxml", "jsonld"),
}
"""What each kind of result can be written as. A table is the command line's business."""
FORMATS = (*KINDS["select"], *KINDS["graph"])
GRAPHS = {"json": "jsonld", "xml": "rdfxml"}
"""What these endings of files mean for a graph."""
GIVES = {"select": "rows", "ask": "true or false", "graph": "a graph"}
W3C = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
ROW = {
    "json": re.compile(rb'"bindings":\[\{'),
    "xml": re.compile(rb"<result>"),
    "csv": re.compile(rb"\n.", re.DOTALL),
    "tsv": re.compile(rb"\n.", re.DOTALL),
    "nt": re.compile(rb"."),
}
"""What the engine writes where there is a row; CSV and TSV begin with a line of names."""


def choose(given: str | None, ending: str) -> str:
    """The format asked for, by name or by a file's ending; empty when it is not said.

    Args:
        given: its name, if one was given.
        ending: of the file, without the dot.

    Raises:
        UsageError: for an unknown name or ending.
    """
    if given is not None:
        if given not in FORMATS:
            raise UsageError(f"unknown format {given!r}", f"choose one of: {', '.join(FORMATS)}")
        return given
    chosen = SUFFIXES.get(ending.lower(), ending.lower())
    if chosen and chosen not in FORMATS:
        raise UsageError(f"the ending .{ending} says no format", f"--format, one of: {', '.join(FORMATS)}")
    return chosen


def fit(kind: str, chosen: str, *, guessed: bool, as_json: bool, terminal: bool) -> str:
    """The format for a kind of result: the one chosen, else the one that suits it.

    Args:
        kind: of the result.
        chosen: what :func:`choose` gave.
        guessed: whether that is from a file's ending, which for JSON and XML may mean two formats.
        as_json: whether JSON is preferred.
        terminal: whether people read it.

    Raises:
        UsageError: when the kind has no such format.
    """
    if kind == "graph" and guessed:
        chosen = GRAPHS.get(chosen, chosen)
    if chosen and chosen not in KINDS[kind]:
        told = f"{chosen} does not fit: this query gives {GIVES[kind]}"
        raise UsageError(told, f"choose one of: {', '.join(KINDS[kind])}")
    if chosen:
        return chosen
    if as_json:
        return "jsonld" if kind == "graph" else "json"
    return {"select": "table" if terminal else "tsv", "ask": "table", "graph": "ttl"}[kind]


def write(results: OxigraphResults, chosen: str, out: IO[bytes], prefixes: Mapping[str, str]) -> bool:
    """Write results in a format of their kind; rows as they come, so that memory stays flat.

    Args:
        results: what the query gave; they are read once.
        chosen: a format that fits; a table only of true or false.
        out: where to.
        prefixes: for the syntaxes of graphs that have them.

    Returns:
        Whether there was a row, a triple, or the answer was true.
    """
    if results.kind == "ask":
        return _ask(results, chosen, out)
    if results.kind == "graph":
        return _graph(results, chosen, out, prefixes)
    if chosen in W3C:
        return _engine(results, chosen, out)
    return (ndjson if chosen == "ndjson" else markdown)(results, out)


def _ask(results: OxigraphResults, chosen: str, out: IO[bytes]) -> bool:
    """True or false."""
    if chosen in W3C:
        results.serialise(out, W3C[chosen])
        out.write(b"\n")
    else:
        out.write(b"true\n" if results.boolean() else b"false\n")
    return results.boolean()


def _graph(results: OxigraphResults, chosen: str, out: IO[bytes], prefixes: Mapping[str, str]) -> bool:
    """A constructed graph: N-Triples as they come, the others sorted.

    Raises:
        UsageError: when the syntax cannot express a triple.
    """
    if chosen == "nt":
        return _engine(results, chosen, out)
    triples = sorted({ox.Triple(*row) for row in results.rows()}, key=str)
    out.write(export.written(triples, chosen, prefixes))
    return bool(triples)


def _engine(results: OxigraphResults, chosen: str, out: IO[bytes]) -> bool:
    """Rows, or triples, in a format that the engine itself writes as they come."""
    watch = Watch(out, chosen)
    results.serialise(watch, W3C.get(chosen) or export.FORMATS[chosen])
    if chosen in {"json", "xml"}:
        out.write(b"\n")
    return watch.some


class Watch:
    """A file to write results to that knows whether there was a row, and keeps XML well-formed.

    Args:
        out: where everything goes.
        chosen: the format that is written.
    """

    def __init__(self, out: IO[bytes], chosen: str) -> None:
        self.some = False
        self._out = out
        self._xml = chosen == "xml"
        self._row = ROW[chosen]
        self._seen = b""
        self._cut = b""

    def write(self, piece: bytes) -> int:
        """Pass a piece on."""
        if not self.some:
            self._seen += piece
            self.some = self._row.search(self._seen) is not None
        self._out.write(self._clean(piece) if self._xml else piece)
        return len(piece)

    def _clean(self, piece: bytes) -> bytes:
        """Well-formed XML of a piece; what may be the beginning of a character comes with the next one."""
        whole = self._cut + piece
        end = len(whole) - next((n for n in (2, 1) if whole.endswith(b"\xef\xbf"[:n])), 0)
        self._cut = whole[end:]
        return rdfxml.clean(whole[:end])

    def flush(self) -> None:
        """Pass on what is held."""
        self._out.flush()


def ndjson(results: OxigraphResults, out: IO[bytes]) -> bool:
    """An object a row, of the values that are there; whether there was a row."""
    some = False
    for row in results.rows():
        some = True
        bound = {v: shown(t) for v, t in zip(results.variables, row, strict=True) if t is not None}
        out.write(json.dumps(bound, ensure_ascii=False).encode() + b"\n")
    return some


def markdown(results: OxigraphResults, out: IO[bytes]) -> bool:
    """A table in GitHub's Markdown; whether there was a row."""
    some = False
    out.write(f"| {' | '.join(results.variables)} |\n|{'---|' * len(results.variables)}\n".encode())
    for row in results.rows():
        some = True
        out.write(f"| {' | '.join(escaped(shown(term)) for term in row)} |\n".encode())
    return some


def escaped(text: str) -> str:
    """A text that cannot end a cell of a Markdown table, nor be read as a tag."""
    text = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return " ".join(text.split())


def shown(term: Any) -> str:
    """A term for people: its text, without the angle brackets and types."""
    return "" if term is None else str(getattr(term, "value", term))
