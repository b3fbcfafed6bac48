"""The names and values in the words of a model's fact."""

from __future__ import annotations

import pytest

from kgtool.extract.parts import parts
from kgtool.model import Triple


def found(predicate: str, other: str, subject: str = "Nosferatu") -> list[tuple[str, str]]:
    """Predicate and object of every candidate in a fact."""
    return [(t.predicate, t.object) for t in parts(Triple(subject, predicate, other, predicate_lemma=predicate))]


@pytest.mark.parametrize(
    ("predicate", "other", "wanted"),
    [
        (
            "is a silent film",
            "directed by Friedrich Murnau in 1922",
            [("is a silent film directed by", "Friedrich Murnau"), ("is a silent film directed by in", "1922")],
        ),
        ("was shown", "on 4 March 1922", [("was shown on", "4 March 1922")]),
        ("was shown on", "March 4, 1922 in Berlin", [("was shown on", "March 4, 1922"), ("was shown on in", "Berlin")]),
        (
            "belongs to",
            "the National Archive of the Netherlands",
            [("belongs to", "National Archive of the Netherlands")],
        ),
        ("was shown in", "Italy's Museum of Film", [("was shown in", "Italy"), ("was shown in", "Museum of Film")]),
        ("was shot in", "Wismar.", [("was shot in", "Wismar")]),
        ("was shot in", "Wismar", []),
        (
            "and Prana's owner,",
            "Albin Grau in Berlin",
            [("and", "Prana"), ("and owner,", "Albin Grau"), ("and owner, in", "Berlin")],
        ),
        ("tells of", "a count", []),
        ("Prana Film", "made it", []),
        ("outlived Nosferatu and", "Dracula", []),
    ],
)
def test_the_words_in_front_of_a_name_are_its_predicate(
    predicate: str, other: str, wanted: list[tuple[str, str]]
) -> None:
    assert found(predicate, other) == wanted


def test_candidates_are_no_statements_and_have_typed_values() -> None:
    (day,) = parts(Triple("Nosferatu", "was shown", "on 4 March 1922", predicate_lemma="be shown", confidence=0.8))
    assert (day.predicate_lemma, day.value, day.datatype, day.confidence) == ("", "1922-03-04", "date", 0.8)
