"""Public graphs, whole, as subject, relation and object.

All of it is read from the folder that KGTOOL_BENCH_DATA names; nothing of it is kept here.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path

from names_data import folder, rows

Link = tuple[str, str, str]


def lines(path: Path) -> list[str]:
    """The lines of a text file, gzipped or not."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return data.decode().splitlines()


def parts(name: str) -> list[Link]:
    """A benchmark of link prediction with its three parts together."""
    found = set()
    for part in ("train", "valid", "test"):
        path = folder().parent / "kge" / name / f"{part}.txt"
        for line in lines(path if path.exists() else path.with_suffix(".txt.gz")):
            subject, relation, other = line.split("\t")
            found.add((subject, relation, other))
    return sorted(found)


def redocred() -> list[Link]:
    """The annotated relations of Re-DocRED's documents as one graph; a thing is its first name."""
    found = set()
    for row in rows("redocred", "data.jsonl"):
        things = [e["aliases"][0] for e in row["entities"]]
        found |= {(things[g["h"]], g["rel"], things[g["t"]]) for g in row["gold"]}
    return sorted(found)


def films() -> list[Link]:
    """The film graph of MetaQA."""
    found = set()
    for line in lines(folder().parent / "kgqa" / "metaqa" / "kb.nt.gz"):
        terms = line.removesuffix(" .").split(" ")
        if len(terms) == 3 and "/metaqa/r/" in terms[1]:
            found.add((terms[0], terms[1].rsplit("/", 1)[1].rstrip(">"), terms[2]))
    return sorted(found)


GRAPHS: dict[str, Callable[[], list[Link]]] = {
    "UMLS": lambda: parts("umls"),
    "CoDEx-S": lambda: parts("codex-s"),
    "Re-DocRED": redocred,
    "WN18RR": lambda: parts("wn18rr"),
    "FB15k-237": lambda: parts("fb15k-237"),
    "MetaQA": films,
}


def made_up(count: int) -> list[Link]:
    """People in towns of countries, with parents, spouses and employers: so many of them (seed 0).

    Spouses know one another, and who lives in a town lives in its country, both for nine of ten; towns and employers
    are shared unevenly.
    """
    rng = random.Random(0)
    towns, firms = max(10, count // 50), max(10, count // 30)
    found = {(f"town{t}", "is in", f"country{t % 60}") for t in range(towns)}
    for i in range(count):
        town = int(towns * rng.random() ** 2)
        found.add((f"person{i}", "lives in", f"town{town}"))
        if rng.random() < 0.9:
            found.add((f"person{i}", "is a citizen of", f"country{town % 60}"))
        found.add((f"person{i}", "works for", f"firm{int(firms * rng.random() ** 2)}"))
        if i % 2 and rng.random() < 0.5:
            found.add((f"person{i}", "married", f"person{i - 1}"))
            if rng.random() < 0.9:
                found.add((f"person{i - 1}", "married", f"person{i}"))
        if i > 10:
            found.add((f"person{rng.randrange(i)}", "is a parent of", f"person{i}"))
    return sorted(found)
