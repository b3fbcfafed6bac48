"""Endpoints that fail, each in its own way, and what must never leave this machine."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from endpoints import Server as Real
from sparql_server import ROWS, Server
from tests_support import Run

import kgtool as library
from kgtool.backoff import Backoff
from kgtool.errors import EndpointError, KgtoolError, NotFoundError, QueryError, RemoteError, UsageError
from kgtool.store import prologue
from kgtool.store.address import Credentials, shown
from kgtool.store.protocol import Endpoint
from kgtool.store.remote import RemoteStore
from kgtool.store.vocabulary import Namespaces

SPACE = Namespaces("https://kgtool.example/")
ASKED = "SELECT ?x { ?x ?p ?o }"
NOBODY = Credentials()
SECRET = Credentials("me", "hunter22")
TOKEN = Credentials(token="t0ps3cret")


def store(url: str, credentials: Credentials = NOBODY, timeout: float = 5.0) -> RemoteStore:
    backoff = Backoff(retries=2, first=0.001)
    return RemoteStore(Endpoint(url, credentials=credentials, backoff=backoff, timeout=timeout), SPACE, SPACE.facts)


def values(found: RemoteStore, sparql: str = ASKED) -> list[str]:
    return [row[0].value for row in found.query(sparql).rows()]


PAGE = b"<!DOCTYPE html><html><head><title>Welcome\nto us</title></head><body>x</body></html>"


@pytest.mark.parametrize(
    ("step", "error", "told"),
    [
        ({"body": PAGE, "kind": "text/html; charset=utf-8"}, EndpointError, "web page: Welcome to us"),
        ({"body": PAGE, "kind": "text/html", "status": 500}, RemoteError, "HTTP 500: Welcome to us"),
        ({"body": b"no \x1b[31m memory", "kind": "text/plain", "status": 500}, RemoteError, r"500: no \[31m memory"),
        ({"body": b"x" * 9999, "kind": "text/plain", "status": 500}, RemoteError, "xxx…"),
        ({"body": b"syntax error at 'x'", "kind": "text/plain", "status": 400}, QueryError, "syntax error at 'x'"),
        ({"status": 401, "body": b""}, EndpointError, "HTTP 401"),
        ({"status": 404, "body": b"nothing here"}, EndpointError, "HTTP 404: nothing here"),
        ({"status": 304, "body": b""}, RemoteError, "HTTP 304"),
        ({"body": b"x\n1\n", "kind": "text/csv"}, RemoteError, "the answer is text/csv"),
        ({"body": b"", "kind": ""}, RemoteError, "of no type"),
        ({"cut": 60}, RemoteError, "not whole"),
        ({"body": ROWS[:60]}, RemoteError, "cut or damaged; it ends with “.*bindings"),
        ({"body": ROWS[:47] + b"cancelled after 2 s"}, RemoteError, "cancelled after 2 s"),
        ({"body": b"null"}, RemoteError, "cut or damaged"),
        ({"headers": {"X-SPARQL-MaxRows": "1"}}, RemoteError, "gives 1 rows at most"),
        ({"headers": {"Content-Encoding": "gzip"}}, RemoteError, "damaged"),
        ({"status": 302, "headers": {"Location": "/sparql"}}, EndpointError, "without end"),
        ({"status": 302, "headers": {"Location": "file:///etc/passwd"}}, EndpointError, "to no address"),
        ({"status": 302, "headers": {"Location": "http://me:pw@a.example/"}}, EndpointError, "to no address"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told(step: dict[str, object], error: type[KgtoolError], told: str) -> None:
    with Server(step) as server, pytest.raises(error, match=told) as raised:
        values(store(server.url))
    assert len(raised.value.message) < 500 and raised.value.hint
    assert raised.value.code == (2 if error is QueryError else 4)


@pytest.mark.parametrize("first", [{"status": 429, "headers": {"Retry-After": "0"}}, {"status": 503}, {"drop": True}])
def test_what_may_pass_is_asked_again(first: dict[str, object]) -> None:
    with Server(first, first, {}) as server:
        assert values(store(server.url)) == ["one"]
    with Server(first) as server, pytest.raises(RemoteError, match="after 3 attempts"):
        values(store(server.url))


def test_a_server_that_asks_to_wait_for_long_is_not_waited_for() -> None:
    step = {"status": 429, "headers": {"Retry-After": "9999"}, "body": b"come tomorrow"}
    with Server(step) as server, pytest.raises(RemoteError, match=r"come tomorrow.*it asks to wait 9999 s"):
        values(store(server.url))


def test_a_slow_server_is_given_up_and_not_asked_again() -> None:
    with Server({"hang": 1.0}) as server:
        with pytest.raises(RemoteError, match=r"nothing came for 0\.2 s"):
            values(store(server.url, timeout=0.2))
        assert len(server.requests) == 1


def test_nobody_there() -> None:
    with pytest.raises(EndpointError, match="cannot be reached: Connection refused"):
        values(store("http://127.0.0.1:9/sparql"))


def test_a_certificate_that_nobody_signed(tmp_path: Path) -> None:
    file = tmp_path / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file, "-out", tmp_path / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    with file.open("ab") as both:
        both.write((tmp_path / "certificate.pem").read_bytes())
    with Server({}, certificate=file) as server:
        with pytest.raises(EndpointError, match=r"certificate is not trusted: .*self-signed") as raised:
            values(store(server.url))
        assert "SSL_CERT_FILE" in raised.value.hint and server.requests == []
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
            assert values(store(server.url, TOKEN)) == ["one"]
        assert server.requests[0][0]["authorization"] == "Bearer t0ps3cret"


@pytest.mark.parametrize("credentials", [SECRET, TOKEN])
def test_credentials_go_to_their_own_host_alone(credentials: Credentials) -> None:
    asks = {"status": 401, "headers": {"WWW-Authenticate": 'Basic realm="x"'}, "body": b""}
    with Server(asks) as other:
        away = {"status": 307, "headers": {"Location": other.url}, "body": b""}
        script = [asks, away] if credentials.user else [away]
        with Server(*script) as server, pytest.raises(EndpointError, match="HTTP 401"):
            values(store(server.url, credentials))
        assert other.requests and not any("authorization" in headers for headers, _ in other.requests)


def test_writing_is_not_redirected_to_another_host() -> None:
    with Server({}) as other:
        away = {"status": 307, "headers": {"Location": other.url.replace("127.0.0.1", "localhost")}, "body": b""}
        with Server(away) as server, pytest.raises(EndpointError, match="another host"):
            store(server.url).update("CLEAR ALL")
        assert other.requests == []


def test_a_password_is_sent_when_asked_for_and_then_at_once() -> None:
    asks = {"status": 401, "headers": {"WWW-Authenticate": 'Basic realm="x"'}, "body": b""}
    with Server(asks, {}) as server:
        found = store(server.url, SECRET)
        assert values(found) == values(found) == ["one"]
        assert ["authorization" in headers for headers, _ in server.requests] == [False, True, True]


def test_secrets_are_not_shown() -> None:
    told = {"status": 403, "body": b"t0ps3cret is no good token", "kind": "text/plain"}
    with Server(told) as server, pytest.raises(EndpointError) as raised:
        values(store(f"{server.url}?key=abc", TOKEN))
    assert "t0ps3cret" not in raised.value.message and "abc" not in raised.value.message
    assert "t0ps3cret" not in repr(TOKEN) and "hunter22" not in repr(SECRET)
    assert shown("https://me:pw@a.example:8443/x?key=abc#y") == "https://a.example:8443/x?…"


@pytest.mark.parametrize("url", ["https://", "https://me:pw@a.example/x", "http://a b/", "http://a:0x/", "http:///x"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(UsageError):
        Endpoint(url)


def test_secrets_are_not_sent_where_others_can_read_them() -> None:
    with pytest.raises(UsageError, match="a token is not sent over http"):
        Endpoint("http://a.example/sparql", credentials=TOKEN)


def test_a_query_names_its_dataset_and_prefixes() -> None:
    with Server({}) as server:
        found = store(server.url)
        values(found, "SELECT ?x { GRAPH <urn:mine> { e:A ?p ?x } }")
        values(found, "PREFIX e: <urn:> SELECT ?x FROM <urn:other> { e:A ?p ?x }")
        first, second = (parse_qs(body) for _, body in server.requests)
    assert first["query"][0].startswith("PREFIX e: <https://kgtool.example/entity/> SELECT")
    assert first["default-graph-uri"] == [SPACE.facts]
    assert first["named-graph-uri"] == [SPACE.decisions, SPACE.provenance, "urn:mine"]
    assert second.keys() == {"query"} and second["query"][0].startswith("PREFIX e: <urn:>")


def test_the_graphs_that_a_query_names() -> None:
    prefixes = {"g": "https://kgtool.example/graph/"}
    text = """# GRAPH <urn:comment>
    PREFIX : <urn:my#> PREFIX g: <urn:g/>
    SELECT * { GRAPH ?v { ?s ?p "GRAPH <urn:text>" } graph :a { } GRAPH # here
    <urn:b> { } GRAPH g:c { } GRAPH none:d { } }"""
    assert prologue.graphs(text, prefixes) == {"urn:my#a", "urn:b", "urn:g/c"}


def test_nodes_without_a_label_of_virtuoso() -> None:
    body = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{ "type": "bnode", "value": "nodeID://b1" }},'
    body += b'{"x":{"type":"literal","value":"\\"bnode\\", \\"value\\": \\"nodeID://b2"}}]}}'
    with Server({"body": body}) as server:
        assert values(store(server.url)) == ["b1", '"bnode", "value": "nodeID://b2']


@pytest.mark.parametrize("name", ["oxigraph", "virtuoso"])
@pytest.mark.endpoint
def test_the_same_commands_at_an_endpoint(
    kgtool: Run, demo: Path, tmp_path: Path, request: pytest.FixtureRequest, name: str
) -> None:
    real: Real = request.getfixturevalue(name)
    copy = tmp_path / "kg"
    subprocess.run(["cp", "-r", demo, copy], check=True)
    graph = "https://kgtool.example/facts/demo"
    sent = kgtool(
        "publish", real.updates, "--query-url", real.queries, "--graph", graph, "--json", "-s", copy, **real.login
    )  # fmt: skip
    assert sent.returncode == 0, sent.stderr
    assert json.loads(sent.stdout)["added"] == json.loads(sent.stdout)["triples"] > 2000
    remote = ("-s", real.queries, "--graph", graph)
    who = "SELECT ?who WHERE { e:Colossus r:be_designed_by ?x . ?x rdfs:label ?who }"
    for format in ("json", "tsv", "csv", "xml", "ndjson"):
        here, there = (kgtool("query", who, "--format", format, *at) for at in (remote, ("-s", demo)))
        assert (here.returncode, here.stdout) == (0, there.stdout), here.stderr
    answer = kgtool("reason", "Who designed Colossus?", "--encoder", "none", *remote)
    first = "Tommy Flowers\t<https://kgtool.example/entity/Tommy_Flowers>"
    assert (answer.returncode, answer.stdout.splitlines()[0]) == (0, first), answer.stderr
    exported = kgtool("export", "--provenance", "none", "--format", "nt", *remote)
    assert exported.stdout == kgtool("export", "--provenance", "none", "--format", "nt", "-s", demo).stdout


@pytest.mark.endpoint
def test_rows_that_a_server_leaves_out_are_missed(virtuoso: Real) -> None:
    login = Credentials(*virtuoso.login.values())
    found = RemoteStore(
        Endpoint(virtuoso.queries), SPACE, "urn:many", named=(), updates=Endpoint(virtuoso.updates, credentials=login)
    )
    for begin in range(0, 12_000, 1000):
        rows = "\n".join(f"<urn:s{number}> <urn:p> {number} ." for number in range(begin, begin + 1000))
        found.update(f"INSERT DATA {{ GRAPH <urn:many> {{ {rows} }} }}")
    with pytest.raises(RemoteError, match="gives 10000 rows at most"):
        values(found)
    with pytest.raises(RemoteError, match="of the 12000 triples"):
        list(found.quads())


@pytest.mark.endpoint
def test_a_query_that_the_server_cancels(oxigraph: Real) -> None:
    found = RemoteStore(Endpoint(oxigraph.queries), SPACE, "urn:large", updates=Endpoint(oxigraph.updates))
    rows = "\n".join(f"<urn:s{number}> <urn:p> {number} ." for number in range(3000))
    found.update(f"INSERT DATA {{ GRAPH <urn:large> {{ {rows} }} }}")
    with pytest.raises(RemoteError, match="cancelled"):
        values(found, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")


def test_the_command_line_tells_it_in_two_lines(kgtool: Run, demo: Path) -> None:
    with Server({"body": PAGE, "kind": "text/html"}) as server:
        done = kgtool("query", ASKED, "-s", server.url)
        assert (done.returncode, done.stdout) == (4, "")
        assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == ["error", "hint"]
        away = kgtool("status", "-s", server.url)
        assert away.returncode == 2 and "not an endpoint" in away.stderr
    both = kgtool("query", ASKED, "-s", "https://a.example/", KGTOOL_STORE_USER="me", KGTOOL_STORE_TOKEN="hidden")
    assert both.returncode == 2 and "hidden" not in both.stderr


@pytest.mark.parametrize(
    ("graph", "told", "hint"),
    [
        ("", "the graph <https://kgtool.example/graph/facts> is empty", "--graph none"),
        ("none", "the default graph", ""),
    ],
)
def test_reasoning_over_an_empty_graph_is_refused(graph: str, told: str, hint: str) -> None:
    """Else every question would have names that the graph does not know."""
    with Server({"body": b'{"head": {}, "boolean": false}'}) as server:
        with pytest.raises(NotFoundError) as refused:
            library.open(server.url, graph=graph).reason("Who designed Colossus?")
        assert len(server.requests) == 1
    assert told in refused.value.message and refused.value.code == 3
    assert refused.value.hint.startswith(hint) and f"-s {server.url} --graph none" in refused.value.hint
