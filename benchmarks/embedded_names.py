"""Whether the cosine of MiniLM vectors tells which names are one, beside what the cascade knows; see decision 20.

usage: python benchmarks/embedded_names.py pairs | shortened | open   (need KGTOOL_BENCH_DATA)
       python benchmarks/embedded_names.py scale N                    (N made-up names, seed 0)

Every figure is of a set that the weights were not fitted on. Two cosines: of the bare names, and of the names in
context (name, type and up to three of its shortest statements).
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property

import numpy as np
from fit_names import FITS, Rows, Teacher, alike, fit
from fusion import CESI, by_name, listing, pair_f1, scores
from names_data import LISTINGS, Listing, pairs
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from kgtool import encode
from kgtool.fuse import entities, names
from kgtool.fuse.cascade import CascadeFuser
from kgtool.fuse.entities import resolve
from kgtool.fuse.mentions import Mentions, collect, top
from kgtool.fuse.shortening import SURE, Shortener
from kgtool.fusing import entities_of
from kgtool.model import Triple

GREY = (0.15, 0.85)
"""Scores of pairs between which the encoder is asked about a pair of the seven sets."""
STATEMENTS = 3
KINDS = ("bare", "in context")
CHOICES: dict[str, tuple[int, ...]] = {"none": (), "bare": (0,), "in context": (1,), "both": (0, 1)}
"""Which cosines are features."""


class Cosines:
    """Cosines of texts, each encoded once."""

    def __init__(self) -> None:
        found = encode.chosen("minilm")
        assert found is not None
        self.encoder = found
        self.vectors: dict[str, np.ndarray] = {}

    def of(self, a: str, b: str) -> float:
        """The cosine of two texts."""
        for text in (a, b):
            if text not in self.vectors:
                self.vectors[text] = self.encoder.encode([text])[0]
        return float(self.vectors[a] @ self.vectors[b])


class Described:
    """Names in context.

    Args:
        triples: what is said.
        mentions: the names of the triples.
    """

    def __init__(self, triples: Iterable[Triple], mentions: Mentions) -> None:
        self.mentions = mentions
        self.said: dict[str, set[str]] = defaultdict(set)
        for t in triples:
            for normal in (names.key(t.subject), names.key(t.object)):
                self.said[normal].add(f"{t.subject} {t.predicate} {t.object}.")

    def texts(self, normal: str, members: Iterable[str]) -> tuple[str, str]:
        """A name, and the name with its type and the shortest statements about its group."""
        said = sorted(set().union(*(self.said[m] for m in members)), key=lambda s: (len(s), s))[:STATEMENTS]
        shown, kind = self.mentions.shown(normal), self.mentions.kind(normal)
        return shown, " ".join([f"{shown} ({kind}):" if kind else f"{shown}:", *said])


# the seven sets of pairs


def matching() -> None:
    """F1 on each set when its grey pairs are judged by weights fitted on the grey pairs of the other six."""
    data, cosines = alike(), Cosines()
    base, grey = {}, {}
    for name, labelled in pairs().items():
        model = fit([r for other, r in data.items() if other != name], FITS["alike"])
        base[name] = model.predict_proba(matrix(data[name]))[:, 1]
        inside = np.flatnonzero((base[name] >= GREY[0]) & (base[name] < GREY[1]))
        rows = [(data[name][i], (cosines.of(*labelled[i][:2]), 0.0)) for i in inside]
        grey[name] = (inside, rows)
        print(f"{name}: {len(inside)} of {len(labelled)} pairs, {len(cosines.vectors)} texts so far", flush=True)
    print("| set | grey pairs, right | AUC in the grey zone: score, cosine | F1 now | fitted anew | with the cosine |")
    for name, (inside, rows) in grey.items():
        labels = np.array([label for _, label in data[name]])
        figures = [pair_f1(labels, base[name] >= 0.5)]
        for columns in ((), (0,)):
            model = fit([with_cosines(r, columns) for o, (_, r) in grey.items() if o != name], FITS["alike"])
            guesses = base[name] >= 0.5
            guesses[inside] = model.predict_proba(matrix(with_cosines(rows, columns)))[:, 1] >= 0.5
            figures.append(pair_f1(labels, guesses))
        areas = [auc(labels[inside], v) for v in (base[name][inside], [c[0] for _, c in rows])]
        told = [f"{len(inside)}, {labels[inside].sum()}", ", ".join(areas), *(f"{f:.1f}" for f in figures)]
        print(f"| {name} | {' | '.join(told)} |")


Compared = list[tuple[tuple[dict[str, float], int], tuple[float, float]]]
"""Features and label of a pair, and its two cosines."""


def with_cosines(rows: Compared, columns: tuple[int, ...]) -> Rows:
    """Rows whose features have some of the cosines too."""
    return [({**f, **{KINDS[c]: found[c] for c in columns}}, label) for (f, label), found in rows]


def matrix(rows: Rows) -> np.ndarray:
    """The features, one row a pair."""
    return np.array([list(f.values()) for f, _ in rows])


def auc(labels: np.ndarray, values: Iterable[float]) -> str:
    """The area under the ROC curve, as text."""
    return f"{roc_auc_score(labels, list(values)):.2f}" if 0 < labels.sum() < len(labels) else "–"


# short names of the five listings


class Asked(Teacher):
    """Also keeps the cosines of what it was asked.

    Args:
        given: triples with the things that they name.
        cosines: the encoder.
    """

    def __init__(self, given: Listing, cosines: Cosines) -> None:
        super().__init__(given)
        self.compared = described_pairs(given, cosines, self)
        self.found: Compared = []

    def likely(self, short: str, full: str, rivals: float, compounds: int) -> float:
        """See :meth:`Teacher.likely`."""
        known = len(self.rows)
        said = super().likely(short, full, rivals, compounds)
        self.found += [(row, self.compared(short, full)) for row in self.rows[known:]]
        return said


def described_pairs(
    given: Listing, cosines: Cosines, shortener: Shortener
) -> Callable[[str, str], tuple[float, float]]:
    """What gives the two cosines of two names, as their groups are then."""
    described = Described(given.triples, shortener.mentions)

    def compared(short: str, full: str) -> tuple[float, float]:
        texts = [described.texts(n, shortener.groups.members(n)) for n in (short, full)]
        return cosines.of(texts[0][0], texts[1][0]), cosines.of(texts[0][1], texts[1][1])

    return compared


def canonical(given: Listing, model: LogisticRegression, columns: tuple[int, ...], cosines: Cosines) -> float:
    """The average of macro, micro and pairwise F1 when the model judges short names."""

    class Fitted(Shortener):
        @cached_property
        def compared(self) -> Callable[[str, str], tuple[float, float]]:
            return described_pairs(given, cosines, self)

        def likely(self, short: str, full: str, rivals: float, compounds: int) -> float:
            features = self.compare(short, full, rivals, compounds).features()
            found = self.compared(short, full) if columns else (0.0, 0.0)
            return float(model.predict_proba(matrix(with_cosines([((features, 0), found)], columns)))[0, 1])

    entities.Shortener = Fitted
    clusters = entities_of(CascadeFuser(discover=False).fuse(given.triples), given.triples)
    return sum(scores(by_name(given, lambda n: clusters.get(n, f"_{n}")), dict(given.gold.items()))) / 3


def shortened() -> None:
    """F1 and AUC of the pairs, and F1 of the clusters of each listing, with and without cosines; source held out."""
    cosines, data = Cosines(), {}
    listings = {name: read() for name, read in LISTINGS.items()}
    for name, given in listings.items():
        teacher = Asked(given, cosines)
        teacher.run()
        data[name] = teacher.found
    print(f"| listing | pairs, right | {' | '.join(CHOICES)} (pairs' F1, AUC; clusters) |")
    for name, found in data.items():
        labels = np.array([label for (_, label), _ in found])
        cells = [f"{len(labels)}, {labels.sum()}"]
        for columns in CHOICES.values():
            source = CESI if name in CESI else {name}
            model = fit([with_cosines(r, columns) for o, r in data.items() if o not in source], FITS["shortened"])
            score = model.predict_proba(matrix(with_cosines(found, columns)))[:, 1]
            clusters = canonical(listings[name], model, columns, cosines)
            cells.append(f"{pair_f1(labels, score >= SURE):.1f}, {auc(labels, score)}; {clusters:.1f}")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


# what stays open


def undecided() -> None:
    """Of what the rules leave open in the five listings: how much is right, and whether a cosine tells which."""
    cosines = Cosines()
    found: dict[str, list[tuple[float, float, float, int]]] = defaultdict(list)
    for read in LISTINGS.values():
        given = read()
        mentions = collect(given.triples)
        described = Described(given.triples, mentions)
        things: dict[str, Counter[str]] = defaultdict(Counter)
        for end, thing in sorted(given.gold.items()):
            things[names.key(given.name(end))][thing] += 1
        for d in resolve(mentions).decisions:
            pair = [names.key(c) for c in d.candidates]
            if d.kind == "open" and all(things[n] for n in pair):
                means = [top(things[n]) for n in pair]
                (a, long), (b, other) = (described.texts(n, [n]) for n in pair)
                found[d.rule].append((d.score, cosines.of(a, b), cosines.of(long, other), int(means[0] == means[1])))
    for rule, rows in sorted(found.items()):
        table = np.array(rows)
        labels = table[:, 3].astype(int)
        areas = ", ".join(auc(labels, table[:, k]) for k in range(3))
        print(f"{rule}: {labels.sum()} of {len(labels)} right; AUC of score, bare, in context: {areas}")
        for k, kind in enumerate(KINDS, 1):
            above = [(t, labels[table[:, k] >= t]) for t in (0.6, 0.7, 0.8, 0.9)]
            print(f"  {kind}: " + ", ".join(f"{v.sum()} of {len(v)} right from {t} on" for t, v in above))


# cost


def scale(count: int) -> None:
    """What it would cost to encode the names in context that scores below .6 leave, in CPU seconds, from a sample."""
    triples = listing(count)
    mentions = collect(triples)
    decisions = resolve(mentions).decisions
    grey = [d for d in decisions if d.kind == "open" or (d.rule in {"shortened", "similar"} and d.score < 0.6)]
    described = Described(triples, mentions)
    normals = sorted({names.key(c) for d in grey for c in d.candidates})
    texts = [described.texts(n, [n]) for n in normals]
    encoder = Cosines().encoder
    encoder.encode(["loaded"])
    print(f"{count} names: {len(grey)} pairs, {len(texts)} names to encode")
    for k, kind in enumerate(KINDS):
        sample = [t[k] for t in texts[:: max(1, len(texts) // 500)]]
        begin = time.process_time()
        encoder.encode(sample)
        each = (time.process_time() - begin) / len(sample)
        print(f"  {kind}: {1000 * each:.1f} ms each, {each * len(texts):.0f} CPU s")


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["pairs", "shortened", "open", "scale"])
    parser.add_argument("names", type=int, nargs="?", default=10_000)
    given = parser.parse_args()
    if given.part == "scale":
        scale(given.names)
    else:
        {"pairs": matching, "shortened": shortened, "open": undecided}[given.part]()


if __name__ == "__main__":
    main()
