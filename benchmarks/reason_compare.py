"""The beam over entities as it was published (tog) beside the beam over relation paths, on the same questions.

usage: python benchmarks/reason_compare.py [--n 100] [--seed 7] [--accuracy] [--cost]

MetaQA development questions, linking included. --accuracy: without a model, tog with its offline pruners, at depth 3
and at the depth that the questions have (which it is told). --cost: both with a scripted model that answers every
request in the form that it asks for: it takes the first options, all alike, and finds that the paths suffice at the
depth that the questions have, or never. Calls, prompt tokens (as kgtool estimates them) and CPU milliseconds are means
of a question; what such a model answers is not counted. Prompt tokens of tog are given twice: with this package's
instructions, which have no worked examples, and with the instructions and worked examples of the paper's released
prompts in their place. Needs KGTOOL_BENCH_DATA.
"""

from __future__ import annotations

import argparse
import inspect
import time
from collections.abc import Mapping
from dataclasses import replace
from statistics import mean
from typing import Any

from reasoning_data import Row, f1, facts, fold, questions, store

from kgtool import encode
from kgtool.llm.budget import estimated_tokens
from kgtool.llm.scripted import ScriptedModel
from kgtool.model import Answer
from kgtool.ports import ModelRequest, Reasoner
from kgtool.reason.paths import PathReasoner
from kgtool.reason.tog import TogReasoner

PUBLISHED = {"relations": 439, "entities": 166, "enough": 875, "answers": 839}
"""Tokens, estimated in the same way, of what stands before the question in the prompts for Freebase that the authors
released (github.com/IDEA-FinAI/ToG, ToG/prompt_list.py, commit d31dd39): the instruction with one worked example for
relations and for entities, and with five for whether the triples suffice and for the answer."""
HOPS = {"MetaQA 1-hop": 1, "MetaQA 2-hop": 2, "MetaQA 3-hop": 3}
NEVER = 1_000


def filled(schema: Mapping[str, Any], number: int, enough: bool) -> Any:
    """A value of the shape of a schema: all items that there is room for, numbered from 1, with equal scores."""
    kind = schema.get("type", "object")
    if kind == "object":
        return {k: filled(s, number, enough) for k, s in schema.get("properties", {}).items()}
    if kind == "array":
        return [filled(schema["items"], i, enough) for i in range(1, min(schema.get("maxItems", 3), 20) + 1)]
    if "enum" in schema:
        return schema["enum"][0]
    return {"integer": number, "number": 1 / 20, "boolean": enough, "string": ""}[kind]


class Script:
    """Gives every answer in the form asked for; says yes to the ``after``-th request of a question that asks for it."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.judged = 0
        self.model = ScriptedModel(self.say)

    def say(self, request: ModelRequest) -> Any:
        """The answer to a request."""
        self.judged += any(s.get("type") == "boolean" for s in request.schema["properties"].values())
        return filled(request.schema, 1, self.judged >= self.after)


def asked(reasoner: Reasoner, rows: list[Row], script: Script | None = None) -> str:
    """The cells of a row of the table."""
    reasoner.reason(rows[0]["question"])
    first = len(script.model.asked) if script else 0
    found = []
    begin = time.process_time()
    for row in rows:
        if script:
            script.judged = 0
        found.append(reasoner.reason(row["question"]))
    spent = 1000 * (time.process_time() - begin) / len(rows)
    requests: list[ModelRequest] = script.model.asked[first:] if script else []
    tokens = sum(map(estimated_tokens, requests)) / len(rows)
    paper = f"{sum(map(published, requests)) / len(rows):.0f}" if isinstance(reasoner, TogReasoner) else "–"
    costs = f"{len(requests) / len(rows):.2f} | {max(a.calls for a in found)} | {tokens:.0f} | {paper} | {spent:.0f}"
    if script:
        return f"– | – | – | {costs}"
    hits = mean(right(a, r) for a, r in zip(found, rows, strict=True))
    sets = mean(f1(r["answers"], a.answers) for a, r in zip(found, rows, strict=True))
    refused = sum(a.abstained for a in found) / len(rows)
    return f"{hits:.2f} | {sets:.2f} | {refused:.2f} | {costs}"


def published(request: ModelRequest) -> int:
    """The prompt tokens of a request of tog's with the paper's instructions and worked examples instead of ours."""
    system, user = request.messages
    kind = next(k for k in ("scores", "enough", "answers") if k in request.schema["properties"])
    if kind == "scores":
        kind = "relations" if "which relations" in system["content"] else "entities"
    return PUBLISHED[kind] + estimated_tokens(replace(request, messages=(user,)))


def right(answer: Answer, row: Row) -> bool:
    """Whether the first answer is one of the gold ones."""
    return bool(answer.answers) and fold(answer.answers[0]) in map(fold, row["answers"])


def accuracy(n: int, seed: int) -> None:
    """The table without a model."""
    graph, encoder = store(facts("metaqa")), encode.chosen("auto")
    ours = PathReasoner(graph, encoder=encoder)
    for name, hops in HOPS.items():
        rows = questions(name, n, seed)
        show(name, "paths", asked(ours, rows))
        for pruner in ("bm25", "encoder") if encoder else ("bm25",):
            for depth in sorted({hops, 3}):
                tog = TogReasoner(graph, encoder=encoder, pruner=pruner, depth=depth)
                show(name, f"tog, {pruner}, depth {depth}", asked(tog, rows))


def cost(n: int, seed: int) -> None:
    """The table with a scripted model."""
    graph, encoder = store(facts("metaqa")), encode.chosen("auto")
    for name, hops in HOPS.items():
        rows = questions(name, n, seed)
        for after, when in ((hops, f"enough at {hops}"), (NEVER, "never enough")):
            for variant in ("tog", "tog-r"):
                script = Script(after)
                tog = TogReasoner(graph, model=script.model, variant=variant)
                show(name, f"{variant}, {when}", asked(tog, rows, script))
            if "model" in inspect.signature(PathReasoner).parameters:
                script = Script(after)
                ours: Any = PathReasoner
                show(name, f"paths, {when}", asked(ours(graph, encoder=encoder, model=script.model), rows, script))


def show(data: str, reasoner: str, cells: str) -> None:
    """Print a row."""
    print(f"| {data} | {reasoner} | {cells} |", flush=True)


def main() -> None:
    """Run what is asked for; both tables where nothing is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--accuracy", action="store_true")
    parser.add_argument("--cost", action="store_true")
    args = parser.parse_args()
    print("| data | reasoner | Hits@1 | F1 | refused | calls | most calls | prompt tokens | with the paper's | ms |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    if args.accuracy or not args.cost:
        accuracy(args.n, args.seed)
    if args.cost or not args.accuracy:
        cost(args.n, args.seed)


if __name__ == "__main__":
    main()
