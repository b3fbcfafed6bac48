"""What every extractor keeps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kgtool import registry
from kgtool.llm.scripted import ScriptedModel
from kgtool.model import Chunk
from kgtool.ports import Extraction, Extractor


def graphusion() -> Extractor:
    """With a model that has read TEXT, and says the same about every other text."""
    rows = [
        ("Colossus", "was designed by", "Tommy Flowers", "Colossus was designed by Tommy Flowers", "yes"),
        ("Tommy Flowers", "worked at", "Dollis Hill", "He worked at Dollis Hill", "yes"),
        ("The machine", "was", "a general computer", "it was not a general computer", "yes"),
        ("It", "may have been", "the first of its kind", "It may have been the first of its kind.", "maybe"),
        ("Colossus", "may have been", "the first of its kind", "It may have been the first of its kind.", "yes"),
        ("Zuse", "built", "the Z3", "Zuse built the Z3 in Berlin", "yes"),
        ("Colossus", "was invented in", "Atlantis", "Colossus was invented in Atlantis", "yes"),
    ]
    keys = ("subject", "predicate", "object", "quote", "stated")
    answer = {"facts": [dict(zip(keys, row, strict=True)) for row in rows]}
    made: Extractor = registry.get("extractor", "graphusion")(ScriptedModel(lambda request: answer), jobs=2)
    return made


MAKERS: dict[str, Callable[[], Extractor]] = {
    "graphusion": graphusion,
    "rules": lambda: registry.get("extractor", "rules")(),
}

TEXT = (
    "Colossus was designed by Tommy Flowers. He worked at Dollis Hill.\nThe machine was first used in 1944, "
    "but it was not a general computer. It may have been the first of its kind."
)
PREFIX = "Ünïcode 🙂 before it.\r\n\r\n"


@pytest.fixture(scope="module", params=sorted(MAKERS))
def extractor(request: pytest.FixtureRequest) -> Extractor:
    return MAKERS[request.param]()


@pytest.fixture(scope="module")
def extraction(extractor: Extractor) -> Extraction:
    (found,) = extractor.extract([chunk(TEXT)])
    return found


def chunk(text: str, name: str = "d.txt") -> Chunk:
    return Chunk(name, len(PREFIX), len(PREFIX) + len(text), text, "Colossus")


def test_it_is_an_extractor(extractor: Extractor) -> None:
    assert isinstance(extractor, Extractor)


def test_every_quote_is_at_its_offsets(extraction: Extraction) -> None:
    document = PREFIX + TEXT
    assert extraction.triples
    for t in extraction.triples:
        e = t.evidence
        assert document[e.begin : e.end] == e.quote
        assert e.quote.strip()
        assert (e.document, e.chunk) == ("d.txt", extraction.chunk.id)


def test_confidence_is_a_probability_and_ends_are_not_empty(extraction: Extraction) -> None:
    for t in extraction.triples:
        assert 0 < t.confidence <= 1
        assert t.subject.strip() and t.predicate.strip() and t.object.strip()


def test_the_main_fact_is_asserted(extraction: Extraction) -> None:
    facts = {(t.subject, t.predicate, t.object) for t in extraction.triples if t.status == "asserted"}
    assert ("Colossus", "was designed by", "Tommy Flowers") in facts


def test_what_is_denied_or_hedged_is_not_asserted(extraction: Extraction) -> None:
    said = [t for t in extraction.triples if "general computer" in t.object or "first of its kind" in t.object]
    assert said
    assert all(t.status != "asserted" for t in said)


def test_one_extraction_per_chunk_in_order_and_apart(extractor: Extractor) -> None:
    chunks = [chunk(TEXT, "1"), chunk("", "2"), chunk("Zuse built the Z3 in Berlin.", "3")]
    together = list(extractor.extract(chunks))
    assert [e.chunk for e in together] == chunks
    assert not any(e.error for e in together)
    apart = [e for c in reversed(chunks) for e in extractor.extract([c])]
    assert together == apart[::-1]


def test_settings_are_text_and_stay(extractor: Extractor) -> None:
    settings = dict(extractor.settings())
    assert settings == dict(extractor.settings())
    assert all(isinstance(v, str) and v for v in settings.values())
    assert "extractor" in settings


@pytest.mark.parametrize(
    "text", ["...", "🙂 🙂", "A" * 5000, "1 2 3 4", "\t\n ", "שלום עולם", "NUL-free \x01\x02 text was read by X."]
)
def test_odd_texts_are_survived(extractor: Extractor, text: str) -> None:
    (found,) = extractor.extract([chunk(text)])
    document = PREFIX + text
    assert all(document[t.evidence.begin : t.evidence.end] == t.evidence.quote for t in found.triples)
