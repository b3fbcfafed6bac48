"""What embeddings cost.

    KGTOOL_BENCH_DATA=... python benchmarks/embed.py sampling [--graph codex-s|fb15k-237|umls|wn18rr...]
        [--model TransE] [--negatives N] [--epochs N]

``sampling``: CPU seconds an epoch of PyKEEN's own training loop, one thread, batch size and loss of PyKEEN's defaults,
with each negative sampler in turn; the least of the epochs counts, since on a shared machine the others measure the
load. Beside it, the seconds of an epoch's sampling alone.
"""

from __future__ import annotations

import argparse
import gzip
import os
import time
from collections.abc import Callable
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


def trained(triples: TriplesFactory, model: str, kwargs: dict[str, Any], name: str, epochs: int) -> float:
    """CPU seconds of the fastest epoch."""
    made = model_resolver.make(model, triples_factory=triples, random_seed=0)
    loop = SLCWATrainingLoop(
        model=made, triples_factory=triples, optimizer="Adam", negative_sampler=name, negative_sampler_kwargs=kwargs
    )
    clock = Clock()
    loop.train(triples, num_epochs=epochs, use_tqdm=False, callbacks=clock)
    return min(clock.epochs[1:])


def alone(triples: TriplesFactory, kwargs: dict[str, Any], name: str, batch: int = 256) -> float:
    """CPU seconds of sampling for an epoch's batches, the fastest of three."""
    known = triples.mapped_triples
    sampler = negative_sampler_resolver.make(
        name, kwargs, mapped_triples=known, num_entities=triples.num_entities, num_relations=triples.num_relations
    )
    shuffled = known[torch.randperm(len(known))].split(batch)
    return min(seconds(lambda: [sampler.sample(b) for b in shuffled]) for _ in range(3))


def seconds(act: Callable[[], Any]) -> float:
    """CPU seconds that something takes."""
    begun = time.process_time()
    act()
    return time.process_time() - begun


def sampling(given: argparse.Namespace) -> None:
    """The table of samplers."""
    torch.set_num_threads(1)
    lemon.register()
    print(f"{given.model}, {given.negatives} negatives a triple")
    print("| graph | sampler | CPU s an epoch | beside bernoulli | of it sampling |")
    print("|---|---|---|---|---|")
    for name in given.graph or GRAPHS:
        triples = graph(name)
        vectors, first = made_up(triples.num_entities), 0.0
        for label, own in SAMPLERS.items():
            torch.manual_seed(0)
            kwargs = own | {"num_negs_per_pos": given.negatives}
            if own.get("p_text"):
                kwargs["text_vectors"] = vectors
            sampler = label.partition(",")[0]
            epoch = trained(triples, given.model, kwargs, sampler, given.epochs)
            first = first or epoch
            share = alone(triples, kwargs, sampler)
            print(f"| {name} | {label} | {epoch:.2f} | {epoch / first - 1:+.1%} | {share:.2f} |", flush=True)


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
