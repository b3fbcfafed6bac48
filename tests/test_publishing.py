"""Publishing to real endpoints: resumable, idempotent, differences alone, and nothing of a forgotten graph stays."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pyoxigraph as ox
import pytest
from endpoints import Server

from kgtool import publishing
from kgtool.config import Config
from kgtool.config import load as settings
from kgtool.errors import ConfigError, LockedError, NotFoundError, RemoteError, UsageError
from kgtool.layout import Layout, Manifest
from kgtool.model import digest
from kgtool.store import sent
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.protocol import Endpoint
from kgtool.store.remote import RemoteStore
from kgtool.store.vocabulary import Namespaces

SPACE = Namespaces("https://kgtool.example/")
S, P = ox.NamedNode("https://kgtool.example/entity/S"), ox.NamedNode("https://kgtool.example/relation/p")
EVIDENCE = ox.Quad(S, P, ox.Literal("a quote"), ox.NamedNode(SPACE.provenance))


def facts(*values: str) -> list[ox.Quad]:
    return [ox.Quad(S, P, ox.Literal(value)) for value in values]


def published(root: Path, quads: list[ox.Quad]) -> Layout:
    """A store with a published graph of these quads."""
    layout = Layout(root)
    revision = digest(*sorted(map(str, quads)))[:16]
    (layout.graph).mkdir(parents=True, exist_ok=True)
    if not (layout.graph / revision).exists():
        OxigraphStore.create(layout.graph / revision, SPACE).load(quads)
    manifest = Manifest(revision, SPACE.base, 0, 0, len(quads), 0, 0, 0, 0, 0)
    (layout.graph / "manifest.json").write_text(json.dumps(asdict(manifest)))
    return layout


@pytest.fixture(params=["oxigraph", "virtuoso"])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Server:
    found: Server = request.getfixturevalue(request.param)
    for name, value in found.login.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def config(request: pytest.FixtureRequest) -> Config:
    """With a graph of facts of this test alone."""
    return settings({"graph": f"https://kgtool.example/facts/{digest(request.node.name)}"})


def there(server: Server, config: Config) -> set[str]:
    """The values of the facts at an endpoint."""
    store = RemoteStore(Endpoint(server.queries), SPACE, config.text("graph"), named=())
    return {row[0].value for row in store.query("SELECT ?o { ?s ?p ?o }").rows()}


def send(layout: Layout, server: Server, config: Config, protocol: str, **more: bool) -> publishing.Published:
    url = server.updates if protocol == "update" else server.graphs
    return publishing.publish(layout, url, config, protocol=protocol, queries=server.queries, **more)


@pytest.mark.endpoint
@pytest.mark.parametrize("protocol", publishing.PROTOCOLS)
def test_differences_alone_are_sent(tmp_path: Path, server: Server, config: Config, protocol: str) -> None:
    values = ["one", 'a "quoted"\\u0041 \n line', "ä 😀"]
    layout = published(tmp_path / "kg", facts(*values))
    would = send(layout, server, config, protocol, dry_run=True)
    assert (would.added, would.removed, would.requests) == (3, 0, 1) and there(server, config) == set()
    first = send(layout, server, config, protocol)
    assert (first.added, first.more, there(server, config)) == (3, 0, set(values))
    again = send(layout, server, config, protocol)
    assert (again.added, again.removed, again.requests) == (0, 0, 0)
    published(tmp_path / "kg", facts("one", "two"))
    changed = send(layout, server, config, protocol)
    assert there(server, config) == {"one", "two"}
    assert (changed.added, changed.removed) == ((1, 2) if protocol == "update" else (2, 0))


@pytest.mark.endpoint
@pytest.mark.parametrize("protocol", publishing.PROTOCOLS)
def test_blank_nodes_do_not_multiply(tmp_path: Path, server: Server, config: Config, protocol: str) -> None:
    layout = published(tmp_path / "kg", [ox.Quad(ox.BlankNode("b1"), P, ox.BlankNode("b2")), *facts("one")])
    assert send(layout, server, config, protocol).added == 2
    send(layout, server, config, protocol, anew=True)
    assert len(there(server, config)) == 2
    assert "https://kgtool.example/.well-known/genid/b2" in there(server, config)


@pytest.mark.endpoint
def test_evidence_is_sent_on_demand_and_taken_out_again(tmp_path: Path, oxigraph: Server, config: Config) -> None:
    layout = published(tmp_path / "kg", [*facts("one"), EVIDENCE])
    assert send(layout, oxigraph, config, "update").added == 1
    assert send(layout, oxigraph, config, "update", provenance=True).added == 1
    store = RemoteStore(Endpoint(oxigraph.queries), SPACE, config.text("graph"))
    asked = "SELECT ?o { GRAPH g:provenance { ?s ?p ?o } }"
    assert [row[0].value for row in store.query(asked).rows()] == ["a quote"]
    assert set(store.quads()) == {*facts("one"), EVIDENCE}
    assert send(layout, oxigraph, config, "update").cleared == [SPACE.provenance]
    assert not store.query("ASK { GRAPH g:provenance { ?s ?p ?o } }").boolean()


@pytest.mark.endpoint
def test_a_run_that_was_killed_is_finished_by_the_next(
    tmp_path: Path, server: Server, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "BATCH_TRIPLES", 2)
    layout = published(tmp_path / "kg", facts(*"abcdefg"))
    with monkeypatch.context() as patch:
        done = sent.Record.note

        def killed(self: sent.Record, mark: str, graph: str, lines: tuple[str, ...] = ()) -> None:
            if self.graphs[graph]:  # the endpoint has the second batch, and nobody knows
                raise KeyboardInterrupt
            done(self, mark, graph, lines)

        patch.setattr(sent.Record, "note", killed)
        with pytest.raises(KeyboardInterrupt):
            send(layout, server, config, "update")
    assert there(server, config) == set("abcd")
    assert send(layout, server, config, "update").added == 5
    assert there(server, config) == set("abcdefg")


@pytest.mark.endpoint
def test_what_was_forgotten_is_taken_out_without_being_known(tmp_path: Path, server: Server, config: Config) -> None:
    layout = published(tmp_path / "kg", facts("secret", "one"))
    send(layout, server, config, "update")
    published(tmp_path / "kg", facts("one"))
    layout.sweep()
    assert all(b"secret" not in file.read_bytes() for file in layout.sent.iterdir())
    told = send(layout, server, config, "update")
    assert (told.cleared, told.added, there(server, config)) == ([config.text("graph")], 1, {"one"})
    assert send(layout, server, config, "update").requests == 0


@pytest.mark.endpoint
def test_what_others_did_there_is_told(tmp_path: Path, oxigraph: Server, config: Config) -> None:
    layout = published(tmp_path / "kg", facts("one", "two"))
    send(layout, oxigraph, config, "update")
    other = RemoteStore(
        Endpoint(oxigraph.queries), SPACE, config.text("graph"), updates=Endpoint(oxigraph.updates)
    )  # fmt: skip
    other.load(facts("theirs"))
    assert send(layout, oxigraph, config, "update").more == 1
    other.change(add=(), remove=facts("theirs", "one"))
    with pytest.raises(RemoteError, match="has 1 triples there, and 2 were sent") as error:
        send(layout, oxigraph, config, "update")
    assert "--anew" in error.value.hint
    assert send(layout, oxigraph, config, "update", anew=True).added == 2
    assert there(oxigraph, config) == {"one", "two"}


def test_requests_are_bounded() -> None:
    lines = [f"<urn:{number}> <urn:p> <urn:o> ." for number in range(2500)]
    assert [len(batch) for batch in publishing.batches(lines)] == [1000, 1000, 500]
    long = "x" * (publishing.BATCH_BYTES + 1)
    assert list(publishing.batches(["a", long, "b"])) == [("a",), (long,), ("b",)]
    assert list(publishing.batches([])) == []


def test_two_at_a_time_are_refused(tmp_path: Path) -> None:
    place = (tmp_path / "x.log", "http://a.example/", "urn:g")
    with sent.opened(*place), pytest.raises(LockedError), sent.opened(*place):
        pass


def test_a_record_that_was_cut_is_read_up_to_there(tmp_path: Path) -> None:
    file = tmp_path / "x.log"
    with sent.opened(file, "http://a.example/", "urn:g") as record:
        record.note("+", "urn:g", ["<urn:a> <urn:b> <urn:c> .", "<urn:a> <urn:b> <urn:d> ."])
        record.note("-", "urn:g", ["<urn:a> <urn:b> <urn:c> ."])
    with file.open("a") as out:
        out.write("+<urn:g> <urn:a> <urn:b")
    assert sent.read(file).graphs == {"urn:g": {"<urn:a> <urn:b> <urn:d> ."}}


def test_what_cannot_be_published(tmp_path: Path) -> None:
    url = "http://127.0.0.1:9/update"
    with pytest.raises(NotFoundError):
        publishing.publish(Layout(tmp_path / "none"), url, settings())
    layout = published(tmp_path / "kg", facts("one"))
    with pytest.raises(ConfigError, match="name of a graph"):
        publishing.publish(layout, url, settings({"graph": "none"}))
    with pytest.raises(ConfigError, match="no IRI"):
        publishing.publish(layout, url, settings({"graph": "x> } ; DROP ALL #"}))
    with pytest.raises(UsageError, match="protocol"):
        publishing.publish(layout, url, settings(), protocol="ftp")
    with pytest.raises(RemoteError, match="cannot be reached"):
        publishing.publish(layout, url, settings())
