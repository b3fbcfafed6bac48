"""Which names are one entity."""

from __future__ import annotations

from kgtool.fuse.cascade import CascadeFuser
from kgtool.model import Evidence, Fusion, Triple


def said(subject: str, other: str, document: str = "a", predicate: str = "met", **more: str) -> Triple:
    return Triple(subject, predicate, other, evidence=Evidence(document, "0-1", 0, 1, "x", "given"), **more)  # type: ignore[arg-type]


def person(name: str, document: str = "a") -> Triple:
    return said(name, "Bletchley Park", document, "visited", subject_type="Person", object_type="Place")


def alias(full: str, short: str, document: str = "a") -> Triple:
    return said(full, short, document, "is also known as", predicate_lemma="also known as")


def fuse(*triples: Triple) -> Fusion:
    """The fusion, which no order of the triples may change."""
    made, back = (CascadeFuser().fuse(order) for order in (triples, triples[::-1]))
    assert (made.entities, made.clusters, made.decisions) == (back.entities, back.clusters, back.decisions)
    return made


def subject_of(fusion: Fusion, i: int) -> str:
    (found,) = [s.subject for s in fusion.statements if i in s.sources]
    return found


def labels(fusion: Fusion) -> set[str]:
    return {e.label for e in fusion.entities}


def rules(fusion: Fusion) -> set[tuple[str, str]]:
    return {(d.kind, d.rule) for d in fusion.decisions}


def test_initials_and_full_name_are_one_person() -> None:
    fusion = fuse(person("Alan Turing"), person("Alan Turing"), person("A. Turing"), person("Alan M. Turing", "b"))
    assert len({subject_of(fusion, i) for i in range(4)}) == 1
    (entity,) = [e for e in fusion.entities if e.type == "Person"]
    assert entity.label == "Alan Turing" and set(entity.aliases) == {"A. Turing", "Alan M. Turing"}
    assert ("merge", "person name") in rules(fusion)


def test_an_initial_that_fits_two_people_of_a_document_is_neither() -> None:
    fusion = fuse(person("John Adams"), person("John Quincy Adams"), person("J. Adams"))
    assert len({subject_of(fusion, i) for i in range(3)}) == 3


def test_an_initial_elsewhere_does_not_make_two_people_one() -> None:
    fusion = fuse(person("John Adams"), person("John Quincy Adams"), person("J. Adams", "b"))
    assert subject_of(fusion, 0) != subject_of(fusion, 1)


def test_an_initial_that_fits_unlike_names_is_neither() -> None:
    fusion = fuse(person("John Adams"), person("James Adams", "b"), person("J. Adams", "c"))
    assert len({subject_of(fusion, i) for i in range(3)}) == 3
    assert ("veto", "fits several people") in rules(fusion)


def test_two_full_names_in_one_document_are_two_people() -> None:
    fusion = fuse(person("John Adams"), person("John Quincy Adams"))
    assert subject_of(fusion, 0) != subject_of(fusion, 1)
    assert ("veto", "two full names in one document") in rules(fusion)


def test_a_surname_is_the_one_full_name_of_its_document() -> None:
    fusion = fuse(person("Alan Turing"), person("Turing"), person("Sara Turing", "b"), person("Turing", "b"))
    assert subject_of(fusion, 0) == subject_of(fusion, 1) != subject_of(fusion, 2) == subject_of(fusion, 3)


def test_a_surname_of_two_people_in_one_document_stays_apart() -> None:
    fusion = fuse(person("Alan Turing"), person("Sara Turing"), person("Turing"))
    assert len({subject_of(fusion, i) for i in range(3)}) == 3
    assert ("veto", "short form of several") in rules(fusion)


def test_a_surname_alone_is_the_one_full_name_of_the_corpus() -> None:
    fusion = fuse(person("Alan Turing"), person("Turing", "b"))
    assert subject_of(fusion, 0) == subject_of(fusion, 1)


def test_a_short_name_of_an_organization_is_understood_in_its_document_only() -> None:
    fusion = fuse(
        said("Moore School of Engineering", "ENIAC"), said("Moore School", "EDVAC"), said("Moore School", "BINAC", "b")
    )
    assert subject_of(fusion, 0) == subject_of(fusion, 1) != subject_of(fusion, 2)


def test_an_acronym_in_brackets_is_its_name_everywhere() -> None:
    fusion = fuse(alias("National Physical Laboratory", "NPL"), said("NPL", "ACE"), said("NPL", "Baby", "b"))
    assert {subject_of(fusion, i) for i in range(3)} == {"National_Physical_Laboratory"}
    assert "NPL" not in labels(fusion)
    assert ("merge", "alias") in rules(fusion)


def test_an_acronym_with_two_meanings_is_understood_per_document() -> None:
    fusion = fuse(
        alias("National Physical Laboratory", "NPL"),
        said("NPL", "ACE"),
        alias("Nashville Public Library", "NPL", "b"),
        said("NPL", "Baby", "b"),
        said("NPL", "ENIAC", "c"),
    )
    found = [subject_of(fusion, i) for i in range(5)]
    assert found == ["National_Physical_Laboratory"] * 2 + ["Nashville_Public_Library"] * 2 + ["NPL"]
    assert ("veto", "ambiguous alias") in rules(fusion)


def test_an_alias_that_is_denied_merges_nothing() -> None:
    denied = said("Colossus", "Bombe", predicate_lemma="also known as", status="negated")
    fusion = fuse(denied, said("Bombe", "Enigma"))
    assert subject_of(fusion, 0) != subject_of(fusion, 1)


def test_an_alias_of_a_pronoun_merges_nothing() -> None:
    fusion = fuse(alias("It", "SSEM"), said("SSEM", "Manchester"))
    assert subject_of(fusion, 1) == "SSEM"


def test_a_person_is_no_place_of_the_same_alias() -> None:
    named = said(
        "Ada Lovelace", "Lovelace Hall", predicate="is", predicate_lemma="also known as", subject_type="Person"
    )
    fusion = fuse(
        named, said("Lovelace Hall", "London", subject_type="Place"), said("Lovelace Hall", "x", subject_type="Place")
    )
    assert subject_of(fusion, 0) != subject_of(fusion, 1)
    assert ("veto", "different types") in rules(fusion)


def test_c_and_its_relatives_stay_apart() -> None:
    fusion = fuse(said("C", "Bell Labs"), said("C++", "Bell Labs"), said("C#", "Microsoft"))
    assert [subject_of(fusion, i) for i in range(3)] == ["C", "C%2B%2B", "C%23"]


def test_articles_case_and_hyphens_make_no_difference() -> None:
    fusion = fuse(said("the Colossus", "x"), said("Colossus", "y"), said("COLOSSUS", "z", "b"))
    assert len({subject_of(fusion, i) for i in range(3)}) == 1


def test_a_pronoun_is_no_entity_that_is_spelled_like_it() -> None:
    fusion = fuse(said("the US", "Japan"), said("us", "Japan", "b"))
    assert subject_of(fusion, 0) != subject_of(fusion, 1)


def test_a_pronoun_is_no_title_in_quotes() -> None:
    fusion = fuse(said('"It"', "Stephen King"), said("It", "Stephen King", "b"))
    assert subject_of(fusion, 0) != subject_of(fusion, 1)
