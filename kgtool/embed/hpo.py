"""A search for settings with optuna (Akiba et al., KDD 2019), judged on validation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgtool.embed.dataset import Dataset
from kgtool.embed.settings import SEEDS, Settings
from kgtool.errors import StoreError, UsageError
from kgtool.model import canonical_json, digest

if TYPE_CHECKING:
    import optuna

Judge = Callable[[Settings], float]
"""Trains with settings and gives the MRR on validation."""

AROUND = 10.0
"""So many times smaller and greater than the default are the penalty and the rate that are tried."""

TRIAL_SEED = 1_000_003
"""So far apart are the seeds of two searches, which no search's trials reach."""

TRIED = (("dimension", "rate", "batch", "n3", "dropout"), ("dimension", "rate", "batch", "negatives", "margin"))
"""What is tried with a softmax, and with sampled negatives. The first trial is the start itself."""


def search(
    dataset: Dataset, start: Settings, trials: int, file: Path, judge: Judge, told: Callable[[int, float], None]
) -> Settings:
    """The best settings of ``trials`` trials; those that ``file`` has of the same data and start are not repeated.

    Raises:
        UsageError: when there is nothing to judge by.
        StoreError: when the study cannot be kept.
    """
    if not len(dataset.valid):
        raise UsageError(
            "--hpo needs facts to validate with", "add a file valid.txt, or give a larger graph to hold some out of"
        )
    import optuna
    from optuna.trial import TrialState as State
    from sqlalchemy.exc import SQLAlchemyError

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    file.parent.mkdir(parents=True, exist_ok=True)
    name = digest(canonical_json(start.to_json()), dataset.hash)[:16]
    try:
        study = optuna.create_study(
            storage=f"sqlite:///{file}", study_name=name, load_if_exists=True, direction="maximize"
        )
        done, killed = ([t for t in study.trials if t.state == s] for s in (State.COMPLETE, State.RUNNING))
        for trial in killed:  # or the next ones would keep away from it
            study.tell(trial.number, state=State.FAIL)
        if not done:
            study.enqueue_trial({key: getattr(start, key) for key in TRIED[start.engine == "sampled"]})
        for number in range(len(done) + 1, trials + 1):
            # A sampler a trial: one that draws on and on would begin anew, with what was tried, after a kill.
            study.sampler = optuna.samplers.TPESampler(seed=(start.seed * TRIAL_SEED + number) % SEEDS)
            asked = study.ask()
            mrr = judge(proposed(asked, start))
            study.tell(asked, mrr)
            told(number, mrr)
        return replace(start, **study.best_trial.user_attrs["settings"])
    except (OSError, SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        hint = "check the directory and the space on disk; if the file is damaged, remove it"
        raise StoreError(f"cannot keep the study {file}: {str(error).splitlines()[0]}", hint) from error


def told(found: Settings, trials: int) -> str:
    """What was chosen, in words."""
    keys = TRIED[found.engine == "sampled"]
    return f"chosen in {trials} trials: " + ", ".join(
        f"{key} {getattr(found, key):g}" for key in keys if getattr(found, key) is not None
    )


def proposed(trial: optuna.Trial, start: Settings) -> Settings:
    """The settings of a trial, from a range that has those of the start in it."""
    found: dict[str, Any] = {
        "dimension": trial.suggest_categorical("dimension", sorted({64, 128, 256, 512, start.dimension})),
        "rate": trial.suggest_float("rate", start.rate / AROUND, start.rate * AROUND, log=True),
        "batch": trial.suggest_categorical("batch", sorted({128, 256, 512, 1024, start.batch})),
    }
    if start.engine == "sampled":
        found["negatives"] = trial.suggest_int("negatives", min(4, start.negatives), max(64, start.negatives), log=True)
        if start.margin:
            found["margin"] = trial.suggest_float("margin", start.margin / 3, start.margin * 3, log=True)
    else:
        found["n3"] = trial.suggest_float("n3", start.n3 / AROUND, start.n3 * AROUND, log=True) if start.n3 else 0.0
        found["dropout"] = trial.suggest_float("dropout", 0.0, max(0.5, start.dropout))
    trial.set_user_attr("settings", found)
    return replace(start, **found)
