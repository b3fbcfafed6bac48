"""Fits the weights of kgtool/fuse/scoring.json.

usage: python benchmarks/fit_names.py [--write]

"alike": the labelled pairs of the seven Magellan and DeepMatcher sets. "shortened": the short names of five listings
of triples (names_data.py), each with the fuller name that the resolver would compare it with, right when most mentions
of both name the same thing. Prints for each set how well the weights fitted on
the other sets do on it; --write fits on everything and writes the weights. Needs KGTOOL_BENCH_DATA.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from names_data import LISTINGS, Listing, pairs
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from kgtool.fuse import names, scoring
from kgtool.fuse.clustering import Groups
from kgtool.fuse.entities import hyphens, spellings
from kgtool.fuse.mentions import collect
from kgtool.fuse.shortening import Shortener

TARGET = Path(__file__).resolve().parent.parent / "kgtool" / "fuse" / "scoring.json"


@dataclass(frozen=True)
class How:
    """How a model is fitted.

    Args:
        strength: inverse of the regularisation.
        power: a set of n rows counts as n to this power.
        positives: weight of a right pair beside a wrong one.
    """

    strength: float
    power: float
    positives: float


FITS = {"alike": How(1.0, 0.0, 2.0), "shortened": How(0.3, 0.5, 1.0)}
"""Of strengths 0.1 to 3, powers 0, 1/4 and 1/2 and weights 1, 2 and 4 the best with weights fitted on the other sets:
for "alike" by mean F1, for "shortened" by what resolution then reaches on Base and Ambiguous."""

Rows = list[tuple[dict[str, float], int]]
"""Features and label."""


class Teacher(Shortener):
    """Settles short names by the gold standard, and keeps what it was asked.

    Args:
        listing: triples with the things that they name.
    """

    def __init__(self, listing: Listing) -> None:
        mentions = collect(listing.triples)
        groups = Groups(mentions)
        forms = {n: names.variant(n, mentions.singulars) for n in sorted(mentions.surfaces)}
        spellings(mentions, groups, forms)
        hyphens(mentions, groups, forms)
        super().__init__(mentions, groups, forms)
        self.things: dict[str, Counter[str]] = defaultdict(Counter)
        for end, thing in sorted(listing.gold.items()):
            self.things[names.key(listing.name(end))][thing] += 1
        self.rows: Rows = []

    def likely(self, short: str, full: str, rivals: float, compounds: int) -> float:
        """1 when both names mean the same thing most of the time, else 0."""
        means = [self.meaning(self.groups.members(n)) for n in (short, full)]
        if not all(means):
            return 0.0
        label = int(means[0] == means[1])
        self.rows.append((self.compare(short, full, rivals, compounds).features(), label))
        return float(label)

    def meaning(self, members: list[str]) -> str:
        """The thing that a group's mentions name most often; empty when none is known."""
        counts = sum((self.things[n] for n in members), Counter[str]())
        return min(counts, key=lambda k: (-counts[k], k), default="")


def shortened() -> dict[str, Rows]:
    """Features and labels of each listing."""
    found = {}
    for name, read in LISTINGS.items():
        teacher = Teacher(read())
        teacher.run()
        found[name] = teacher.rows
    return found


def alike() -> dict[str, Rows]:
    """Features and labels of each set of pairs."""
    found = {}
    for name, labelled in pairs().items():
        forms = {form for a, b, _ in labelled for form in (a, b)}
        having = Counter(w for form in sorted(forms) for w in set(form.split()))
        found[name] = [
            (scoring.resemblance(a, b, lambda w: scoring.rarity(having[w], len(forms))), label)  # noqa: B023
            for a, b, label in labelled
        ]
    return found


def fit(sets: list[Rows], how: How) -> LogisticRegression:
    """A logistic model over sets."""
    x = np.array([list(f.values()) for rows in sets for f, _ in rows])
    y = np.array([label for rows in sets for _, label in rows])
    weight = np.concatenate([np.full(len(rows), len(rows) ** (how.power - 1)) for rows in sets])
    model = LogisticRegression(C=how.strength, max_iter=5000, class_weight={0: 1.0, 1: how.positives})
    return model.fit(x, y, sample_weight=weight / weight.mean())


def report(data: dict[str, Rows], how: How) -> None:
    """How well each set is judged by weights that were fitted on the others."""
    for name, rows in data.items():
        model = fit([r for other, r in data.items() if other != name], how)
        y = np.array([label for _, label in rows])
        p = model.predict_proba(np.array([list(f.values()) for f, _ in rows]))[:, 1]
        ranks = f"{roc_auc_score(y, p):.3f}" if 0 < y.sum() < len(y) else "–"
        yes = p >= 0.5
        right = int(y[yes].sum())
        f1 = 2 * right / max(1, int(yes.sum()) + int(y.sum()))
        print(f"  {name}: {len(y)} pairs, {y.sum()} right; held out: AUC {ranks}, F1 {f1:.3f} at .5")


def rounded(rows: Rows, model: LogisticRegression) -> dict[str, float]:
    """The weights by feature."""
    weights = {n: round(float(w), 3) for n, w in zip(rows[0][0], model.coef_[0], strict=True)}
    return {"bias": round(float(model.intercept_[0]), 3)} | weights


def main() -> None:
    """Cross-validate over sets, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    weights = {}
    for model, data in (("alike", alike()), ("shortened", shortened())):
        print(model)
        report(data, FITS[model])
        sets = list(data.values())
        weights[model] = rounded(sets[0], fit(sets, FITS[model]))
    if given.write:
        TARGET.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")
        print("weights written")


if __name__ == "__main__":
    main()
