"""What embeddings cost.

    KGTOOL_BENCH_DATA=... python benchmarks/embed.py sampling [--graph codex-s|fb15k-237|umls|wn18rr...]
        [--model TransE] [--negatives N] [--epochs N]
    KGTOOL_BENCH_DATA=... python benchmarks/embed.py speed [--graph ...] [--seconds S]

``sampling``: CPU seconds an epoch of PyKEEN's own training loop, one thread, batch size and loss of PyKEEN's defaults,
with each negative sampler in turn, epoch by epoch; the least of the epochs counts, since on a shared machine the
others measure the load. Beside it, the seconds of an epoch's sampling alone, and what it takes more than Bernoulli's,
in per cent of Bernoulli's epoch: the steadier figure.

``speed``: facts (reciprocals included) that training shows a second, of each engine with its defaults, on the CPU and
on a GPU where there is one, one after the other in one run. Beside it the roofline: the most that the machine could do,
by the bytes that a step cannot do without (each number of a vector that is used is read, its gradient written and read,
its weight and the optimizer's state read and written) over the bandwidth of a copy measured here, and by the
multiplications of the scores, three times (forward, and backward to both sides), over the speed of a large matrix
product measured here; the smaller one counts.
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

from kgtool.embed import dataset, lemon, sampled, settings
from kgtool.embed.dataset import Dataset
from kgtool.embed.known import Known
from kgtool.embed.settings import Settings
from kgtool.embed.softmax import SoftmaxModel
from kgtool.embed.training import Trainer

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


BYTES = 7 * 4
"""Moved for each number of a vector in a step: read; gradient written and read; weight and state read and written."""
STEPS = 20
"""Of the engine, that are timed."""
ENGINES: dict[str, dict[str, Any]] = {
    "1vsall": {"engine": "1vsall", "text": "none"},
    "shared": {"engine": "shared", "text": "none"},
    "sampled, bernoulli": {"engine": "sampled", "sampler": "bernoulli"},
}


def module_of(facts: Dataset, made: Settings) -> Any:
    """What is trained, as ``embed train`` makes it."""
    torch.manual_seed(0)
    if made.engine != "sampled":
        return SoftmaxModel(facts, made)
    return sampled.SampledModel(facts, made)


def shown(facts: Dataset, made: Settings, device: str, seconds: float) -> float:
    """Facts a second, of the same few steps again and again, the first time not counted."""
    module = module_of(facts, made)
    trainer = Trainer(module, facts, made, device=device)
    module.to(trainer.device)
    optimizers = module.optimizers()
    batches = list(module.batches(made.batch, 0))
    part = module.facts * STEPS / len(batches)
    module.batches = lambda size, epoch: iter(batches[:STEPS])
    trainer.steps(optimizers)
    rounds, begun = 0, time.monotonic()
    while time.monotonic() - begun < seconds:
        trainer.steps(optimizers)
        rounds += 1
    return rounds * part / (time.monotonic() - begun)


def bandwidth(device: str) -> float:
    """Bytes a second that a copy reads and writes."""
    values = torch.ones(2**26, device=device)
    target = torch.empty_like(values)
    return timed(device, lambda: target.copy_(values), 2 * 4 * len(values))


def products(device: str) -> float:
    """Multiplications (with their additions) a second of a matrix product."""
    square = torch.ones(2048, 2048, device=device)
    return timed(device, lambda: square @ square, 2048**3)


def timed(device: str, work: Callable[[], Any], amount: float) -> float:
    """How much a second: the best of five."""
    best = 0.0
    for _ in range(5):
        begun = time.monotonic()
        work()
        if device != "cpu":
            torch.cuda.synchronize()
        best = max(best, amount / (time.monotonic() - begun))
    return best


def needs(facts: Dataset, made: Settings) -> tuple[float, float]:
    """Bytes and multiplications of one fact, in a step of a batch."""
    d = made.dimension
    if made.engine == "sampled":
        vectors = 3 + made.negatives
        return vectors * d * BYTES, 3 * d * (1 + made.negatives)
    known = Known.of(len(facts.relations), facts.train)
    each = len(known.answers) / len(known.queries)
    against = len(facts.entities) if made.engine == "1vsall" else made.candidates
    vectors = 2 + each + against / made.batch
    return vectors * d * BYTES / each, 3 * d * against / each


def speed(given: argparse.Namespace) -> None:
    """The table of engines."""
    torch.set_num_threads(1)
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    print("| graph | engine | device | facts/s | at most, by bytes | by products | of the roofline |")
    print("|---|---|---|---|---|---|---|")
    for name in given.graph or GRAPHS:
        facts = dataset.read(folder() / name, 0)
        for device in devices:
            bytes_, multiplications = bandwidth(device), products(device)
            for label, own in ENGINES.items():
                made, _ = settings.chosen(len(facts.entities), len(facts.train), own)
                least, scores = needs(facts, made)
                bounds = bytes_ / least, multiplications / scores
                found = shown(facts, made, device, given.seconds)
                told = f"{found:,.0f} | {bounds[0]:,.0f} | {bounds[1]:,.0f} | {found / min(bounds):.0%}"
                print(f"| {name} | {label} | {device} | {told} |", flush=True)


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
    part = parts.add_parser("speed")
    part.add_argument("--graph", action="append")
    part.add_argument("--seconds", type=float, default=10.0)
    part.set_defaults(run=speed)
    given = parser.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
