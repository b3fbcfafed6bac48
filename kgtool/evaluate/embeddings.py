"""How good a model of links is: ranks, triple classification, and what it owes to the texts.

``docs/embeddings.md`` says what the figures mean.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kgtool import embedding
from kgtool.config import Config
from kgtool.embed import dataset as data
from kgtool.embed import ranking
from kgtool.embed.dataset import Dataset
from kgtool.embed.known import Known
from kgtool.embed.model import Model
from kgtool.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]
    Floats = NDArray[np.float32]

PARTS = ("test", "valid", "train")
PROBES = ("anonymize", "permute")


def judged(model: Model, folder: Dataset | None, part: str) -> tuple[Ids, Known, int]:
    """The facts to judge by, in the model's numbers; all that is known; and how many facts have names that it lacks.

    Raises:
        UsageError: when there is none.
    """
    if part not in PARTS:
        raise UsageError(f"there is no part {part!r}", f"one of: {', '.join(PARTS)}")
    own = model.dataset
    if folder is None:
        facts: Ids = getattr(own, part)
        if not len(facts):
            raise UsageError(f"the model has no facts in the part {part}", "give facts with --data DIR")
        return facts, own.known, 0
    named = {name: list(names(folder, getattr(folder, name))) for name in ("train", "valid", "test")}
    if not named[part]:
        raise UsageError(f"the folder has no facts in the part {part}", f"add a file {part}.txt")
    facts = data.indices(own, named[part])
    if not len(facts):
        raise UsageError("the model is of another graph: it knows no fact's names", "train one of the folder")
    others = (data.indices(own, rows) for rows in named.values())
    known = Known.of(len(own.relations), own.train, own.valid, own.test, *others)
    return facts, known, len(named[part]) - len(facts)


def names(dataset: Dataset, facts: Ids) -> list[data.Fact]:
    """Facts in words."""
    e, r = dataset.entities, dataset.relations
    return [(e[h], r[p], e[t]) for h, p, t in facts.tolist()]


def evaluate(model: Model, folder: Dataset | None, part: str) -> dict[str, Any]:
    """The figures of a model; the keys of ``evaluate embeddings --json``.

    Args:
        model: what is judged.
        folder: facts to judge by; None takes those that were held out when it was trained.
        part: ``test``, ``valid`` or ``train``.

    Raises:
        UsageError: when there are none.
    """
    began = time.monotonic()
    facts, known, unknown = judged(model, folder, part)
    own = model.dataset
    ranks = ranking.rank(model, facts, known, own.train, len(own.entities))
    row = ranking.report(ranks, own.relations, own.train) | {"part": part, "unknown": unknown}
    if folder is not None and {"valid", "test"} <= folder.negatives.keys():
        row["classification"] = classification(model, folder)
    about = {key: model.row[key] for key in ("engine", "interaction", "sampler")}
    return row | {"seconds": round(time.monotonic() - began, 2), "model": about | {"data_hash": own.hash}}


# triple classification


def classification(model: Model, folder: Dataset) -> dict[str, float]:
    """Whether true and false facts are told apart (Socher et al., NIPS 2013; Safavi and Koutra, "CoDEx", EMNLP 2020).

    A fact is true from a threshold on, one for each relation, or one for all where ``valid`` has none of the relation;
    it is the one that is right most often on ``valid``. A score is the sum of those from both sides.
    """
    import numpy as np

    scores, truth, relations = (dict[str, Any]() for _ in range(3))
    for part in ("valid", "test"):
        both = getattr(folder, part), folder.negatives[part]
        true, false = (data.indices(model.dataset, names(folder, facts)) for facts in both)
        every = np.concatenate([true, false])
        scores[part] = plausible(model, every)
        truth[part] = np.arange(len(every)) < len(true)
        relations[part] = every[:, 1]
    common = threshold(scores["valid"], truth["valid"])
    said = np.zeros(len(truth["test"]), dtype=bool)
    for relation in np.unique(relations["test"]):
        mine, there = relations["valid"] == relation, relations["test"] == relation
        cut = threshold(scores["valid"][mine], truth["valid"][mine]) if mine.any() else common
        said[there] = scores["test"][there] >= cut
    right = said & truth["test"]
    precision, recall = (float(right.sum() / max(n.sum(), 1)) for n in (said, truth["test"]))
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "accuracy": float((said == truth["test"]).mean()), "precision": precision, "recall": recall, "f1": f1,
        "facts": len(said),
    }  # fmt: skip


def plausible(model: Model, facts: Ids) -> Floats:
    """The score of each fact: the sum of those from both sides; shape ``(n,)``."""
    import numpy as np

    m = len(model.dataset.relations)
    found = np.empty(len(facts), dtype=np.float32)
    step = max(1, ranking.CELLS // len(model.dataset.entities))
    for begin in range(0, len(facts), step):
        h, r, t = facts[begin : begin + step].T
        each = np.arange(len(h))
        found[begin : begin + step] = model(h, r)[each, t] + model(t, r + m)[each, h]
    return found


def threshold(scores: Floats, truth: NDArray[np.bool_]) -> float:
    """The score from which on "true" is right most often; the lowest of equally good ones."""
    import numpy as np

    order = np.argsort(-scores, kind="stable")
    gains = np.concatenate([[0], np.cumsum(np.where(truth[order], 1, -1))])
    cuts = np.concatenate([[np.inf], scores[order]])
    last = np.append(cuts[1:] != cuts[:-1], True)  # equal scores are cut off together
    best = np.where(last, gains, -np.inf)
    return float(cuts[len(best) - 1 - best[::-1].argmax()])


# the probe


def probed(texts: Mapping[str, str], how: str, seed: int) -> dict[str, str]:
    """The texts of entities without their meaning: replaced by a number each, or given to one another.

    After Sakai et al., "Does Pre-trained Language Model Actually Infer Unseen Links in Knowledge Graph Completion?",
    NAACL 2024, where a model is trained anew on such texts: what is lost is what it owes to what they mean.

    Raises:
        UsageError: when there is no such probe.
    """
    import numpy as np

    if how not in PROBES:
        raise UsageError(f"there is no probe {how!r}", f"one of: {', '.join(PROBES)}")
    entities = sorted(texts)
    order = np.random.default_rng(seed).permutation(len(entities)).tolist()
    if how == "anonymize":
        return {e: f"entity {n}" for e, n in zip(entities, order, strict=True)}
    return {e: texts[entities[n]] for e, n in zip(entities, order, strict=True)}


def probe(
    config: Config, model: Model, folder: Dataset | None, part: str, how: str, seed: int, mrr: float
) -> dict[str, Any]:
    """The MRR of the model trained anew, as it was, on such texts, and its change from ``mrr``.

    Raises:
        UsageError: when there is no such probe, or torch is not installed.
    """
    texts = probed(model.dataset.texts, how, seed)
    again = embedding.retrained(config, model, replace(model.dataset, texts=texts))
    found = evaluate(again, folder, part)["mrr"]
    return {"how": how, "seed": seed, "mrr": found, "change": found - mrr}
