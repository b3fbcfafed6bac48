"""Further readings of a parse, on the real pipeline."""

from __future__ import annotations

import pytest
import spacy

from kgtool.extract.readings import READINGS, Readings
from kgtool.extract.rules import RulesExtractor

PLAIN = "Marie Curie discovered radium in 1898."
TANGLED = (
    "Old men and women who the horse raced past the barn saw people that are signaling molecules walk by their side."
)


@pytest.fixture(scope="module")
def extractor() -> RulesExtractor:
    return RulesExtractor()


def trees(extractor: RulesExtractor, text: str, readings: Readings) -> list[list[tuple[str, int]]]:
    return [[(t.dep_, t.head.i) for t in reading] for reading in readings.of(extractor.nlp(text))]


def test_readings_are_the_same_each_time_and_not_all_the_parse(extractor: RulesExtractor) -> None:
    first = trees(extractor, TANGLED, Readings(extractor.nlp))
    assert first == trees(extractor, TANGLED, Readings(extractor.nlp)) and len(first) == READINGS
    assert any(tree != [(t.dep_, t.head.i) for t in extractor.nlp(TANGLED)] for tree in first)


def test_the_parser_is_left_as_it_was(extractor: RulesExtractor) -> None:
    before = extractor.nlp(TANGLED).to_bytes()
    doc = extractor.nlp(TANGLED)
    kept = doc.to_bytes()
    readings = [r for _ in range(3) for r in extractor.readings.of(doc)]
    assert len(readings) == 3 * READINGS
    assert doc.to_bytes() == kept and extractor.nlp(TANGLED).to_bytes() == before


def test_a_reading_has_the_words_tags_and_names_of_the_parse(extractor: RulesExtractor) -> None:
    doc = extractor.nlp(PLAIN)
    for reading in extractor.readings.of(doc):
        assert reading.text == doc.text
        assert [(t.tag_, t.lemma_, t.ent_type_, t.idx) for t in reading] == [
            (t.tag_, t.lemma_, t.ent_type_, t.idx) for t in doc
        ]


@pytest.mark.parametrize("text", ["", " ", "One."])
def test_little_text_is_read(extractor: RulesExtractor, text: str) -> None:
    assert [r.text for r in extractor.readings.of(extractor.nlp(text))] == [text] * READINGS


def test_findings_say_in_how_many_readings_they_are(extractor: RulesExtractor) -> None:
    plain = [share for _, _, share in extractor.findings(extractor.nlp(PLAIN), PLAIN, None)]
    tangled = [share for _, _, share in extractor.findings(extractor.nlp(TANGLED), TANGLED, None)]
    assert plain and set(plain) == {1.0}
    assert min(tangled) < 1 and all(share * READINGS in range(READINGS + 1) for share in tangled)


def test_a_pipeline_without_such_a_parser_has_no_readings() -> None:
    nlp = spacy.blank("en")
    assert list(Readings(nlp).of(nlp(PLAIN))) == []
