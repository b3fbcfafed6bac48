"""The loop: early stopping, budgets, losses that are no numbers, memory, checkpoints."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from embed_support import graph, kinds
from tests_support import ROOT

from kgtool.embed import hpo, settings, train, training
from kgtool.embed.dataset import Dataset, array
from kgtool.embed.model import Model
from kgtool.embed.settings import Settings
from kgtool.embed.softmax import SoftmaxModel
from kgtool.embed.training import Course, Epoch, Trainer
from kgtool.errors import KgtoolError, StoreError, UsageError

SAMPLED = {"engine": "sampled", "interaction": "transe", "negatives": 2}
SHARED = {"engine": "shared", "candidates": 20, "text": "adapter"}


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    """Several in the way of other tests' would wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def wanted(**given: Any) -> Settings:
    """Small settings."""
    made, _ = settings.chosen(175, 500, {"dimension": 8, "epochs": 4, "text": "none", "dropout": 0.1, **given})
    return made


def trainer(made: Settings, data: Dataset | None = None, **more: Any) -> Trainer:
    """Of a structural model."""
    whole = data or graph()
    torch.manual_seed(made.seed)
    return Trainer(SoftmaxModel(whole, made), whole, made, **more)


def run(made: Settings, folder: Path | None = None, **more: Any) -> tuple[Model, train.Run]:
    """Train the invented graph; stages keep checkpoints in the folder."""
    data, running = graph(), train.Run(checkpoint=folder, **more)
    return train.train(data, made, lambda: kinds(data), running), running


def saved(model: Model, folder: Path) -> bytes:
    """The bytes of the arrays on disk."""
    model.save(folder)
    return (folder / "arrays.safetensors").read_bytes()


# the same again


@pytest.mark.parametrize("given", [{}, SHARED, SAMPLED], ids=["1vsall", "shared", "sampled"])
def test_equal_seeds_give_equal_bytes_and_others_do_not(given: dict[str, Any], tmp_path: Path) -> None:
    made = wanted(epochs=2, **given) if given is not SAMPLED else wanted(epochs=2, dropout=None, **given)
    first, again, other = (
        saved(run(m)[0], tmp_path / name) for name, m in (("a", made), ("b", made), ("c", replace(made, seed=1)))
    )
    assert first == again != other


class Killed(Exception):
    """Stands for a kill between two epochs."""


@pytest.mark.parametrize("given", [{}, SHARED, SAMPLED], ids=["1vsall", "shared", "sampled"])
@pytest.mark.parametrize("after", [1, 3])
def test_what_goes_on_from_a_checkpoint_is_what_was_not_stopped(
    given: dict[str, Any], after: int, tmp_path: Path
) -> None:
    made = wanted(**given)

    def stop(stage: str, epoch: Epoch) -> None:
        if epoch.number == after + 1:  # told before the epoch is saved: it is lost
            raise Killed

    with pytest.raises(Killed):
        run(made, tmp_path / "run", progress=stop)
    seen: list[int] = []
    resumed, _ = run(made, tmp_path / "run", progress=lambda stage, epoch: seen.append(epoch.number))
    assert seen[0] == after + 1
    undisturbed, _ = run(made)
    assert saved(resumed, tmp_path / "a") == saved(undisturbed, tmp_path / "b")
    assert resumed.row["curve"] == undisturbed.row["curve"]


def test_a_checkpoint_of_other_settings_or_data_is_not_used(tmp_path: Path) -> None:
    made, folder = wanted(epochs=2), tmp_path / "run"
    trainer(made, checkpoint=folder).run()
    others = replace(graph(), train=graph().train[:-1]), replace(graph(), texts={"person1": "Ada"})
    changes = [trainer(replace(made, rate=0.2), checkpoint=folder)]
    changes += [trainer(made, other, checkpoint=folder) for other in others]
    for changed in changes:
        seen: list[int] = []
        changed.progress = lambda epoch, seen=seen: seen.append(epoch.number)  # type: ignore[misc]
        changed.run()
        assert seen == [1, 2] and changed.course.notes == []
        trainer(made, checkpoint=folder).run()


@pytest.mark.parametrize("file", ["course.json", "tensors.safetensors"])
@pytest.mark.parametrize("damage", [b"", b"{}", b"\x80\x04cos\nsystem\n", None])
def test_a_damaged_checkpoint_is_told_and_not_used(file: str, damage: bytes | None, tmp_path: Path) -> None:
    made, folder = wanted(epochs=2), tmp_path / "run"
    whole = trainer(made, checkpoint=folder).run()
    if damage is None:
        content = (folder / file).read_bytes()
        (folder / file).write_bytes(content[: len(content) // 2])
    else:
        (folder / file).write_bytes(damage)
    again = trainer(made, checkpoint=folder)
    part = again.run()
    assert "damaged and not used" in again.course.notes[0]
    assert np.array_equal(part.arrays("x")["x.entities"], whole.arrays("x")["x.entities"])


def test_a_checkpoint_that_was_being_replaced_is_found(tmp_path: Path) -> None:
    made, folder = wanted(epochs=2), tmp_path / "run"
    trainer(made, checkpoint=folder).run()
    folder.rename(tmp_path / "run.old")
    seen: list[int] = []
    trainer(made, checkpoint=folder, progress=lambda epoch: seen.append(epoch.number)).run()
    assert seen == []


# when it stops


def test_it_stops_when_validation_gets_no_better_and_the_best_epoch_is_kept() -> None:
    made = wanted(epochs=200, patience=2, n3=0.0)
    running = trainer(made)
    part = running.run()
    course = running.course
    assert course.stopped == "no better for 2 epochs" and course.epoch == course.best + 2 < 200
    mrrs = [row["mrr"] for row in course.curve]
    assert course.best_mrr == max(m for m in mrrs if m is not None) == mrrs[course.best - 1]
    running.export = lambda: part  # type: ignore[method-assign]
    assert running.judge() == course.best_mrr


def test_no_epoch_begins_after_the_time_budget() -> None:
    running = trainer(wanted(epochs=200, patience=200), budget=0.2)
    running.run()
    assert running.course.stopped == "the time budget of 0.2 s is used up"
    assert 0.2 <= running.course.seconds < 5 and 1 <= running.course.epoch < 200


def test_without_validation_the_last_epoch_is_taken() -> None:
    running = trainer(wanted(epochs=3), replace(graph(), valid=array(())))
    running.run()
    assert (running.course.best, running.course.epoch, running.course.stopped) == (3, 3, "")
    assert all(row["mrr"] is None for row in running.course.curve)


def test_a_loss_that_is_no_number_from_the_start_is_an_error() -> None:
    running = trainer(wanted(rate=1e30))
    with pytest.raises(KgtoolError, match="not a number") as caught:
        running.run()
    assert caught.value.code == 1 and "--rate" in caught.value.hint


def test_a_loss_that_is_no_number_later_leaves_the_best_epoch_before() -> None:
    running = trainer(wanted(epochs=5))
    good: dict[str, torch.Tensor] = {}

    def poison(epoch: Epoch) -> None:
        if epoch.number == 2:
            good.update({n: w.clone() for n, w in running.weights.items()})
            with torch.no_grad():
                running.module.relations.weight[0] = float("nan")

    running.progress = poison
    part = running.run()
    assert running.course.stopped == "the loss of epoch 3 is not a number" and running.course.epoch == 2
    assert np.array_equal(part.arrays("x")["x.relations"], good["relations.weight"].numpy())


# memory

LITTLE = """
import resource, sys, torch
import numpy as np
from kgtool.embed import settings
from kgtool.embed.dataset import Dataset, array
from kgtool.embed.softmax import SoftmaxModel
from kgtool.embed.training import Trainer

torch.set_num_threads(1)
n = 4096
facts = np.stack([np.arange(n), np.zeros(n, int), np.roll(np.arange(n), 1)], 1)
data = Dataset(tuple(map(str, range(n))), ("r",), facts, array(()), array(()))
made, _ = settings.chosen(n, n, {"dimension": 2, "epochs": 1, "batch": int(sys.argv[1]), "n3": 0.0, "text": "none"})
model = SoftmaxModel(data, made)
for size in (64, 64):
    model.loss(torch.arange(size)).backward()
model.zero_grad()
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
limit = used + int(sys.argv[2]) * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
running = Trainer(model, data, made)
try:
    running.run()
finally:
    print(*running.course.notes, sep="\\n")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_when_memory_is_out_batches_are_halved(environment: dict[str, str]) -> None:
    # a batch of 4,096 queries has scores of 64 MiB, several times; a few hundred fit
    done = subprocess.run(
        [sys.executable, "-c", LITTLE, "4096", "150"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    notes = done.stdout.splitlines()
    assert notes[0] == "memory is out: batches of 2048 from epoch 1"
    assert len(notes) < 6


def test_the_halved_epoch_begins_anew() -> None:
    whole, running = trainer(wanted(epochs=1, batch=64)), trainer(wanted(epochs=1, batch=128))
    steps, calls = running.steps, []

    def short(optimizer: torch.optim.Optimizer) -> float:
        loss = steps(optimizer)
        calls.append(running.course.batch)
        if len(calls) == 1:
            raise torch.OutOfMemoryError
        return loss

    running.steps = short  # type: ignore[method-assign]
    parts = [t.run().arrays("x")["x.entities"] for t in (whole, running)]
    assert calls == [128, 64] and np.array_equal(*parts)


def test_a_batch_of_one_that_is_too_large_is_an_error() -> None:
    running = trainer(wanted(batch=1))

    def short(optimizer: torch.optim.Optimizer) -> float:
        raise torch.OutOfMemoryError

    running.steps = short  # type: ignore[method-assign]
    with pytest.raises(UsageError, match="batch of one") as caught:
        running.run()
    assert caught.value.hint


# devices


def test_devices() -> None:
    assert training.device("cpu") == "cpu"
    for name in ("cuda:99", "gpu", "meta", "cuda:x"):
        with pytest.raises(UsageError) as caught:
            training.device(name)
        assert caught.value.hint


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_auto_is_the_cpu_where_there_is_no_gpu() -> None:
    assert training.device("auto") == "cpu"
    with pytest.raises(UsageError, match="no GPU") as caught:
        training.device("cuda")
    assert "--device cpu" in caught.value.hint


def test_a_course_is_json() -> None:
    course = Course(3, curve=[{"epoch": 1, "loss": 0.5, "mrr": None}])
    assert Course(**json.loads(json.dumps(course.__dict__))) == course


def test_auto_is_chosen_on_validation_whatever_the_anchor() -> None:
    for given, found in (
        ({}, None), ({"p_text": "auto"}, None), ({"p_text": 0.3}, 0.3), ({"anchor": "kept"}, 1.0),
        ({"anchor": "kept", "p_text": "auto"}, None), ({"sampler": "bernoulli", "p_text": "auto"}, 0.0),
    ):  # fmt: skip
        made, _ = settings.chosen(100, 100, {"sampler": "lemon", **given})
        assert made.p_text == found, given


# the search


def test_a_study_goes_on_and_its_best_is_no_worse_than_the_defaults(tmp_path: Path) -> None:
    data, start, told = graph(), wanted(epochs=2, batch=100), []

    def judge(made: Settings) -> float:
        return train.train(data, made, lambda: None, train.Run()).row["validation"]["mrr"]  # type: ignore[no-any-return]

    def search(trials: int) -> Settings:
        return hpo.search(data, start, trials, tmp_path / "study.db", judge, lambda n, mrr: told.append((n, mrr)))

    search(2)
    best = search(3)
    assert [n for n, _ in told] == [1, 2, 3]
    assert judge(best) == max(mrr for _, mrr in told) >= told[0][1] == judge(start)
    assert search(3) == best and len(told) == 3


def test_a_search_that_is_stopped_tries_what_an_undisturbed_one_tries(tmp_path: Path) -> None:
    """Also when it is stopped within a trial."""

    def search(file: str, trials: int, stop: int = -1) -> list[dict[str, Any]]:
        tried: list[dict[str, Any]] = []

        def judge(made: Settings) -> float:
            if len(tried) == stop:
                raise KeyboardInterrupt
            tried.append(made.to_json())
            return made.rate

        with contextlib.suppress(KeyboardInterrupt):
            hpo.search(graph(), wanted(), trials, tmp_path / file, judge, lambda n, mrr: None)
        return tried

    whole = search("whole.db", 13)
    assert [*search("parts.db", 13, 2), *search("parts.db", 12), *search("parts.db", 13)] == whole
    assert len({str(made) for made in whole}) == 13


def test_a_damaged_study_is_told(tmp_path: Path) -> None:
    (tmp_path / "study.db").write_bytes(b"no database at all" * 99)
    with pytest.raises(StoreError, match="study") as caught:
        hpo.search(graph(), wanted(), 1, tmp_path / "study.db", lambda made: 0.0, lambda n, mrr: None)
    assert str(tmp_path / "study.db") in caught.value.message


def test_a_search_needs_facts_to_judge_by(tmp_path: Path) -> None:
    data = replace(graph(), valid=array(()))
    with pytest.raises(UsageError, match="--hpo") as caught:
        hpo.search(data, wanted(), 1, tmp_path / "study.db", lambda made: 0.0, lambda n, mrr: None)
    assert caught.value.hint
