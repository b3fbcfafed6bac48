"""Texts are encoded once, and what is kept can be lost without harm."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests_support import ROOT

from kgtool import registry
from kgtool.embed import texts
from kgtool.encode.minilm import MiniLM
from kgtool.errors import StoreError
from kgtool.model import digest

TEXTS = ["Ada Lovelace: a mathematician", "", "London: a city", "Ada Lovelace: a mathematician", "  \n", "a loom"]


LIGHT = MiniLM()
"""Loaded once for all tests."""


class Counting(MiniLM):
    """The light encoder, which also keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        return LIGHT.encode(texts)


def test_rows_are_those_of_the_encoder_and_zero_without_text(tmp_path: Path) -> None:
    own = Counting()
    found = texts.vectors(TEXTS, own, tmp_path / "vectors.db")
    assert found.dtype == np.float16 and found.shape == (6, 384)
    assert np.array_equal(found[[0, 2, 3, 5]], LIGHT.encode([TEXTS[i] for i in (0, 2, 3, 5)]).astype(np.float16))
    assert not found[[1, 4]].any()
    assert sorted(own.asked) == sorted({TEXTS[0], TEXTS[2], TEXTS[5]})


def test_nothing_is_encoded_twice(tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "vectors.db"
    first = texts.vectors(TEXTS, Counting(), cache)
    own = Counting()
    assert np.array_equal(texts.vectors(TEXTS[::-1], own, cache), first[::-1]) and own.asked == []
    texts.vectors([*TEXTS, "a new one"], own, cache)
    assert own.asked == ["a new one"]


def test_without_a_cache_nothing_is_written(tmp_path: Path) -> None:
    assert len(texts.vectors(TEXTS, Counting(), None)) == 6
    assert not list(tmp_path.iterdir())


def test_another_encoder_has_vectors_of_its_own(tmp_path: Path) -> None:
    class Other(Counting):
        def settings(self) -> dict[str, str]:
            return {"encoder": "another"}

    texts.vectors(TEXTS, Counting(), tmp_path / "v")
    own = Other()
    texts.vectors(TEXTS, own, tmp_path / "v")
    assert len(own.asked) == 3


@pytest.mark.parametrize("given", [[], ["", " "]])
def test_no_texts(given: list[str], tmp_path: Path) -> None:
    assert texts.vectors(given, Counting(), tmp_path / "v").shape == (len(given), 384)


def test_progress_is_told_by_the_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "PART", 2)
    told: list[tuple[int, int]] = []
    own = Counting()
    texts.vectors(["a", "bbb", "cc", "dd", "e"], own, None, lambda done, total: told.append((done, total)))
    assert told == [(0, 5), (2, 5), (4, 5), (5, 5)]
    assert own.asked == ["bbb", "cc", "dd", "a", "e"]  # the longest first


@given(data=st.data())
def test_damage_loses_vectors_and_never_changes_them(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = tmp_path_factory.mktemp("cache") / "vectors.db"
    made = {digest(str(i)): np.full(40, i, dtype=np.float16) for i in range(200)}
    texts.Kept(cache).add(made)
    content = bytearray(cache.read_bytes())
    for _ in range(data.draw(st.integers(1, 30))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cache.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    found = texts.Kept(cache).read(made)
    assert all(np.array_equal(vector, made[key]) for key, vector in found.items())
    texts.Kept(cache).add({k: v for k, v in made.items() if k not in found})
    again = texts.Kept(cache).read(made)
    assert all(np.array_equal(vector, made[key]) for key, vector in again.items())


def test_a_file_that_is_no_cache_is_replaced(tmp_path: Path) -> None:
    cache = tmp_path / "vectors.db"
    cache.write_text("hello " * 999)
    texts.vectors(TEXTS, Counting(), cache)
    own = Counting()
    texts.vectors(TEXTS, own, cache)
    assert own.asked == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot keep vectors") as caught:
        texts.vectors(TEXTS, Counting(), tmp_path / "file" / "vectors.db")
    assert caught.value.hint
    with pytest.raises(StoreError, match="cannot keep vectors"):
        texts.vectors(TEXTS, Counting(), tmp_path)


MANY = sorted((f"thing number {i}" for i in range(4000)), key=lambda t: (-len(t), t))
KILLED = """
import sys
from pathlib import Path
from kgtool.embed import texts
from kgtool.encode.minilm import MiniLM
texts.PART = 8
texts.vectors([f"thing number {i}" for i in range(4000)], MiniLM(), Path(sys.argv[1]))
"""


def test_a_kill_loses_the_last_part_at_most(tmp_path: Path) -> None:
    cache = tmp_path / "vectors.db"
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(cache)], cwd=ROOT)

    def count() -> int:
        if not cache.exists():
            return 0
        with sqlite3.connect(cache) as db:
            found = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            rows: int = db.execute("SELECT count(*) FROM vectors").fetchone()[0] if found else 0
        db.close()
        return rows

    until = time.monotonic() + 120
    while count() < 40 and time.monotonic() < until:
        time.sleep(0.05)
    before = count()
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert count() >= before >= 40 and count() % 8 == 0
    own = Counting()
    texts.vectors(MANY[:before], own, cache)
    assert own.asked == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_encoder_for_many_is_sentence_transformers_in_batches() -> None:
    own = texts.encoder("cpu")
    assert own.settings()["encoder"] == "sbert"
    given = [t for t in TEXTS if t.strip()] + ["word " * n for n in range(1, 12)]
    single = registry.get("encoder", "sbert")(device="cpu")
    assert np.abs(own.encode(given) - single.encode(given)).max() < 1e-5
