"""Samplers and engines side by side: test MRR of seeds, with everything chosen on validation.

usage: KGTOOL_BENCH_DATA=DIR python benchmarks/embed_table.py run --graph codex-s [--seeds 3] [--only NAME ...]
       python benchmarks/embed_table.py show

``run`` adds what is missing to results/embeddings.jsonl, one line a training run, and can be stopped at any time;
``show`` prints the tables. Of one graph all cells of the samplers have the same vectors, negatives, batches and epochs;
the learning rate is chosen for each model by uniform negatives alone (seed 0) and is the same for all samplers.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "embeddings.jsonl"
MODELS = ("transe", "distmult", "rotate", "complex")
AFFORDED = {"codex-s": MODELS, "wn18rr": ("rotate", "complex"), "fb15k-237": ("transe", "complex")}
"""The models whose samplers two cores can afford on each graph; the others' cells say so."""
BUDGET: dict[str, dict[str, Any]] = {
    "codex-s": {"dimension": 96, "negatives": 8, "batch": 512, "epochs": 24, "every": 4, "patience": 99},
    "wn18rr": {"dimension": 96, "negatives": 8, "batch": 1024, "epochs": 16, "every": 4, "patience": 99},
    "fb15k-237": {"dimension": 96, "negatives": 8, "batch": 1024, "epochs": 4, "every": 2, "patience": 99},
}
RATES = (0.005, 0.02)
SAMPLERS: dict[str, dict[str, Any]] = {
    "uniform": {"sampler": "basic", "filtered": False},
    "Bernoulli": {"sampler": "bernoulli", "filtered": False},
    "Bernoulli+filter": {"sampler": "bernoulli", "filtered": True},
    "LEMON as published": {"sampler": "lemon", "anchor": "kept"},
    "p_text .25": {"sampler": "lemon", "p_text": 0.25},
    "p_text .5": {"sampler": "lemon", "p_text": 0.5},
}
OURS = ("Bernoulli+filter", "p_text .25", "p_text .5")
"""What ``--p-text auto`` chooses among by the validation of the same seed; with 0 it is Bernoulli with the filter."""
ENGINES: dict[str, dict[str, Any]] = {
    "softmax": {"text": "none"},
    "softmax, adapter": {"text": "adapter"},
    "softmax, late fusion": {"text": "fusion"},
}
"""With the defaults for the graph's size."""
PUBLISHED = {
    "codex-s": ".465",
    "wn18rr": ".478 / .475 (RotatE / ComplEx)",
    "fb15k-237": ".356 / .348 (RESCAL / ComplEx)",
}
"""LibKGE's best of structure alone."""
DEAR = "not run: more than two cores can afford"
"""What a cell says that was left out."""


def rows() -> list[dict[str, Any]]:
    """What has been run."""
    return [json.loads(x) for x in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def run(graph: str, cell: str, model: str, seed: int, given: dict[str, Any]) -> dict[str, Any]:
    """Train one model, unless it has been; its row."""
    key = {"graph": graph, "cell": cell, "model": model, "seed": seed}
    for row in rows():
        if key.items() <= row.items():
            return row
    from kgtool import embedding
    from kgtool.embed import dataset, ranking, settings, train

    data = dataset.read(Path(os.environ["KGTOOL_BENCH_DATA"], "kge", graph))
    made, _ = settings.chosen(len(data.entities), len(data.train), given | {"seed": seed})
    job = embedding.Job(data, Path(), {}, embedding.cache_file())
    began = time.process_time()
    texts = embedding.texts(job) if made.sampler == "lemon" or made.text not in {"none"} else None
    encoded = time.process_time()
    trained = train.train(data, made, lambda: texts, train.Run("cpu"))
    spent = time.process_time() - encoded
    ranks = ranking.report(ranking.rank(trained, data.test, data.known, data.train, len(data.entities)),
                           data.relations, data.train)  # fmt: skip
    row = key | {
        "valid": trained.row["validation"]["mrr"], "mrr": ranks["mrr"], "hits_at_1": ranks["hits_at_1"],
        "hits_at_10": ranks["hits_at_10"], "masked": ranks["masked"]["mrr"], "epochs": trained.row["epochs"],
        "cpu": round(spent), "texts_cpu": round(encoded - began), "settings": made.to_json(),
    }  # fmt: skip
    with RESULTS.open("a") as file:
        file.write(json.dumps(row) + "\n")
    print(
        f"{graph} {cell} {model} {seed}: valid {row['valid']:.4f} test {row['mrr']:.4f} in {spent:.0f} CPU s",
        flush=True,
    )
    return row


def sampled(graph: str, model: str, seeds: int, only: list[str]) -> None:
    """The cells of the samplers for one model."""
    start = {"engine": "sampled", "interaction": model, **BUDGET[graph]}
    tried = {r: run(graph, f"uniform, rate {r}", model, 0, start | SAMPLERS["uniform"] | {"rate": r}) for r in RATES}
    best = max(RATES, key=lambda r: tried[r]["valid"])
    for seed in range(seeds):
        for name, given in SAMPLERS.items():
            if not only or name in only:
                run(graph, name, model, seed, start | given | {"rate": best})


def show() -> None:
    """The tables as Markdown."""
    found: dict[tuple[str, str, str], dict[int, dict[str, Any]]] = defaultdict(dict)
    for row in rows():
        found[row["graph"], row["cell"], row["model"]][row["seed"]] = row
    for graph, budget in BUDGET.items():
        told = ", ".join(f"{k} {budget[k]}" for k in ("dimension", "negatives", "batch", "epochs"))
        print(f"\n### {graph}: sampled negatives ({told})\n")
        print("| model | " + " | ".join([*list(SAMPLERS)[:4], "ours, p_text auto"]) + " |")
        print("|---" * 6 + "|")
        for model in MODELS:
            if model not in AFFORDED[graph]:
                print(f"| {model} |" + f" {DEAR} |" * 5)
                continue
            cells = [cell(found[graph, name, model]) for name in list(SAMPLERS)[:4]]
            print(f"| {model} | " + " | ".join([*cells, ours(found, graph, model)]) + " |")
        print(f"\n### {graph}: softmax with the defaults (LibKGE's best: {PUBLISHED[graph]})\n")
        print("| | test MRR | with the irreflexive mask | Hits@1 | Hits@10 | CPU s |\n|---|---|---|---|---|---|")
        for name in ENGINES:
            by_seed = found[graph, name, "complex"]
            if not by_seed:
                print(f"| {name} |" + f" {DEAR} |" * 5)
                continue
            of = [mean(by_seed, key) for key in ("mrr", "masked", "hits_at_1", "hits_at_10")]
            print(f"| {name} | " + " | ".join(of) + f" | {mean(by_seed, 'cpu', '.0f')} |")


def cell(by_seed: dict[int, dict[str, Any]]) -> str:
    """Mean and standard deviation of test MRR, and the seeds."""
    return mean(by_seed, "mrr")


def mean(by_seed: dict[int, dict[str, Any]], key: str, form: str = ".3f") -> str:
    """Of one figure."""
    values = [row[key] for row in by_seed.values()]
    if not values:
        return "not run yet"
    spread = f" ± {statistics.stdev(values):{form}}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):{form}}{spread} ({len(values)})"


def ours(found: Any, graph: str, model: str) -> str:
    """Of each seed the sampler that its validation chose."""
    chosen = {}
    for seed in sorted(found[graph, OURS[0], model]):
        tried = [found[graph, name, model][seed] for name in OURS if seed in found[graph, name, model]]
        if len(tried) == len(OURS):
            chosen[seed] = max(tried, key=lambda r: r["valid"])
    named = ", ".join(r["cell"].removeprefix("p_text ").replace(OURS[0], "0") for r in chosen.values())
    return f"{cell(chosen)}; chose {named}" if chosen else cell(chosen)


def main() -> None:
    """Run or show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("run", "show"))
    parser.add_argument("--graph", choices=list(BUDGET))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--model", nargs="*", default=None)
    parser.add_argument("--only", nargs="*", default=[], help="names of cells")
    given = parser.parse_args()
    if given.what == "show":
        show()
        return
    import torch

    torch.set_num_threads(1)
    for model in AFFORDED[given.graph] if given.model is None else given.model:
        sampled(given.graph, model, given.seeds, given.only)
    for seed in range(given.seeds):
        for name, settings in ENGINES.items():
            if not given.only or name in given.only:
                run(given.graph, name, "complex", seed, settings)


if __name__ == "__main__":
    main()
