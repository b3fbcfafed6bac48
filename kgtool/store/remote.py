"""Any SPARQL 1.1 endpoint as a store.

The facts of a graph are in a named graph of the endpoint (``<base>graph/facts`` if nothing else is said), which is the
default graph of every query, so that queries mean there what they mean here. Requests name the dataset as the protocol
provides (``default-graph-uri``, ``named-graph-uri``); a query with FROM of its own is sent without one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Self, cast

import pyoxigraph as ox

from kgtool.config import Config
from kgtool.errors import ConfigError, NotFoundError, QueryError, RemoteError
from kgtool.store import prologue
from kgtool.store import sparql as text
from kgtool.store.oxigraph import OxigraphResults, OxigraphStore, Writable
from kgtool.store.protocol import Body, Endpoint
from kgtool.store.vocabulary import ABSOLUTE, Namespaces

ROWS = "application/sparql-results+json, application/sparql-results+xml;q=0.5"
GRAPH = "application/n-triples, text/turtle;q=0.5, application/rdf+xml;q=0.2"
KINDS = {"SELECT": "select", "ASK": "ask", "CONSTRUCT": "graph", "DESCRIBE": "graph"}
NO = frozenset({"0", "false"})
WHOLE = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
ANY = "ASK { ?s ?p ?o }"
GRAPHS = "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }"


class RemoteResults(OxigraphResults):
    """What an endpoint answered; rows are parsed as they come.

    Args:
        raw: the parsed answer, or its beginning.
        body: where the rest comes from.
    """

    def __init__(self, raw: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, body: Body) -> None:
        super().__init__(raw, remote=True)
        self._body = body

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Terms of each solution, or the triples of a graph.

        Raises:
            RemoteError: when the answer is cut or damaged.
        """
        with self._body.errors():
            yield from super().rows()

    def serialise(self, out: Writable, format: ox.QueryResultsFormat | ox.RdfFormat) -> None:
        """Write everything in a format of its kind, as it comes.

        Raises:
            RemoteError: when the answer is cut or damaged.
        """
        with self._body.errors():
            super().serialise(out, format)


class RemoteStore(OxigraphStore):
    """A dataset behind an endpoint. Queries and changes go there; what needs all of it works on a copy in memory.

    Args:
        endpoint: where queries go.
        space: the namespaces, whose prefixes queries have.
        graph: the IRI of the graph of facts; None: the endpoint's own default graph, and all graphs that it has.
        named: the other graphs of the dataset, besides those that a query names; those of evidence and decisions when
            None.
        updates: where changes go; the same address when None.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        space: Namespaces,
        graph: str | None,
        *,
        named: Iterable[str] | None = None,
        updates: Endpoint | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.space = space
        self.graph = graph
        self.named = frozenset((space.provenance, space.decisions) if named is None else named)
        self.updates = updates or endpoint

    @classmethod
    def at(cls, url: str, config: Config) -> Self:
        """The store behind an address, with the settings in force."""
        space = Namespaces(config.text("base_iri"))
        return cls(Endpoint(url, timeout=config["remote_timeout"]), space, graph_of(config, space))

    @cached_property
    def raw(self) -> ox.Store:  # type: ignore[override]
        """A copy of the dataset in memory, made on first use.

        Raises:
            RemoteError: when it cannot be fetched, or not as a whole.
        """
        copy = ox.Store()
        copy.bulk_extend(self.quads())
        return copy

    def query(
        self, sparql: str, *, parameters: Mapping[str, Any] | None = None, allow_service: bool = False
    ) -> RemoteResults:
        """Run a query there; see :meth:`kgtool.ports.Store.query`.

        Raises:
            RemoteError: when the endpoint fails, refuses, or answers what is no answer.
        """
        bound = text.bind(sparql, parameters or {})
        text.check_readonly(bound, allow_service=allow_service)
        kind = KINDS.get(text.form(bound))
        if kind is None:
            raise QueryError("this is no query", "send a SELECT, ASK, CONSTRUCT or DESCRIBE")
        body = self.endpoint.query(self._fields(bound), GRAPH if kind == "graph" else ROWS)
        with body.errors():
            if kind == "graph":
                return RemoteResults(constructed(triples(body)), body)
            raw = ox.parse_query_results(cast("Any", body), format=rows_format(body))
            return RemoteResults(truth(raw) if kind == "ask" else raw, body)

    def _fields(self, sparql: str) -> list[tuple[str, str]]:
        """The form that is sent: the query and its dataset."""
        prefixes = self.space.prefixes()
        fields = [("query", prologue.complete(sparql, prefixes))]
        if self.graph is None or prologue.has_dataset(sparql):
            return fields
        named = self.named | prologue.graphs(sparql, prefixes)
        return [*fields, ("default-graph-uri", self.graph), *(("named-graph-uri", g) for g in sorted(named))]

    def quads(self) -> Iterator[ox.Quad]:
        """Every quad of the dataset, in no particular order.

        Raises:
            RemoteError: when the endpoint does not give all.
        """
        yield from self._whole(self.graph, ox.DefaultGraph())
        named = self.named
        if self.graph is None:
            named = frozenset(row[0].value for row in self.query(GRAPHS).rows())
        for graph in sorted(named):
            yield from self._whole(graph, ox.NamedNode(graph))

    def facts(self) -> Iterator[ox.Quad]:
        """Every triple of the graph of facts.

        Raises:
            RemoteError: when the endpoint does not give all.
        """
        return self._whole(self.graph, ox.DefaultGraph())

    def _whole(self, graph: str | None, name: ox.DefaultGraph | ox.NamedNode) -> Iterator[ox.Quad]:
        """The triples of a graph there, as quads of a graph here; servers that leave some out do not say so."""
        store = RemoteStore(self.endpoint, self.space, graph, named=())
        expected = store.count()
        body = self.endpoint.query(store._fields(WHOLE), GRAPH)
        seen = 0
        with body.errors():
            for triple in triples(body):
                seen += 1
                yield ox.Quad(*triple, name)
        if seen < expected:
            told = self.endpoint.told(f"the server gives {seen} of the {expected} triples of {graph or 'its graph'}")
            raise RemoteError(told, "raise its limit of rows (Virtuoso: ResultSetMaxRows), or has it just changed?")

    def count(self) -> int:
        """The number of triples of the graph of facts.

        Raises:
            RemoteError: when the endpoint does not say.
        """
        row = next(self.query(COUNT).rows(), None)
        if row is None or row[0] is None:
            raise RemoteError(self.endpoint.told("it does not count"), "does it answer SPARQL 1.1?")
        return int(row[0].value)

    def check_facts(self) -> None:
        """See that there are facts: a graph that nobody named, or that is misspelt, is empty and no error.

        Raises:
            NotFoundError: when there are none.
            RemoteError: when the endpoint fails.
        """
        if not self.query(ANY).boolean():
            graph = f"the graph <{self.graph}>" if self.graph else "the default graph"
            others = "" if self.graph is None else "--graph none is the endpoint's default graph; "
            see = f"kgtool query '{GRAPHS}' -s {self.endpoint.name} --graph none"
            hint = f"{others}name another with --graph IRI; which there are: {see}"
            raise NotFoundError(self.endpoint.told(f"{graph} is empty"), hint)

    def load(self, quads: Iterable[ox.Quad]) -> None:
        """Add quads, in one request."""
        self.change(add=quads, remove=())

    def change(self, *, add: Iterable[ox.Quad], remove: Iterable[ox.Quad]) -> None:
        """Take out a few quads, then add some, in one request.

        Raises:
            RemoteError: when the endpoint fails or refuses.
        """
        parts = [data("DELETE", self._by_graph(remove)), data("INSERT", self._by_graph(add))]
        if request := " ;\n".join(filter(None, parts)):
            self.update(request)

    def update(self, sparql: str) -> None:
        """Send a SPARQL 1.1 Update as it is.

        Raises:
            RemoteError: when the endpoint fails or refuses.
        """
        self.updates.update(sparql)
        self.__dict__.pop("raw", None)

    def _by_graph(self, quads: Iterable[ox.Quad]) -> dict[str, list[str]]:
        found = defaultdict(list)
        for quad in quads:
            default = isinstance(quad.graph_name, ox.DefaultGraph)
            graph = self.graph or "" if default else cast("ox.NamedNode", quad.graph_name).value
            found[graph].append(line(quad, self.space))
        return found


def graph_of(config: Config, space: Namespaces) -> str | None:
    """The graph of facts that the settings name; None for the endpoint's default graph.

    Raises:
        ConfigError: when it is no absolute IRI.
    """
    given = config.text("graph")
    if given == "none":
        return None
    if given and not ABSOLUTE.fullmatch(given):
        raise ConfigError(f"graph is no IRI: {given!r}", "for example https://example.org/facts, or none")
    return given or space.facts


def data(verb: str, graphs: Mapping[str, Sequence[str]]) -> str:
    """An ``INSERT DATA`` or ``DELETE DATA`` of triples by graph; empty without any."""
    inner = "\n".join(
        f"GRAPH <{graph}> {{\n" + "\n".join(lines) + "\n}" if graph else "\n".join(lines)
        for graph, lines in sorted(graphs.items())
    )
    return f"{verb} DATA {{\n{inner}\n}}" if inner else ""


def line(quad: ox.Quad, space: Namespaces) -> str:
    """The triple of a quad in N-Triples; a blank node becomes an IRI (RDF 1.1, 3.5).

    So it can be named again: it does not multiply when it is sent twice, and can be deleted.
    """
    subject, object = (skolem(term, space) for term in (quad.subject, quad.object))
    return f"{subject} {quad.predicate} {object} ."


def skolem(term: Any, space: Namespaces) -> Any:
    """The term, or the IRI of a blank node."""
    return ox.NamedNode(f"{space.base}.well-known/genid/{term.value}") if isinstance(term, ox.BlankNode) else term


def rows_format(body: Body) -> ox.QueryResultsFormat:
    """The format of rows that an endpoint answers with.

    Raises:
        RemoteError: when it is none that can be read.
    """
    body.check_no_page()
    found = ox.QueryResultsFormat.from_media_type(body.media_type)
    if found is None or found == ox.QueryResultsFormat.CSV:
        raise unreadable(body)
    return found


def triples(body: Body) -> Iterator[tuple[Any, Any, Any]]:
    """The triples that an endpoint answers with.

    Raises:
        RemoteError: when they are in no syntax that can be read.
    """
    body.check_no_page()
    plain = body.media_type == "text/plain"  # N-Triples before RDF 1.1
    found = ox.RdfFormat.N_TRIPLES if plain else ox.RdfFormat.from_media_type(body.media_type)
    if found is None:
        raise unreadable(body)
    for quad in ox.parse(cast("Any", body), format=found, base_iri=body.endpoint.url):
        yield quad.subject, quad.predicate, quad.object


def unreadable(body: Body) -> RemoteError:
    """The error for an answer of another media type than was asked for."""
    kind = body.media_type or "of no type"
    body.close()
    return RemoteError(body.endpoint.told(f"the answer is {kind}, not what was asked for"), "is it an endpoint?")


def truth(raw: ox.QuerySolutions | ox.QueryBoolean) -> ox.QueryBoolean:
    """The answer of an ASK; Virtuoso gives a row with 1, or none."""
    if isinstance(raw, ox.QuerySolutions):
        row = next(iter(raw), None)
        yes = row is not None and row[0] is not None and getattr(row[0], "value", "") not in NO
    else:
        yes = bool(raw)
    return cast("ox.QueryBoolean", ox.Store().query(f"ASK {{ FILTER({str(yes).lower()}) }}"))


def constructed(found: Iterable[tuple[Any, Any, Any]]) -> ox.QueryTriples:
    """The triples as the engine's results."""
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in found)
    return cast("ox.QueryTriples", store.query(WHOLE))
