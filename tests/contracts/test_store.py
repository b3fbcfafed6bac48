"""What every store keeps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from endpoints import Server

from kgtool import registry
from kgtool.errors import QueryError, UsageError
from kgtool.model import digest
from kgtool.ports import Results, Store
from kgtool.store.address import Credentials
from kgtool.store.protocol import Endpoint
from kgtool.store.remote import RemoteStore
from kgtool.store.vocabulary import Namespaces

SPACE = Namespaces("https://kgtool.example/")
S, P, G = (ox.NamedNode(f"https://kgtool.example/entity/{x}") for x in "SPG")
QUADS = [
    ox.Quad(S, P, ox.Literal("one", language="en")),
    ox.Quad(S, P, ox.Literal("2", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer"))),
    ox.Quad(S, P, S, G),
]


def remote(request: pytest.FixtureRequest, name: str) -> Store:
    """A store of its own at a server that runs for all tests: with a graph of facts of its own."""
    server: Server = request.getfixturevalue(name)
    login = Credentials(*server.login.values())
    facts = f"https://kgtool.example/facts/{digest(request.node.name)}"
    made = RemoteStore(
        Endpoint(server.queries, credentials=login), SPACE, facts, named=[G.value],
        updates=Endpoint(server.updates, credentials=login),
    )  # fmt: skip
    return made


MAKERS: dict[str, Callable[[Path], Store]] = {
    "oxigraph": lambda path: registry.get("store", "oxigraph").create(path, SPACE)
}
SERVERS = {"at Oxigraph": "oxigraph", "at Virtuoso": "virtuoso"}
"""Fixtures of :mod:`endpoints`."""


@pytest.fixture(params=[*sorted(MAKERS), *(pytest.param(name, marks=pytest.mark.endpoint) for name in sorted(SERVERS))])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    local = MAKERS.get(request.param)
    made = local(tmp_path / "store") if local else remote(request, SERVERS[request.param])
    made.load(QUADS)
    return made


def test_it_is_a_store(store: Store) -> None:
    assert isinstance(store, Store)
    assert isinstance(store.query("ASK {}"), Results)


def test_what_was_loaded_is_there(store: Store) -> None:
    assert set(store.quads()) == set(QUADS)


def test_a_query_sees_the_default_graph_alone(store: Store) -> None:
    results = store.query("SELECT ?s ?o WHERE { ?s ?p ?o } ORDER BY STR(?o)")
    assert results.kind == "select" and results.variables == ("s", "o")
    assert [row[1].value for row in results.rows()] == ["2", "one"]


def test_named_graphs_are_asked_by_name(store: Store) -> None:
    assert store.query("ASK { GRAPH e:G { e:S e:P e:S } }").boolean()
    assert not store.query("ASK { e:S e:P e:S }").boolean()


def test_construct_gives_triples(store: Store) -> None:
    results = store.query("CONSTRUCT { ?o ?p ?s } WHERE { GRAPH ?g { ?s ?p ?o } }")
    assert results.kind == "graph"
    assert list(results.rows()) == [(S, P, S)]


def test_parameters_are_bound_as_terms(store: Store) -> None:
    nasty = 'x") } INSERT DATA { <a:b> <a:b> <a:b> } #'
    results = store.query("SELECT ($v AS ?out) {}", parameters={"v": ox.Literal(nasty)})
    assert [row[0].value for row in results.rows()] == [nasty]
    assert set(store.quads()) == set(QUADS)


def test_a_parameter_that_is_not_there_is_an_error(store: Store) -> None:
    with pytest.raises(UsageError, match="nope"):
        store.query("ASK {}", parameters={"nope": ox.Literal("x")})


@pytest.mark.parametrize(
    "bad",
    [
        "SELEC ?x {}",
        "INSERT DATA { <a:b> <a:b> <a:b> }",
        "",
        "DROP ALL",
        "ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    ],
)
def test_bad_queries_are_refused_and_change_nothing(store: Store, bad: str) -> None:
    with pytest.raises(QueryError):
        store.query(bad)
    assert set(store.quads()) == set(QUADS)
