"""Confidences that are fitted to shares of right answers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests_support import Run

from kgtool.errors import StoreError, UsageError
from kgtool.reason.calibration import Calibration, dumps, load

ANSWERS = [(0.6, False)] * 30 + [(0.6, True)] * 10 + [(0.7, True)] * 5 + [(0.8, False)] * 5 + [(0.9, True)] * 30


def test_shares_never_fall_and_are_those_of_the_answers() -> None:
    fitted = Calibration.fit(ANSWERS)
    assert fitted.questions == 80
    values = [fitted(x / 100) for x in range(101)]
    assert values == sorted(values)
    assert fitted(0.1) == fitted(0.6) == 0.25
    assert fitted(0.95) == fitted(0.9) and 0.97 < fitted(0.9) < 1
    assert fitted(0.75) == 0.5  # those at .7 and .8 are one pool


def test_too_few_answers_are_no_fit() -> None:
    with pytest.raises(UsageError, match="too few"):
        Calibration.fit(ANSWERS[:20])


def test_a_file_comes_back_or_is_told(tmp_path: Path) -> None:
    file = tmp_path / "calibration.json"
    assert load(file) == {}
    fitted = Calibration.fit(ANSWERS)
    file.write_text(dumps({"paths": fitted}))
    assert load(file) == {"paths": fitted}
    text = file.read_text()
    for damaged in (
        "nonsense", text.replace('"format": 1', '"format": 2'), text.replace("0.25", "7"), "[]",
        '{"format": 1, "reasoners": []}',
    ):  # fmt: skip
        file.write_text(damaged)
        with pytest.raises(StoreError):
            load(file)


def test_a_fit_is_kept_shown_used_and_dropped(kgtool: Run, demo: Path, tmp_path: Path) -> None:
    own = shutil.copytree(demo, tmp_path / "kg")
    file = tmp_path / "qa.jsonl"
    question = "Who designed Colossus?"
    rows = [{"question": question, "answers": ["Tommy Flowers" if i % 2 else "Nobody"]} for i in range(60)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = ("-s", own, "--encoder", "none", "--json")
    done = kgtool("evaluate", "reasoning", file, "--fit", *options)
    assert done.returncode == 0 and "fitted on 60 answers" in done.stderr
    assert json.loads(done.stdout)["calibration"] == pytest.approx(0, abs=0.01)
    assert json.loads(kgtool("status", "-s", own, "--json").stdout)["calibration"] == {"paths": 60}
    found = json.loads(kgtool("reason", question, *options).stdout)
    assert found["confidence"] == 0.5
    done = kgtool("evaluate", "reasoning", "--unfit", *options)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"reasoner": "paths", "dropped": 60})
    assert json.loads(kgtool("reason", question, *options).stdout)["confidence"] > 0.5
    done = kgtool("evaluate", "reasoning", file, "--fit", "--compare", "paths,other", *options)
    assert done.returncode == 2
