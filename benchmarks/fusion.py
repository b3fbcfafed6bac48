"""How well names are resolved: canonicalisation, case and plural variants, matching of pairs, time and memory.

And how often links are right that no sentence states: facts of public graphs are hidden and discovered again.

usage: python benchmarks/fusion.py canon [--held-out set|source] | variants | pairs   (need KGTOOL_BENCH_DATA)
       python benchmarks/fusion.py scale N                                            (N made-up names, seed 0)
       python benchmarks/fusion.py discover                                           (needs KGTOOL_BENCH_DATA)
       python benchmarks/fusion.py links N                                            (a made-up graph of N people)
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

import numpy as np
from fit_names import FITS, alike, fit, rounded, shortened
from links_data import GRAPHS, Link
from links_data import made_up as made_up_links
from names_data import LISTINGS, Listing, graphusion, pairs, single

from kgtool.fuse import discovery, names, scoring
from kgtool.fuse.cascade import CascadeFuser
from kgtool.fuse.entities import resolve
from kgtool.fuse.mentions import collect
from kgtool.fusing import entities_of
from kgtool.model import Policy, Statement, Triple

CESI = {"Base", "Ambiguous"}
Clusters = Mapping[object, str]
"""Element -> cluster."""


# canonicalisation


def f1(precision: float, recall: float) -> float:
    """The harmonic mean; 0 when both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def inverse(clusters: Clusters) -> dict[str, list[object]]:
    """The elements of each cluster."""
    found: dict[str, list[object]] = defaultdict(list)
    for element, cluster in clusters.items():
        found[cluster].append(element)
    return found


def pure(clusters: Clusters, other: Clusters) -> float:
    """The share of clusters whose elements are all in one cluster of the other partition."""
    groups = inverse(clusters).values()
    return sum(len({other[e] for e in group}) == 1 for group in groups) / len(groups)


def majority(clusters: Clusters, other: Clusters) -> float:
    """The share of elements that are in the most frequent cluster of the other partition in their cluster."""
    groups = inverse(clusters).values()
    return sum(max(Counter(other[e] for e in group).values()) for group in groups) / len(clusters)


def together(clusters: Clusters, other: Clusters) -> float:
    """The share of pairs of a cluster that are a pair of the other partition too."""

    def count(sizes: Counter[object]) -> int:
        return sum(n * (n - 1) // 2 for n in sizes.values())

    both = count(Counter((c, other[e]) for e, c in clusters.items()))
    return both / max(1, count(Counter(clusters.values())))


def scores(found: Clusters, gold: Clusters) -> tuple[float, float, float]:
    """Macro, micro and pairwise F1 in percent (Galárraga et al., CIKM 2014, as in CESI)."""
    return tuple(100 * f1(part(found, gold), part(gold, found)) for part in (pure, majority, together))  # type: ignore[return-value]


def by_name(listing: Listing, of: Callable[[str], str]) -> Clusters:
    """A cluster for each element with a gold standard, by its words."""
    return {end: of(listing.name(end)) for end in listing.gold}


def canon(held_out: str) -> None:
    """The fuser on each listing, beside the normal form alone.

    Args:
        held_out: empty, or with weights fitted on the other listings: without the "set" itself, or without all of its
            "source" (the two of CESI are of one).
    """
    data = shortened() if held_out else {}
    print("| listing | elements | normal form: macro / micro / pairwise / average | fuser | seconds |")
    print("|---|---|---|---|---|")
    for name, read in LISTINGS.items():
        listing = read()
        if held_out:
            source = CESI if held_out == "source" and name in CESI else {name}
            other = [r for o, r in data.items() if o not in source]
            scoring.weights()["shortened"] |= rounded(data[name], fit(other, FITS["shortened"]))
        begin = time.process_time()
        clusters = entities_of(CascadeFuser().fuse(listing.triples), listing.triples)
        seconds = time.process_time() - begin
        gold: Clusters = dict(listing.gold.items())
        rows = [scores(by_name(listing, of), gold) for of in (names.key, lambda n: clusters.get(n, f"_{n}"))]  # noqa: B023
        shown = [" / ".join(f"{v:.1f}" for v in (*row, sum(row) / 3)) for row in rows]
        print(f"| {name} | {len(gold)} | {shown[0]} | {shown[1]} | {seconds:.1f} |")


# variants


def folded(name: str) -> str:
    """A name without case, punctuation, hyphens and final letters s of its words."""
    words = re.sub(r"[\W_]+", " ", name.casefold()).split()
    return " ".join(w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith("ss") else w for w in words)


DIRECTED = ("Used-for", "Part-of", "Evaluate-for", "Hyponym-Of", "Is-a-Prerequisite-of")
"""Graphusion's relations that have a direction; the others are Compare and Conjunction."""
ONE_RELATION = {r: Policy(asymmetric=True, disjoint=(*DIRECTED, "Compare", "Conjunction")) for r in DIRECTED} | {
    "Compare": Policy(disjoint=("Conjunction",))
}
"""What Graphusion's prompt asks of a graph: at most one relation a pair, in one direction."""


def conflicting(statements: list[Statement]) -> str:
    """How many ordered pairs have several relations, and how many directed relations are stated both ways."""
    relations: dict[tuple[object, object], set[str]] = defaultdict(set)
    for s in statements:
        relations[s.subject, s.object].add(s.predicate)
    several = sum(len(found) > 1 for found in relations.values())
    directed = {r.lower() for r in DIRECTED}
    both = sum(len(found & relations.get(pair[::-1], set()) & directed) for pair, found in relations.items()) // 2
    return f"{several} of {len(relations)} ordered pairs with several relations, {both} relations both ways"


def variants() -> None:
    """What is wrong in the fusion of Graphusion's candidates: repeats, variants of a name, conflicts, what is lost."""
    triples = graphusion()
    begin = time.process_time()
    fusion = CascadeFuser().fuse(triples)
    seconds = time.process_time() - begin
    labels = {e.id: e.label for e in fusion.entities}
    published = [s for s in fusion.statements if s.status == "published"]
    shown = {labels[e] for s in published for e in (s.subject, s.object) if isinstance(e, str)}
    rejected = len(fusion.statements) - len(published)
    kinds = Counter(f"{d.kind} {d.rule}" for d in fusion.decisions)
    print(f"{len(triples)} candidates: {len(published)} published, {rejected} rejected, {len(shown)} entities,")
    print(f"{len(shown) - len({folded(n) for n in shown})} variants, {seconds:.1f} s")
    kept = {i for s in published for i in s.sources}
    print(f"{len(published) - len({s.key for s in published})} repeats, {len(triples) - len(kept)} candidates lost")
    print(conflicting(published))
    told = CascadeFuser(policies=ONE_RELATION).fuse(triples).statements
    print("with policies:", conflicting([s for s in told if s.status == "published"]), end="; ")
    print(", ".join(f"{n} {status}" for status, n in sorted(Counter(s.status for s in told).items())))
    print(", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())))


# pairs


def pair_f1(labels: np.ndarray, guesses: np.ndarray) -> float:
    """F1 in percent."""
    right = int(labels[guesses].sum())
    return 200 * right / max(1, int(guesses.sum()) + int(labels.sum()))


def matching() -> None:
    """Matching by names alone: our score with weights of the other sets, rapidfuzz, equal normal forms."""
    from rapidfuzz import fuzz

    print("| set | pairs | equal | token_set ≥ 95 | score ≥ .5, fitted on the other six |")
    print("|---|---|---|---|---|")
    data, columns = alike(), []
    for name, labelled in pairs().items():
        rows = data[name]
        labels = np.array([label for _, _, label in labelled])
        model = fit([r for other, r in data.items() if other != name], FITS["alike"])
        score = model.predict_proba(np.array([list(f.values()) for f, _ in rows]))[:, 1]
        figures = [
            pair_f1(labels, np.array([a == b for a, b, _ in labelled])),
            pair_f1(labels, np.array([fuzz.token_set_ratio(a, b) >= 95 for a, b, _ in labelled])),
            pair_f1(labels, score >= 0.5),
        ]
        columns.append(figures)
        print(f"| {name} | {len(labels)} | " + " | ".join(f"{v:.1f}" for v in figures) + " |")
    print("| mean | | " + " | ".join(f"{v:.1f}" for v in np.mean(columns, axis=0)) + " |")


# scale


def made_up(rng: random.Random, count: int, syllables: tuple[int, int]) -> list[str]:
    """So many different pronounceable words with a capital, in order."""
    before = "b c d f g h j k l m n p r s t v w st tr ch br kl".split()
    vowels = "a e i o u ai ea ou".split()
    found: set[str] = set()
    while len(found) < count:
        parts = (rng.choice(before) + rng.choice(vowels) for _ in range(rng.randint(*syllables)))
        found.add(("".join(parts) + rng.choice(["", "n", "r", "l", "t"])).title())
    return sorted(found)


def synthetic(count: int) -> list[str]:
    """So many different names of people, organisations and places, a third of them variants of another (seed 0)."""
    rng = random.Random(0)
    first, last = made_up(rng, 2000, (1, 3)), made_up(rng, max(50, count // 4), (2, 4))
    places = made_up(rng, max(50, count // 5), (2, 4))
    kinds = ["University", "Institute of Technology", "Corporation", "Museum", "Laboratory", "River", "Press"]
    found: dict[str, None] = {}
    while len(found) < count:
        a, b, place, kind = rng.choice(first), rng.choice(last), rng.choice(places), rng.choice(kinds)
        person = [f"{a} {b}", f"{a[0]}. {b}", b, f"Dr {a} {b}", f"{a} {b[:3]}{b[4:]}"]
        thing = [f"{place} {kind}", f"{kind.split()[0]} of {place}", f"the {place} {kind}s", place, f"{place} {b}"]
        names_of = person if rng.random() < 0.5 else thing
        found[names_of[0]] = None
        if rng.random() < 0.5:
            found[rng.choice(names_of[1:])] = None
    return list(found)[:count]


def listing(count: int) -> list[Triple]:
    """One triple for each name, with another of them as its object (seed 1)."""
    rng = random.Random(1)
    subjects = synthetic(count)
    objects = subjects[:]
    rng.shuffle(objects)
    predicates = ["met", "visited", "is in", "founded", "works for", "was born in"]
    return [single(i, s, rng.choice(predicates), o) for i, (s, o) in enumerate(zip(subjects, objects, strict=True))]


def scale(count: int) -> None:
    """CPU seconds of resolution and of the whole fusion, and the most memory."""
    triples = listing(count)
    begin = time.process_time()
    resolution = resolve(collect(triples))
    resolved = time.process_time() - begin
    kinds = Counter(d.kind for d in resolution.decisions)
    del resolution
    begin = time.process_time()
    fusion = CascadeFuser().fuse(triples)
    fused = time.process_time() - begin
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    told = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
    print(f"{count} names: resolved in {resolved:.1f} s ({told})")
    print(f"fused in {fused:.1f} s to {len(fusion.entities)} entities")
    print(f"{most:.2f} GiB")


# discovery

SETTINGS = [
    (0.8, 10, 0.7, 0.4),
    (0.7, 10, 0.7, 0.4), (0.9, 10, 0.7, 0.4),
    (0.8, 5, 0.7, 0.4), (0.8, 20, 0.7, 0.4),
    (0.8, 10, 0.5, 0.4), (0.8, 10, 0.0, 0.4),
    (0.8, 10, 0.7, 0.0), (0.8, 10, 0.7, 1.0),
]  # fmt: skip
"""Least confidence, support and share of a rule, and least Adamic–Adar figure; the default first, then one changed."""
HIDDEN = 0.15


def discovered(links: list[Link]) -> tuple[list[Statement], float]:
    """What is proposed for a graph whose statements are each a document of its own, and the CPU seconds for it."""
    triples = [single(i, *link) for i, link in enumerate(links)]
    stated = [Statement(*link, "published", 1.0, 1, (i,)) for i, link in enumerate(links)]
    begin = time.process_time()
    made = list(discovery.Discovery(stated, triples, {}, {}, {}).found(0.65))
    return made, time.process_time() - begin


def discover() -> None:
    """What is proposed with some of the facts hidden (seed 0), and which share of it was hidden.

    The second figure leaves out what nothing is known about (partial completeness): proposals whose subject, or whose
    object where that is what a relation has fewer of, has the relation nowhere in the whole graph.
    """
    print("| graph | confidence | support | share | Adamic–Adar | proposed | hidden | of what is known | seconds |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, read in GRAPHS.items():
        links = read()
        hidden = set(random.Random(0).sample(links, int(HIDDEN * len(links))))
        whole = discovery.Graph()
        for link in links:
            whole.add(*link)
        for values in SETTINGS:
            keys = ("MIN_CONFIDENCE", "MIN_SUPPORT", "MIN_SHARE", "MIN_SHARED")
            for key, value in zip(keys, values, strict=True):
                setattr(discovery, key, value)
            proposed, seconds = discovered([link for link in links if link not in hidden])
            made = [s.key[:3] for s in proposed]
            right = sum(key in hidden for key in made)
            judged = sum(s in whole.subjects[r] if whole.by_subject(r) else o in whole.objects[r] for s, r, o in made)
            shares = " | ".join(f"{right / n:.2f}" if n else "–" for n in (len(made), judged))
            print(f"| {name} | {' | '.join(map(str, values))} | {len(made)} | {shares} | {seconds:.1f} |", flush=True)


def links(count: int) -> None:
    """CPU seconds of discovery alone on a made-up graph, and the most memory."""
    found = made_up_links(count)
    entities = {end for s, _, o in found for end in (s, o)}
    made, seconds = discovered(found)
    print(f"{len(entities)} entities, {len(found)} statements: {len(made)} proposed in {seconds:.1f} s")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["canon", "variants", "pairs", "scale", "discover", "links"])
    parser.add_argument("names", type=int, nargs="?", default=10_000)
    parser.add_argument("--held-out", choices=["set", "source"], default="")
    given = parser.parse_args()
    if given.part in {"scale", "links"}:
        {"scale": scale, "links": links}[given.part](given.names)
    elif given.part == "canon":
        canon(given.held_out)
    else:
        {"variants": variants, "pairs": matching, "discover": discover}[given.part]()


if __name__ == "__main__":
    main()
