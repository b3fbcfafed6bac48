"""``embed predict``, ``embed nearest``, what ``fuse`` does with predicted links, and ``status``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests_support import Run

from kgtool.embed.model import Model


def test_predict_tells_probability_label_and_why(kgtool: Run, model: Path) -> None:
    done = kgtool("embed", "predict", "Person1", "speaks", "?", "-k", "3", "--model", model)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert len(rows) == 3 and all(0 <= float(r[0]) <= 1 for r in rows)
    assert any(cell.startswith("because: ") for r in rows for cell in r[3:])


def test_predict_as_json(kgtool: Run, model: Path, tmp_path: Path) -> None:
    done = kgtool("embed", "predict", "?", "lives in", "town2", "-k", "2", "--json", "--model", model)
    row = json.loads(done.stdout)
    assert row["query"] == ["?", "lives in", "town2"]
    file = tmp_path / "predicted.json"
    quiet = kgtool("embed", "predict", "?", "lives in", "town2", "-k", "2", "--json", "--model", model, "-o", file)
    assert (quiet.stdout, file.read_text(encoding="utf-8")) == ("", done.stdout)
    assert row["predictions"][0].keys() == {"label", "id", "score", "probability", "neighbours"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("person1", "speaks", "language1"), 2),
        (("?", "speaks", "?"), 2),
        (("person1", "speaks"), 2),
        ((), 2),
        (("person1", "speaks", "?", "--novel"), 2),
        (("+", "speaks", "?"), 2),
        (("person1", "speaks", "?", "--new-entity", "Ada: a person"), 2),
        (("+", "speaks", "?", "--new-entity", "Ada: a person"), 2),
        (("person1", "speaks", "?", "--limit", "3"), 2),
        (("person1", "speaks", "?", "--above", "0.5"), 2),
        (("+", "speaks", "?", "--new-entity", " "), 2),
        (("--novel", "--new-entity", "Ada: a person"), 2),
        (("nobody", "speaks", "?"), 3),
    ],
)
def test_mistakes_are_two_lines(kgtool: Run, model: Path, arguments: tuple[str, ...], code: int) -> None:
    done = kgtool("embed", "predict", *arguments, "--model", model)
    assert (done.returncode, done.stdout) == (code, "")
    error, hint = done.stderr.splitlines()
    assert error.startswith("error: ") and hint.startswith("hint: ")


def test_no_model_is_told(kgtool: Run, tmp_path: Path) -> None:
    done = kgtool("embed", "nearest", "person1", "--model", tmp_path / "none")
    assert done.returncode == 3 and "embed train" in done.stderr


def test_nearest(kgtool: Run, model: Path) -> None:
    done = kgtool("embed", "nearest", "Town1", "-k", "4", "--model", model)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert len(rows) == 4 and all(len(r) == 3 for r in rows)
    row = json.loads(kgtool("embed", "nearest", "Town1", "-k", "4", "--json", "--model", model).stdout)
    assert [r["id"] for r in row["nearest"]] == [r[2] for r in rows]


def test_novel_links_are_fused_as_inferred(kgtool: Run, model: Path, tmp_path: Path) -> None:
    links, stated = tmp_path / "novel.jsonl", tmp_path / "stated.jsonl"
    done = kgtool("embed", "predict", "--novel", "--above", "0", "--limit", "5", "-o", links, "--model", model)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "5 links\n")
    rows = [json.loads(line) for line in links.read_text(encoding="utf-8").splitlines()]
    assert {r["status"] for r in rows} == {"inferred"} and {r["extractor"] for r in rows} == {"embed"}
    assert all(r["model"].startswith("complex@") and r["because"] for r in rows)
    lines = [json.dumps({**r, "confidence": 0.9}) for r in rows]
    links.write_text("\n".join(lines) + "\n", encoding="utf-8")
    stated.write_text(json.dumps({"subject": "Zeno", "predicate": "lives in", "object": "Elea"}) + "\n")
    fused = [json.loads(x) for x in kgtool("fuse", stated, links, "--no-discover").stdout.splitlines()]
    made = [r for r in fused if r["status"] == "inferred"]
    assert len(made) == len({(r["subject"], r["predicate"], r["object"]) for r in rows})
    assert all(x["support"] == 0 and rows[0]["model"] in x["reason"] for x in made)
    assert [r["object"] for r in fused if r["status"] == "published"] == ["Elea"]


def test_nothing_to_tell_is_no_success(kgtool: Run, model: Path) -> None:
    done = kgtool("embed", "predict", "--novel", "--above", "1", "--model", model)
    assert (done.returncode, done.stdout) == (7, "")
    assert done.stderr.splitlines() == [
        "error: no novel link is as probable as 1",
        "hint: --above takes less likely ones",
    ]


def predicted(subject: str, predicate: str, other: str, confidence: float = 0.99) -> str:
    row = {"subject": subject, "predicate": predicate, "object": other, "confidence": confidence}
    return json.dumps(row | {"status": "inferred", "extractor": "embed", "model": "complex@0123456789ab"})


def told(subject: str, predicate: str, other: str, **more: object) -> str:
    return json.dumps({"subject": subject, "predicate": predicate, "object": other, "confidence": 0.8, **more})


def test_predictions_never_stand_against_what_a_text_states(kgtool: Run, tmp_path: Path) -> None:
    (tmp_path / "kgtool.toml").write_text('[relations."was born in"]\nfunctional = true\n', encoding="utf-8")
    lines = [
        told("Zeno", "was born in", "Elea"),
        predicted("Zeno", "was born in", "Athens"),
        predicted("Zeno", "was born in", "Elea"),
        predicted("Plato", "was born in", "Athens", 0.95),
        predicted("Plato", "was born in", "Thebes", 0.9),
        told("Plato", "met", "Zeno", status="negated"),
        predicted("Plato", "met", "Zeno"),
        predicted("Plato", "met", "Socrates", 0.2),
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = kgtool("fuse", "in.jsonl", "--no-discover", cwd=tmp_path)
    found = {(r["subject"], r["object"]): r for r in map(json.loads, done.stdout.splitlines())}
    elea = found["Zeno", "Elea"]
    assert (elea["status"], elea["support"], elea["confidence"]) == ("published", 1, 0.8)
    assert found["Zeno", "Athens"]["status"] == "loser"
    assert found["Plato", "Athens"]["status"] == "inferred"
    assert "complex@0123456789ab" in found["Plato", "Athens"]["reason"]
    assert found["Plato", "Thebes"]["status"] == "loser"
    assert found["Plato", "Zeno"]["status"] == "rejected"
    assert found["Plato", "Socrates"]["status"] == "rejected"


# with a store


@pytest.fixture(scope="module")
def modelled(demo: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of data/ with the model of another graph in it."""
    store = tmp_path_factory.mktemp("modelled") / "kg"
    shutil.copytree(demo, store)
    shutil.copytree(model, store / "embeddings" / "model", dirs_exist_ok=True)
    return store


def test_status_tells_of_the_model(kgtool: Run, demo: Path, modelled: Path) -> None:
    assert json.loads(kgtool("status", "-s", demo, "--json").stdout)["embeddings"] is None
    row = json.loads(kgtool("status", "-s", modelled, "--json").stdout)
    told = row["embeddings"]
    assert told.keys() == {"path", "model", "entities", "revision", "stale"} and told["stale"] is True
    assert "of an older graph" in kgtool("status", "-s", modelled).stdout
    file = modelled / "embeddings" / "model" / "model.json"
    before = file.read_text(encoding="utf-8")
    file.write_text(json.dumps(json.loads(before) | {"revision": row["revision"]}), encoding="utf-8")
    assert json.loads(kgtool("status", "-s", modelled, "--json").stdout)["embeddings"]["stale"] is False
    assert kgtool("embed", "nearest", "person1", "-s", modelled).stderr == ""
    file.write_text(before, encoding="utf-8")


def test_a_model_of_an_older_graph_says_so(kgtool: Run, modelled: Path) -> None:
    done = kgtool("embed", "predict", "person1", "speaks", "?", "-s", modelled)
    assert done.returncode == 0 and done.stdout
    assert done.stderr == "warning: the model was trained on an older graph; train it again: kgtool embed train\n"


def test_a_link_model_is_part_of_what_a_graph_is_made_with(model: Path, tmp_path: Path) -> None:
    from kgtool import config, making
    from kgtool.calls import Calls

    def settings(folder: Path | None) -> dict[str, str]:
        made = config.load({"link_model": str(folder) if folder else ""})
        return dict(making.make_fuser(made, Calls(made, Path(":memory:"))).settings())

    assert "scorer" not in settings(None)
    other = tmp_path / "other"
    again = Model.load(model)
    Model(again.dataset, again.parts, again.weights, {**again.row, "notes": ["another"]}).save(other)
    shutil.copytree(model, tmp_path / "copy")
    assert settings(model) == settings(tmp_path / "copy") != settings(other)
