"""What every fuser keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from kgtool import registry
from kgtool.llm.scripted import ScriptedModel
from kgtool.model import Evidence, LiteralValue, Triple
from kgtool.ports import Fuser, ModelRequest


def agreeing(request: ModelRequest) -> dict[str, object]:
    """A model to which all pairs are one thing."""
    count = request.schema["properties"]["answers"]["minItems"]
    return {"answers": [{"number": n, "why": "so it is", "answer": "same"} for n in range(1, count + 1)]}


MAKERS: dict[str, Callable[[], Fuser]] = {
    "cascade": lambda: registry.get("fuser", "cascade")(),
    "graphusion": lambda: registry.get("fuser", "graphusion")(ScriptedModel(agreeing)),
}


@pytest.fixture(params=sorted(MAKERS))
def fuser(request: pytest.FixtureRequest) -> Fuser:
    return MAKERS[request.param]()


def said(subject: str, predicate: str, other: str, document: str = "a", **more: str) -> Triple:
    evidence = Evidence(document, "0-1", 0, 1, "x", "given")
    return Triple(subject, predicate, other, evidence=evidence, confidence=0.8, **more)  # type: ignore[arg-type]


TRIPLES = [
    said("Colossus", "was designed by", "Tommy Flowers"),
    said("the Colossus", "was designed by", "Tommy Flowers", "b"),
    said("Colossus", "was built in", "1943", value="1943", datatype="gYear"),
    said("Colossus", "was", "a general computer", status="negated"),
    said("It", "was used at", "Bletchley Park"),
    said("Constrastive Learning", "was used at", "Bletchley Park"),  # a cascade leaves it open whether these are one
    said("Contrastive Learning", "was born in", "London"),
]


def test_it_is_a_fuser(fuser: Fuser) -> None:
    assert isinstance(fuser, Fuser)


def test_every_input_is_in_one_statement(fuser: Fuser) -> None:
    used = Counter(i for s in fuser.fuse(TRIPLES).statements for i in s.sources)
    assert used == Counter(range(len(TRIPLES)))


def test_repeated_facts_are_one_statement_with_more_support(fuser: Fuser) -> None:
    (statement,) = [s for s in fuser.fuse(TRIPLES).statements if 0 in s.sources]
    assert statement.sources == (0, 1)
    assert statement.support == 2
    assert statement.confidence > 0.8


def test_only_asserted_statements_about_something_are_published(fuser: Fuser) -> None:
    status = {i: s for s in fuser.fuse(TRIPLES).statements for i in s.sources}
    assert status[0].status == status[2].status == "published"
    assert status[3].status == status[4].status == "rejected"
    assert status[3].reason and status[4].reason


def test_literals_stay_literals(fuser: Fuser) -> None:
    objects = [s.object for s in fuser.fuse(TRIPLES).statements]
    assert LiteralValue("1943", "gYear") in objects


def test_order_does_not_matter(fuser: Fuser) -> None:
    forwards, backwards = fuser.fuse(TRIPLES), fuser.fuse(TRIPLES[::-1])
    assert forwards.entities == backwards.entities
    assert forwards.relations == backwards.relations
    assert forwards.decisions == backwards.decisions
    assert [s.key for s in forwards.statements] == [s.key for s in backwards.statements]


def test_nothing_gives_nothing(fuser: Fuser) -> None:
    empty = fuser.fuse([])
    assert not empty.entities and not empty.statements and not empty.decisions
