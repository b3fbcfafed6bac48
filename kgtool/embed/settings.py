"""How a model is trained: what the user says, and for the rest what suits a graph of that size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from kgtool.embed import interactions
from kgtool.errors import UsageError

LARGE = 20_000
"""From so many entities a softmax over all of them costs more than it gives: 60 to 100 CPU seconds an epoch for the
41,000 entities of WN18RR, where one over 2,048 shared candidates takes 6 to 11."""
SMALL = 5_000
"""Fewer entities can afford longer vectors and smaller steps, and their best epoch may come late."""
MANY = 10_000
"""Fewer facts cannot fill long vectors."""
STEPS = 32
"""So many facts of the graph make one query of a batch, within 16 to 256, or 128 where the graph is small."""
N3, N3_GROWTH = 0.01, 0.75
"""The penalty on vectors for 2,000 entities, and the power with which it grows with their number."""
DISTANCES, PRODUCTS = (9.0, 0.02), (0.0, 0.005)
"""Margin of NSSA and learning rate where distances are compared, and where products are."""
AUTO = "auto"
"""As ``p_text`` of what is given: chosen on validation."""
ENGINES = ("1vsall", "shared", "sampled")
NEEDY = frozenset({"adapter", "fusion", "only"})
"""What cannot be without texts."""
SAMPLERS = ("basic", "bernoulli", "pseudotyped", "lemon")
TEXTS = ("auto", "none", "adapter", "fusion", "only")


USED_BY = {
    "n3": ("1vsall", "shared"), "dropout": ("1vsall", "shared"), "candidates": ("shared",), "sampler": ("sampled",),
    "negatives": ("sampled",), "loss": ("sampled",), "margin": ("sampled",), "filtered": ("sampled",),
}  # fmt: skip
"""The engines that heed a setting, where not all do."""
OF_LEMON = ("anchor", "p_text", "warm_up")
"""What the sampler ``lemon`` alone heeds."""
OPTIONS = {"filtered": "filter"}
"""Settings that the command line calls otherwise."""
MOST = 1e37
"""Greater numbers leave the range of the floats of 32 bits within a step."""
SEEDS = 2**32
"""So many seeds there are: what all generators of random numbers take."""


@dataclass(frozen=True)
class Settings:
    """All that decides a model besides its data. Sizes of batches are queries for the softmax engines (a query with all
    its answers), facts for ``sampled``."""

    engine: str
    interaction: str
    dimension: int
    epochs: int
    batch: int
    rate: float
    n3: float = 0.0
    dropout: float = 0.0
    candidates: int = 0
    negatives: int = 0
    loss: str = ""
    margin: float | None = None
    temperature: float | None = None
    sampler: str = ""
    filtered: bool = False
    anchor: str = ""
    sides: str = ""
    neighbourhood: str = ""
    p_text: float | None = 0.0
    """None: chosen on validation."""
    warm_up: float = 0.0
    text: str = "none"
    patience: int = 3
    every: int = 1
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """As ``model.json`` and ``--json`` hold it."""
        return asdict(self)


def chosen(entities: int, facts: int, given: Mapping[str, Any]) -> tuple[Settings, list[str]]:
    """The settings for a graph of that size, and why; what is given stays.

    Raises:
        UsageError: for a value that cannot be used.
    """
    given = {key: value for key, value in given.items() if value is not None}
    auto = given.get("p_text") == AUTO
    if auto:
        del given["p_text"]
    engine = given.get("engine") or ("sampled" if "sampler" in given else "1vsall" if entities < LARGE else "shared")
    if engine not in ENGINES:
        raise UsageError(f"there is no engine {engine!r}", f"one of: {', '.join(ENGINES)}")
    start = sampled(given) if engine == "sampled" else softmax(engine, entities, facts)
    made = replace(start, **{**given, "engine": engine})
    if auto and made.sampler == "lemon":
        made = replace(made, p_text=None)
    check(made)
    return made, reasons(made, entities, given)


def idle(made: Settings, given: Mapping[str, Any]) -> None:
    """Whether all that is given has an effect.

    Raises:
        UsageError: where something has none.
    """
    for key, value in given.items():
        option = "--" + OPTIONS.get(key, key).replace("_", "-")
        engines = USED_BY.get(key, ENGINES)
        if value is not None and made.engine not in engines:
            why = f"{option} has no effect with the engine {made.engine}"
            raise UsageError(why, f"leave it out, or add --engine {engines[0]}")
        if value is not None and key in OF_LEMON and made.sampler != "lemon":
            raise UsageError(
                f"{option} has an effect with the sampler lemon alone", "leave it out, or add --sampler lemon"
            )


def reads_texts(made: Settings) -> bool:
    """Whether the model, or the sampler of its negatives, reads texts."""
    if made.engine == "sampled":
        return made.sampler == "lemon" and made.p_text != 0
    return made.text != "none"


def softmax(engine: str, entities: int, facts: int) -> Settings:
    """For ``1vsall`` and ``shared``."""
    n3 = round(N3 * (entities / 2000) ** N3_GROWTH, 4)
    batch = min(256, max(16, facts // STEPS))
    start = Settings(engine, "complex", 256, 40, batch, 0.1, n3=n3, text="auto", patience=3)
    if entities < SMALL:
        dimension = 512 if facts >= MANY else 128
        start = replace(start, dimension=dimension, epochs=100, batch=min(batch, 128), rate=0.05, patience=10)
    return replace(start, candidates=2048) if engine == "shared" else start


def sampled(given: Mapping[str, Any]) -> Settings:
    """For ``sampled``. The anchor ``kept`` brings the other choices of LEMON's authors with it."""
    interaction = given.get("interaction", "complex")
    margin, rate = DISTANCES if interactions.is_distance(interaction) else PRODUCTS
    start = Settings(
        "sampled", interaction, 128, 60, 512, rate, negatives=16, loss="nssa", margin=margin, temperature=1.0,
        sampler="bernoulli", filtered=True,
    )  # fmt: skip
    if given.get("sampler") != "lemon":
        return start
    if given.get("anchor") == "kept":
        return replace(start, sides="uniform", neighbourhood="clusters", p_text=1.0, temperature=0.5)
    return replace(start, anchor="replaced", sides="bernoulli", neighbourhood="clusters", p_text=None)


def check(made: Settings) -> None:
    """Whether the values can be used.

    Raises:
        UsageError: where one cannot.
    """
    least = {"dimension": 1, "epochs": 1, "batch": 1, "patience": 1, "every": 1, "n3": 0, "seed": 0}
    least |= {"shared": {"candidates": 1}, "sampled": {"negatives": 1}}.get(made.engine, {})
    for key, minimum in least.items():
        if not minimum <= getattr(made, key) < math.inf:
            raise UsageError(f"--{key} must be at least {minimum}", f"it is {getattr(made, key)}")
    if made.seed >= SEEDS:
        raise UsageError(f"--seed must be below {SEEDS}", f"it is {made.seed}")
    if not 0 <= made.warm_up < math.inf:
        raise UsageError("--warm-up must be at least 0", f"it is {made.warm_up}")
    if not 0 < made.rate < math.inf:
        raise UsageError("--rate must be above 0", f"it is {made.rate}")
    if made.margin is not None and not math.isfinite(made.margin):
        raise UsageError("--margin must be a number", f"it is {made.margin}")
    for key in ("rate", "n3", "margin"):
        if abs(getattr(made, key) or 0) > MOST:
            raise UsageError(f"--{key} must be at most {MOST:g}", f"it is {getattr(made, key)}")
    if not 0 <= made.dropout < 1:
        raise UsageError("--dropout must be from 0 to below 1", f"it is {made.dropout}")
    if made.p_text is not None and not 0 <= made.p_text <= 1:
        raise UsageError("--p-text must be from 0 to 1, or auto", f"it is {made.p_text}")
    if made.text not in TEXTS:
        raise UsageError(f"unknown --text {made.text!r}", f"one of: {', '.join(TEXTS)}")
    if made.engine == "sampled":
        if made.sampler not in SAMPLERS:
            raise UsageError(f"there is no sampler {made.sampler!r}", f"one of: {', '.join(SAMPLERS)}")
        if made.text in NEEDY:
            raise UsageError(f"--text {made.text} needs a softmax engine", "use --engine 1vsall or shared")
        return
    if made.interaction not in interactions.PRODUCTS:
        hint = f"it takes {', '.join(interactions.PRODUCTS)}; others need --engine sampled"
        raise UsageError(f"the engine {made.engine} cannot train {made.interaction!r}", hint)
    if interactions.named(made.interaction).complex and made.dimension % 2:
        raise UsageError("--dimension must be even for complex vectors", f"it is {made.dimension}")


def reasons(made: Settings, entities: int, given: Mapping[str, Any]) -> list[str]:
    """Why the settings are what they are, a line each."""
    told = []
    if "engine" not in given:
        size = f"{entities:,} entities are {'fewer' if entities < LARGE else 'not fewer'} than {LARGE:,}"
        why = f"a sampler was named: {made.sampler}" if made.engine == "sampled" else size
        told.append(f"engine {made.engine}: {why}")
    if "n3" not in given and made.engine != "sampled":
        told.append(f"n3 {made.n3:g}: grows with the number of entities")
    if "dimension" not in given:
        told.append(f"dimension {made.dimension}: what {entities:,} entities can afford and facts can fill")
    return told
