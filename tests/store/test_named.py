"""Named queries and their parameters."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from kgtool.errors import NotFoundError, QueryError, UsageError
from kgtool.store import named
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.vocabulary import XSD

SHIPPED = sorted(f.stem for f in (Path(__file__).parents[2] / "queries").glob("*.rq"))
SAMPLES = {
    "string": "x",
    "integer": "1",
    "iri": "https://kgtool.example/entity/A",
    "entity": "https://kgtool.example/entity/A",
    "decimal": "0.5",
    "date": "1943-12-08",
}


def typed(value: str, datatype: str) -> ox.Literal:
    return ox.Literal(value, datatype=ox.NamedNode(XSD + datatype))


def test_there_are_queries() -> None:
    assert {"about", "counts", "facts"} & set(SHIPPED) and len(SHIPPED) >= 3


@pytest.mark.parametrize("name", SHIPPED)
def test_every_query_that_comes_with_kgtool_runs(name: str) -> None:
    query = named.find(name)
    assert query.title
    assert query.description and query.columns
    given = [f"{p}={SAMPLES[kind]}" for p, (kind, default) in query.params.items() if default is None]
    results = OxigraphStore().query(query.sparql, parameters=named.terms(given, query.params))
    assert list(results.rows()) is not None and results.variables == query.columns


def test_the_header_is_read() -> None:
    query = named.parse("q", "# title:  Facts \n#param: name string\n# param: limit integer 10\nSELECT * {}\n")
    assert query.title == "Facts"
    assert query.params == {"name": ("string", None), "limit": ("integer", "10")}
    assert query.sparql.endswith("SELECT * {}\n")


def test_a_default_may_have_spaces() -> None:
    assert named.parse("q", "# param: name string Alan Turing").params == {"name": ("string", "Alan Turing")}


def test_an_empty_title_does_not_eat_the_next_line() -> None:
    query = named.parse("q", "# title:\n# param: name string\nASK {}\n")
    assert (query.title, query.params) == ("", {"name": ("string", None)})


def test_an_empty_param_is_no_crash() -> None:
    try:
        assert named.parse("q", "# param:\nASK {}").params == {}
    except UsageError as error:
        assert "param" in error.message


def test_a_query_of_the_user_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "facts.rq").write_text("# title: Mine\nASK {}\n")
    monkeypatch.chdir(tmp_path)
    assert named.find("facts").title == "Mine"
    assert named.find("counts").title


def test_an_unknown_query_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match="@nope") as caught:
        named.find("nope")
    assert "@facts" in caught.value.hint


@pytest.mark.parametrize("name", ["../secret", "sub/../../secret", "link"])
def test_no_file_outside_the_folder_is_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "queries" / "sub").mkdir(parents=True)
    (tmp_path / "secret.rq").write_text("ASK {}")
    (tmp_path / "queries" / "link.rq").symlink_to(tmp_path / "secret.rq")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFoundError):
        named.find(name)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Alan Turing", ox.Literal("Alan Turing")),
        ("a=b", ox.Literal("a=b")),
        ("", ox.Literal("")),
        ("-7", typed("-7", "integer")),
        ("7.5", typed("7.5", "decimal")),
        ("7.", ox.Literal("7.")),
        ('"Alan Turing"@en', ox.Literal("Alan Turing", language="en")),
        ('"1943"^^xsd:gYear', typed("1943", "gYear")),
        ('"1"^^<http://a.example/t>', ox.Literal("1", datatype=ox.NamedNode("http://a.example/t"))),
        ('"a" . <x:y> <x:y> "b"@en', ox.Literal('a" . <x:y> <x:y> "b', language="en")),
        ('"quoted"', ox.Literal('"quoted"')),
        ("<https://a.example/b>", ox.NamedNode("https://a.example/b")),
        ("<not an iri>", ox.Literal("<not an iri>")),
    ],
)
def test_without_a_kind_it_is_guessed(text: str, term: object) -> None:
    assert named.terms([f"x={text}"]) == {"x": term}


@pytest.mark.parametrize(
    ("kind", "text", "term"),
    [
        ("string", "7", ox.Literal("7")),
        ("integer", "007", typed("7", "integer")),
        ("decimal", "2.5", typed("2.5", "decimal")),
        ("decimal", "0.123456789", typed("0.123456789", "decimal")),
        ("date", "1943-12-08", typed("1943-12-08", "date")),
        ("boolean", "true", typed("true", "boolean")),
        ("boolean", "0", typed("false", "boolean")),
        ("text@de", "Wie geht's? \" } #", ox.Literal("Wie geht's? \" } #", language="de")),
        ("iri", "https://a.example/b", ox.NamedNode("https://a.example/b")),
    ],
)
def test_a_value_becomes_a_term_of_its_kind(kind: str, text: str, term: ox.Literal | ox.NamedNode) -> None:
    found = named.terms([f"x={text}"], {"x": (kind, None)})["x"]
    assert type(found) is type(term)
    assert getattr(found, "datatype", None) == getattr(term, "datatype", None)
    assert found.value.rstrip("0") == term.value.rstrip("0")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "seven"),
        ("integer", ""),
        ("decimal", "x"),
        ("decimal", "nan"),
        ("decimal", "inf"),
        ("date", "tomorrow"),
        ("boolean", "yes"),
        ("date", "1943-02-30"),
        ("iri", "no scheme"),
        ("iri", "https://a> } # "),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_what_is_wanted(kind: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"--param x: {re.escape(repr(text))} is no {kind}") as raised:
        named.terms([f"x={text}"], {"x": (kind, None)})
    assert raised.value.hint == f"give {named.WANTED[kind]}"


@pytest.mark.parametrize("value", ["-1", "1.5", "abc", "<x:y>", '"1"@en', "99999999999999999999"])
@pytest.mark.parametrize("word", ["LIMIT", "OFFSET"])
def test_a_number_of_rows_that_is_none_is_told(word: str, value: str) -> None:
    query = f"SELECT * {{ ?s ?p ?o FILTER(?o != $n) }} {word.lower()} # of rows\n $n"
    with pytest.raises(QueryError, match=f"parameter n .*{word}") as raised:
        OxigraphStore().query(query, parameters=named.terms([f"n={value}"]))
    assert value.strip('<>"@en') in raised.value.message and "0 or more" in raised.value.message
    assert OxigraphStore().query(query, parameters=named.terms(["n=0"])).variables


@pytest.mark.parametrize("text", ["x", "=x", ""])
def test_a_parameter_has_a_name_and_a_value(text: str) -> None:
    with pytest.raises(UsageError, match="NAME=VALUE"):
        named.terms([text])


def test_defaults_are_filled_in_and_the_rest_must_be_given() -> None:
    params = {"limit": ("integer", "10"), "name": ("string", None)}
    assert named.terms(["name=x"], params) == {"name": ox.Literal("x"), "limit": typed("10", "integer")}
    with pytest.raises(UsageError, match="--param name"):
        named.terms([], params)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown kind 'number'") as caught:
        named.parse("q", "# param: n number\nASK {}")
    assert "integer" in caught.value.hint


def entities() -> OxigraphStore:
    """Two things called Turing, one of them by alias, and a relation."""
    store = OxigraphStore()
    names = [("Turing", "label", "Turing"), ("Alan", "label", "Alan Turing"), ("Alan", "altLabel", "Turing"),
             ("A", "altLabel", "Both"), ("B", "altLabel", "both")]  # fmt: skip
    of = {
        "label": "http://www.w3.org/2000/01/rdf-schema#label",
        "altLabel": "http://www.w3.org/2004/02/skos/core#altLabel",
    }
    store.load(
        ox.Quad(ox.NamedNode(store.space.entity(e)), ox.NamedNode(of[p]), ox.Literal(n, language="en"))
        for e, p, n in names
    )
    return store


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("Alan Turing", "Alan"),
        ("ALAN TURING", "Alan"),
        ("Turing", "Turing"),
        ("Both", "A"),
        ("<https://kgtool.example/entity/X>", "X"),
        ("https://kgtool.example/entity/X", "X"),
    ],
)
def test_an_entity_is_found_by_name(text: str, entity: str) -> None:
    found = named.terms([f"x={text}"], {"x": ("entity", None)}, entities())["x"]
    assert found == ox.NamedNode(f"https://kgtool.example/entity/{entity}")


def test_an_entity_that_is_not_one() -> None:
    with pytest.raises(UsageError, match="several") as caught:
        named.terms(["x=BOTH"], {"x": ("entity", None)}, entities())
    assert "entity/A" in caught.value.hint
    for nobody in ("Nobody", '" } #', "", "e:Alan"):
        with pytest.raises(NotFoundError):
            named.terms([f"x={nobody}"], {"x": ("entity", None)}, entities())
    with pytest.raises(UsageError):
        named.terms(["x=<https://a> } #>"], {"x": ("entity", None)}, entities())
