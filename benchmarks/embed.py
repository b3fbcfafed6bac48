"""What embeddings cost.

    KGTOOL_BENCH_DATA=... python benchmarks/embed.py sampling [--graph codex-s|fb15k-237|umls|wn18rr...]
        [--model TransE] [--negatives N] [--epochs N]

``sampling``: CPU seconds an epoch of PyKEEN's own training loop, one thread, batch size and loss of PyKEEN's defaults,
with each negative sampler in turn, epoch by epoch; the least of the epochs counts, since on a shared machine the
others measure the load. Beside it, the seconds of an epoch's sampling alone, and what it takes more than Bernoulli's,
in per cent of Bernoulli's epoch: the steadier figure.
"""

from __future__ import annotations

import argparse
import gzip
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pykeen.models import model_resolver
from pykeen.sampling import negative_sampler_resolver
from pykeen.training import SLCWATrainingLoop
from pykeen.training.callbacks import TrainingCallback
from pykeen.triples import TriplesFactory

from kgtool.embed import lemon

GRAPHS = ("codex-s", "fb15k-237")
BATCH = 256
"""PyKEEN's own, on a CPU."""
SAMPLERS: dict[str, dict[str, Any]] = {
    "bernoulli": {},
    "bernoulli, exact filter": {"filterer": "exact"},
    "lemon, p_text 0": {"p_text": 0.0},
    "lemon, p_text .25": {"p_text": 0.25},
    "lemon, as published": {"p_text": 1.0, "anchor": "kept", "sides": "uniform"},
}
"""What is compared: the name of PyKEEN's sampler, up to a comma, and its arguments."""


def folder() -> Path:
    """Where the graphs are."""
    return Path(os.environ["KGTOOL_BENCH_DATA"]) / "kge"


def graph(name: str) -> TriplesFactory:
    """The training triples of a graph."""
    path = folder() / name / "train.txt"
    text = path.read_bytes() if path.is_file() else gzip.decompress(path.with_name("train.txt.gz").read_bytes())
    rows = [line.split("\t") for line in text.decode("utf-8").splitlines()]
    return TriplesFactory.from_labeled_triples(np.array(rows, dtype=str))


def made_up(count: int) -> np.ndarray:
    """Vectors in place of those of texts, in sixty heaps: what sampling costs does not depend on what they say."""
    random = np.random.default_rng(0)
    heaps = random.normal(size=(60, 384))
    return (heaps[random.integers(0, 60, count)] + random.normal(size=(count, 384))).astype(np.float16)


class Clock(TrainingCallback):
    """CPU seconds of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = time.process_time()
        self.epochs: list[float] = []

    def post_epoch(self, **kwargs: Any) -> None:
        now = time.process_time()
        self.epochs.append(now - self.begun)
        self.begun = now


class Measured:
    """One sampler on one graph.

    Args:
        triples: the graph.
        model: PyKEEN's name of the model.
        label: what of :data:`SAMPLERS`.
        negatives: for each triple.
    """

    def __init__(self, triples: TriplesFactory, model: str, label: str, negatives: int) -> None:
        self.triples, self.epochs = triples, 0
        own: dict[str, Any] = SAMPLERS[label] | {"num_negs_per_pos": negatives}
        if own.get("p_text"):
            own["text_vectors"] = made_up(triples.num_entities)
        self.sampler = negative_sampler_resolver.make(
            label.partition(",")[0],
            own,
            mapped_triples=triples.mapped_triples,
            num_entities=triples.num_entities,
            num_relations=triples.num_relations,
        )
        made = model_resolver.make(model, triples_factory=triples, random_seed=0)
        self.loop = SLCWATrainingLoop(
            model=made, triples_factory=triples, optimizer="Adam", negative_sampler=self.sampler
        )

    def epoch(self) -> float:
        """CPU seconds of an epoch of training; the one before it, which sets things up, is not counted."""
        clock = Clock()
        self.epochs += 2  # PyKEEN counts those of earlier calls
        self.loop.train(self.triples, num_epochs=self.epochs, batch_size=BATCH, use_tqdm=False, callbacks=clock)
        return clock.epochs[1]

    def sampling(self) -> float:
        """CPU seconds of sampling for an epoch's batches."""
        known = self.triples.mapped_triples
        batches = known[torch.randperm(len(known))].split(BATCH)
        begun = time.process_time()
        for batch in batches:
            self.sampler.sample(batch)
        return time.process_time() - begun


def sampling(given: argparse.Namespace) -> None:
    """The table of samplers."""
    torch.set_num_threads(1)
    lemon.register()
    print(f"{given.model}, {given.negatives} negatives a triple")
    print("| graph | sampler | CPU s an epoch | beside bernoulli | sampling | its more, of an epoch |")
    print("|---|---|---|---|---|---|")
    for name in given.graph or GRAPHS:
        torch.manual_seed(0)
        triples = graph(name)
        runs = {label: Measured(triples, given.model, label, given.negatives) for label in SAMPLERS}
        # One epoch of each in turn: what else the machine does is spread evenly.
        times = [{label: (run.epoch(), run.sampling()) for label, run in runs.items()} for _ in range(given.epochs)]
        best = {label: [min(t[label][k] for t in times) for k in (0, 1)] for label in runs}
        base = best["bernoulli"]
        for label, (epoch, alone) in best.items():
            more = f"{epoch / base[0] - 1:+.1%} | {alone:.3f} | {(alone - base[1]) / base[0]:+.1%}"
            print(f"| {name} | {label} | {epoch:.2f} | {more} |", flush=True)


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(required=True)
    part = parts.add_parser("sampling")
    part.add_argument("--graph", action="append")
    part.add_argument("--model", default="TransE")
    part.add_argument("--negatives", type=int, default=1)
    part.add_argument("--epochs", type=int, default=4)
    part.set_defaults(run=sampling)
    given = parser.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
