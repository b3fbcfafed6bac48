"""``kgtool embed predict`` and ``kgtool embed nearest``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._embed import group
from kgtool.errors import AbstainedError, UsageError

if TYPE_CHECKING:
    from kgtool.config import Config
    from kgtool.embed.model import Model
    from kgtool.embed.predict import Prediction

MISSING = "?"
LIMIT = 1000
"""Most novel links, unless a number is given."""
NewOption = Annotated[
    str | None,
    typer.Option(
        "--new-entity", metavar="TEXT", show_default=False,
        help='An entity that the model has not seen, as "label: description".',
    ),
]  # fmt: skip
EncoderOption = Annotated[
    str | None,
    typer.Option("--encoder", metavar="NAME", help="Encoder of that text: auto, minilm, sbert.", show_default=False),
]
TopOption = Annotated[int, typer.Option("-k", "--top", metavar="N", min=1, help="Most answers.")]


@group.command()
def predict(
    head: Annotated[str | None, typer.Argument(help="Label or IRI; ? where missing; + for --new-entity.")] = None,
    relation: Annotated[str | None, typer.Argument(help="Label or IRI, or ?.")] = None,
    tail: Annotated[str | None, typer.Argument(help="As HEAD.")] = None,
    top: TopOption = 10,
    new_entity: NewOption = None,
    novel: Annotated[
        bool, typer.Option("--novel", help="Likely links over the whole graph, as fuse reads them.")
    ] = False,
    above: Annotated[
        float | None,
        typer.Option(
            metavar="P",
            min=0,
            max=1,
            show_default=False,
            help="Least probability of a novel link (default: the setting publish_above).",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, show_default=False, help="Most novel links (default: 1000).")
    ] = None,
    target: options.OutputOption = None,
    store: options.StoreOption = None,
    model: options.ModelOption = None,
    encoder: EncoderOption = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Predict the head, relation or tail that is missing, or with --novel likely links.

    What is known is left out. Each answer has its probability and the known facts that make it plausible.
    """
    from kgtool import predicting

    settings = options.load(config, store=store, encoder=encoder)
    parts = (head, relation, tail)
    if novel == any(p is not None for p in parts):
        raise UsageError("give HEAD RELATION TAIL, or --novel", 'for example: kgtool embed predict Ada "was born in" ?')
    if not novel and (above is not None or limit is not None):
        raise UsageError("--above and --limit have an effect with --novel alone", "-k N takes fewer answers")
    if novel and new_entity is not None:
        raise UsageError("--novel takes no --new-entity", "leave one of them out")
    opened = load(settings, model, quiet=quiet)
    if novel:
        write_novel(
            settings,
            opened,
            model,
            settings["publish_above"] if above is None else above,
            limit or LIMIT,
            target,
            quiet,
        )
        return
    if (new_entity is not None) != ("+" in parts) or parts.count(MISSING) != 1 or None in parts:
        hint = "? stands for what is missing, + for the entity of --new-entity"
        raise UsageError("HEAD RELATION TAIL need one ?, and + only with --new-entity", hint)
    if new_entity is not None:
        opened = predicting.with_text(settings, opened, new_entity)
    head, relation, tail = (None if p == MISSING else p for p in parts)
    found = predicting.predictor(settings, opened, model).predict(head, relation, tail, top)
    row = {"query": parts, "predictions": [p.to_json() for p in found]}
    with output.opened(target) as file:
        file.write((json.dumps(row, ensure_ascii=False) + "\n" if as_json else page(found)).encode())
    if not found:
        raise AbstainedError("the model has no new answer", "what is in the graph already is not predicted")


@group.command()
def nearest(
    entity: Annotated[str | None, typer.Argument(help="Label or IRI of an entity.", show_default=False)] = None,
    top: TopOption = 10,
    new_entity: NewOption = None,
    store: options.StoreOption = None,
    model: options.ModelOption = None,
    encoder: EncoderOption = None,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Show the entities whose vectors are nearest to an entity's, by cosine."""
    from kgtool import predicting
    from kgtool.embed import predict
    from kgtool.embed.names import Names

    settings = options.load(config, store=store, encoder=encoder)
    wanted = predicting.entity(new_entity, entity)
    opened = load(settings, model, quiet=quiet)
    if new_entity is not None:
        opened = predicting.with_text(settings, opened, new_entity)
    data = opened.dataset
    found = predict.nearest(opened, Names(data).entity(wanted), top)
    rows = [{"label": data.label(e), "id": e, "similarity": s} for e, s in ((data.entities[i], s) for i, s in found)]
    if as_json:
        output.write_json({"entity": wanted, "nearest": rows})
        return
    output.write("".join(f"{r['similarity']:.4f}\t{r['label']}\t{r['id']}\n" for r in rows))


def load(settings: Config, folder: Path | None, *, quiet: bool) -> Model:
    """The model, with a word where the graph has changed since."""
    from kgtool import predicting
    from kgtool.embed.model import Model

    model = Model.load(predicting.place(settings, folder))
    if told := predicting.warning(settings, model, folder):
        output.note(told, quiet=quiet)
    return model


def write_novel(
    settings: Config, model: Model, folder: Path | None, above: float, limit: int, target: Path | None, quiet: bool
) -> None:
    """Write likely links as JSON Lines."""
    from kgtool import predicting
    from kgtool.embed.novel import novel

    links = novel(predicting.predictor(settings, model, folder), above, limit)
    count = 0
    with output.opened(target) as file:
        for row in predicting.triples(links, model):
            file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
            count += 1
    if not count:
        raise AbstainedError(f"no novel link is as probable as {above:g}", "--above takes less likely ones")
    if target is not None:
        output.note(f"{count} links", quiet=quiet)


def page(found: list[Prediction]) -> str:
    """Answers for people: probability, label, identifier, and why."""
    lines = []
    for p in found:
        sure = "-" if p.probability is None else f"{p.probability:.3f}"
        because = f"\tbecause: {'; '.join(map(str, p.neighbours))}" if p.neighbours else ""
        lines.append(f"{sure}\t{p.label}\t{p.id}{because}\n")
    if found and found[0].probability is None:
        output.note("no probabilities: the model was trained without enough held-out facts to fit them; only ranked")
    return "".join(lines)
