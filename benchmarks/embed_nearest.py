"""How long ``kgtool embed nearest`` takes from a cold start: python benchmarks/embed_nearest.py [ENTITIES DIMENSION].

Makes a model of random vectors in a temporary folder and times whole processes. Python's bytecode is compiled before,
as it is in an installed package.
"""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import kgtool
from kgtool.embed.dataset import Dataset
from kgtool.embed.interactions import named
from kgtool.embed.model import Model
from kgtool.embed.vectors import Vectors

RUNS = 5


def made(entities: int, dimension: int) -> Model:
    """A model that was never trained; five facts an entity."""
    draw = np.random.default_rng(0)
    vectors = draw.standard_normal((entities, dimension), dtype=np.float32)
    relations = draw.standard_normal((20, dimension), dtype=np.float32)
    names = tuple(f"https://graph.example/entity/thing_{i:06d}" for i in range(entities))
    facts = np.stack([draw.integers(n, size=5 * entities) for n in (entities, 10, entities)], axis=1)
    texts = {e: f"Thing {i:06d}: something that was made up" for i, e in enumerate(names)}
    empty, none = np.zeros(0, dtype=np.float32), np.empty((0, 3), dtype=np.int64)
    part = Vectors(named("complex"), vectors, relations, empty, empty, empty)
    data = Dataset(names, tuple(f"relation {i}" for i in range(10)), facts, none, none, texts)
    weights = np.ones((1, 20), dtype=np.float32)
    return Model(
        data, {"structure": part}, weights, {"interaction": "complex", "parts": {"structure": part.described()}}
    )


def main() -> None:
    entities, dimension = (int(n) for n in sys.argv[1:3] or (100_000, 256))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "model"
        made(entities, dimension).save(place)
        command = [sys.executable, "-m", "kgtool", "embed", "nearest", "Thing 000042", "--model", str(place)]
        print(f"{entities:,} x {dimension}; seconds of each run: CPU (user + system), wall")
        compileall.compile_dir(Path(kgtool.__file__).parent, quiet=1)
        for _ in range(RUNS):
            before, began = os.times(), time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            after = os.times()
            cpu = after.children_user + after.children_system - before.children_user - before.children_system
            print(f"{cpu:.2f}\t{time.perf_counter() - began:.2f}")


if __name__ == "__main__":
    main()
