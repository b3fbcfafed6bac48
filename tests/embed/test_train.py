"""The stages of a run: texts in the model, beside it, or alone; and what is kept on disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from embed_support import graph, kinds

from kgtool.embed import settings, train
from kgtool.embed.dataset import Dataset, array, without_entities
from kgtool.embed.model import Model
from kgtool.embed.training import Epoch
from kgtool.embed.vectors import TextVectors, Vectors
from kgtool.errors import StoreError, UsageError
from kgtool.predicting import named


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Several in the way of other tests' would wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def trained(data: Dataset, texts: Any = None, run: train.Run | None = None, **given: Any) -> tuple[Model, train.Run]:
    """A small model, and the run that made it."""
    made, _ = settings.chosen(len(data.entities), len(data.train), {"dimension": 16, "epochs": 6, **given})
    running = run or train.Run()
    return train.train(data, made, lambda: texts, running), running


def clues(data: Dataset) -> TextVectors:
    """Stand for texts that tell where somebody lives: one number for each group of people and their place."""
    group = [int("".join(filter(str.isdigit, e))) % 5 for e in data.entities]
    told = np.concatenate([np.eye(5, dtype=np.float32)[group], kinds(data).entities], axis=1)
    return TextVectors(told, np.zeros((len(data.relations), told.shape[1]), dtype=np.float32))


def test_of_texts_in_the_model_the_best_on_validation_is_kept() -> None:
    data = graph()
    model, run = trained(data, clues(data), text="auto", epochs=8)
    scores = {stage: course.best_mrr for stage, course in run.courses.items()}
    assert {"structure", "adapter"} <= scores.keys()
    best = max(scores, key=lambda stage: scores[stage])
    name = {"structure": "none", "adapter": "adapter", "text": "only"}[best]
    assert [note for note in run.notes if note.startswith(f"text: {name}, the best MRR")]
    assert bool(model.parts["text" if best == "text" else "structure"].projection.size) is (best != "structure")
    assert model.row["validation"]["mrr"] == pytest.approx(scores[best], abs=1e-6)


def test_fusion_is_no_worse_on_validation_than_the_structure() -> None:
    data = graph()
    model, run = trained(data, clues(data), text="fusion")
    assert set(model.parts) == {"structure", "text"} and model.weights.shape == (2, 2 * len(data.relations))
    assert model.row["validation"]["mrr"] >= run.courses["structure"].best_mrr - 1e-6


def test_unseen_entities_are_answered_by_their_texts_alone() -> None:
    data = without_entities(graph(), 0)
    found = {}
    for text in ("none", "only"):
        model, _ = trained(data, clues(data), text=text, epochs=15)
        found[text] = model.row["validation"]["mrr"]
    assert found["only"] > 3 * found["none"]


def test_the_share_of_text_negatives_is_chosen_on_validation() -> None:
    data = graph()
    model, run = trained(data, kinds(data), sampler="lemon", epochs=2, negatives=4)
    shares = {float(stage.removeprefix("p-text-")): course.best_mrr for stage, course in run.courses.items()}
    assert 0.0 in shares and len(shares) > 1
    best = max(shares, key=lambda p: (shares[p], -p))
    assert any(note.startswith(f"p_text {best:g} of") for note in run.notes)
    assert model.row["validation"]["mrr"] == pytest.approx(shares[best], abs=1e-6)
    with pytest.raises(UsageError, match="p-text auto") as caught:
        trained(replace(data, valid=array(())), kinds(data), sampler="lemon")
    assert caught.value.hint


class Killed(Exception):
    """Stands for a kill between two epochs."""


def test_a_run_of_two_stages_that_is_stopped_in_the_second_gives_the_same_model(tmp_path: Path) -> None:
    data = graph()

    def stop(stage: str, epoch: Epoch) -> None:
        if (stage, epoch.number) == ("structure", 3):
            raise Killed

    with pytest.raises(Killed):
        trained(data, clues(data), train.Run(checkpoint=tmp_path / "run", progress=stop), text="fusion")
    told: list[tuple[str, int]] = []
    again = train.Run(checkpoint=tmp_path / "run", progress=lambda stage, epoch: told.append((stage, epoch.number)))
    model, _ = trained(data, clues(data), again, text="fusion")
    assert told[0] == ("structure", 3)
    whole, _ = trained(data, clues(data), text="fusion")
    for made, name in ((model, "a"), (whole, "b")):
        made.save(tmp_path / name)
    arrays = [(tmp_path / name / "arrays.safetensors").read_bytes() for name in ("a", "b")]
    assert arrays[0] == arrays[1]


@pytest.mark.parametrize(
    "given",
    [{"text": "none"}, {"text": "fusion"}, {"interaction": "tucker", "text": "none"}, {"sampler": "basic"},
     {"engine": "sampled", "interaction": "transh"}],
    ids=str,
)  # fmt: skip
def test_what_is_read_scores_as_what_was_written(given: dict[str, Any], tmp_path: Path) -> None:
    data = graph()
    model, _ = trained(data, clues(data), epochs=1, **given)
    model.save(tmp_path / "m")
    found = Model.load(tmp_path / "m")
    asked = np.arange(8), np.arange(8) % (2 * len(data.relations))
    assert np.array_equal(found(*asked), model(*asked))
    assert found.dataset.hash == data.hash and found.dataset.texts == data.texts
    assert found.row["versions"]["torch"] and found.row["data_hash"] == data.hash


def test_arrays_that_are_not_the_model_s_are_noticed(model: Path, tmp_path: Path) -> None:
    found = Model.load(model)
    (part,) = found.parts.values()
    assert isinstance(part, Vectors)
    entities = part.entities.copy()
    entities[7, 3] += 1
    other = replace(found, parts={"structure": replace(part, entities=entities)})
    other.save(tmp_path / "other")
    other = Model.load(tmp_path / "other")
    assert found.dataset.hash == other.dataset.hash and named(found) != named(other)
    assert (tmp_path / "other" / "arrays.safetensors").stat().st_mode & 0o44 == (
        (tmp_path / "other" / "model.json").stat().st_mode & 0o44
    )
    place = shutil.copytree(model, tmp_path / "m")
    shutil.copy(tmp_path / "other" / "arrays.safetensors", place)
    with pytest.raises(StoreError, match="not the one that was written"):
        Model.load(place)
    entities[7, 3] = np.nan
    replace(found, parts={"structure": replace(part, entities=entities)}).save(place)
    with pytest.raises(StoreError, match="not a number"):
        Model.load(place)


def test_a_model_of_a_newer_program_and_a_place_that_cannot_be_written(model: Path, tmp_path: Path) -> None:
    found = Model.load(model)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot write"):
        found.save(tmp_path / "file" / "m")
    found.save(tmp_path / "m")
    file = tmp_path / "m" / "model.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"format": 1', '"format": 2'), encoding="utf-8")
    with pytest.raises(StoreError, match="newer kgtool"):
        Model.load(tmp_path / "m")


@pytest.mark.parametrize("renames", [0, 1])
def test_a_model_that_is_replaced_is_there_whenever_it_stops(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    """Stopped after none or one of the two renames, the old model is read; the next one takes its place."""
    place, left = shutil.copytree(model, tmp_path / "m"), renames
    before, rename = Model.load(place), Path.rename

    def stopping(self: Path, target: Path) -> Path:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return rename(self, target)

    other = replace(before, row={**before.row, "notes": ["another"]})
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", stopping)
        with pytest.raises(KeyboardInterrupt):
            other.save(place)
    assert Model.load(place).row == before.row
    other.save(place)
    assert Model.load(place).row["notes"] == ["another"]
    assert [f.name for f in tmp_path.iterdir()] == ["m"]
