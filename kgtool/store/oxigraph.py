"""The default store: Oxigraph, in memory or on disk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Protocol, Self

import pyoxigraph as ox

from kgtool.errors import KgtoolError, NotFoundError, QueryError, RemoteError, StoreError, UnknownFunctionError
from kgtool.store import casts
from kgtool.store import sparql as text
from kgtool.store.vocabulary import Namespaces

UNKNOWN = re.compile(r"custom function (<[^>]*>) is not supported")


class Writable(Protocol):
    """What results can be written to."""

    def write(self, piece: bytes, /) -> int:
        """Take a piece."""
        ...

    def flush(self) -> None:
        """Pass on what is held."""
        ...


def failed(error: Exception, *, remote: bool) -> KgtoolError:
    """What the engine could not do: ask the other server that a query calls, or read its own files."""
    if found := UNKNOWN.search(str(error)):
        return UnknownFunctionError(f"there is no function {found[1]}", "use those of SPARQL 1.1, and casts of xsd:")
    if remote:
        return RemoteError(f"the server that the query calls failed: {error}", "check the address in SERVICE")
    return StoreError(f"the query failed: {error}", "kgtool doctor checks the store")


class OxigraphResults:
    """Results of one query; see :class:`kgtool.ports.Results`.

    Args:
        raw: the engine's.
        remote: whether the query calls another server.
    """

    def __init__(self, raw: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, *, remote: bool = False) -> None:
        self.raw = raw
        self.remote = remote
        self.variables: tuple[str, ...] = ()
        if isinstance(raw, ox.QuerySolutions):
            self.kind = "select"
            self.variables = tuple(v.value for v in raw.variables)
        else:
            self.kind = "ask" if isinstance(raw, ox.QueryBoolean) else "graph"

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Terms of each solution, or the triples of a graph."""
        try:
            if isinstance(self.raw, ox.QuerySolutions):
                yield from map(tuple, self.raw)
            elif isinstance(self.raw, ox.QueryTriples):
                for triple in self.raw:
                    yield triple.subject, triple.predicate, triple.object
        except (OSError, RuntimeError) as error:
            raise failed(error, remote=self.remote) from error

    def serialise(self, out: Writable, format: ox.QueryResultsFormat | ox.RdfFormat) -> None:
        """Write everything in a format of its kind, as it comes."""
        try:
            self.raw.serialize(output=out, format=format)  # type: ignore[arg-type]
        except BrokenPipeError:
            raise
        except (OSError, RuntimeError) as error:
            raise failed(error, remote=self.remote) from error

    def boolean(self) -> bool:
        """The answer of an ASK."""
        return bool(self.raw)


class OxigraphStore:
    """An Oxigraph dataset with the prefixes of its namespaces."""

    def __init__(self, raw: ox.Store | None = None, space: Namespaces | None = None) -> None:
        self.raw = ox.Store() if raw is None else raw
        self.space = space or Namespaces("https://kgtool.example/")

    @classmethod
    def create(cls, path: Path, space: Namespaces, like: Path | None = None) -> Self:
        """A new store on disk: empty, or with what another one has, whose files are linked and stay as they are.

        Raises:
            StoreError: when it cannot be written, or the other one not be read.
        """
        try:
            if like is None:
                path.mkdir(parents=True, exist_ok=True)
            else:
                ox.Store.read_only(str(like)).backup(str(path))
            return cls(ox.Store(str(path)), space)
        except (OSError, RuntimeError) as error:
            raise StoreError(f"cannot write the graph: {error}", "check the directory and the space on disk") from error

    @classmethod
    def read(cls, path: Path, space: Namespaces) -> Self:
        """A store on disk, for reading only; needs no lock.

        Raises:
            NotFoundError: when there is none.
            StoreError: when it is damaged.
        """
        try:
            return cls(ox.Store.read_only(str(path)), space)
        except FileNotFoundError as error:
            raise NotFoundError(f"no graph at {path}", "publish it with: kgtool build") from error
        except (OSError, RuntimeError) as error:
            hint = "delete the folder graph/ of the store and run kgtool build: it is rebuilt from the journal"
            raise StoreError(f"the graph is damaged: {error}", hint) from error

    def query(
        self, sparql: str, *, parameters: Mapping[str, Any] | None = None, allow_service: bool = False
    ) -> OxigraphResults:
        """Run a query; see :meth:`kgtool.ports.Store.query`."""
        bound = text.bind(sparql, parameters or {})
        text.check_readonly(bound, allow_service=allow_service)
        remote = text.calls_others(bound)
        try:
            raw = self.raw.query(bound, prefixes=self.space.used(bound), custom_functions=casts.used(bound))
            return OxigraphResults(raw, remote=remote)
        except SyntaxError as error:
            raise text.syntax_error(error) from error
        except (OSError, RuntimeError) as error:
            raise failed(error, remote=remote) from error

    def quads(self) -> Iterator[ox.Quad]:
        """Every quad of every graph."""
        return self.raw.quads_for_pattern(None, None, None, None)

    def facts(self) -> Iterator[ox.Quad]:
        """Every quad of the default graph."""
        return self.raw.quads_for_pattern(None, None, None, ox.DefaultGraph())

    def load(self, quads: Iterable[ox.Quad]) -> None:
        """Add quads in one bulk load, and flush them to disk."""
        self.raw.bulk_extend(quads)
        self.raw.flush()

    def load_lines(self, content: IO[bytes]) -> None:
        """Add N-Quads in one bulk load, and flush them to disk.

        Raises:
            StoreError: when they cannot be read or written.
        """
        try:
            self.raw.bulk_load(content, ox.RdfFormat.N_QUADS)
            self.raw.flush()
        except (OSError, RuntimeError, SyntaxError, MemoryError) as error:
            raise StoreError(f"the imported statements cannot be loaded: {error}", "is the disk full?") from error

    def update(self, sparql: str) -> None:
        """Run a SPARQL Update, all or nothing.

        Raises:
            QueryError: when it does not parse, or cannot be done with this graph.
        """
        try:
            self.raw.update(sparql, prefixes=self.space.prefixes())
        except SyntaxError as error:
            raise text.syntax_error(error) from error
        except (OSError, RuntimeError) as error:
            raise QueryError(f"the update failed: {error}", "see https://www.w3.org/TR/sparql11-update/") from error

    def about(self, subject: str) -> list[ox.Quad]:
        """The quads of a subject (IRI).

        Raises:
            StoreError: when they cannot be read.
        """
        try:
            return list(self.raw.quads_for_pattern(ox.NamedNode(subject), None, None, None))
        except (OSError, RuntimeError) as error:
            raise failed(error, remote=False) from error

    def change(self, *, add: Iterable[ox.Quad], remove: Iterable[ox.Quad]) -> None:
        """Take out a few quads, then add some, and flush them to disk.

        Raises:
            StoreError: when that fails.
        """
        try:
            for quad in remove:
                self.raw.remove(quad)
            self.raw.extend(add)
            self.raw.flush()
        except (OSError, RuntimeError) as error:
            raise failed(error, remote=False) from error
