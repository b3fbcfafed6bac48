"""Public questions over graphs: the graph as a store, questions with gold answers, and facts taken out of a graph.

All of it is read from the folder that KGTOOL_BENCH_DATA names; nothing of it is kept here.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyoxigraph as ox

from kgtool.reason.expand import Candidate, walked
from kgtool.reason.paths import PathReasoner
from kgtool.reason.question import Question
from kgtool.store.oxigraph import OxigraphStore

SETS = {
    "MetaQA 1-hop": ("metaqa", "questions-1hop-dev.jsonl"),
    "MetaQA 2-hop": ("metaqa", "questions-2hop-dev.jsonl"),
    "MetaQA 3-hop": ("metaqa", "questions-3hop-dev.jsonl"),
    "PathQuestion-2H": ("pathquestion-2h", "questions-dev.jsonl"),
    "WC2014 P1": ("wc2014", "questions-P1-dev.jsonl"),
    "WC2014 P2": ("wc2014", "questions-P2-dev.jsonl"),
    "WC2014 C": ("wc2014", "questions-C-dev.jsonl"),
}
Row = dict[str, Any]


def folder() -> Path:
    """Where the data is; SystemExit when KGTOOL_BENCH_DATA names no folder."""
    found = Path(os.environ.get("KGTOOL_BENCH_DATA", "")) / "kgqa"
    if not found.is_dir():
        raise SystemExit("KGTOOL_BENCH_DATA must name a folder with kgqa/")
    return found


def facts(graph: str) -> list[ox.Quad]:
    """The quads of a graph."""
    with gzip.open(folder() / graph / "kb.nt.gz") as file:
        return list(ox.parse(file, format=ox.RdfFormat.N_TRIPLES))


def store(quads: Sequence[ox.Quad]) -> OxigraphStore:
    """A store in memory."""
    made = OxigraphStore()
    made.load(quads)
    return made


def questions(name: str, n: int, seed: int) -> list[Row]:
    """Seeded questions of a set."""
    graph, file = SETS[name]
    rows = [json.loads(line) for line in (folder() / graph / file).open(encoding="utf-8")]
    random.Random(seed).shuffle(rows)
    return rows[:n]


def fold(text: str) -> str:
    """How answers are compared: compatibility form, case, underscores and white space aside."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold().replace("_", " ")).strip()


def f1(gold: Sequence[str], found: Sequence[str]) -> float:
    """F1 of two sets of answers."""
    wanted, got = {fold(g) for g in gold}, {fold(f) for f in found}
    both = len(wanted & got)
    return 2 * both / (len(wanted) + len(got)) if both else 0.0


def labels(reasoner: PathReasoner, candidate: Candidate) -> list[str]:
    """The names of a candidate's nodes, as far as a gold set can be long."""
    return [reasoner.names.label(int(n)) for n in candidate.nodes[:5000]]


def relations(row: Row) -> list[str]:
    """The relations of a question's gold path, folded and sorted; of MetaQA from the types of its nodes."""
    if "qtype" not in row:
        return sorted(fold(step[1]) for step in row["path"])
    kinds = row["qtype"].split("_to_")
    named = {
        "director": "directed by", "writer": "written by", "actor": "starred actors", "year": "release year",
        "genre": "has genre", "language": "in language", "tags": "has tags", "tag": "has tags",
    }  # fmt: skip
    return sorted(named.get(b if a == "movie" else a, "") for a, b in pairwise(kinds))


def last_facts(reasoner: PathReasoner, row: Row) -> set[tuple[Any, str, Any]]:
    """The facts of the last hop of the gold path, where the answer is one; empty where no path is found."""
    if len(row["answers"]) != 1:
        return set()
    question = Question.parse(row["question"])
    scorer = reasoner.prepared(question, reasoner.names.link(question))
    for candidate in scorer.candidates:
        path = candidate.paths[-1]
        steps = [s for p in candidate.paths for s in p.steps]
        said = sorted(fold(reasoner.card.labels[s // 2]) for s in steps)
        if said == relations(row) and f1(row["answers"], labels(reasoner, candidate)) == 1:
            network, step, answer = reasoner.network, path.steps[-1], int(candidate.nodes[0])
            before = np.intersect1d(network.walk(np.array([answer]), step ^ 1), walked(network, path)[-2])
            pairs = [(int(b), answer) if step % 2 == 0 else (answer, int(b)) for b in before]
            relation = network.relations[step // 2]
            return {(network.terms[s], relation, network.terms[o]) for s, o in pairs}
    return set()


def without(quads: Sequence[ox.Quad], gone: set[tuple[Any, str, Any]]) -> list[ox.Quad]:
    """The quads that are not among some facts."""
    return [q for q in quads if (q.subject, q.predicate.value, q.object) not in gone]
