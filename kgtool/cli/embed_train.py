"""``kgtool embed train``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kgtool.cli import _options as options
from kgtool.cli import _output as output
from kgtool.cli._embed import group
from kgtool.errors import KgtoolError, UsageError

if TYPE_CHECKING:
    from kgtool.embed.model import Model
    from kgtool.embed.training import Epoch


def setting(help: str, metavar: str = "N") -> Any:
    """An option whose default depends on the graph's size."""
    return typer.Option(metavar=metavar, help=help, show_default=False)


@group.command()
def train(
    store: options.StoreOption = None,
    data: Annotated[
        Path | None, setting("Learn from train, valid and test (.txt, .tsv, .gz) of a folder, not from a store.", "DIR")
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="MODEL", help="Folder of the model (default: in the store).", show_default=False
        ),
    ] = None,
    engine: Annotated[
        str | None, setting("1vsall, shared or sampled (default: by the number of entities).", "NAME")
    ] = None,
    interaction: Annotated[
        str | None,
        setting("complex, distmult, rescal, tucker; with sampled any of PyKEEN's (default: complex).", "NAME"),
    ] = None,
    dimension: Annotated[int | None, setting("Numbers of an entity's vector.")] = None,
    epochs: Annotated[int | None, setting("Most epochs (default: 60).")] = None,
    batch: Annotated[int | None, setting("Queries a step; facts with sampled.")] = None,
    rate: Annotated[float | None, setting("Learning rate.", "X")] = None,
    n3: Annotated[float | None, setting("Weight of the penalty N3; softmax engines only.", "X")] = None,
    dropout: Annotated[float | None, setting("Share of a query's numbers that a step leaves out.", "X")] = None,
    candidates: Annotated[int | None, setting("Entities that a batch shares, with shared.")] = None,
    negatives: Annotated[int | None, setting("Negatives a fact, with sampled (default: 16).")] = None,
    loss: Annotated[str | None, setting("Loss of PyKEEN, with sampled (default: nssa).", "NAME")] = None,
    margin: Annotated[float | None, setting("Of the loss.", "X")] = None,
    sampler: Annotated[
        str | None, setting("basic, bernoulli, pseudotyped or lemon; the engine is sampled then.", "NAME")
    ] = None,
    filtered: Annotated[
        bool | None,
        typer.Option(
            "--filter/--no-filter", help="Leave known facts out of the negatives (default: yes).", show_default=False
        ),
    ] = None,
    anchor: Annotated[
        str | None,
        setting("lemon: text neighbours of the entity that is replaced (default), or kept, as in the paper.", "NAME"),
    ] = None,
    p_text: Annotated[
        str | None, setting("lemon: share of negatives near by text; auto chooses it on validation (default).", "P")
    ] = None,
    warm_up: Annotated[float | None, setting("lemon: epochs until that share is reached.", "X")] = None,
    text: Annotated[
        str | None,
        setting(
            "Texts in the model: auto (default, kept if validation is better), none, adapter, fusion or only.", "HOW"
        ),
    ] = None,
    split: Annotated[
        str | None,
        setting("inductive: hold out entities with all their facts, not facts; then an entity is its text.", "HOW"),
    ] = None,
    encoder: Annotated[str | None, setting("Encoder of texts (default: sbert where it is installed).", "NAME")] = None,
    device: Annotated[str, typer.Option(metavar="NAME", help="auto, cpu, cuda or cuda:N.")] = "auto",
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of all that is drawn.")] = 0,
    patience: Annotated[int | None, setting("Judged epochs without a better one until it stops (default: 3).")] = None,
    time_budget: Annotated[
        float, typer.Option(metavar="S", min=0, help="Seconds after which no epoch is begun; 0: none.")
    ] = 0,
    hpo: Annotated[int, typer.Option(metavar="N", min=0, help="First search for settings in N trials; 0: none.")] = 0,
    as_json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    verbose: options.VerboseOption = False,
    config: options.ConfigOption = None,
) -> None:
    """Train a model of the links between entities.

    Without options: of the store's graph, with settings that suit its size, which are printed with the reason. A run
    that is killed goes on from its last epoch when the same command is given again.
    """
    from kgtool import embedding

    given = {
        "engine": engine, "interaction": interaction, "dimension": dimension, "epochs": epochs, "batch": batch,
        "rate": rate, "n3": n3, "dropout": dropout, "candidates": candidates, "negatives": negatives, "loss": loss,
        "margin": margin, "sampler": sampler, "filtered": filtered, "anchor": anchor, "warm_up": warm_up, "text": text,
        "seed": seed, "patience": patience,
    } | probability(p_text)  # fmt: skip
    settings = options.load(config, store=store, encoder=encoder)
    if split not in {None, "inductive"}:
        raise UsageError(f"there is no split {split!r}", "leave it out, or: --split inductive")
    job = embedding.job(
        settings, data, target, given, inductive=split is not None, device=device, budget=time_budget, trials=hpo
    )
    job.named = encoder is not None
    if data is None:
        with embedding.writing(settings):
            model = trained(job, quiet=quiet or as_json, verbose=verbose)
    else:
        model = trained(job, quiet=quiet or as_json, verbose=verbose)
    if as_json:
        output.write_json(row(model, job))
    elif not quiet:
        output.note(summary(model, job))
    if failed := [f"{stage}: {why}" for stage, why in model.row["stopped"].items() if "not a number" in why]:
        raise KgtoolError(
            f"training stopped: {failed[0]}", f"the best epoch before is kept in {job.target}; lower --rate"
        )


def probability(given: str | None) -> dict[str, float | str | None]:
    """The option ``--p-text``.

    Raises:
        UsageError: when it is neither a number nor ``auto``.
    """
    if given is None or given == "auto":
        return {"p_text": given}
    try:
        return {"p_text": float(given)}
    except ValueError as error:
        raise UsageError(f"--p-text is {given!r}", "a number from 0 to 1, or auto") from error


def trained(job: Any, *, quiet: bool, verbose: bool) -> Model:
    """Train, with a bar on a terminal."""
    from kgtool import embedding

    with output.progress(quiet=quiet) as bar:

        def show(stage: str, epoch: Epoch) -> None:
            mrr = "" if epoch.mrr is None else f", MRR {epoch.mrr:.3f}"
            told = f"loss {epoch.loss:.3f}{mrr}, {epoch.rate:,.0f} facts/s"
            if bar:
                bar(stage, epoch.number, epoch.of, told)
            elif verbose:
                output.note(f"{stage} {epoch.number}/{epoch.of}: {told}")

        def tried(number: int, mrr: float) -> None:
            output.note(f"trial {number}: MRR {mrr:.4f}", quiet=quiet)

        if bar:
            job.texting = partial(bar, "texts")
        model = embedding.train(job, show, tried)
    for text in job.notes:
        output.note(text, quiet=quiet)
    return model


def row(model: Model, job: Any) -> dict[str, Any]:
    """The object of ``--json``."""
    about = {key: model.row[key] for key in ("engine", "interaction", "sampler", "settings")}
    return {
        "validation": model.row["validation"],
        "epochs": sum(len(curve) for curve in model.row["curve"].values()),
        "seconds": job.seconds,
        "device": model.row["device"],
        "model": about | {"data_hash": model.dataset.hash, "path": str(job.target)},
        "notes": job.notes,
    }


def summary(model: Model, job: Any) -> str:
    """One line for people."""
    found = model.row["validation"]
    data = model.dataset
    judged = "no facts were held out, for the graph is too small: nothing says how good it is"
    if len(data.test):
        judged = "there is no valid file: nothing chose the epoch, and probabilities could not be fitted"
    if found:
        judged = f"MRR {found['mrr']:.3f}, Hits@10 {found['hits_at_10']:.3f} on {len(data.valid)} held-out facts"
    return (
        f"trained {model.row['interaction']} on {counted(len(data.train), 'fact', 'facts')} of "
        f"{counted(len(data.entities), 'entity', 'entities')} in "
        f"{job.seconds:.0f} s: {judged}; {job.target}"
    )


def counted(n: int, one: str, many: str) -> str:
    """How many there are."""
    return f"{n} {one if n == 1 else many}"
