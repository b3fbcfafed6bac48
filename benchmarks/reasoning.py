"""Questions over public graphs, offline: how many are answered right, and how many are refused when they should be.

usage: python benchmarks/reasoning.py [--n 200] [--seed 11] [--encoder minilm] [--unanswerable | --shapes]

Hits@1: the share whose first answer is right; F1 of the answers as sets; refused: abstentions. --unanswerable: of the
questions with one answer, the facts of the last hop of the gold path are taken out of the graph, of all at once; then
they and the others are asked. --shapes: questions that are more than a path, over a company's RDF (ck25) and for yes or
no over concepts (TutorQA task 1); one without an answer is right when it is refused. Times are CPU milliseconds a
question, warm. Needs KGTOOL_BENCH_DATA.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

from reasoning_data import SETS, Row, f1, facts, fold, folder, last_facts, questions, store, without

from kgtool import encode
from kgtool.ports import Encoder
from kgtool.reason.paths import PathReasoner


def answerable(name: str, n: int, seed: int, encoder: Encoder | None) -> None:
    """Print the figures of one set."""
    reasoner = PathReasoner(store(facts(SETS[name][0])), encoder=encoder)
    rows = questions(name, n, seed)
    found = [reasoner.reason(row["question"]) for row in rows]
    times = []
    for row in rows:
        start = time.process_time()
        reasoner.reason(row["question"])
        times.append(1000 * (time.process_time() - start))
    first = [
        bool(a.answers) and fold(a.answers[0]) in map(fold, r["answers"]) for a, r in zip(found, rows, strict=True)
    ]
    sets = [f1(r["answers"], a.answers) for a, r in zip(found, rows, strict=True)]
    refused = sum(a.abstained for a in found) / len(rows)
    times.sort()
    print(
        f"| {name} | {len(rows)} | {sum(first) / len(rows):.3f} | {sum(sets) / len(rows):.3f} | {refused:.3f} | "
        f"{times[len(times) // 2]:.0f} | {times[int(0.99 * len(times))]:.0f} |",
        flush=True,
    )


def unanswerable(name: str, n: int, seed: int, encoder: Encoder | None) -> tuple[int, int, int, int]:
    """Print the figures of one set without its facts; questions without answers, refused; with answers, refused."""
    quads = facts(SETS[name][0])
    rows = questions(name, n, seed)
    whole = PathReasoner(store(quads), encoder=encoder)
    gone = {row["id"]: last_facts(whole, row) for row in rows[: n // 2]}
    cut = PathReasoner(store(without(quads, {fact for found in gone.values() for fact in found})), encoder=encoder)
    lost = [cut.reason(row["question"]).abstained for row in rows if gone.get(row["id"])]
    kept = [whole.reason(row["question"]).abstained for row in rows if not gone.get(row["id"])]
    figures = len(lost), sum(lost), len(kept), sum(kept)
    recall = sum(lost) / len(lost) if lost else float("nan")
    print(f"| {name} | {len(lost)} | {recall:.2f} | {len(kept)} | {sum(kept) / len(kept):.2f} |", flush=True)
    return figures


def shapes(graph: str, encoder: Encoder | None, kept: Callable[[Row], bool]) -> None:
    """Print how many questions of a graph are answered exactly, the mean F1, and how many are refused."""
    reasoner = PathReasoner(store(facts(graph)), encoder=encoder)
    rows = [json.loads(line) for line in (folder() / graph / "questions-dev.jsonl").open(encoding="utf-8")]
    figures, refused = [], 0
    for row in filter(kept, rows):
        found = reasoner.reason(row["question"])
        by_iri = any("://" in answer for answer in row["answers"])
        given = [*found.iris, *(a for a in found.answers if not found.iris)] if by_iri else found.answers
        figures.append(f1(row["answers"], given) if row["answers"] else float(found.abstained))
        refused += found.abstained
    right, n = sum(f == 1 for f in figures), len(figures)
    print(f"| {graph} | {n} | {right} | {sum(figures) / n:.2f} | {refused} |", flush=True)


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=200)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--encoder", default="auto")
    parser.add_argument("--unanswerable", action="store_true")
    parser.add_argument("--shapes", action="store_true")
    args = parser.parse_args()
    encoder = encode.chosen(args.encoder)
    if args.shapes:
        print("| data | questions | right | F1 | refused |\n|---|---|---|---|---|")
        shapes("ck25", encoder, lambda row: True)
        shapes("tutorqa", encoder, lambda row: row["task"] == 1)
        return
    if args.unanswerable:
        print("| data | without an answer | refused | with one | refused |\n|---|---|---|---|---|")
        found = [unanswerable(name, args.n, args.seed, encoder) for name in SETS]
        lost, refused, kept, wrongly = (sum(column) for column in zip(*found, strict=True))
        print(f"| all | {lost} | {refused / lost:.2f} | {kept} | {wrongly / kept:.2f} |")
        return
    print("| data | questions | Hits@1 | F1 | refused | ms | p99 |\n|---|---|---|---|---|---|---|")
    for name in SETS:
        answerable(name, args.n, args.seed, encoder)


if __name__ == "__main__":
    main()
