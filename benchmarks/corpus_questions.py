"""Our own questions about a corpus: what is answered right or rightly refused, each answer with its sentences.

usage: python benchmarks/corpus_questions.py STORE [--encoder NAME]

STORE was made by kgtool build from the fifty articles of extract/corpus in the folder that KGTOOL_BENCH_DATA names.
Right: every answer given is one of the gold, there is at least one, and each triple cited has a sentence that is in its
document, letter by letter. Rightly refused: the gold has none and there is no answer. Where the graph has no answer,
the sentences shown in its place are looked at apart: whether one of them holds a gold answer. An answer that is gold
by another name that its node has in the graph is told apart as well.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

import kgtool.api
from kgtool.evaluate.reasoning import Gold, figures, fold, judge, read
from kgtool.model import Answer
from kgtool.ports import Store

QUESTIONS = Path(__file__).parent / "annotations" / "corpus-questions.jsonl"


def quoted(folder: Path, answer: Answer) -> bool:
    """Whether every triple cited has a sentence that is in its document."""
    texts = {c.document: (folder / c.document).read_bytes().decode() for c in answer.evidence if c.document}
    return all(c.quote and texts[c.document][c.begin : c.end] == c.quote for c in answer.evidence)


def renamed(answer: Answer, store: Store) -> Answer:
    """The answer with all other names of its nodes."""
    terms = " ".join(f"<{iri}>" for iri in answer.iris)
    rows = store.query(f"SELECT ?name WHERE {{ VALUES ?node {{ {terms} }} ?node skos:altLabel ?name }}").rows()
    return replace(answer, answers=tuple(sorted(name.value for (name,) in rows)), iris=())


def verdict(gold: Gold, answer: Answer, folder: Path, store: Store) -> str:
    """What an answer is: right, in part (not all of the gold), wrong, refused (rightly or wrongly), no sentence."""
    if answer.abstained:
        return "refused wrongly" if gold.answers else "refused rightly"
    row = judge(gold, answer) if gold.answers else {"precision": 0.0, "recall": 0.0}
    if row["precision"] < 1:
        others = renamed(answer, store)
        return "by another name" if gold.answers and judge(gold, others)["hit"] else "wrong"
    if not (answer.evidence and quoted(folder, answer)):
        return "no sentence"
    return "right" if row["recall"] == 1 else "right in part"


def told(gold: Gold, answer: Answer) -> bool:
    """Whether a sentence in place of an answer holds one of the gold."""
    names = [
        n for a, more in zip(gold.answers, gold.others or ((),) * len(gold.answers), strict=True) for n in (a, *more)
    ]
    return any(fold(name) in fold(p.quote) for p in answer.text_evidence for name in names)


def main() -> None:
    """Ask all questions and print a table and the sums."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store")
    parser.add_argument("--encoder", default="auto")
    given = parser.parse_args()
    folder = Path(os.environ.get("KGTOOL_BENCH_DATA", "")) / "extract" / "corpus"
    if not folder.is_dir():
        raise SystemExit("KGTOOL_BENCH_DATA must name a folder with extract/corpus/")
    graph = kgtool.api.open(given.store, encoder=given.encoder)
    questions = read(QUESTIONS)
    answers = [graph.reason(q.question) for q in questions]
    verdicts = [verdict(q, a, folder, graph.store) for q, a in zip(questions, answers, strict=True)]
    print("| question | gold | answer | verdict | the gold is in a sentence shown instead |\n|---|---|---|---|---|")
    for gold, answer, found in zip(questions, answers, verdicts, strict=True):
        shown = ", ".join(answer.answers) or "–"
        instead = "" if not answer.text_evidence or not gold.answers else "yes" if told(gold, answer) else "no"
        print(f"| {gold.question} | {', '.join(gold.answers) or '–'} | {shown} | {found} | {instead} |")
    print()
    for name in sorted(set(verdicts)):
        print(f"{name}: {verdicts.count(name)}")
    good = sum(v in {"right", "right in part", "refused rightly"} for v in verdicts)
    row = figures(questions, answers)
    print(
        f"\nright or rightly refused: {good} of {len(questions)}; F1 {row['f1']:.3f}; "
        f"evidence with a sentence {row['cited']:.3f}"
    )
    print(f"seconds a question: median {row['seconds']['median']}, p99 {row['seconds']['p99']}")


if __name__ == "__main__":
    main()
