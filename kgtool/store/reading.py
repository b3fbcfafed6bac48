"""Files of RDF, in any syntax, as N-Quads: what an import keeps.

Oxigraph reads most syntaxes, rdflib TriX and HexTuples. Blank nodes become IRIs ("skolemised", RDF 1.1 Concepts, 3.5)
of the file's hash and of their number in the order in which they appear: those of two files are never one, and what is
exported can be imported again without a change.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol, cast

import pyoxigraph as ox

from kgtool.errors import UsageError
from kgtool.store.vocabulary import Namespaces

FORMATS = {
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "ttl": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
    "n3": ox.RdfFormat.N3,
}
"""What Oxigraph reads."""
OTHERS = ("trix", "hext")
"""What rdflib reads besides."""
GRAPHS = ("graphml", "neo4j")
"""Property graphs: their nodes become entities of the store."""
TABLE = "rml"
"""CSV and TSV, of which a mapping in RML makes statements."""
LINES = frozenset({"nt", "nq"})
"""Syntaxes that are N-Quads as they are."""
SUFFIXES = {
    **{name: name for name in (*FORMATS, *OTHERS)},
    **{"graphml": "graphml", "turtle": "ttl", "rdf": "rdfxml", "xml": "rdfxml", "owl": "rdfxml", "json": "jsonld"},
    **{"nquads": "nq", "ntriples": "nt"},
}
"""The format of files by their ending, without the one of compression."""
COMPRESSED = {"gz": b"\x1f\x8b", "bz2": b"BZh", "zst": b"\x28\xb5\x2f\xfd"}
"""Endings of compressed files, and how their contents begin."""
NO_BASE = "relative:/"
"""The base of JSON-LD without one: Oxigraph would leave out what is relative, without a word."""
LONGEST = 16 * 1024 * 1024
"""Bytes of a term that Oxigraph reads."""
BLOCK = 1 << 20
WRONG = "is it complete, and of the format %s?"


class Target(Protocol):
    """Where the N-Quads go."""

    def write(self, data: bytes) -> int:
        """Add to it."""
        ...


@dataclass(frozen=True)
class File:
    """A file of RDF: where it is, what messages call it, and how it is read."""

    path: Path
    name: str
    format: str
    base: str = ""
    mapping: Path | None = None
    python: str = ""
    """The Python that applies the mapping."""


def suffix(path: Path) -> str:
    """The ending of a file's name, in lower case and without that of compression."""
    ending = path.suffix.lower().removeprefix(".")
    return suffix(path.with_suffix("")) if ending in COMPRESSED else ending


def plain(path: Path) -> IO[bytes]:
    """A file's content, decompressed where it is compressed, which its first bytes tell."""
    with path.open("rb") as file:
        begin = file.read(4)
    if begin.startswith(COMPRESSED["gz"]):
        return cast("IO[bytes]", gzip.open(path))
    if begin.startswith(COMPRESSED["bz2"]):
        return bz2.open(path)
    if begin.startswith(COMPRESSED["zst"]):
        from kgtool.zstandard import zstd

        return cast("IO[bytes]", zstd.open(path))
    return path.open("rb")


@dataclass(frozen=True)
class Look:
    """A first look at a file: the hash of its content, and whether it is taken over byte by byte."""

    hash: str
    verbatim: bool


def look(file: File, space: Namespaces) -> Look:
    """Hash a file, and see whether its lines can stay as they are: no blank nodes, no graphs of kgtool's own.

    Raises:
        UsageError: when it cannot be read.
    """
    found, rest, verbatim = hashlib.sha256(), b"", file.format in LINES
    marks = (b"_:", f"<{space.graphs}".encode())
    with told(file), plain(file.path) as content:
        while block := content.read(BLOCK):
            found.update(block)
            if verbatim:
                seen = rest + block
                verbatim = not any(mark in seen for mark in marks)
                rest = seen[-len(marks[1]) :]
    return Look(found.hexdigest(), verbatim)


@dataclass(frozen=True)
class Written:
    """How many statements were written, and how many left out because they were in kgtool's own graphs."""

    statements: int
    left_out: int = 0


def write(file: File, seen: Look, target: Target, space: Namespaces) -> Written:
    """Write the statements of a file as N-Quads.

    Args:
        file: to read.
        seen: what :func:`look` says of it.
        target: where to write to.
        space: where the IRIs of its blank nodes are, and the graphs that nobody may write to.

    Raises:
        UsageError: where the file is not well-formed, with line and column, or has relative IRIs and no base.
    """
    with told(file):
        if file.format == "rdfxml" and (place := place_in_xml(file.path)):  # Oxigraph takes XML that is cut off
            raise UsageError(f"{file.name}{place}: this is no whole XML", "nothing of it was taken; read as rdfxml")
        if seen.verbatim:
            with plain(file.path) as content:  # read to its end, to see that it is well-formed
                count = sum(1 for _ in ox.parse(content, format=FORMATS[file.format]))
            with plain(file.path) as content:
                while block := content.read(BLOCK):
                    target.write(block)
            return Written(count)
        made = Taking(space.node("genid", f"{seen.hash[:16]}/"), space.graphs)
        with plain(file.path) as content:
            quads = quads_of(file, content, space)
            ox.serialize(made.quads(quads), cast("IO[bytes]", target), ox.RdfFormat.N_QUADS)
        return Written(made.taken, made.left_out)


@contextmanager
def told(file: File) -> Iterator[None]:
    """Say what is wrong with a file, and where.

    Raises:
        UsageError: for whatever is raised while it is read.
    """
    try:
        yield
    except UsageError:
        raise
    except SyntaxError as error:
        message = " ".join(str(error.msg).split())
        place = f", line {error.lineno}" if error.lineno else ""
        place += f", column {error.offset}" if error.lineno and error.offset else ""
        if "No scheme found" in message:
            raise relative(f"{file.name}{place}") from error
        if "remote context" in message:
            hint = "nothing is loaded from the net: put the @context into the file"
            raise UsageError(f"{file.name}{place}: {message}", hint) from error
        message = message.partition(": ")[2] if message.startswith("Parser error") else message
        raise UsageError(f"{file.name}{place}: {message}", f"nothing of it was taken; read as {file.format}") from error
    except MemoryError as error:
        raise too_long(file) from error
    except (OSError, EOFError, ValueError) as error:  # of the decompressors
        message = " ".join(str(error).split()) or repr(error)
        raise UsageError(f"{file.name} cannot be read: {message}", WRONG % file.format) from error


def place_in_xml(path: Path) -> str:
    """Where a file stops to be XML, which Oxigraph does not tell; empty when it is XML to its end.

    Feeding both parsers in one pass takes as long: what takes time is parsing, not reading.
    """
    from lxml import etree

    parser = etree.XMLParser(target=Nothing(), resolve_entities=False, no_network=True, huge_tree=True)
    try:
        with plain(path) as content:
            etree.parse(content, parser)
    except etree.XMLSyntaxError as error:
        return f", line {error.position[0]}, column {error.position[1]}"
    return ""


class Nothing:
    """Makes nothing of what an XML parser reads."""

    def close(self) -> None:
        """The end of the file."""


def relative(where: str) -> UsageError:
    """The error for an IRI that is not whole."""
    return UsageError(f"{where}: a relative IRI, and no base", "say what it is relative to: --base IRI")


def too_long(file: File) -> UsageError:
    """The error for a term that the store cannot read back."""
    return UsageError(
        f"{file.name} has a term of more than {LONGEST >> 20} MB", "keep such contents in files of their own"
    )


def quads_of(file: File, content: IO[bytes], space: Namespaces) -> Iterator[ox.Quad]:
    """The statements of a file as they are in it."""
    if file.format in GRAPHS:
        from kgtool.store import foreign

        return foreign.quads(file.format, content, space)
    if file.format == TABLE:
        from kgtool.store import rml

        return rml.quads(file.path, file.name, file.mapping, file.python)
    return others(content, file) if file.format in OTHERS else parsed(content, file)


def parsed(content: IO[bytes], file: File) -> Iterator[ox.Quad]:
    """What Oxigraph reads.

    Raises:
        UsageError: for an IRI of JSON-LD that is relative without a base.
        SyntaxError: when the file is not well-formed.
    """
    unbased = file.format == "jsonld" and not file.base
    base = NO_BASE if unbased else file.base or None
    for quad in ox.parse(content, format=FORMATS[file.format], base_iri=base):
        if unbased and any(str(term).startswith(f"<{NO_BASE}") for term in quad):
            raise relative(file.name)
        yield quad


def others(content: IO[bytes], file: File) -> Iterator[ox.Quad]:
    """What rdflib reads.

    Raises:
        UsageError: when it is not well-formed.
    """
    from oxrdflib import OxigraphStore
    from rdflib import Dataset

    store = ox.Store()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's own
        try:
            Dataset(store=OxigraphStore(store=store)).parse(content, format=file.format, publicID=file.base or None)
        except Exception as error:  # whatever its parsers raise
            raise UsageError(
                f"{file.name} cannot be read: {' '.join(str(error).split())}", WRONG % file.format
            ) from error
    yield from sorted(store, key=str)


class Taking:
    """Makes statements fit to be kept.

    Args:
        genid: how the IRIs of blank nodes begin.
        own: how the IRIs of the graphs begin whose statements are left out.
    """

    def __init__(self, genid: str, own: str) -> None:
        self._genid = genid
        self._own = own
        self._names: dict[str, ox.NamedNode] = {}
        self.taken = self.left_out = 0

    def quads(self, quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
        """The statements that are taken over, without blank nodes.

        Raises:
            MemoryError: for a literal that could not be read back.
        """
        for quad in quads:
            subject, predicate, other, graph = quad
            if isinstance(graph, ox.NamedNode) and graph.value.startswith(self._own):
                self.left_out += 1
                continue
            if isinstance(other, ox.Literal) and len(other.value) * 4 > LONGEST and len(str(other).encode()) > LONGEST:
                raise MemoryError
            self.taken += 1
            yield ox.Quad(self._named(subject), predicate, self._named(other), self._named(graph))

    def _named(self, term: Any) -> Any:
        """A term without blank nodes."""
        if isinstance(term, ox.BlankNode):
            return self._names.setdefault(term.value, ox.NamedNode(f"{self._genid}{len(self._names)}"))
        if isinstance(term, ox.Triple):
            return ox.Triple(self._named(term.subject), term.predicate, self._named(term.object))
        return term
