"""Which names are one entity."""

from __future__ import annotations

import pytest

from kgtool.fuse.cascade import CascadeFuser
from kgtool.fusing import entities_of
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
    assert (made.entities, made.decisions) == (back.entities, back.decisions)
    assert entities_of(made, triples) == entities_of(back, triples[::-1])
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


# spellings


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ("language model", "Language Models", "spelling"),
        ("GPU", "GPUs", "spelling"),
        ("Gödel", "Godel", "spelling"),
        ("U.S. Army", "US Army", "spelling"),
        ("B. F. Skinner", "BF Skinner", "spelling"),
        ("theory of queues", "queue theory", "spelling"),
        ("Acme Motor Co.", "Acme Motor Company", "spelling"),
        ("Acme Motor", "Acme Motor Ltd.", "spelling"),
        ("multi-task learning", "multitask learning", "hyphen"),
        ("National Physical Laboratory", "National Physical Laboratory (NPL)", "bracketed acronym"),
        ("National Physical Laboratory (NPL", "NPL", "bracketed acronym"),
        ("C. difficile", "Clostridium difficile", "initial"),
    ],
)
def test_spellings_of_one_name_are_one(one: str, other: str, rule: str) -> None:
    fusion = fuse(
        said(one, "X-1", "a"), said(one, "X-2", "a"), said(other, "X-3", "b"), said("a gpu model", "X-4", "c")
    )
    assert subject_of(fusion, 0) == subject_of(fusion, 2)
    assert ("merge", rule) in rules(fusion)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("World War I", "World War II"),
        ("Windows 95", "Windows 98"),
        ("C", "C++"),
        ("North Korea", "South Korea"),
        ("Korea", "North Korea"),
        ("York", "New York"),
        ("primary school", "secondary school"),
        ("school", "primary school"),
        ("hypertension", "hypotension"),
        ("correct answer", "incorrect answer"),
        ("Marie Curie", "Pierre Curie"),
        ("Iran", "Iraq"),
        ("AIDS", "aid"),
        ("vitamin A", "vitamin"),
        ("Réunion", "reunion"),
        ("computer", "computer company"),
        ("University of York", "York University of Technology"),
        ("é", "e"),
        ("1", "l"),
        ("👍", "👎"),
        ("x" * 10_000, "x" * 9_999 + "y"),
        ("שלום", "שלומ"),
    ],
)
@pytest.mark.parametrize("documents", [("a", "a", "b", "b"), ("a", "b", "c", "d")])
def test_different_things_stay_apart(one: str, other: str, documents: tuple[str, ...]) -> None:
    places = zip((one, one, other, other), ("Alpha", "Beta", "Alpha", "Gamma"), documents, strict=True)
    fusion = fuse(*(said(*place) for place in places))
    assert subject_of(fusion, 0) != subject_of(fusion, 2)


def test_a_known_thing_is_no_plural_of_a_common_noun() -> None:
    fusion = fuse(said("Windows", "Microsoft", subject_type="Product"), said("window", "wall", "b"))
    assert subject_of(fusion, 0) != subject_of(fusion, 1)
    assert ("veto", "a name is no plural") in rules(fusion)


def test_a_surname_is_no_plural_of_another() -> None:
    fusion = fuse(
        said("Robin Williams", "Hollywood"), said("Williams", "Oxford", "b"), said("William", "Normandy", "c")
    )
    assert subject_of(fusion, 1) != subject_of(fusion, 2)


def test_an_initial_of_two_names_is_neither() -> None:
    fusion = fuse(said("C. jejuni", "x"), said("Campylobacter jejuni", "y"), said("Caulobacter jejuni", "z", "b"))
    assert subject_of(fusion, 0) not in {subject_of(fusion, 1), subject_of(fusion, 2)}
    assert ("veto", "fits several names") in rules(fusion)


def test_an_initial_without_a_type_fits_two_people_of_a_document() -> None:
    fusion = fuse(said("John Adams", "x"), said("John Quincy Adams", "y"), said("J. Adams", "z"), said("Adams", "q"))
    assert len({subject_of(fusion, i) for i in range(4)}) == 4


def test_an_acronym_in_brackets_of_two_names_is_neither() -> None:
    fusion = fuse(
        said("National Physical Laboratory (NPL)", "x"),
        said("Nashville Public Library (NPL)", "y", "b"),
        said("NPL", "z"),
    )
    assert len({subject_of(fusion, i) for i in range(3)}) == 3


def test_unexplained_initials_need_a_statement_in_common() -> None:
    apart = fuse(said("Boy Scouts of Albion", "x"), said("BSA", "y", "b"))
    assert subject_of(apart, 0) != subject_of(apart, 1)
    assert ("open", "initialism") in rules(apart)
    shared = fuse(said("Boy Scouts of Albion", "Lord Hill"), said("BSA", "Lord Hill", "b"))
    assert subject_of(shared, 0) == subject_of(shared, 1) == "Boy_Scouts_of_Albion"


# short names without a text


def listed(*rows: tuple[str, str]) -> Fusion:
    """The fusion of triples of which each is a document."""
    return fuse(*(said(s, o, f"row {i}") for i, (s, o) in enumerate(rows)))


def test_a_short_name_of_a_listing_is_its_one_fuller_name() -> None:
    fusion = listed(*((n, f"Film {i}") for n in ("Frank Capra", "Capra") for i in range(4)))
    assert {e.label for e in fusion.entities} == {"Frank Capra", *(f"Film {i}" for i in range(4))}
    assert ("merge", "shortened") in rules(fusion)


def test_a_short_name_of_texts_is_left_to_the_texts() -> None:
    rows = [said(n, f"Film {i}", n) for n in ("Frank Capra", "Capra") for i in range(4)]
    fusion = fuse(*rows)
    assert subject_of(fusion, 0) != subject_of(fusion, 4)


def test_a_phrase_is_no_short_name_of_a_longer_one() -> None:
    names = ("word space models", "distributional word space models")
    fusion = listed(*((n, f"Task {i}") for n in names for i in range(4)))
    assert subject_of(fusion, 0) != subject_of(fusion, 4)


def test_a_short_name_with_equal_rivals_is_neither() -> None:
    fusion = listed(*((n, f"Song {i} of {n}") for n in ("Tracy Chapman", "Ben Chapman", "Chapman") for i in range(3)))
    assert len({subject_of(fusion, i) for i in (0, 3, 6)}) == 3


def test_two_full_names_never_become_one_through_a_short_one() -> None:
    names = ("Tracy Chapman", "Chapman University", "Chapman")
    fusion = listed(*((n, "Boston") for n in names for _ in range(3)))
    assert subject_of(fusion, 0) != subject_of(fusion, 3)


def test_statements_between_two_names_make_them_two_things() -> None:
    rows = [("Bordetella pertussis", "pertussis")] * 3 + [("pertussis", "cough")]
    fusion = listed(*rows)
    assert subject_of(fusion, 0) != subject_of(fusion, 3)
    assert ("veto", "statements relate the two") in rules(fusion)


def test_a_misspelling_with_a_statement_in_common_is_the_name() -> None:
    rows = [("contrastive learning", f"task {i}") for i in range(4)] + [("constrastive learning", "task 1")]
    fusion = listed(*rows)
    assert subject_of(fusion, 0) == subject_of(fusion, 4) == "contrastive_learning"
    assert ("merge", "similar") in rules(fusion)


def test_a_misspelling_without_one_is_left_open() -> None:
    rows = [("contrastive learning", f"task {i}") for i in range(4)] + [("constrastive learning", "nothing else")]
    fusion = listed(*rows)
    assert subject_of(fusion, 0) != subject_of(fusion, 4)
    assert ("open", "similar") in rules(fusion)


def test_many_people_of_one_surname_take_little_time() -> None:
    people = [person(f"{a}{b}{c}a Smith", f"{a}{b}{c}") for a in "ABC" for b in "bcdfghjklm" for c in "aeiouy"]
    fusion = fuse(*people, person("A. Smith", "last"))
    assert len({subject_of(fusion, i) for i in range(len(people))}) == len(people)
    assert max(len(d.candidates) for d in fusion.decisions) <= 12


def test_a_short_name_of_one_document_is_not_what_the_entity_is_called() -> None:
    long, short = "United States of America", "United States"
    one = [said(name, other, "a") for name, other in [(long, "Ohio"), (short, "Utah"), (short, "Iowa")]]
    fusion = fuse(*one, said(short, "Guam", "b"), said(short, "Fiji", "b"))
    assert {long, short} <= labels(fusion)
    assert subject_of(fusion, 0) == subject_of(fusion, 1) != subject_of(fusion, 3)
