"""From a dataset and settings to a trained model."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgtool.embed import calibration, mixing, ranking, training
from kgtool.embed.dataset import Dataset
from kgtool.embed.model import Model, Part
from kgtool.embed.settings import NEEDY, Settings
from kgtool.embed.softmax import SoftmaxModel
from kgtool.embed.training import Epoch, Trainer
from kgtool.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kgtool.embed.vectors import TextVectors

    Floats = NDArray[np.float32]

NAMES = {"structure": "none", "adapter": "adapter", "text": "only"}
"""Stages as ``--text`` calls them."""
MADE_WITH = ("torch", "pykeen", "numpy", "safetensors")
Texts = Callable[[], "TextVectors | None"]
"""Gives the vectors of texts; None where entities have none."""


@dataclass
class Run:
    """Where and how long to train, and whom to tell; decides nothing of the result, but for the budget."""

    device: str = "cpu"
    checkpoint: Path | None = None
    budget: float = 0.0
    progress: Callable[[str, Epoch], None] = lambda stage, epoch: None
    notes: list[str] = field(default_factory=list)
    courses: dict[str, training.Course] = field(default_factory=dict)

    def trained(self, stage: str, module: Any, dataset: Dataset, settings: Settings) -> Part:
        """Train a module as a stage of its own."""
        spent = sum(c.seconds for c in self.courses.values())
        trainer = Trainer(
            module, dataset, settings, device=self.device, checkpoint=self.checkpoint and self.checkpoint / stage,
            budget=max(self.budget - spent, 1e-3) if self.budget else 0.0,
            progress=lambda epoch: self.progress(stage, epoch),
        )  # fmt: skip
        try:
            return trainer.run()
        finally:
            self.courses[stage] = trainer.course
            self.notes += [f"{stage}: {text}" for text in trainer.course.notes]


def train(
    dataset: Dataset, settings: Settings, texts: Texts, run: Run, about: Mapping[str, Any] | None = None
) -> Model:
    """Train what the settings say; ``about`` is what else ``model.json`` is to hold.

    Raises:
        UsageError: when texts are asked for and there are none.
        KgtoolError: when the loss is no number from the start.
    """
    parts, weights = engine(dataset, settings, texts, run)
    return described(dataset, settings, parts, weights, run, about or {})


def engine(dataset: Dataset, settings: Settings, texts: Texts, run: Run) -> tuple[Mapping[str, Part], Floats]:
    """The parts of the model, and their weights."""
    if settings.engine == "sampled":
        from kgtool.embed import sampled

        return {"structure": sampled.trained(dataset, settings, texts, run)}, ones(dataset)
    vectors = None if settings.text == "none" else texts()
    if vectors is None and settings.text in NEEDY:
        raise UsageError(f"--text {settings.text} needs texts, and the entities have none", "use --text none")
    if vectors is None:
        return {"structure": structural(dataset, settings, run)}, ones(dataset)
    module = seeded(dataset, settings, vectors, free=False)
    text = run.trained("text", module, dataset, settings)
    if settings.text == "only":
        return {"text": text}, ones(dataset)
    if settings.text == "fusion":
        first = structural(dataset, settings, run)
        return {"structure": first, "text": text}, mixing.weights(first, text, dataset)
    adapter = adapted(dataset, settings, vectors, module, run)
    if settings.text == "adapter" or not len(dataset.valid):
        return {"structure": adapter}, ones(dataset)
    tried = {"structure": structural(dataset, settings, run), "adapter": adapter, "text": text}
    return chosen(tried, run), ones(dataset)


def chosen(tried: Mapping[str, Part], run: Run) -> Mapping[str, Part]:
    """The stage that is the best on validation, as the part of a model."""
    found = {stage: run.courses[stage].best_mrr for stage in tried}
    best = max(tried, key=lambda stage: found[stage])
    told = ", ".join(f"{NAMES[stage]} {found[stage]:.3f}" for stage in tried)
    run.notes.append(f"text: {NAMES[best]}, the best MRR on validation of {told}")
    return {"text" if best == "text" else "structure": tried[best]}


def adapted(dataset: Dataset, settings: Settings, texts: TextVectors, module: SoftmaxModel, run: Run) -> Part:
    """A model of the links whose vectors have texts in them.

    It begins with what a model of texts alone has learnt: vectors of their own learn the training facts by heart so
    fast that nothing would be left for texts to explain.
    """
    made = seeded(dataset, settings, texts)
    made.begin_with(module)
    return run.trained("adapter", made, dataset, settings)


def structural(dataset: Dataset, settings: Settings, run: Run) -> Part:
    """A model of the links alone."""
    return run.trained("structure", seeded(dataset, settings, None), dataset, settings)


def seeded(dataset: Dataset, settings: Settings, texts: TextVectors | None, free: bool = True) -> SoftmaxModel:
    """A module that begins as the seed says."""
    import torch

    torch.manual_seed(settings.seed)
    return SoftmaxModel(dataset, settings, texts, free)


def ones(dataset: Dataset) -> Floats:
    """The weights of a single part."""
    import numpy as np

    return np.ones((1, 2 * len(dataset.relations)), dtype=np.float32)


def described(
    dataset: Dataset, settings: Settings, parts: Mapping[str, Part], weights: Floats, run: Run,
    about: Mapping[str, Any],
) -> Model:  # fmt: skip
    """The model with what is to be known of it."""
    row: dict[str, Any] = {
        **about,
        "engine": settings.engine,
        "interaction": settings.interaction,
        "sampler": settings.sampler,
        "settings": settings.to_json(),
        "parts": {name: part.described() for name, part in parts.items()},
        "epochs": {stage: c.best for stage, c in run.courses.items()},
        "stopped": {stage: c.stopped for stage, c in run.courses.items() if c.stopped},
        "curve": {stage: c.curve for stage, c in run.courses.items()},
        "versions": {name: version(name) for name in MADE_WITH} | {"python": platform.python_version()},
        "device": run.device,
        "notes": run.notes,
    }
    model = Model(dataset, parts, weights, row)
    fitted = calibration.fit(model, dataset)
    row["calibration"] = fitted.to_json() if fitted else None
    return replace(model, row=row | {"validation": validation(model)})


def validation(model: Model) -> dict[str, float]:
    """The figures on ``valid``; empty without one."""
    data = model.dataset
    if not len(data.valid):
        return {}
    return ranking.rank(model, data.valid, data.known, data.train, len(data.entities)).figures()
