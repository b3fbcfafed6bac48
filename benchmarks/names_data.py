"""Public data about names, as triples with the thing that each end names, and as labelled pairs.

All of it is read from the folder that KGTOOL_BENCH_DATA names; nothing of it is kept here.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kgtool.fuse import names
from kgtool.model import Evidence, Triple

Gold = dict[tuple[int, str], str]
"""Number of a triple and its end ("s" or "o") -> the thing that is named there."""


@dataclass(frozen=True)
class Listing:
    """Triples without a text around them: every one is a document of its own."""

    triples: list[Triple]
    gold: Gold

    def name(self, end: tuple[int, str]) -> str:
        """The words of one end."""
        triple = self.triples[end[0]]
        return triple.subject if end[1] == "s" else triple.object


def folder() -> Path:
    """Where the data is.

    Raises:
        SystemExit: when KGTOOL_BENCH_DATA names no folder.
    """
    base = os.environ.get("KGTOOL_BENCH_DATA")
    if not base or not Path(base).is_dir():
        raise SystemExit("error: no data\nhint: set KGTOOL_BENCH_DATA to the folder of the public evaluation data")
    return Path(base) / "extract"


def rows(*path: str) -> Iterator[dict[str, Any]]:
    """The rows of a JSON Lines file."""
    with folder().joinpath(*path).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def single(number: int, subject: str, predicate: str, other: str) -> Triple:
    """A triple whose document is itself."""
    return Triple(subject, predicate, other, evidence=Evidence(str(number), "0", 0, 0, "", "given"))


def canon(name: str) -> Listing:
    """Base or Ambiguous of CESI (Vashishth et al., WWW 2018; development parts): the subjects' things are known."""
    triples: list[Triple] = []
    gold: Gold = {}
    for row in rows("canon", f"{name}.jsonl"):
        gold[len(triples), "s"] = row["sub_link"]
        triples.append(single(len(triples), *row["triple"]))
    return Listing(triples, gold)


def related(documents: Iterator[tuple[list[tuple[str, str, str]], dict[str, list[str]]]]) -> Listing:
    """A listing of relations between things of documents, each end in one of its thing's ways of writing (seed 1)."""
    rng = random.Random(1)
    triples: list[Triple] = []
    gold: Gold = {}
    for relations, written in documents:
        for subject, predicate, other in relations:
            if subject in written and other in written:
                ends = rng.choice(written[subject]), rng.choice(written[other])
                gold[len(triples), "s"], gold[len(triples), "o"] = subject, other
                triples.append(single(len(triples), ends[0], predicate, ends[1]))
    return Listing(triples, gold)


def biored() -> Listing:
    """BioRED: diseases, genes and chemicals with identifiers."""
    return related(
        ([(g["e1"], g["rel"], g["e2"]) for g in r["gold"]], {e["cid"]: e["aliases"] for e in r["entities"]})
        for r in rows("biored", "data.jsonl")
    )


def redocred() -> Listing:
    """Re-DocRED: names in news and encyclopedias; things of different documents are one by longest name and type."""

    def documents() -> Iterator[tuple[list[tuple[str, str, str]], dict[str, list[str]]]]:
        for row in rows("redocred", "data.jsonl"):
            ids = [f"{max(e['aliases'], key=lambda a: (len(a), a))}|{e['type']}" for e in row["entities"]]
            written = {
                i: e["aliases"] for i, e in zip(ids, row["entities"], strict=True) if e["type"] not in {"TIME", "NUM"}
            }
            yield [(ids[g["h"]], g["rel"], ids[g["t"]]) for g in row["gold"]], written

    return related(documents())


def scierc() -> Listing:
    """SciERC: concepts of abstracts; things are one by the longest name of their coreference cluster."""

    def documents() -> Iterator[tuple[list[tuple[str, str, str]], dict[str, list[str]]]]:
        for row in rows("scierc", "data.jsonl"):
            generic = {e["text"] for e in row["entities"] if e["type"] == "Generic"}
            clusters: dict[str, list[str]] = {}
            for e in row["entities"]:
                if e["text"] not in generic:
                    clusters.setdefault(str(e["cluster"] if e["cluster"] is not None else e["text"]), []).append(
                        e["text"]
                    )
            written = {max(c, key=lambda a: (len(a), a)).lower(): sorted(set(c)) for c in clusters.values()}
            of = {name: i for i, c in written.items() for name in c}
            found = [(of.get(g["sub"], ""), g["rel"], of.get(g["obj"], "")) for g in row["gold"]]
            yield found, written

    return related(documents())


LISTINGS: dict[str, Callable[[], Listing]] = {
    "Base": lambda: canon("base"),
    "Ambiguous": lambda: canon("ambiguous"),
    "BioRED": biored,
    "Re-DocRED": redocred,
    "SciERC": scierc,
}


def graphusion() -> list[Triple]:
    """The candidate triples of Graphusion's authors, before fusion."""
    import ast

    lines = (folder() / "graphusion" / "candidates-gpt-4o.txt").read_text(encoding="utf-8").splitlines()
    found = (ast.literal_eval(line) for line in lines if line.startswith("("))
    return [single(i, *words) for i, words in enumerate(found)]


def pairs() -> dict[str, list[tuple[str, str, int]]]:
    """The seven sets of Magellan and DeepMatcher (validation parts) by name: two names' normal forms, and the label."""
    found = {}
    for path in sorted((folder() / "er").glob("*.jsonl")):
        sides = [
            (next(iter(r["left"].values())), next(iter(r["right"].values())), r["label"]) for r in rows("er", path.name)
        ]
        found[path.stem.split("_")[1]] = [
            (names.variant(names.key(a), {}), names.variant(names.key(b), {}), label) for a, b, label in sides
        ]
    return found
