"""Predictions, neighbours, new entities and novel links."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from embed_support import trained

from kgtool.embed.dataset import array
from kgtool.embed.model import Model
from kgtool.embed.names import Names
from kgtool.embed.novel import expected, novel
from kgtool.embed.novel import found as candidate_links
from kgtool.embed.predict import NEW, Predictor, nearest, with_entity
from kgtool.errors import KgtoolError, NotFoundError, StoreError, UsageError


@pytest.fixture(scope="module")
def found(model: Path) -> Model:
    return Model.load(model)


@pytest.fixture(scope="module")
def hidden(found: Model) -> Predictor:
    """One that does not know the facts of ``test``."""
    return Predictor(replace(found, dataset=replace(found.dataset, test=array(()))))


def names(predictor: Predictor, link: Any) -> tuple[str, str, str]:
    data = predictor.data
    return data.entities[link[0]], data.relations[link[1]], data.entities[link[2]]


def test_a_tail_and_a_head_that_are_missing_are_found(found: Model, hidden: Predictor) -> None:
    tails = heads = 0
    for link in found.dataset.test:
        head, relation, tail = names(hidden, link)
        tails += tail in [p.id for p in hidden.predict(head, relation, None, 1)]
        heads += head in [p.id for p in hidden.predict(None, relation, tail, 10)]
    assert tails > 0.6 * len(found.dataset.test)
    assert heads > 0.6 * len(found.dataset.test)


def test_a_relation_that_is_missing_is_found(found: Model, hidden: Predictor) -> None:
    right = 0
    for link in found.dataset.test:
        head, relation, tail = names(hidden, link)
        right += relation == hidden.predict(head, None, tail, 1)[0].id
    assert right > 0.8 * len(found.dataset.test)


def test_known_facts_are_left_out(found: Model) -> None:
    predictor = Predictor(found)
    assert "town1" not in [p.id for p in predictor.predict("person1", "lives in", None, 20)]
    assert "person1" not in [p.id for p in predictor.predict(None, "lives in", "town1", 200)]
    assert "lives in" not in [p.id for p in predictor.predict("person1", None, "town1", 9)]
    more = Predictor(found, array([(Names(found.dataset).entity("person1"), 0, Names(found.dataset).entity("town6"))]))
    relation = found.dataset.relations[0]
    assert "town6" in [p.id for p in predictor.predict("person1", relation, None, 300)]
    assert "town6" not in [p.id for p in more.predict("person1", relation, None, 300)]


def test_answers_come_with_probabilities_and_facts_like_them(hidden: Predictor, found: Model) -> None:
    head, relation, _ = names(hidden, found.dataset.test[0])
    made = hidden.predict(head, relation, None, 5)
    sure = [p.probability for p in made if p.probability is not None]
    assert sure == sorted(sure, reverse=True) and len(sure) == 5 and all(0 <= p <= 1 for p in sure)
    facts = {(h.title(), r, t.title()) for h, r, t in (names(hidden, x) for x in hidden.data.train)}
    facts |= {(h.title(), r, t.title()) for h, r, t in (names(hidden, x) for x in hidden.data.valid)}
    assert made[0].neighbours
    assert all((n.subject, n.predicate, n.object) in facts for p in made for n in p.neighbours)
    json.dumps([p.to_json() for p in made])


def test_without_calibration_answers_are_only_ranked(found: Model) -> None:
    made = Predictor(replace(found, row={**found.row, "calibration": None})).predict("person1", "lives in", None, 5)
    assert [p.probability for p in made] == [None] * 5
    assert [p.score for p in made] == sorted((p.score for p in made), reverse=True)


@pytest.mark.parametrize(
    ("name", "number"), [("person3", "person3"), ("Person3", "person3"), ("PERSON3", "person3"), ("person14 ", None)]
)
def test_entities_are_known_by_identifier_and_label(found: Model, name: str, number: str | None) -> None:
    if number is None:
        number = name.strip()
    assert found.dataset.entities[Names(found.dataset).entity(name)] == number


def test_a_label_of_several_entities_is_none_s(found: Model) -> None:
    texts = dict(found.dataset.texts) | {"person1": "Ada: a person", "person2": "Ada, a poet", "person3": "Adam"}
    two = Names(replace(found.dataset, texts=texts))
    assert found.dataset.entities[two.entity("Adam")] == "person3"
    with pytest.raises(UsageError, match="2 entity names") as caught:
        two.entity("Ada")
    assert "person1" in caught.value.hint and "person2" in caught.value.hint
    elsewhere = Names(replace(found.dataset, texts={**found.dataset.texts, "nobody": "Nobody"}))
    with pytest.raises(NotFoundError):
        elsewhere.entity("Nobody")


def test_labels_that_are_known_apart_are_not_cut_from_texts(found: Model, tmp_path: Path) -> None:
    labels = {e: e.title() for e in found.dataset.entities} | {"town1": "Washington, D.C.", "town2": "Washington"}
    texts = {**found.dataset.texts, "town1": "Washington, D.C.: a town", "town2": "Washington: a town"}
    replace(found, dataset=replace(found.dataset, texts=texts, labels=labels)).save(tmp_path / "m")
    data = Model.load(tmp_path / "m").dataset
    assert data.labels == labels and data.label("town1") == "Washington, D.C."
    assert data.entities[Names(data).entity("Washington")] == "town2"
    assert data.entities[Names(data).entity("washington, d.c.")] == "town1"


def test_a_prefix_that_is_one_s_alone_will_do(found: Model) -> None:
    assert found.dataset.relations[Names(found.dataset).relation("is a cit")] == "is a citizen of"
    with pytest.raises(UsageError, match="2 relation names") as caught:
        Names(found.dataset).relation("li")
    assert "lives in" in caught.value.hint
    with pytest.raises(UsageError):
        Names(found.dataset).entity("perso")


@pytest.mark.parametrize("name", ["Tovn7", "twon7"])
def test_an_unknown_entity_is_told_with_the_nearest_labels(found: Model, name: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        Predictor(found).predict(name, "lives in", None, 3)
    assert "Town7" in caught.value.hint


@pytest.mark.parametrize("parts", [("person1", "lives in", "town1"), (None, None, "town1"), (None, None, None)])
def test_exactly_one_part_is_missing(found: Model, parts: tuple[str | None, str | None, str | None]) -> None:
    with pytest.raises(UsageError, match="exactly one"):
        Predictor(found).predict(*parts, 3)


# neighbours


def test_nearest_is_the_cosine(found: Model) -> None:
    number = found.dataset.entities.index("person1")
    vectors = found.vectors.entities.astype(float)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    wanted = unit @ unit[number]
    made = nearest(found, number, 5)
    assert number not in [i for i, _ in made]
    assert [s for _, s in made] == pytest.approx(sorted(np.delete(wanted, number))[::-1][:5], abs=1e-4)
    assert len(nearest(found, number, 10**6)) == len(found.dataset.entities) - 1


def test_a_model_without_vectors_says_so(found: Model) -> None:
    with pytest.raises(StoreError, match="no vectors"):
        nearest(replace(found, parts={}), 0, 3)


def test_predicting_imports_nothing_heavy(model: Path) -> None:
    code = (
        "import sys\n"
        "from kgtool.cli import _app\n"
        f"for rest in (['nearest', 'person1'], ['predict', 'person1', 'lives in', '?']):\n"
        f"    sys.argv = ['kgtool', 'embed', *rest, '--model', {str(model)!r}]\n"
        "    assert _app.run(as_json=False) == 0\n"
        "heavy = {'torch', 'pykeen', 'sentence_transformers', 'transformers', 'pandas', 'spacy', 'safetensors'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# entities that the model has not seen


@pytest.fixture(scope="module")
def reading() -> Model:
    """A model with texts in its vectors."""
    return trained("adapter")


def test_a_new_entity_is_known_by_its_text(reading: Model) -> None:
    town = np.array([0, 1, 0, 0], dtype=np.float32)
    made = with_entity(reading, "Ulmo: a town", town)
    assert made.dataset.label(NEW) == "Ulmo"
    near = [made.dataset.entities[i] for i, _ in nearest(made, len(made.dataset.entities) - 1, 5)]
    assert sum(e.startswith("town") for e in near) >= 3
    assert all(p.id.startswith("country") for p in Predictor(made).predict(NEW, "lies in", None, 3))
    assert len(reading.dataset.entities) + 1 == len(made.dataset.entities)


def test_a_text_needs_a_model_that_reads_it(found: Model, reading: Model) -> None:
    with pytest.raises(UsageError, match="nothing of texts"):
        with_entity(found, "Ulmo: a town", np.zeros(4, dtype=np.float32))
    with pytest.raises(UsageError, match="4 numbers, not 7"):
        with_entity(reading, "Ulmo: a town", np.zeros(7, dtype=np.float32))


# novel links


def test_novel_links_are_mostly_what_was_hidden(found: Model, hidden: Predictor) -> None:
    by = expected(Predictor(found))  # with the facts of the test part known, as what is known is when one predicts
    made = list(novel(hidden, 0.5, 1000, by))
    wanted = {names(hidden, link) for link in found.dataset.test}
    told = [(x.subject_id, x.predicate_id, x.object_id) for x in made]
    assert len(told) == len(set(told))
    assert len(wanted & set(told)) > 0.5 * max(len(told), len(wanted))
    sure = [x.probability for x in made]
    assert sure == sorted(sure, reverse=True) and min(sure) >= 0.5
    assert all(x.because for x in made)
    assert made == list(novel(hidden, 0.5, 1000, by))
    assert made[:3] == list(novel(hidden, 0.5, 3, by))


def test_probabilities_of_novel_links_add_up_to_what_is_hidden(found: Model, hidden: Predictor) -> None:
    links = list(novel(hidden, 0.0, 10**6, expected(Predictor(found))))
    wanted = {names(hidden, link) for link in found.dataset.test}
    right = sum((x.subject_id, x.predicate_id, x.object_id) in wanted for x in links)
    assert 0.6 * right < sum(x.probability for x in links) < 1.6 * right


def test_probabilities_of_novel_links_are_fitted_to_links_that_are_found(found: Model) -> None:
    data, everything = found.dataset, Predictor(found)
    links, _, odds = candidate_links(Predictor(replace(found, dataset=replace(data, valid=array(())))))
    wanted = {names(everything, link) for link in data.valid}
    right = sum(names(everything, link) in wanted for link in links)
    assert expected(everything).probability(odds).sum() == pytest.approx(right, rel=1e-3)


def test_a_question_gets_at_most_as_many_answers_more_as_it_has_or_one(found: Model) -> None:
    everyone = Predictor(found)
    known, given = everyone.known, Counter[tuple[str, str, int]]()
    for x in novel(everyone, 0.0, 10**6):
        given.update(((x.subject_id, x.predicate_id, 0), (x.object_id, x.predicate_id, 1)))
    assert max(given.values()) > 1
    for (entity, relation, side), more in given.items():
        asked = found.dataset.relations.index(relation) + side * known.relations
        row = np.array([found.dataset.entities.index(entity)]), np.array([asked])
        assert more <= max(1, len(known.of_queries(*row)[1]))


def test_no_novel_link_is_known_or_gives_a_second_end_where_all_have_one(found: Model, hidden: Predictor) -> None:
    every = list(novel(hidden, 0.0, 10**6))
    data = hidden.data
    facts = {names(hidden, link) for part in (data.train, data.valid) for link in part}
    assert not facts & {(x.subject_id, x.predicate_id, x.object_id) for x in every}
    homes = {h for h, r, _ in facts if r == "lives in"}
    assert not homes & {x.subject_id for x in every if x.predicate_id == "lives in"}
    assert all(x.subject_id != x.object_id for x in every)


def test_novel_links_need_probabilities(found: Model) -> None:
    with pytest.raises(UsageError, match="no probabilities"):
        next(novel(Predictor(replace(found, row={**found.row, "calibration": None})), 0.5, 10))


# what is on disk


@pytest.mark.parametrize("cut", [0, 4, 40, 400, 4000])
def test_a_damaged_file_of_arrays_is_told(model: Path, tmp_path: Path, cut: int) -> None:
    for file in model.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    arrays = tmp_path / "arrays.safetensors"
    arrays.write_bytes(arrays.read_bytes()[:cut])
    with pytest.raises(KgtoolError, match="damaged"):
        Model.load(tmp_path)


def test_arrays_are_read_as_safetensors_reads_them(model: Path) -> None:
    from safetensors.numpy import load_file

    from kgtool.embed.model import mapped

    ours, theirs = mapped(model / "arrays.safetensors"), load_file(str(model / "arrays.safetensors"))
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[n], theirs[n]) and ours[n].dtype == theirs[n].dtype for n in ours)
