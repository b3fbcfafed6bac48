"""Fits the weights of kgtool/extract/confidence.json.

usage: python benchmarks/fit_confidence.py [--write]

Labels: the judged triples of benchmarks/annotations (right or wrong), and, where KGTOOL_BENCH_DATA names the public
evaluation data, CaRB dev (how much of a triple's words the best gold tuple has; Bhardwaj et al., EMNLP 2019, MIT).
Prints how well held-out folds (split by sentence) are ranked; --write fits on everything and writes the weights.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import GroupKFold

from kgtool.extract.confidence import features
from kgtool.extract.rules import RulesExtractor, named

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "kgtool" / "extract" / "confidence.json"
STRENGTH = 0.3
"""Inverse of the regularisation; the best of 0.03, 0.1, 0.3, 1 and 3 by held-out log loss."""


CARB = "labelled by CaRB"
"""A feature that takes up how much stricter CaRB's labels are; it is left out of the weights that are written."""

Words = tuple[str, str, str]
Row = tuple[dict[str, float], float, str, Words]
"""Features, label, sentence, and subject, predicate and object."""


def overlap(gold: dict[str, Any], predicate: str, subject: str, other: str) -> float:
    """The share of a triple's words that a gold tuple has in the same place; 0 when a place shares none."""
    places = [(gold["rel"], predicate), (gold["args"][0], subject), (" ".join(gold["args"][1:]), other)]
    shared = [sum((Counter(a.split()) & Counter(b.split())).values()) for a, b in places]
    return sum(shared) / max(1, sum(len(b.split()) for _, b in places)) if all(shared) else 0.0


def found(extractor: RulesExtractor, text: str) -> list[tuple[dict[str, float], tuple[str, str, str]]]:
    """Features and words of everything that is found in a text."""
    doc = extractor.parsed(text)
    rows = []
    for finding, resolved, agreement in extractor.findings(doc, text, None):
        subject, other = named(finding.subject, resolved)[0], named(finding.object, resolved)[0]
        if subject and other and subject != other:
            rows.append((dict(features(finding, subject, other, agreement)), (subject, finding.predicate, other)))
    return rows


def annotated(extractor: RulesExtractor) -> list[Row]:
    """Features, label and sentence of the judged triples."""
    folder = HERE / "annotations"
    if not (folder / "judged.jsonl").is_file():
        return []
    judged: dict[tuple[str, ...], float] = {}
    for line in (folder / "judged.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        judged[row["id"], row["subject"], row["predicate"], row["object"]] = float(row["correct"])
    rows = []
    for line in (folder / "sentences.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        for values, words in found(extractor, item["text"]):
            label = judged.get((item["id"], *words))
            if label is not None:
                rows.append((values, label, item["id"], words))
    return rows


def essays(extractor: RulesExtractor) -> list[Row]:
    """Features, label and sentence of the judged triples of essays; nothing where the data is not there."""
    base = os.environ.get("KGTOOL_BENCH_DATA")
    file = Path(base or "", "extract", "mine", "data.jsonl")
    samples = sorted((HERE / "annotations").glob("mine-sample*.jsonl"))
    if not base or not file.is_file():
        return []
    judged: dict[tuple[str, ...], float] = {}
    for line in (x for s in samples for x in s.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        judged[row["id"], row["subject"], row["predicate"], row["object"]] = float(row["correct"])
    names = {key[0] for key in judged}
    rows = []
    for item in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
        if item["id"] in names:
            for values, words in found(extractor, item["text"]):
                label = judged.get((item["id"], *words))
                if label is not None:
                    rows.append((values, label, item["id"], words))
    return rows


def carb(extractor: RulesExtractor) -> list[Row]:
    """Features, label and sentence of CaRB dev; nothing where the data is not there."""
    base = os.environ.get("KGTOOL_BENCH_DATA")
    file = Path(base or "", "extract", "carb", "data.jsonl")
    if not base or not file.is_file():
        return []
    rows = []
    for line in file.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        for values, words in found(extractor, item["text"]):
            subject, predicate, other = words
            label = max((overlap(g, predicate, subject, other) for g in item["gold"]), default=0.0)
            values = {n: v for n, v in values.items() if not n.endswith(" resolved")}  # its gold leaves pronouns
            rows.append((values | {CARB: 1.0}, label, item["id"], words))
    return rows


def fit(x: Any, y: np.ndarray) -> LogisticRegression:
    """A logistic model of labels between 0 and 1: each row counts as right and as wrong, by its label."""
    both = np.concatenate([y, 1 - y])
    from scipy.sparse import vstack

    return LogisticRegression(C=STRENGTH, max_iter=2000).fit(
        vstack([x, x]), np.concatenate([np.ones(len(y)), np.zeros(len(y))]), sample_weight=both
    )


def report(name: str, labels: np.ndarray, held: np.ndarray) -> None:
    """How well held-out probabilities rank, and how much they say more than a constant."""
    hard = labels >= 0.5
    constant = log_loss(hard, np.full(len(hard), hard.mean()))
    ranks, loss = roc_auc_score(hard, held), log_loss(hard, held)
    print(f"{name}: {len(labels)} triples, mean label {labels.mean():.3f}")
    print(f"  held out: AUC {ranks:.3f}, log loss {loss:.3f} (a constant: {constant:.3f})")


def write_predictions(path: Path, rows: list[Row], held: np.ndarray) -> None:
    """Triples with held-out probabilities, one line a sentence, as scorers read them."""
    by_sentence: dict[str, list[list[object]]] = {}
    for (_, _, sentence, words), p in zip(rows, held, strict=True):
        by_sentence.setdefault(sentence, []).append([*words, round(float(p), 3)])
    lines = (json.dumps({"id": k, "triples": v}) for k, v in by_sentence.items())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_weights(names: list[str], model: LogisticRegression) -> None:
    """The weights, those that round to nothing left out."""
    weights = {n: round(float(w), 3) for n, w in zip(names, model.coef_[0], strict=True)}
    kept = {"bias": round(float(model.intercept_[0]), 3)} | {
        n: w for n, w in sorted(weights.items()) if w and n != CARB
    }
    TARGET.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(kept)} weights written")


def main() -> None:
    """Cross-validate, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--held-out", type=Path, help="write CaRB's triples with held-out probabilities here")
    given = parser.parse_args()
    extractor = RulesExtractor()
    parts = {"annotations": annotated(extractor), "essays": essays(extractor), "CaRB dev": carb(extractor)}
    rows = [r for part in parts.values() for r in part]
    vectors = DictVectorizer()
    x = vectors.fit_transform([r[0] for r in rows])
    y = np.array([r[1] for r in rows])
    held = np.zeros(len(y))
    for train, test in GroupKFold(5).split(x, y, [r[2] for r in rows]):
        held[test] = fit(x[train], y[train]).predict_proba(x[test])[:, 1]
    begin = 0
    for name, part in parts.items():
        span = slice(begin, begin + len(part))
        begin += len(part)
        if part:
            report(name, y[span], held[span])
            if given.held_out and name == "CaRB dev":
                write_predictions(given.held_out, part, held[span])
    if given.write:
        write_weights(list(vectors.get_feature_names_out()), fit(x, y))


if __name__ == "__main__":
    main()
