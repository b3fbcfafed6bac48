"""The training loop: epochs, validation, early stopping, checkpoints.

Each epoch seeds torch anew from the seed and its number, so that a run that is killed and goes on from its checkpoint
gives the same model as one that was not.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch

from kgtool.embed import ranking
from kgtool.embed.dataset import Dataset
from kgtool.embed.settings import Settings
from kgtool.errors import KgtoolError, StoreError, UsageError
from kgtool.model import canonical_json, digest

if TYPE_CHECKING:
    from kgtool.embed.model import Part

JUDGED = 2_000
"""Most facts of ``valid`` that an epoch is judged by."""
EPOCH_SEED = 1_000_003
"""So far apart are the seeds of two runs, which no run's epochs reach."""


class Trainable(Protocol):
    """What can be trained: a torch module with these."""

    facts: int

    def optimizers(self) -> list[torch.optim.Optimizer]:
        """New optimizers, each of some of its parameters."""
        ...

    def batches(self, size: int, epoch: int) -> Iterator[torch.Tensor]:
        """An epoch, numbered from 0, in an order drawn from torch's generator."""
        ...

    def loss(self, batch: torch.Tensor) -> torch.Tensor:
        """What is to be made small, a number."""
        ...

    def stepped(self) -> None:
        """Called after each step of the optimizer."""
        ...

    def export(self) -> Part:
        """What answers questions, as it is now."""
        ...


@dataclass(frozen=True)
class Epoch:
    """What came of an epoch; ``mrr`` is None where it was not judged; ``rate`` is facts a second."""

    number: int
    of: int
    loss: float
    mrr: float | None
    rate: float


Progress = Callable[[Epoch], None]
Optimizers = Sequence[torch.optim.Optimizer]


@dataclass
class Course:
    """A run so far: all that a checkpoint holds besides tensors."""

    batch: int
    epoch: int = 0
    best: int = 0
    best_mrr: float = -1.0
    seconds: float = 0.0
    stopped: str = ""
    curve: list[dict[str, float | None]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Trainer:
    """Trains one module.

    Args:
        module: a :class:`Trainable`.
        dataset: whose ``valid`` part chooses the epoch; without one, the last epoch is taken.
        settings: see there.
        device: ``cpu``, ``cuda`` or ``cuda:n``.
        checkpoint: a folder to keep the run in, or None; a run of the same settings and data goes on from it.
        budget: seconds after which no new epoch is begun; 0 for none.
        progress: called after each epoch.
    """

    def __init__(
        self, module: Any, dataset: Dataset, settings: Settings, *, device: str = "cpu", checkpoint: Path | None = None,
        budget: float = 0.0, progress: Progress = lambda epoch: None,
    ) -> None:  # fmt: skip
        self.module, self.dataset, self.settings = module, dataset, settings
        self.device = torch.device(device)
        self.checkpoint, self.budget, self.progress = checkpoint, budget, progress
        self.known = dataset.known
        self.judged = some(dataset.valid)
        self.course = Course(settings.batch)
        self.weights: dict[str, torch.Tensor] = {}

    def run(self) -> Part:
        """Train; the model of the best epoch.

        Raises:
            KgtoolError: when the loss is no number before any epoch was good.
            UsageError: when even a batch of one needs more memory than there is.
        """
        torch.manual_seed(self.settings.seed)
        self.module.to(self.device)
        optimizers = self.module.optimizers()
        self.resume(optimizers)
        while not self.course.stopped and self.course.epoch < self.settings.epochs:
            began = time.monotonic()
            loss = self.epoch(optimizers)
            if loss != loss or loss in {float("inf"), float("-inf")}:
                self.course.stopped = f"the loss of epoch {self.course.epoch + 1} is not a number"
                break
            self.course.epoch += 1
            spent = time.monotonic() - began
            mrr = self.judge()
            self.course.seconds += time.monotonic() - began
            self.note(loss, mrr, self.module.facts / spent)
            self.save(optimizers)
        if not self.weights:
            raise KgtoolError(f"training failed: {self.course.stopped or 'no epoch was run'}", "lower --rate")
        self.module.load_state_dict(self.weights)
        return self.export()

    def epoch(self, optimizers: Optimizers) -> float:
        """One epoch; its mean loss. When memory is out, it begins anew with half the batch."""
        before = self.state(optimizers)
        while True:
            torch.manual_seed(self.settings.seed * EPOCH_SEED + self.course.epoch + 1)
            try:
                return self.steps(optimizers)
            except (torch.OutOfMemoryError, RuntimeError) as error:
                if not out_of_memory(error):
                    raise
                if self.course.batch == 1:
                    raise UsageError("a batch of one needs more memory than there is", "lower --dimension") from error
            self.course.batch = max(1, self.course.batch // 2)
            self.course.notes.append(
                f"memory is out: batches of {self.course.batch} from epoch {self.course.epoch + 1}"
            )
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            self.restore(optimizers, before)

    def steps(self, optimizers: Optimizers) -> float:
        """The batches of an epoch; the mean of their losses."""
        self.module.train()
        total, batches = torch.zeros((), device=self.device), 0
        for batch in self.module.batches(self.course.batch, self.course.epoch):
            for optimizer in optimizers:
                optimizer.zero_grad()
            with torch.autocast("cuda", torch.bfloat16, enabled=self.device.type == "cuda"):
                loss = self.module.loss(batch)
            loss.backward()
            for optimizer in optimizers:
                optimizer.step()
            self.module.stepped()
            total += loss.detach()
            batches += 1
        self.module.eval()
        return float(total) / max(batches, 1)

    def judge(self) -> float | None:
        """MRR on ``valid``; None when it is not the epoch's turn, or there is nothing to judge by."""
        last = self.course.epoch == self.settings.epochs
        if not len(self.judged) or (self.course.epoch % self.settings.every and not last):
            return None
        ranks = ranking.rank(self.export(), self.judged, self.known, self.dataset.train, len(self.dataset.entities))
        return ranks.figures()["mrr"]

    def export(self) -> Part:
        """What answers questions, as it is now."""
        self.module.eval()
        found: Part = self.module.export()
        return found

    def note(self, loss: float, mrr: float | None, rate: float) -> None:
        """Enter an epoch; keep its weights if it is the best; say when to stop."""
        course, settings = self.course, self.settings
        course.curve.append({"epoch": course.epoch, "loss": loss, "mrr": mrr})
        if not len(self.judged) or (mrr is not None and mrr > course.best_mrr):
            course.best, course.best_mrr = course.epoch, mrr if mrr is not None else -1.0
            self.weights = {name: w.detach().clone() for name, w in self.module.state_dict().items()}
        elif course.epoch - course.best >= settings.patience * settings.every and mrr is not None:
            course.stopped = f"no better for {course.epoch - course.best} epochs"
        if self.budget and course.seconds >= self.budget and not course.stopped:
            course.stopped = f"the time budget of {self.budget:g} s is used up"
        self.progress(Epoch(course.epoch, settings.epochs, loss, mrr, rate))

    # checkpoints

    @cached_property
    def key(self) -> str:
        """What a checkpoint must be of, to go on from it."""
        texts = canonical_json(dict(self.dataset.texts))
        return digest(canonical_json(self.settings.to_json()), self.dataset.hash, texts, type(self.module).__name__)

    def state(self, optimizers: Optimizers) -> dict[str, torch.Tensor]:
        """Weights and the optimizers' tensors, by name."""
        found = {f"now.{name}": w.detach().clone() for name, w in self.module.state_dict().items()}
        for k, optimizer in enumerate(optimizers):
            for i, values in optimizer.state_dict()["state"].items():
                found |= {f"optimizer.{k}.{i}.{name}": torch.as_tensor(v).clone() for name, v in values.items()}
        return found

    def restore(self, optimizers: Optimizers, state: dict[str, torch.Tensor]) -> None:
        """The opposite of :meth:`state`."""
        self.module.load_state_dict({n.removeprefix("now."): w for n, w in state.items() if n.startswith("now.")})
        for k, optimizer in enumerate(optimizers):
            kept: dict[int, dict[str, torch.Tensor]] = {}
            for name, value in state.items():
                if name.startswith(f"optimizer.{k}."):
                    _, _, i, key = name.split(".")
                    kept.setdefault(int(i), {})[key] = value.clone()
            optimizer.load_state_dict(optimizer.state_dict() | {"state": kept})

    def save(self, optimizers: Optimizers) -> None:
        """Write the checkpoint, in one step."""
        if self.checkpoint is None:
            return
        from safetensors import SafetensorError
        from safetensors.torch import save_file

        tensors = self.state(optimizers) | {f"best.{n}": w for n, w in self.weights.items()}
        partial = self.checkpoint.with_name(self.checkpoint.name + ".partial")
        old = self.checkpoint.with_name(self.checkpoint.name + ".old")
        for folder in (partial, old):
            shutil.rmtree(folder, ignore_errors=True)
        try:
            partial.mkdir(parents=True)
            save_file({n: t.contiguous().cpu() for n, t in tensors.items()}, str(partial / "tensors.safetensors"))
            (partial / "course.json").write_text(json.dumps({"key": self.key, **asdict(self.course)}), encoding="utf-8")
            if self.checkpoint.exists():
                self.checkpoint.rename(old)
            partial.rename(self.checkpoint)
            shutil.rmtree(old, ignore_errors=True)
        except (OSError, SafetensorError) as error:  # the latter for a full disk
            raise StoreError(
                f"cannot write the checkpoint: {error}", "check the directory and the space on disk"
            ) from error

    def resume(self, optimizers: Optimizers) -> None:
        """Go on from the checkpoint, if there is one of this run; a damaged one is told and left."""
        found = self.checkpoint and next(
            (f for f in (self.checkpoint, self.checkpoint.with_name(self.checkpoint.name + ".old")) if f.is_dir()), None
        )
        if not found:
            return
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            row = json.loads((found / "course.json").read_text(encoding="utf-8"))
            if row.pop("key") != self.key:
                return
            tensors = load_file(str(found / "tensors.safetensors"))
            course = Course(**row)
            self.restore(optimizers, {n: t for n, t in tensors.items() if not n.startswith("best.")})
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
            self.course.notes.append(f"the checkpoint at {found} is damaged and not used: {error}")
            return
        self.weights = {n.removeprefix("best."): t for n, t in tensors.items() if n.startswith("best.")}
        self.course = course


def some(facts: Any) -> Any:
    """Facts to judge epochs by: all, or evenly chosen ones."""
    import numpy as np

    if len(facts) <= JUDGED:
        return facts
    return facts[np.linspace(0, len(facts) - 1, JUDGED).astype(int)]


def out_of_memory(error: Exception) -> bool:
    """Whether it is for lack of memory, on a GPU or on the CPU."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def device(wanted: str) -> str:
    """The device that is meant.

    Raises:
        UsageError: when it is not there.
    """
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        found = torch.device(wanted)
    except RuntimeError as error:
        raise UsageError(f"there is no device {wanted!r}", "one of: auto, cpu, cuda, cuda:0, cuda:1, ...") from error
    if found.type == "cuda" and (found.index or 0) >= torch.cuda.device_count():
        raise UsageError(f"there is no GPU for --device {wanted}", "train with --device cpu, or install torch for CUDA")
    if found.type not in {"cpu", "cuda"}:
        raise UsageError(f"the device {wanted!r} is not supported", "one of: auto, cpu, cuda, cuda:n")
    return str(found)
