"""Schemas of every format, and the triples that are mapped to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgtool.encode import chosen
from kgtool.errors import NotFoundError, UsageError
from kgtool.extract.graphusion import GraphusionExtractor
from kgtool.extract.mapping import UNMAPPED, SchemaMapper
from kgtool.extract.rules import RulesExtractor
from kgtool.extract.schema import Schema, SchemaRelation
from kgtool.llm.scripted import ScriptedModel
from kgtool.model import Chunk, Policy, Triple

OWL = """
@prefix : <https://example.org/o#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
:Film a owl:Class ; rdfs:label "film" . :Human a owl:Class ; rdfs:label "human"@en , "Mensch"@de .
:directedBy a owl:ObjectProperty , owl:FunctionalProperty ; rdfs:label "director" ; skos:altLabel "directed by" ;
  rdfs:domain :Film ; rdfs:range :Human ; owl:inverseOf :directs .
:hasSibling a owl:SymmetricProperty .
"""
SHACL = """
@prefix : <https://example.org/o#> . @prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:Shape a sh:NodeShape ; sh:targetClass :Person ;
  sh:property [ sh:path :birthDate ; sh:name "date of birth" ; sh:datatype xsd:date ; sh:maxCount 1 ] ;
  sh:property [ sh:path ( :a :b ) ] .
"""
YAML = """
relations:
  - {label: director, id: P57, domain: film, range: [human], aliases: directed by}
  - {label: Director, range: person}
"""
DIRECTOR = SchemaRelation("director", "P57", ("directed by",), ("film",), ("human",))


def written(folder: Path, name: str, text: str) -> Path:
    """A file with that text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_owl_properties_have_labels_classes_and_characteristics(tmp_path: Path) -> None:
    director, sibling = Schema.load(written(tmp_path, "o.ttl", OWL)).relations
    assert director == SchemaRelation(
        "director", "https://example.org/o#directedBy", ("directed by",), ("film",), ("human",),
        policy=Policy(functional=True, inverse="directs"),
    )  # fmt: skip
    assert sibling.label == "has sibling" and sibling.policy.symmetric and not sibling.policy.functional


def test_unions_are_their_members_and_other_blank_nodes_say_nothing(tmp_path: Path) -> None:
    text = (
        OWL
        + """
    :owns a owl:ObjectProperty ; rdfs:domain [ a owl:Class ; owl:unionOf ( :Human :Firm [ owl:complementOf :Film ] ) ] ;
      rdfs:range [ a owl:Restriction ; owl:onProperty :directedBy ] , :Film ; owl:inverseOf [ owl:inverseOf :owns ] ;
      owl:propertyDisjointWith [ owl:inverseOf :hasSibling ] .
    [] a owl:ObjectProperty ; owl:inverseOf :directedBy .
    """
    )
    path = written(tmp_path, "o.ttl", text)
    found = Schema.load(path)
    _, _, owns = found.relations
    assert owns == SchemaRelation("owns", "https://example.org/o#owns", (), ("firm", "human"), ("film",))
    assert Schema.load(path).hash == found.hash  # every reading gives other identifiers to blank nodes


def test_property_shapes_are_relations_and_longer_paths_are_not(tmp_path: Path) -> None:
    (born,) = Schema.load(written(tmp_path, "o.ttl", SHACL)).relations
    assert (born.label, born.domain, born.range, born.policy.functional) == (
        "date of birth",
        ("person",),
        ("date",),
        True,
    )


@pytest.mark.parametrize("kind", ["rdfs:Class", "owl:Class"])
def test_a_shape_that_is_a_class_is_its_own_target(tmp_path: Path, kind: str) -> None:
    prefixes = "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix owl: <http://www.w3.org/2002/07/owl#> ."
    text = prefixes + SHACL.replace(
        ":Shape a sh:NodeShape ; sh:targetClass :Person", f":Person a sh:NodeShape , {kind}"
    )
    explicit = Schema.load(written(tmp_path, "explicit.ttl", SHACL))
    assert Schema.load(written(tmp_path, "implicit.ttl", text)) == explicit


def test_relations_of_one_label_are_one(tmp_path: Path) -> None:
    (director,) = Schema.load(written(tmp_path, "o.yaml", YAML)).relations
    assert director == SchemaRelation("Director", "Director", ("directed by",), ("film",), ("human", "person"))


def test_classes_given_by_identifier_get_their_labels(tmp_path: Path) -> None:
    text = '{"concepts": [{"qid": "Q5", "label": "human"}], "relations": [{"label": "d", "pid": "P1", "range": "Q5"}]}'
    (relation,) = Schema.load(written(tmp_path, "o.json", text)).relations
    assert (relation.id, relation.range) == ("P1", ("human",))


def test_null_is_as_if_it_were_absent(tmp_path: Path) -> None:
    nothing = ("id", "aliases", "domain", "range", "functional", "symmetric", "asymmetric", "inverse", "disjoint")
    text = f"concepts: null\nrelations:\n  - {{label: led by, {', '.join(f'{k}: null' for k in nothing)}}}\n"
    assert Schema.load(written(tmp_path, "o.yaml", text)).relations == (SchemaRelation("led by", "led_by"),)
    text = "concepts: [{id: null, label: null}]\nrelations: [{label: led by, id: null, pid: P1, range: [null, town]}]"
    (relation,) = Schema.load(written(tmp_path, "o.yaml", text)).relations
    assert relation == SchemaRelation("led by", "P1", range=("town",))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("o.ttl", "this is not turtle", "o.ttl"),
        ("o.ttl", "", "no relation"),
        ("o.json", "{", "o.json"),
        ("o.json", "[]", "no list"),
        ("o.json", '{"relations": [{"label": "a"}, {"label": " "}]}', "relation 2"),
        ("o.json", '{"relations": []}', "no relation"),
        ("o.yaml", "relations: [", "o.yaml"),
        ("o.yaml", "relations: {a: b}", "no list"),
        ("o.ttl", OWL + ":a rdfs:range [ owl:unionOf _:b ] . _:b rdf:first :c ; rdf:rest _:b .", "o.ttl"),
        ("o.csv", "a,b", ".csv"),
        ("o.yaml", "relations: [{label: a}]\nconcepts: {a: b}", "o.yaml: 'concepts'"),
        ("o.yaml", 'relations: [{label: a, functional: "no"}]', "o.yaml, relation 1: 'functional' is 'no'"),
        ("o.json", '{"relations": [{"label": null}]}', "relation 1"),
        ("o.ttl", SHACL.replace("sh:maxCount 1", 'sh:maxCount "many"'), "o.ttl: sh:maxCount .* 'many'"),
    ],
)
def test_what_is_no_schema_is_refused_by_name(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Schema.load(written(tmp_path, name, text))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    for name in ("o.yaml", "o.json", "o.ttl"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00relations")
        with pytest.raises(UsageError, match=name):
            Schema.load(tmp_path / name)


def test_a_schema_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        Schema.load(tmp_path / "none.ttl")


def triples(text: str, *relations: SchemaRelation, closed: bool = True) -> list[Triple]:
    """What the rules extractor reads from a text under a schema."""
    extractor = RulesExtractor(mapper=SchemaMapper(Schema(relations), chosen("auto"), closed=closed))
    (found,) = extractor.extract([Chunk("d", 0, len(text), text)])
    return list(found.triples)


@pytest.mark.parametrize(
    "text",
    [
        "Nosferatu is a silent film directed by Friedrich Murnau.",
        "Friedrich Murnau directed Nosferatu in 1922.",
        "Nosferatu was directed by Friedrich Murnau and filmed in Wismar.",
    ],
)
def test_both_voices_state_the_relation_in_its_direction(text: str) -> None:
    found = [(t.subject, t.predicate, t.object, t.predicate_id) for t in triples(text, DIRECTOR)]
    assert ("Nosferatu", "director", "Friedrich Murnau", "P57") in found
    assert all(o == "Friedrich Murnau" for _, _, o, _ in found)


def test_what_a_sentence_says_without_a_verb_is_found() -> None:
    constellation = SchemaRelation("constellation", "P59", range=("constellation",))
    (found,) = triples("NGC 132 is a spiral galaxy in the constellation Cetus.", constellation)
    assert (found.subject, found.predicate, found.object) == ("NGC 132", "constellation", "Cetus")


def test_a_denied_relation_stays_denied() -> None:
    assert {t.status for t in triples("Friedrich Murnau did not direct Dracula.", DIRECTOR)} == {"negated"}


def test_ends_of_the_right_kinds_do_not_make_a_relation() -> None:
    founder = SchemaRelation("founder", "P112", domain=("organization",), range=("person",))
    assert triples("Alan Turing visited Claude Shannon at Bell Labs in 1943.", founder) == []


def test_an_object_out_of_the_range_is_not_mapped() -> None:
    assert triples("Nosferatu was directed in 1922.", DIRECTOR) == []


def test_open_keeps_what_fits_nothing_and_closed_does_not() -> None:
    text = "Nosferatu was directed by Friedrich Murnau. Wismar sells fish."
    kept = {t.predicate for t in triples(text, DIRECTOR, closed=False)}
    assert "director" in kept and any("sells" in p for p in kept)
    assert {t.predicate for t in triples(text, DIRECTOR)} == {"director"}


def test_every_mapped_triple_has_its_quotation() -> None:
    text = "Nosferatu was directed by Friedrich Murnau. It stars Max Schreck."
    for t in triples(text, DIRECTOR):
        assert text[t.evidence.begin : t.evidence.end] == t.evidence.quote


def test_why_nothing_was_mapped_is_counted() -> None:
    mapper = SchemaMapper(Schema((DIRECTOR,)))
    text = "Wismar sells fish to Berlin."
    assert [list(e.triples) for e in RulesExtractor(mapper=mapper).extract([Chunk("d", 0, len(text), text)])] == [[]]
    assert mapper.reasons[UNMAPPED] > 0


def test_without_an_encoder_the_words_decide() -> None:
    text = "Nosferatu was directed by Friedrich Murnau."
    (found,) = RulesExtractor(mapper=SchemaMapper(Schema((DIRECTOR,)))).extract([Chunk("d", 0, len(text), text)])
    assert [t.predicate for t in found.triples] == ["director"]


def test_schema_and_mode_name_the_run() -> None:
    plain = RulesExtractor().settings()
    one, two = (RulesExtractor(mapper=SchemaMapper(Schema((DIRECTOR,)), closed=c)).settings() for c in (True, False))
    assert plain != one != two and "schema" not in plain


# triples of a language model

FILM = "Nosferatu was directed by Friedrich Murnau in 1922. Friedrich Murnau also produced it. Wismar sells fish."
PRODUCER = SchemaRelation("producer", "P162", domain=("film",), range=("human",))


def modelled(
    rows: list[tuple[str, str, str]], *relations: SchemaRelation, closed: bool = True, text: str = FILM
) -> tuple[list[tuple[str, str, str]], SchemaMapper]:
    """What is left under a schema of a model's facts about a text, and the mapper."""
    facts = [{"subject": s, "predicate": p, "object": o, "quote": text, "stated": "yes"} for s, p, o in rows]
    mapper = SchemaMapper(Schema(relations), closed=closed)
    extractor = GraphusionExtractor(ScriptedModel([{"facts": facts}]), mapper=mapper)
    (found,) = extractor.extract([Chunk("d", 0, len(text), text)])
    return [(t.subject, t.predicate, t.object) for t in found.triples], mapper


def test_a_model_is_asked_the_same_with_and_without_a_schema() -> None:
    chunk = Chunk("d", 0, len(FILM), FILM)
    plain, bound = (GraphusionExtractor(ScriptedModel(), mapper=m) for m in (None, SchemaMapper(Schema((DIRECTOR,)))))
    assert plain.request(chunk) == bound.request(chunk)
    assert {k for k in bound.settings() if k not in plain.settings()} == {"schema", "schema_mode", "mapping", "encoder"}


@pytest.mark.parametrize(
    "row",
    [
        ("Nosferatu", "was directed by", "Friedrich Murnau"),
        ("Friedrich Murnau", "directed", "Nosferatu"),
        ("Nosferatu", "is a film directed by", "Friedrich Murnau"),
        ("Nosferatu", "had a director", "Friedrich Murnau"),
    ],
)
def test_the_words_of_a_model_are_mapped_in_their_direction(row: tuple[str, str, str]) -> None:
    assert modelled([row], DIRECTOR)[0] == [("Nosferatu", "director", "Friedrich Murnau")]


@pytest.mark.parametrize("predicate", ["director", "Director", "directed by", "directed_by"])
def test_the_label_and_the_aliases_of_a_relation_are_sure(predicate: str) -> None:
    other = SchemaRelation("art director", "P3174", domain=("film",), range=("human",))
    row = ("Nosferatu", predicate, "Friedrich Murnau")
    assert modelled([row], DIRECTOR, other)[0] == [("Nosferatu", "director", "Friedrich Murnau")]


def test_names_inside_of_a_fact_are_mapped_and_the_fact_is_kept_in_open_mode() -> None:
    text = "Nosferatu is a silent film directed by Friedrich Murnau."
    row = ("Nosferatu", "is a silent film", "directed by Friedrich Murnau")
    mapped = ("Nosferatu", "director", "Friedrich Murnau")
    assert modelled([row], DIRECTOR, text=text)[0] == [mapped]
    assert modelled([row], DIRECTOR, closed=False, text=text)[0] == [row, mapped]


def test_names_that_are_in_the_model_s_words_only_are_not_taken() -> None:
    row = ("Nosferatu", "is a film, directed by Fritz Lang, of", "1922")
    assert modelled([row], DIRECTOR)[0] == []


def test_two_sure_relations_of_one_pair_stay_and_each_is_given_once() -> None:
    rows = [
        ("Nosferatu", "was directed by", "Friedrich Murnau"),
        ("Nosferatu", "director", "Friedrich Murnau"),
        ("Nosferatu", "producer", "Friedrich Murnau"),
    ]
    assert modelled(rows, DIRECTOR, PRODUCER)[0] == [
        ("Nosferatu", "director", "Friedrich Murnau"),
        ("Nosferatu", "producer", "Friedrich Murnau"),
    ]


def test_a_sure_relation_needs_no_names_but_the_range() -> None:
    text = "The myth tells of dragons, a horror from 1922."
    part = SchemaRelation("has part", "P527")
    assert modelled([("myth", "has part", "dragons")], part, text=text)[0] == [("myth", "has part", "dragons")]
    assert modelled([("Nosferatu", "director", "1922")], DIRECTOR)[0] == []


def test_a_model_has_the_rest_in_open_mode_only() -> None:
    rows = [("Nosferatu", "was directed by", "Friedrich Murnau"), ("Wismar", "sells", "fish")]
    closed, mapper = modelled(rows, DIRECTOR)
    assert closed == [("Nosferatu", "director", "Friedrich Murnau")] and mapper.reasons[UNMAPPED] == 1
    assert set(modelled(rows, DIRECTOR, closed=False)[0]) == {*closed, ("Wismar", "sells", "fish")}


def test_tense_makes_no_other_relation() -> None:
    rows = [("Nosferatu", p, "Friedrich Murnau") for p in ("was directed by", "Is directed by")]
    facts = [{"subject": s, "predicate": p, "object": o, "quote": FILM, "stated": "yes"} for s, p, o in rows]
    (found,) = GraphusionExtractor(ScriptedModel([{"facts": facts}])).extract([Chunk("d", 0, len(FILM), FILM)])
    assert {t.predicate_lemma for t in found.triples} == {"be directed by"}
