"""Send the published graph to an endpoint: what is missing there is added, what was sent and is gone is taken out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import pyoxigraph as ox

from kgtool.config import Config
from kgtool.errors import ConfigError, QueryError, RemoteError, UsageError
from kgtool.layout import Layout
from kgtool.model import digest
from kgtool.store import sent
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.protocol import AbsentError, Endpoint
from kgtool.store.remote import RemoteStore, data, graph_of, line, triples
from kgtool.store.vocabulary import Namespaces

PROTOCOLS = ("update", "gsp")

BATCH_BYTES = 200_000
BATCH_TRIPLES = 1000
"""Of a request at most; a server must hold it in memory, parsed (Virtuoso 7 takes fewer than 5,000 triples)."""


@dataclass
class Published:
    """What was done, or would be."""

    url: str
    graph: str
    triples: int
    added: int = 0
    removed: int = 0
    cleared: list[str] = field(default_factory=list)
    """Graphs that were taken out as a whole first."""
    requests: int = 0
    more: int = 0
    """Triples in these graphs there that were not sent from here."""

    def to_json(self) -> dict[str, Any]:
        """As an object."""
        return asdict(self)


@dataclass(frozen=True)
class Step:
    """One request: ``+`` add, ``-`` take out, ``0`` take out the whole graph."""

    mark: str
    graph: str
    lines: tuple[str, ...] = ()


class Target(Protocol):
    """A protocol to change graphs by."""

    deletes: bool
    """Whether single triples can be taken out."""

    def do(self, step: Step) -> None:
        """Do one step; doing it twice changes nothing."""
        ...

    def count(self, graph: str) -> int:
        """The number of triples of a graph."""
        ...


class UpdateTarget:
    """SPARQL 1.1 Update.

    Args:
        updates: where updates go.
        queries: where queries go, by which triples are counted.
        space: the namespaces.
    """

    deletes = True

    def __init__(self, updates: Endpoint, queries: Endpoint, space: Namespaces) -> None:
        self.updates, self.queries, self.space = updates, queries, space

    def do(self, step: Step) -> None:
        """See :meth:`Target.do`."""
        if step.mark == "0":
            self.updates.update(f"DROP SILENT GRAPH <{step.graph}>")
        else:
            self.updates.update(data("INSERT" if step.mark == "+" else "DELETE", {step.graph: step.lines}))

    def count(self, graph: str) -> int:
        """See :meth:`Target.count`."""
        return RemoteStore(self.queries, self.space, graph, named=()).count()


class GraphTarget:
    """The SPARQL 1.1 Graph Store HTTP Protocol, which cannot take out single triples.

    Args:
        endpoint: the address of the graph store.
    """

    deletes = False

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def do(self, step: Step) -> None:
        """See :meth:`Target.do`."""
        if step.mark == "+":
            self.endpoint.graph("POST", step.graph, "".join(f"{row}\n" for row in step.lines).encode()).drain()
        else:
            with suppress(AbsentError):
                self.endpoint.graph("DELETE", step.graph).drain()

    def count(self, graph: str) -> int:
        """See :meth:`Target.count`; all of it is read."""
        try:
            body = self.endpoint.graph("GET", graph)
        except AbsentError:
            return 0
        with body.errors():
            return sum(1 for _ in triples(body))


def target(
    url: str, queries: str | None, protocol: str, space: Namespaces, timeout: float
) -> UpdateTarget | GraphTarget:
    """What publishes to an address.

    Raises:
        UsageError: for an unknown protocol.
    """
    if protocol not in PROTOCOLS:
        raise UsageError(f"unknown --protocol {protocol!r}", f"choose one of: {', '.join(PROTOCOLS)}")
    endpoint = Endpoint(url, timeout=timeout)
    if protocol == "gsp":
        return GraphTarget(endpoint)
    return UpdateTarget(endpoint, Endpoint(queries, timeout=timeout) if queries else endpoint, space)


def publish(
    layout: Layout,
    url: str,
    config: Config,
    *,
    provenance: bool = False,
    protocol: str = "update",
    queries: str | None = None,
    anew: bool = False,
    dry_run: bool = False,
) -> Published:
    """Bring graphs of an endpoint up to what the store has published.

    Only the difference to what was sent before is sent. A run that was cut short is finished by the next.

    Args:
        layout: the store.
        url: for updates, or of the graph store.
        config: the settings; ``graph`` names the graph of facts there.
        provenance: whether evidence and decisions are sent, into the graphs of their names.
        protocol: ``update`` or ``gsp``.
        queries: another address for queries, by which the result is checked.
        anew: take out the graphs there and send everything.
        dry_run: only say what would be sent.

    Raises:
        ConfigError: when the graph has no name.
        RemoteError: when the endpoint fails or refuses, or has less at the end than was sent.
        LockedError: when another process does the same.
    """
    store = layout.open_graph()
    graph = graph_of(config, store.space)
    if graph is None:
        raise ConfigError("publish needs the name of a graph", "give --graph IRI, or unset the setting graph")
    end = target(url, queries, protocol, store.space, config["remote_timeout"])
    wanted = graphs(store, graph, provenance=provenance)
    name = end.endpoint.name if isinstance(end, GraphTarget) else end.updates.name
    file = layout.sent / f"{digest(url, graph)[:16]}.log"
    told = Published(name, graph, sum(map(len, wanted.values())))
    if dry_run:
        account(told, steps(sent.read(file), wanted, deletes=end.deletes, anew=anew))
        return told
    if isinstance(end, UpdateTarget):
        try:
            end.count(graph)
        except QueryError as error:  # before anything is sent
            raise QueryError(error.message, "--query-url URL, where queries go to another address") from error
    with sent.opened(file, name, graph) as record:
        for step in steps(record, wanted, deletes=end.deletes, anew=anew):
            end.do(step)
            record.note(step.mark, step.graph, step.lines)
            account(told, [step])
        told.more = check(end, wanted, name)
    return told


def graphs(store: OxigraphStore, graph: str, *, provenance: bool) -> dict[str, list[str]]:
    """What is to be at the endpoint: sorted lines by graph."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for quad in store.quads():
        if isinstance(quad.graph_name, ox.DefaultGraph):
            found[graph].append(line(quad, store.space))
        elif provenance:
            found[str(quad.graph_name.value)].append(line(quad, store.space))
    return {name: sorted(found[name]) for name in sorted({graph, *found})}


def steps(record: sent.Record, wanted: dict[str, list[str]], *, deletes: bool, anew: bool) -> Iterator[Step]:
    """What makes the endpoint's graphs what they should be, given what is known to be there.

    Args:
        record: what is known; steps that are done may be noted in it meanwhile.
        wanted: lines by graph.
        deletes: whether single triples can be taken out.
        anew: whether nothing that is there is to stay.
    """
    for name in sorted({*wanted, *record.graphs, *record.unknown}):
        lines = wanted.get(name, [])
        gone = sorted(record.graphs.get(name, set()).difference(lines))
        if anew or name in record.unknown or (gone and not (deletes and lines)):
            yield Step("0", name)
            missing: Sequence[str] = lines
        else:
            yield from (Step("-", name, batch) for batch in batches(gone))
            there = record.graphs.get(name, set())
            missing = [row for row in lines if row not in there]
        yield from (Step("+", name, batch) for batch in batches(missing))


def batches(lines: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Lines in groups of bounded size; a line that is longer comes alone."""
    batch: list[str] = []
    size = 0
    for row in lines:
        length = len(row.encode()) + 1
        if batch and (size + length > BATCH_BYTES or len(batch) == BATCH_TRIPLES):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(row)
        size += length
    if batch:
        yield tuple(batch)


def account(told: Published, done: Iterable[Step]) -> None:
    """Add steps to the report."""
    for step in done:
        told.requests += 1
        told.added += len(step.lines) if step.mark == "+" else 0
        told.removed += len(step.lines) if step.mark == "-" else 0
        told.cleared += [step.graph] if step.mark == "0" else []


def check(end: UpdateTarget | GraphTarget, wanted: dict[str, list[str]], name: str) -> int:
    """How many triples the graphs have there that were not sent from here.

    Raises:
        RemoteError: when a graph has fewer than were sent.
    """
    more = 0
    for graph, lines in wanted.items():
        found = end.count(graph)
        if found < len(lines):
            told = f"{name}: <{graph}> has {found} triples there, and {len(lines)} were sent"
            raise RemoteError(told, "kgtool publish --anew takes out the graph and sends everything")
        more += found - len(lines)
    return more
