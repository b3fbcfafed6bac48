"""``kgtool evaluate embeddings``."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli.evaluate import group

FIGURES = {"mrr": "MRR", "hits_at_1": "Hits@1", "hits_at_3": "Hits@3", "hits_at_10": "Hits@10", "amri": "AMRI"}


@group.command()
def embeddings(
    store: options.StoreOption = None,
    folder: options.ModelOption = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="DIR", show_default=False,
            help="Judge by a folder of train, valid and test (default: what was held out in training).",
        ),
    ] = None,
    part: Annotated[str, typer.Option(metavar="NAME", help="test, valid or train.")] = "test",
    probe: Annotated[
        str | None,
        typer.Option(
            metavar="HOW", show_default=False,
            help="Also train anew on texts without meaning, anonymize or permute, and tell the change.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of the probe.")] = 0,
    as_json: options.JsonOption = False,
    target: options.OutputOption = None,
    config: options.ConfigOption = None,
) -> None:  # fmt: skip
    """Rank held-out facts: filtered, realistic ranks of both sides; with and without the irreflexive mask."""
    import json

    from kgtool import predicting
    from kgtool.embed.dataset import read
    from kgtool.embed.model import Model
    from kgtool.evaluate import embeddings as figures

    settings = options.load(config, store=store)
    model = Model.load(predicting.place(settings, folder))
    if told := predicting.warning(settings, model, folder):
        output.note(told)
    given = read(data) if data else None
    row = figures.evaluate(model, given, part)
    if probe:
        row["probe"] = figures.probe(settings, model, given, part, probe, seed, row["mrr"])
    with output.opened(target) as file:
        file.write((json.dumps(row, ensure_ascii=False) + "\n" if as_json else page(row)).encode())


def page(row: Mapping[str, Any]) -> str:
    """The figures as tables."""
    file = io.StringIO()
    low, high = row["interval"]
    file.write(
        f"{row['queries']} queries of {row['part']}; MRR {row['mrr']:.4f}, 95 % of bootstrap samples between {low:.4f} "
        f"and {high:.4f}\n\n"
    )
    output.table(("queries", "of", *FIGURES.values()), overall(row), file)
    file.write("\n")
    relations = sorted(row["per_relation"].items(), key=lambda item: (-item[1]["queries"], item[0]))
    rows = ((name, of["category"], str(of["queries"]), *cells(of)) for name, of in relations)
    output.table(("relation", "kind", "queries", *FIGURES.values()), rows, file)
    if found := row.get("classification"):
        told = ", ".join(f"{key} {found[key]:.3f}" for key in ("accuracy", "precision", "recall", "f1"))
        file.write(f"\ntriple classification of {found['facts']} facts: {told}\n")
    if found := row.get("probe"):
        file.write(f"\nprobe {found['how']}: MRR {found['mrr']:.4f}, change {found['change']:+.4f}\n")
    if row["unknown"]:
        file.write(f"\n{row['unknown']} facts have names that the model does not know; they are not counted\n")
    return file.getvalue()


def overall(row: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """All, masked, by side and by kind of relation."""
    yield str(row["queries"]), "all", *cells(row)
    yield str(row["queries"]), "all, irreflexive mask", *cells(row["masked"])
    for side, found in row["sides"].items():
        yield str(row["queries"] // 2), f"{side}s asked", *cells(found)
    for kind, found in row["per_category"].items():
        yield str(found["queries"]), f"relations {kind}", *cells(found)


def cells(figures: Mapping[str, float]) -> tuple[str, ...]:
    """The figures in order."""
    return tuple(f"{figures[key]:.3f}" for key in FIGURES)
