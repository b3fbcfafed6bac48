"""Plans: what the engine would do, whatever is in the graph."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from kgtool.errors import QueryError, UsageError
from kgtool.store.plan import plan
from kgtool.store.vocabulary import Namespaces

SPACE = Namespaces("https://kgtool.example/")


def test_a_plan_is_the_same_each_time() -> None:
    query = "SELECT ?l (COUNT(*) AS ?n) { ?a rdfs:label ?l ; r:x $what } GROUP BY ?l ORDER BY ?n LIMIT 3"
    found = [list(plan(query, SPACE, parameters={"what": ox.Literal("x")}).lines()) for _ in range(2)]
    assert found[0] == found[1]
    assert found[0][0] == "Slice(start = 0, length = 3)" and found[0][1].startswith("  Project(")
    assert any(line.strip() == 'QuadPattern(?a <https://kgtool.example/relation/x> "x")' for line in found[0])


@pytest.mark.parametrize("query", ["ASK { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }", "SELECT (xsd:int(7) AS ?x) {}"])
def test_every_form_has_a_plan(query: str) -> None:
    assert plan(query, SPACE).to_json()["inputs"]


@pytest.mark.parametrize("query", ["SELECT * {", "DROP ALL", "ASK { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"])
def test_what_is_no_query_has_none(query: str) -> None:
    with pytest.raises(QueryError):
        plan(query, SPACE)


def test_without_the_program_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    with pytest.raises(UsageError, match="not installed"):
        plan("ASK {}", SPACE)
