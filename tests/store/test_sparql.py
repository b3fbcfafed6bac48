"""Parameters, what only reads, and where a query is wrong."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kgtool.errors import KgtoolError, QueryError, UsageError
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.sparql import bind, check_readonly, form, tokens

STORE = OxigraphStore()
SERVICE = "SERVICE <http://127.0.0.1:9/> { ?s ?p ?o }"
PIECES = st.sampled_from(
    "\" ' ''' \"\"\" \\ \\u0022 \\n $x ?x } { ) # <a> \r \n \x00 @en ^^ SERVICE INSERT 👍 \u2028".split(" ")
)
VALUES = st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join))


def value(x: ox.Literal | ox.NamedNode) -> object:
    ((found,),) = STORE.query("SELECT ($x AS ?v) {}", parameters={"x": x}).rows()
    return found


@given(VALUES)
@example('x") } INSERT DATA { <a:b> <a:b> <a:b> } #')
@example("\\u0022) AS ?v) {} #")
def test_any_text_comes_back_unchanged(text: str) -> None:
    assert value(ox.Literal(text)) == ox.Literal(text)


@given(VALUES)
def test_any_text_matches_what_is_stored(text: str) -> None:
    store = OxigraphStore()
    node = ox.NamedNode("https://kgtool.example/entity/a")
    store.load([ox.Quad(node, node, ox.Literal(text))])
    rows = store.query("SELECT ?s { ?s ?p ?o FILTER(STR(?o) = $x) }", parameters={"x": ox.Literal(text)}).rows()
    assert list(rows) == [(node,)]


@pytest.mark.parametrize(
    "term",
    [
        ox.Literal("7", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")),
        ox.Literal("x", language="en"),
        ox.NamedNode("https://kgtool.example/entity/C%2B%2B"),
    ],
)
def test_terms_keep_their_kind(term: ox.Literal | ox.NamedNode) -> None:
    assert value(term) == term


@pytest.mark.parametrize(
    "kept",
    [
        '"$x"',
        "'$x'",
        '"a \\" $x"',
        '"""$x "" $x"""',
        "'''$x\n'$x'''",
        "# $x",
        "<http://a/$x>",
        "<http://a/#$x>",
        "?x",
        "$xy",
        "e:\\$x",
    ],
)
def test_only_the_parameter_itself_is_replaced(kept: str) -> None:
    assert bind(f"{kept}\n$x", {"x": ox.Literal("v")}) == f'{kept}\n"v"'


def test_a_comment_ends_where_its_line_does() -> None:
    assert bind("# c\r$x", {"x": ox.Literal("v")}) == '# c\r"v"'


def test_every_place_is_filled_and_values_are_not_filled_again() -> None:
    terms = {"x": ox.Literal("$y"), "y": ox.Literal("$x")}
    assert bind("$x+$y,$x", terms) == '"$y"+"$x","$y"'


def test_a_parameter_that_is_only_in_a_string_is_unknown() -> None:
    with pytest.raises(UsageError, match="'x'"):
        bind('SELECT ("$x" AS ?v) {}', {"x": ox.Literal("v")})


@given(VALUES)
def test_tokens_give_the_query_again(text: str) -> None:
    assert "".join(t for _, t in tokens(text)) == text


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <a:b> <a:b> <a:b> }",
        "  # SELECT\ndelete where { ?s ?p ?o }",
        "PREFIX select: <http://select/> DROP ALL",
        "BASE <http://a/> CLEAR DEFAULT",
        "WITH <a:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "LOAD <http://127.0.0.1:9/>",
        "CREATE GRAPH <a:g>",
        "COPY <a:g> TO <a:h>",
    ],
)
def test_updates_are_refused(update: str) -> None:
    with pytest.raises(QueryError, match="update"):
        check_readonly(update, allow_service=True)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o }",
        "ASK { ?s ?p 'INSERT SERVICE DROP' }",
        "# INSERT SERVICE\nASK {}",
        "PREFIX insert: <http://a/> SELECT * { ?service insert:delete insert:service }",
        'DESCRIBE <http://a/service> # "',
        'CONSTRUCT { ?s ?p """SERVICE "" x""" } { ?s ?p ?o }',
        "ASK { ?s e:a\\'b 'SERVICE' }",
    ],
)
def test_queries_that_only_read_are_allowed(query: str) -> None:
    check_readonly(query, allow_service=False)
    assert form(query) in {"SELECT", "ASK", "DESCRIBE", "CONSTRUCT"}


@pytest.mark.parametrize(
    "query",
    [
        f"ASK {{ {SERVICE} }}",
        "ASK { service silent ?x { ?s ?p ?o } }",
        f"ASK {{ # comment\r {SERVICE} }}",
        f"ASK {{ {{ e:a\\#b e:p ?o }} UNION {{ {SERVICE} }}\n}}",
        f"ASK {{ {{ e:a\\'b e:p ?o }} UNION {{ {SERVICE} }} FILTER('' = '') }}",
        f"ASK {{ FILTER('\\'' = '') {SERVICE} FILTER('' = '') }}",
    ],
)
def test_calls_of_other_servers_are_refused(query: str) -> None:
    with pytest.raises(QueryError, match="SERVICE"):
        STORE.query(query)


def test_a_server_that_cannot_be_reached_is_an_error_of_ours() -> None:
    with pytest.raises(KgtoolError):
        STORE.query(f"ASK {{ {SERVICE} }}", allow_service=True)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("SELEC ?x {}", "line 1, column 1"),
        ("SELECT ?x {\n  ?x ?y }", "line 2, column 10"),
        ("ASK {\n\n  nope:a ?p ?o }", "line 3, column"),
        ("", "line 1, column 1"),
    ],
)
def test_a_syntax_error_has_its_place(query: str, place: str) -> None:
    with pytest.raises(QueryError) as caught:
        STORE.query(query)
    assert place in caught.value.message and len(caught.value.message) < 220


def test_a_prefix_that_is_not_declared_is_said_so() -> None:
    with pytest.raises(QueryError, match="prefix that is not declared"):
        STORE.query("SELECT * { ?s nope:a ?o }")


@pytest.mark.parametrize(
    ("cast", "expected"),
    [
        ("xsd:int('7')", "7"), ("xsd:int(' +7 ')", "7"), ("xsd:int(7.9)", "7"), ("xsd:int(-7.9e0)", "-7"),
        ("xsd:int(true)", "1"), ("xsd:int('7.5')", None), ("xsd:int('')", None), ("xsd:int('--7')", None),
        ("xsd:int(e:a)", None), ("xsd:int(1e40)", None), ("xsd:int(1e400)", None), ("xsd:int('7'@en)", None),
        ("xsd:byte(127)", "127"), ("xsd:byte(128)", None), ("xsd:unsignedByte(-1)", None),
        ("xsd:nonNegativeInteger('0')", "0"), ("xsd:long('9223372036854775807')", "9223372036854775807"),
        ("xsd:long('9223372036854775808')", None), ("xsd:int('7') + 1", "8"), ("xsd:int(1, 2)", None),
    ],
)  # fmt: skip
def test_casts_to_integer_types(cast: str, expected: str | None) -> None:
    ((found,),) = STORE.query(f"SELECT ({cast} AS ?x) {{}}").rows()
    assert (found and found.value) == expected


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (<http://www.w3.org/2001/XMLSchema#int>('7') AS ?x) {}",
        "PREFIX s: <http://www.w3.org/2001/XMLSchema#> SELECT (s:int('7') AS ?x) {}",
        "PREFIX s: <http://www.w3.org/2001/XML> SELECT (s:Schema\\#int('7') AS ?x) {}",
        "BASE <http://www.w3.org/2001/XMLSchema> SELECT (<#int>('7') AS ?x) {}",
        "BASE <http://www.w3.org/2001/> SELECT (<XMLSchema#int>('7') AS ?x) {}",
        "SELECT (<http://www.w3.org/2001/XMLS\\u0063hema#int>('7') AS ?x) {}",
    ],
)
def test_a_cast_is_found_however_it_is_written(query: str) -> None:
    ((found,),) = STORE.query(query).rows()
    assert found.value == "7"


@pytest.mark.parametrize("update", ["insert data { <x:s> <x:p> 1 }", "# c\nPREFIX x: <x:>\nDelete where { ?s ?p ?o }"])
def test_an_update_is_no_query(update: str) -> None:
    with pytest.raises(QueryError, match="this is an update"):
        STORE.query(update)
    assert list(STORE.query(f'SELECT ("""{update}""" AS ?insert) {{}} # DROP').rows())


def test_an_unknown_function_is_a_mistake_in_the_query() -> None:
    with pytest.raises(QueryError, match=r"no function <https://.*nope>"):
        list(STORE.query("SELECT (kg:nope(1) AS ?x) {}").rows())


def test_limit_takes_a_parameter() -> None:
    query = "SELECT ?x { VALUES ?x { 1 2 3 } } LIMIT $n"
    number = ox.Literal("2", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer"))
    assert len(list(STORE.query(query, parameters={"n": number}).rows())) == 2
    with pytest.raises(QueryError):
        STORE.query(query, parameters={"n": ox.Literal("2 } #")})
