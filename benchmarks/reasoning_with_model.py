"""Questions over public graphs with a language model that takes part, beside the same questions without one.

usage: python benchmarks/reasoning_with_model.py --llm SPEC [--answers FILE] [--sets ck25,...] [--n 25] [--seed 5]
       [--modes offline,plan] [--unanswerable]
       python benchmarks/reasoning_with_model.py --options [--sets ...] [--n 100] [--seed 5]

F1 of the answers as sets and Hits@1, refused ones count as wrong; refused; wrong: answered, with F1 below .5; asked:
the share of questions for which the model was asked; calls and tokens a question. --answers keeps what the model says,
so that a second run asks nothing. Modes: ``plan``; ``choose``: plan without queries; ``unverified``: plan, with what
only a query of the model's finds; ``all``: plan without the cascade; ``stepwise``; ``verify``. --unanswerable: of
questions with one answer, the facts of the last hop are taken out of the graph first. --options asks no model: how
often the best path is right, how often where the words are clear, and how often a right one is among those that a model
would be shown. Needs KGTOOL_BENCH_DATA.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from reasoning_data import SETS, Row, f1, facts, folder, labels, last_facts, questions, store, without

from kgtool import config, encode
from kgtool.calls import Calls
from kgtool.evaluate.reasoning import Gold, judge
from kgtool.model import Answer
from kgtool.ports import Encoder
from kgtool.reason.advising import CLEAR
from kgtool.reason.choice import choose, liftable
from kgtool.reason.inquiries import OPTIONS
from kgtool.reason.paths import PathReasoner
from kgtool.reason.question import Question
from kgtool.reason.session import Asking

MODES = {
    "plan": Asking(),
    "choose": Asking(queries=False),
    "stepwise": Asking("stepwise"),
    "verify": Asking(verify=True),
    "unverified": Asking(unverified=True),
    "all": Asking(cascade=False),
}


def rows(name: str, n: int, seed: int) -> list[Row]:
    """Seeded questions of a set; ck25 has no parts."""
    if name in SETS:
        return questions(name, n, seed)
    found = [json.loads(line) for line in (folder() / name / "questions-dev.jsonl").open(encoding="utf-8")]
    random.Random(seed).shuffle(found)
    return found[:n]


def line(name: str, mode: str, asked: Sequence[Row], answers: Sequence[Answer]) -> str:
    """A line of the table."""
    golds = [Gold(str(r["id"]), r["question"], tuple(map(str, r["answers"]))) for r in asked]
    judged = [judge(g, a) if g.answers else {"f1": 0.0, "hits_at_1": 0.0} for g, a in zip(golds, answers, strict=True)]
    n = len(asked)
    f1, hits = (sum(j[k] for j in judged) / n for k in ("f1", "hits_at_1"))
    refused = sum(a.abstained for a in answers) / n
    wrong = sum(not a.abstained and j["f1"] < 0.5 for a, j in zip(answers, judged, strict=True)) / n
    used = sum(a.calls > 0 or bool(a.notes) for a in answers) / n
    calls, tokens = sum(a.calls for a in answers) / n, sum(a.tokens for a in answers) / n
    figures = f"{f1:.3f} | {hits:.3f} | {refused:.2f} | {wrong:.2f} | {used:.2f} | {calls:.2f} | {tokens:.0f}"
    return f"| {name} | {mode} | {n} | {figures} |"


def gone(quads: list, reasoner: PathReasoner, some: list[Row]) -> tuple[list, list[Row]]:
    """The graph without the facts that answer questions, and those questions, which have no answer now."""
    lost = {row["id"]: found for row in some if (found := last_facts(reasoner, row))}
    cut = without(quads, {fact for found in lost.values() for fact in found})
    return cut, [row | {"answers": []} for row in some if row["id"] in lost]


def measure(name: str, args: argparse.Namespace, encoder: Encoder | None, calls: Calls) -> None:
    """Print the lines of a set."""
    quads = facts(SETS[name][0] if name in SETS else name)
    some = rows(name, args.n, args.seed)
    if args.unanswerable:
        quads, some = gone(quads, PathReasoner(store(quads), encoder=encoder), some)
    graph = store(quads)
    for mode in args.modes.split(","):
        model = None if mode == "offline" else calls.model("the benchmark")
        reasoner = PathReasoner(graph, encoder=encoder, model=model, asking=MODES.get(mode))
        found = []
        for row in some:
            answer = reasoner.reason(row["question"])
            found.append(answer)
            if args.verbose:
                told = f"{row['question']} -> {answer.answers[:4]} {answer.confidence} {answer.calls} {answer.notes}"
                print(told, row["answers"][:4], file=sys.stderr, flush=True)
        print(line(name, mode, some, found), flush=True)


def offered(name: str, args: argparse.Namespace, encoder: Encoder | None) -> None:
    """Print what a model would have to choose among."""
    reasoner = PathReasoner(store(facts(SETS[name][0])), encoder=encoder)
    some = questions(name, args.n, args.seed)
    best, clear, any_of, lines = 0, [], 0, 0
    for row in some:
        question = Question.parse(row["question"])
        scorer = reasoner.prepared(question, reasoner.names.link(question))
        if not scorer.candidates:
            continue
        shown = liftable(scorer, OPTIONS)
        lines += len(shown)
        right = [f1(row["answers"], labels(reasoner, scorer.candidates[i])) > 0.99 for i in shown]
        best, any_of = best + right[0], any_of + any(right)
        if choose(scorer).sure >= CLEAR:
            clear.append(right[0])
    n = len(some)
    shares = f"{best / n:.2f} | {len(clear) / n:.2f} | {sum(clear) / len(clear):.2f} | {any_of / n:.2f}"
    print(f"| {name} | {n} | {shares} | {lines / n:.1f} |")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--llm", default="")
    parser.add_argument("--options", action="store_true")
    parser.add_argument("--answers", default=":memory:")
    parser.add_argument("--sets", default="ck25,MetaQA 3-hop,PathQuestion-2H")
    parser.add_argument("--modes", default="offline,plan")
    parser.add_argument("--n", type=int, default=25)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--encoder", default="auto")
    parser.add_argument("--unanswerable", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    if args.options:
        print("| data | n | best right | clear | right of those | right among those shown | paths shown |")
        print("|---" * 7 + "|")
        for name in args.sets.split(","):
            offered(name, args, encode.chosen(args.encoder))
        return
    calls = Calls(config.load({"llm": args.llm, "llm_timeout": 600.0}), Path(args.answers))
    print("| data | mode | n | F1 | Hits@1 | refused | wrong | asked | calls | tokens |\n" + "|---" * 10 + "|")
    for name in args.sets.split(","):
        measure(name, args, encode.chosen(args.encoder), calls)


if __name__ == "__main__":
    main()
