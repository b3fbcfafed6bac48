"""``embed train`` and ``evaluate embeddings``: what scripts read, bad graphs, damage, and kills."""

from __future__ import annotations

import json
import os
import pickle
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from embed_support import facts
from tests_support import ROOT

from kgtool.cli import _app
from kgtool.embed.dataset import Fact
from kgtool.embed.model import Model
from kgtool.embed.place import running
from kgtool.embed.training import Trainer

Here = Callable[..., "subprocess.CompletedProcess[str]"]
SMALL = ("--dimension", 8, "--epochs", 2, "--device", "cpu")


@pytest.fixture
def here(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], environment: dict[str, str], tmp_path: Path
) -> Iterator[Here]:
    """Runs the command line in this process, where torch is imported already: a process of its own needs seconds."""
    import torch

    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_OFFLINE", environment["HF_HUB_OFFLINE"])

    def run(*args: object) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["kgtool", *map(str, args)])
        capfd.readouterr()
        code = _app.run(as_json="--json" in args)
        return subprocess.CompletedProcess(list(map(str, args)), code, *capfd.readouterr())

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield run
    torch.set_num_threads(before)


def folder(place: Path, rows: list[Fact], texts: str = "") -> Path:
    """A folder with facts to learn from, and texts of entities."""
    place.mkdir()
    (place / "train.txt").write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    if texts:
        (place / "entity2text.txt").write_text(texts, encoding="utf-8")
    return place


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The invented graph as a folder, without texts."""
    return folder(tmp_path / "data", facts())


def assert_told(done: subprocess.CompletedProcess[str], code: int, part: str) -> None:
    """The exit code, an error of two lines, and what is in it."""
    assert done.returncode == code, done.stderr
    error, hint = done.stderr.splitlines()[-2:]
    assert error.startswith("error: ") and hint.startswith("hint: ") and "bug" not in hint
    assert part in error


# what scripts read


def test_train_and_evaluate_as_json(here: Here, data: Path, tmp_path: Path) -> None:
    done = here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    row = json.loads(done.stdout)
    assert row.keys() >= {"validation", "epochs", "seconds", "device", "model"}
    assert row["model"].keys() >= {"engine", "interaction", "sampler", "settings", "data_hash", "path"}
    assert row["validation"].keys() >= {"mrr", "hits_at_1", "hits_at_3", "hits_at_10", "amri"}
    assert (row["epochs"], row["device"], row["model"]["path"]) == (2, "cpu", str(tmp_path / "m"))
    names = {"arrays.safetensors", "curve.svg", "model.json", "names.json"}
    assert {f.name for f in (tmp_path / "m").iterdir()} == names and not (tmp_path / "m.run").exists()

    done = here("evaluate", "embeddings", "--model", tmp_path / "m", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    judged = json.loads(done.stdout)
    keys = {"mrr", "hits_at_1", "hits_at_3", "hits_at_10", "amri", "per_relation", "interval", "queries", "seconds"}
    assert judged.keys() >= keys | {"model", "masked", "sides", "per_category"}
    assert judged["model"]["data_hash"] == row["model"]["data_hash"]
    again = json.loads(here("evaluate", "embeddings", "--model", tmp_path / "m", "--data", data, "--json").stdout)
    assert (again["mrr"], again["queries"]) == (judged["mrr"], judged["queries"])
    valid = json.loads(here("evaluate", "embeddings", "--model", tmp_path / "m", "--part", "valid", "--json").stdout)
    assert valid["mrr"] == row["validation"]["mrr"]
    page = here("evaluate", "embeddings", "--model", tmp_path / "m").stdout
    assert f"MRR {judged['mrr']:.4f}" in page and "irreflexive mask" in page


def test_people_are_told_why_and_how_good(here: Here, data: Path, tmp_path: Path) -> None:
    done = here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL, "-v")
    assert (done.returncode, done.stdout) == (0, "")
    assert "engine 1vsall: 175 entities are fewer than 20,000" in done.stderr
    assert "structure 2/2: loss" in done.stderr
    assert "held-out facts" in done.stderr.splitlines()[-1]
    assert here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL, "-q").stderr == ""


@pytest.mark.parametrize("how", ["anonymize", "permute"])
def test_the_probe_changes_a_structural_model_by_exactly_nothing(here: Here, tmp_path: Path, how: str) -> None:
    names = sorted({e for h, _, t in facts() for e in (h, t)})
    place = folder(tmp_path / "data", facts(), "".join(f"{n}\t{n.title()}: a thing\n" for n in names))
    made = here("embed", "train", "--data", place, "-o", tmp_path / "m", *SMALL, "--text", "none", "-q")
    assert made.returncode == 0, made.stderr
    row = json.loads(here("evaluate", "embeddings", "--model", tmp_path / "m", "--probe", how, "--json").stdout)
    assert row["probe"] == {"how": how, "seed": 0, "mrr": row["mrr"], "change": 0.0}


def test_the_probe_of_a_model_from_a_gpu_that_is_not_here(here: Here, model: Path, tmp_path: Path) -> None:
    other = shutil.copytree(model, tmp_path / "m")
    row = json.loads((other / "model.json").read_text(encoding="utf-8"))
    (other / "model.json").write_text(json.dumps(row | {"device": "cuda:99"}), encoding="utf-8")
    assert here("evaluate", "embeddings", "--model", other).returncode == 0
    assert_told(here("evaluate", "embeddings", "--model", other, "--probe", "permute"), 2, "no GPU")


@pytest.mark.parametrize("interaction", ["transh", "mure"])
def test_what_only_pykeen_can_score_is_trained_and_judged(
    here: Here, data: Path, tmp_path: Path, interaction: str
) -> None:
    more = ("--engine", "sampled", "--interaction", interaction)
    done = here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL, *more, "--json")
    assert done.returncode == 0, done.stderr
    part = ("--part", "valid", "--json")
    row = json.loads(here("evaluate", "embeddings", "--model", tmp_path / "m", *part).stdout)
    assert row["mrr"] == pytest.approx(json.loads(done.stdout)["validation"]["mrr"])


@pytest.mark.parametrize("more", [("--engine", "shared", "--candidates", 20), ("--sampler", "basic", "--no-filter")])
def test_other_engines_tell_nothing_on_stderr(here: Here, data: Path, tmp_path: Path, more: tuple[object, ...]) -> None:
    done = here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL, *more, "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_share_of_text_negatives_is_chosen_from_a_range_with_zero(here: Here, tmp_path: Path) -> None:
    names = sorted({e for h, _, t in facts() for e in (h, t)})
    place = folder(tmp_path / "data", facts(), "".join(f"{n}\t{n.title()}: a thing\n" for n in names))
    more = ("--sampler", "lemon", "--p-text", "auto", "--encoder", "minilm", "--json")
    done = here("embed", "train", "--data", place, "-o", tmp_path / "m", *SMALL, *more)
    assert done.returncode == 0, done.stderr
    row = json.loads((tmp_path / "m" / "model.json").read_text(encoding="utf-8"))
    curves = {p: max(e["mrr"] for e in row["curve"][f"p-text-{p}"]) for p in ("0", "0.25", "0.5")}
    (note,) = [n for n in row["notes"] if n.startswith("p_text ")]
    best = max(curves.values())
    assert note.split()[1] == next(p for p in curves if curves[p] == best)


def test_a_search_is_told_trial_by_trial(here: Here, data: Path, tmp_path: Path) -> None:
    done = here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL, "--hpo", 2)
    assert done.returncode == 0, done.stderr
    assert [f"trial {n}: MRR" in done.stderr for n in (1, 2, 3)] == [True, True, False]
    made = json.loads((tmp_path / "m" / "model.json").read_text(encoding="utf-8"))["settings"]
    told = [line for line in done.stderr.splitlines() if line.startswith(("chosen", "n3", "dimension"))]
    keys = ("dimension", "rate", "batch", "n3", "dropout")
    assert told == ["chosen in 2 trials: " + ", ".join(f"{key} {made[key]:g}" for key in keys)]


# the place of a model


def everything(place: Path) -> dict[str, bytes | None]:
    """All that is below a folder."""
    return {str(f.relative_to(place)): f.read_bytes() if f.is_file() else None for f in sorted(place.rglob("*"))}


@pytest.mark.parametrize(
    "name", ["m", "m/model.json", "m/notes", "m.old/notes", "m.run/notes", "m.partial/notes", "m.old"]
)
def test_what_is_not_a_model_is_never_replaced(here: Here, data: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("{}", encoding="utf-8")
    before = everything(tmp_path)
    assert_told(here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL), 2, "not of kgtool's making")
    assert everything(tmp_path) == before


def test_a_store_the_data_and_the_folder_that_one_is_in_are_never_replaced(
    here: Here, data: Path, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = shutil.copytree(demo, tmp_path / "kg")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    before = everything(tmp_path)
    for place in (data, store, ".", "..", "../data/.", tmp_path):
        assert here("embed", "train", "--data", data, "-o", place, *SMALL).returncode == 2
    assert everything(tmp_path) == before


def test_an_empty_folder_a_link_to_one_and_a_model_are_written_to(here: Here, data: Path, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "m")
    for place in ("m", "m", "link"):
        done = here("embed", "train", "--data", data, "-o", tmp_path / place, *SMALL, "-q")
        assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "m" / "model.json").is_file()
    (tmp_path / "m" / "notes").write_text("", encoding="utf-8")
    assert_told(here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL), 2, "other files in it")
    assert not list(tmp_path.glob("m.*"))


def test_one_run_at_a_time(here: Here, data: Path, tmp_path: Path) -> None:
    with running(tmp_path / "m"):
        assert_told(here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL), 75, "another kgtool")
    assert not list(tmp_path.glob("m*"))


@pytest.mark.parametrize("what", ["checkpoint", "model"])
def test_a_full_disk_is_told(
    here: Here, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The limit on the size of files stands for it."""
    if what == "model":
        monkeypatch.setattr(Trainer, "save", lambda *args: None)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        done = here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert_told(done, 1, f"cannot write the {what}")
    assert "space on disk" in done.stderr and not (tmp_path / "m").exists()


# bad graphs


@pytest.mark.parametrize(
    "rows",
    [
        [(f"a{i}", f"r{i}", f"b{i}") for i in range(12)],
        [(f"a{i}", "r", f"a{(i + 1) % 30}") for i in range(30)],
        [(f"a{i % 4}", f"r{i % 2}", f"a{(3 * i + 1) % 7}") for i in range(10)],
        [("a", "r", "a")],
    ],
    ids=["no relation twice", "one relation", "ten triples", "one entity"],
)
@pytest.mark.parametrize("more", [(), ("--engine", "shared"), ("--sampler", "bernoulli")], ids=str)
def test_small_graphs_are_trained_and_say_what_was_held_out(
    here: Here, tmp_path: Path, rows: list[Fact], more: tuple[str, ...]
) -> None:
    place = folder(tmp_path / "data", rows)
    done = here("embed", "train", "--data", place, "-o", tmp_path / "m", *SMALL, *more)
    if len(rows) == 1 and more[:1] == ("--sampler",):
        assert_told(done, 2, "one entity")
        return
    assert done.returncode == 0, done.stderr
    last = done.stderr.splitlines()[-1]
    assert "no facts were held out" in last or "held-out facts" in last
    judged = here("evaluate", "embeddings", "--model", tmp_path / "m")
    if "no facts were held out" in last:
        assert_told(judged, 2, "no facts in the part test")
    assert here("evaluate", "embeddings", "--model", tmp_path / "m", "--part", "train").returncode == 0


def test_entities_without_texts(here: Here, data: Path, tmp_path: Path) -> None:
    for how in ("adapter", "fusion", "only"):
        done = here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL, "--text", how)
        assert_told(done, 2, f"--text {how} needs texts")
    done = here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL, "--sampler", "lemon")
    assert_told(done, 2, "lemon needs texts")
    assert here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL, "--text", "auto").returncode == 0


def test_a_folder_without_a_valid_file_and_with_a_byte_order_mark(here: Here, tmp_path: Path) -> None:
    place = folder(tmp_path / "data", facts()[:-9])
    (place / "test.txt").write_text("".join("\t".join(row) + "\n" for row in facts()[-9:]), encoding="utf-8")
    text = (place / "train.txt").read_text(encoding="utf-8")
    (place / "train.txt").write_text(text, encoding="utf-8-sig")
    done = here("embed", "train", "--data", place, "-o", tmp_path / "m", *SMALL)
    assert done.returncode == 0 and "there is no valid file" in done.stderr and "too small" not in done.stderr
    assert "175 entities in" in done.stderr
    assert not [e for e in Model.load(tmp_path / "m").dataset.entities if e.startswith("\ufeff")]


def test_an_empty_and_a_broken_graph(here: Here, tmp_path: Path) -> None:
    empty = folder(tmp_path / "empty", [])
    assert_told(here("embed", "train", "--data", empty, "-o", tmp_path / "m"), 2, "no fact to learn from")
    (empty / "train.txt").write_text("a\tr\tb\na\tr\n", encoding="utf-8")
    assert_told(here("embed", "train", "--data", empty, "-o", tmp_path / "m"), 2, "train.txt, line 2")
    assert not (tmp_path / "m").exists()


def test_what_is_not_there(here: Here, data: Path, tmp_path: Path) -> None:
    assert_told(here("embed", "train", "--data", tmp_path / "none", "-o", tmp_path / "m"), 3, "none")
    assert_told(here("embed", "train", "-s", tmp_path / "kg"), 3, "no store")
    assert_told(here("evaluate", "embeddings", "--model", tmp_path / "none"), 3, "no model")
    assert_told(here("embed", "train", "--data", data), 2, "no place for the model")


@pytest.mark.parametrize(
    ("more", "part"),
    [
        (("--engine", "2vsall"), "engine '2vsall'"),
        (("--interaction", "nothing"), "'nothing'"),
        (("--engine", "sampled", "--interaction", "nothing"), "'nothing'"),
        (("--engine", "sampled", "--loss", "nothing"), "'nothing'"),
        (("--sampler", "nothing"), "'nothing'"),
        (("--text", "nothing"), "'nothing'"),
        (("--split", "nothing"), "'nothing'"),
        (("--device", "nothing"), "'nothing'"),
        (("--device", "cuda:99"), "cuda:99"),
        (("--dimension", "0"), "--dimension"),
        (("--dimension", "7"), "--dimension"),
        (("--epochs", "0"), "--epochs"),
        (("--batch", "-1"), "--batch"),
        (("--rate", "0"), "--rate"),
        (("--rate", "nan"), "--rate"),
        (("--rate", "inf"), "--rate"),
        (("--engine", "sampled", "--rate", "1e38"), "--rate"),
        (("--n3", "nan"), "--n3"),
        (("--engine", "sampled", "--margin", "nan"), "--margin"),
        (("--dropout", "1"), "--dropout"),
        (("--engine", "shared", "--candidates", "0"), "--candidates"),
        (("--engine", "sampled", "--negatives", "0"), "--negatives"),
        (("--sampler", "lemon", "--p-text", "much"), "--p-text"),
        (("--seed", "-1"), "--seed"),
        (("--seed", str(2**64)), "--seed"),
        (("--sampler", "lemon", "--warm-up", "-3"), "--warm-up"),
        (("--engine", "1vsall", "--sampler", "lemon"), "--sampler has no effect"),
        (("--p-text", "auto"), "--p-text has an effect with the sampler lemon alone"),
        (("--sampler", "basic", "--anchor", "kept"), "--anchor"),
        (("--negatives", "4"), "--negatives has no effect with the engine 1vsall"),
        (("--margin", "4"), "--margin"),
        (("--candidates", "4"), "--candidates"),
        (("--no-filter",), "--filter"),
        (("--engine", "sampled", "--n3", "0.1"), "--n3"),
        (("--encoder", "nothing", "--text", "none"), "--encoder"),
        (("--engine", "sampled", "--encoder", "minilm"), "--encoder"),
        (("--engine", "sampled", "--interaction", "compgcn"), "compgcn"),
        (("--engine", "sampled", "--interaction", "ComplexLiteral"), "needs more than facts"),
        (("--engine", "sampled", "--interaction", "nodepiece"), "nodepiece"),
        (("--patience", "0"), "--patience"),
        (("--time-budget", "-1"), "--time-budget"),
        (("--hpo", "-1"), "--hpo"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_values(here: Here, data: Path, tmp_path: Path, more: tuple[str, ...], part: str) -> None:
    done = here("embed", "train", "--data", data, "-o", tmp_path / "m", "--epochs", "1", *more)
    assert_told(done, 2, part)
    assert not (tmp_path / "m").exists()


def test_a_loss_that_is_no_number(here: Here, data: Path, tmp_path: Path) -> None:
    done = here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL, "--rate", "1e30")
    assert_told(done, 1, "not a number")
    assert "--rate" in done.stderr and not (tmp_path / "m").exists()
    more = ("--rate", "1e30", "--batch", 10_000)  # one step an epoch: the first loss is still a number
    done = here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL, *more, "-q")
    assert_told(done, 1, "the loss of epoch 2 is not a number")
    assert len(done.stderr.splitlines()) == 2 and "the best epoch before is kept" in done.stderr
    row = json.loads(here("evaluate", "embeddings", "--model", tmp_path / "m", "--json").stdout)
    assert row["hits_at_10"] == 0  # what computes nothing is never right


def test_a_damaged_checkpoint_is_told(here: Here, data: Path, tmp_path: Path) -> None:
    checkpoint = tmp_path / "m.run" / "structure"
    checkpoint.mkdir(parents=True)
    (tmp_path / "m.run" / "training.lock").touch()
    (checkpoint / "course.json").write_text("{", encoding="utf-8")
    done = here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL)
    assert done.returncode == 0 and "damaged and not used" in done.stderr


def test_held_out_entities_need_texts(here: Here, data: Path, tmp_path: Path) -> None:
    done = here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL, "--split", "inductive")
    assert_told(done, 2, "--text only needs texts")
    more = ("--text", "none", "--n3", 0, "--json")
    done = here("embed", "train", "--data", data, "-o", tmp_path / "m", *SMALL, "--split", "inductive", *more)
    assert done.returncode == 0, done.stderr
    assert any("without texts nothing is known" in note for note in json.loads(done.stdout)["notes"])
    made = json.loads(done.stdout)["model"]["settings"]
    assert (made["text"], made["n3"]) == ("none", 0)
    row = json.loads(here("evaluate", "embeddings", "--model", tmp_path / "m", "--json").stdout)
    assert row["unseen"]["query"]["queries"] + row["unseen"]["answer"]["queries"] >= row["queries"]
    assert row["unseen"]["answer"]["mrr"] < 0.1  # nothing is known of them


# a store


def test_a_store_is_learnt_from_with_one_command(here: Here, demo: Path, tmp_path: Path) -> None:
    store = shutil.copytree(demo, tmp_path / "kg")
    done = here("embed", "train", "-s", store, *SMALL, "--encoder", "none")
    assert done.returncode == 0, done.stderr
    assert json.loads(here("status", "-s", store, "--json").stdout)["embeddings"]["stale"] is False
    assert here("evaluate", "embeddings", "-s", store).returncode == 0
    made = Model.load(store / "embeddings" / "model").dataset
    assert "Endicott, New York" in [made.label(e) for e in made.entities]
    before = (store / "embeddings" / "model" / "arrays.safetensors").read_bytes()
    kept = shutil.copytree(store / "embeddings" / "model", tmp_path / "kept")
    row = json.loads((kept / "model.json").read_text(encoding="utf-8"))
    (store / "embeddings" / "model" / "model.json").write_text(json.dumps(row | {"revision": "x"}), encoding="utf-8")
    assert "older graph" in here("evaluate", "embeddings", "-s", store).stderr
    (store / "embeddings" / "model" / "names.json").write_text("{}", encoding="utf-8")
    done = here("status", "-s", store)
    assert done.returncode == 0 and "embeddings\tdamaged: " in done.stdout and "documents\t" in done.stdout
    assert here("embed", "train", "-s", store, *SMALL, "--encoder", "none", "-q").stderr == ""
    assert (store / "embeddings" / "model" / "arrays.safetensors").read_bytes() == before


# models


class Bomb:
    """Makes a folder when it is loaded."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.place),)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("model.json", b""),
        ("model.json", b"{}"),
        ("model.json", b"[1]"),
        ("model.json", b"\xff"),
        ("names.json", b"{}"),
        ("names.json", None),
        ("arrays.safetensors", None),
        ("arrays.safetensors", b""),
        ("arrays.safetensors", b"\xff" * 40),
        ("arrays.safetensors", b"\x02\0\0\0\0\0\0\0{}"),
        ("arrays.safetensors", b"\x02\0\0\0\0\0\0\0[]"),
        ("arrays.safetensors", "half"),
    ],
)
def test_damaged_models(here: Here, model: Path, tmp_path: Path, file: str, content: bytes | str | None) -> None:
    damaged = shutil.copytree(model, tmp_path / "m")
    if content is None:
        (damaged / file).unlink()
    else:
        whole = (damaged / file).read_bytes()
        (damaged / file).write_bytes(content if isinstance(content, bytes) else whole[: len(whole) // 2])
    assert_told(here("evaluate", "embeddings", "--model", damaged), 1, "damaged")


def test_a_pickle_in_place_of_arrays_is_not_executed(here: Here, model: Path, tmp_path: Path) -> None:
    damaged = shutil.copytree(model, tmp_path / "m")
    for file in ("arrays.safetensors", "names.json", "model.json"):
        (damaged / file).write_bytes(pickle.dumps(Bomb(tmp_path / "executed")))
        assert_told(here("evaluate", "embeddings", "--model", damaged), 1, "damaged")
    assert not (tmp_path / "executed").exists()


def test_a_model_of_another_graph(here: Here, model: Path, tmp_path: Path) -> None:
    other = folder(tmp_path / "other", [(f"x{i}", "r", f"x{(i + 1) % 30}") for i in range(30)])
    (other / "test.txt").write_text("x1\tr\tx9\n", encoding="utf-8")
    assert_told(here("evaluate", "embeddings", "--model", model, "--data", other), 2, "another graph")
    assert_told(here("evaluate", "embeddings", "--model", model, "--part", "dev"), 2, "'dev'")
    assert_told(here("evaluate", "embeddings", "--model", model, "--probe", "both"), 2, "'both'")
    (other / "test.txt").write_text("person1\tlives in\ttown1\nx1\tr\tx9\n", encoding="utf-8")
    row = json.loads(here("evaluate", "embeddings", "--model", model, "--data", other, "--json").stdout)
    assert (row["queries"], row["unknown"]) == (2, 1)


# kills


def test_a_run_that_is_killed_goes_on_and_gives_the_same_bytes(
    here: Here, data: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    options = ("--dimension", "32", "--epochs", "80", "--patience", "80", "--device", "cpu", "-q")
    arguments = ("embed", "train", "--data", str(data), *options, "-o")
    command = [sys.executable, "-m", "kgtool", *arguments, str(tmp_path / "m")]
    process = subprocess.Popen(command, cwd=ROOT, env=environment | {"OMP_NUM_THREADS": "1"})
    course, deadline = tmp_path / "m.run" / "structure" / "course.json", time.monotonic() + 60
    while not course.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(0.1)  # some more epochs, and any moment of one
    process.send_signal(signal.SIGKILL)
    assert process.wait(60) == -signal.SIGKILL and (tmp_path / "m.run").exists() and not (tmp_path / "m").exists()
    for place in ("m", "undisturbed"):
        done = here(*arguments, tmp_path / place)
        assert done.returncode == 0, done.stderr
    assert everything(tmp_path / "m") == everything(tmp_path / "undisturbed")
