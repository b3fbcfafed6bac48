"""``embed``: what a store, or a folder of facts, has to learn from, and where its model is kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgtool import encode
from kgtool.config import Config
from kgtool.embed import dataset as data
from kgtool.embed import place as places
from kgtool.embed import settings
from kgtool.embed.dataset import Dataset
from kgtool.embed.vectors import TextVectors
from kgtool.errors import UsageError
from kgtool.iri import last_part
from kgtool.layout import Layout, locked

if TYPE_CHECKING:
    from kgtool.embed.model import Model
    from kgtool.embed.settings import Settings
    from kgtool.embed.training import Epoch
    from kgtool.ports import Store

FACTS = """SELECT ?s ?p ?o WHERE { GRAPH g:provenance {
    ?node a kg:Statement ; kg:status "published" ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o
    FILTER(isIRI(?o)) } }"""
"""Facts between entities that texts state; what was inferred from them teaches nothing new."""
NAMES = "SELECT ?s ?name WHERE { ?s rdfs:label ?name }"
CLASSES = "SELECT ?s ?class WHERE { ?s a ?class }"
LEAKING = 0.05
"""From such a share of leaked facts on the user is told."""
NEIGHBOURS = 3
"""Facts that describe an entity of which nothing else is said."""


@dataclass
class Job:
    """A training run: what of, how, and where to.

    Args:
        dataset: the facts.
        target: the model's folder.
        given: settings that the user gave; see :class:`kgtool.embed.settings.Settings`.
        cache: the file where vectors of texts are kept; None keeps none.
        named: whether the user named the encoder for this run alone.
        encoder: name of the text encoder; ``auto`` takes sentence-transformers where it is installed.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:n``.
        budget: seconds; 0 for none.
        trials: of a search for settings; 0 for none.
        about: what else ``model.json`` is to hold; the encoder is entered when it is used.
        notes: filled with what is to be told.
        seconds: filled with how long the training took, which no model says: it is the same however fast it was.
        texting: called while texts are encoded, with how many are done and how many there are.
    """

    dataset: Dataset
    target: Path
    given: Mapping[str, Any]
    cache: Path | None
    encoder: str = "auto"
    device: str = "auto"
    budget: float = 0.0
    trials: int = 0
    about: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    named: bool = False
    texting: Callable[[int, int], None] = lambda done, total: None


def job(
    config: Config, folder: Path | None, target: Path | None, given: Mapping[str, Any], *, inductive: bool,
    device: str, budget: float, trials: int,
) -> Job:  # fmt: skip
    """The run that a user asks for: of a folder's facts, or of the store's; with ``inductive`` split by entity, where
    an entity is its text unless something else is given.

    Raises:
        UsageError: when a folder is given and no place for the model, or something else stands at that place.
        NotFoundError: when the folder or the store is not there.
    """
    layout, seed = Layout(Path(config.text("store"))), given.get("seed") or 0
    about: dict[str, Any] = {}
    notes: list[str] = []
    if folder is None or target:
        places.free(target or layout.model)
    if folder is None:
        dataset, cache = of_store(layout, seed), layout.embeddings / "texts.db"
        manifest = layout.manifest()
        about = {"revision": manifest.revision if manifest else ""}
    elif target is None:
        raise UsageError("there is no place for the model", "name a folder with -o MODEL")
    else:
        dataset, cache = data.read(folder, seed), cache_file()
    if inductive:
        dataset = data.without_entities(dataset, seed)
        given = {"text": "only"} | {k: v for k, v in given.items() if v is not None}
        if given.get("text") == "none":
            notes.append("warning: without texts nothing is known of the entities that are held out")
    place = target or layout.model
    made = Job(dataset, place, given, cache, config.text("encoder"), device, budget, trials, about, notes)
    if (leaked := data.leaks(dataset)) >= LEAKING:
        made.notes.append(
            f"warning: {100 * leaked:.0f} % of the held-out facts follow from a twin or inverse relation in the "
            "training part: figures look better than the model is"
        )
    return made


@contextmanager
def writing(config: Config) -> Iterator[None]:
    """Keep others from writing to the store.

    Raises:
        LockedError: when another process has the lock.
    """
    with locked(Layout(Path(config.text("store")))):
        yield


def of_store(layout: Layout, seed: int = 0) -> Dataset:
    """The facts of a store, with what its entities are.

    Raises:
        NotFoundError: when nothing is published.
        UsageError: when there is no fact between two entities.
    """
    store = layout.open_graph()
    rows = {(s.value, p.value, o.value) for s, p, o in store.query(FACTS).rows()}
    names = {s.value: name.value for s, name in store.query(NAMES).rows()}
    found = data.of_facts(rows, {}, {r: names[r] for r in sorted({r for _, r, _ in rows}) if r in names}, seed)
    labels = {e: names[e] for e in found.entities if e in names}
    return replace(found, texts=described(found, names, classes(store)), labels=labels)


def classes(store: Store) -> dict[str, list[str]]:
    """The classes of entities in words."""
    found: dict[str, list[str]] = {}
    for entity, cls in store.query(CLASSES).rows():
        found.setdefault(entity.value, []).append(last_part(cls.value))
    return {entity: sorted(names) for entity, names in found.items()}


def described(dataset: Dataset, names: Mapping[str, str], types: Mapping[str, list[str]]) -> dict[str, str]:
    """What is said about each entity: label and classes; or, where it has none, some facts of the training part."""
    about: dict[int, list[str]] = {}
    for head, relation, tail in dataset.train.tolist():
        for end, other, back in ((head, tail, ""), (tail, head, " of")):
            told = about.setdefault(end, [])
            if len(told) < NEIGHBOURS:
                label = dataset.relation_texts.get(dataset.relations[relation], last_part(dataset.relations[relation]))
                told.append(f"{label}{back} {names.get(dataset.entities[other], '')}".strip())
    texts = {}
    for i, entity in enumerate(dataset.entities):
        if entity in names:
            more = types.get(entity) or about.get(i, [])
            texts[entity] = f"{names[entity]}: {', '.join(more)}" if more else names[entity]
    return texts


def cache_file() -> Path:
    """Where vectors are kept that belong to no store (XDG base directory)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kgtool" / "texts.db"


def train(job: Job, progress: Callable[[str, Epoch], None], told: Callable[[int, float], None]) -> Model:
    """Train, write the model and its curve, and drop the checkpoints.

    Args:
        job: what to train.
        progress: called after each epoch with the stage.
        told: called after each trial of a search with its number and MRR.

    Raises:
        UsageError: for settings that cannot be used, or when torch is not installed.
        LockedError: when another process trains into the same folder.
        StoreError: when the model cannot be written.
    """
    folder = places.free(job.target)
    with places.running(folder) as kept:
        return trained(job, folder, kept, progress, told)


def trained(
    job: Job, folder: Path, kept: Path, progress: Callable[[str, Epoch], None], told: Callable[[int, float], None]
) -> Model:
    """See :func:`train`; ``kept`` is where the run is kept until the model stands in its folder."""
    try:
        from kgtool.embed import curve, hpo
        from kgtool.embed import train as stages
        from kgtool.embed.training import device
    except ImportError as error:
        raise UsageError(f"embed train needs the extra ml: {error}", "pip install 'kgtool[ml]'") from error

    data = job.dataset
    made, reasons = settings.chosen(len(data.entities), len(data.train), job.given)
    settings.idle(made, job.given)
    if job.named and not settings.reads_texts(made):
        raise UsageError("--encoder has no effect: no text is read with these settings", "leave it out")
    place = device(job.device)

    def judge(tried: Settings) -> float:
        trial = stages.Run(place, budget=job.budget)
        return stages.train(data, tried, lambda: texts(job), trial).row["validation"]["mrr"]  # type: ignore[no-any-return]

    if job.trials:
        made = hpo.search(data, made, job.trials, kept / "study.db", judge, told)
        tried = dict.fromkeys(hpo.TRIED[made.engine == "sampled"], "tried")
        reasons = [*settings.reasons(made, len(data.entities), {**job.given, **tried}), hpo.told(made, job.trials)]
    job.notes += reasons
    run = stages.Run(place, kept, job.budget, progress)
    model = stages.train(data, made, lambda: texts(job), run, job.about)
    job.notes += run.notes
    job.seconds = round(sum(c.seconds for c in run.courses.values()), 1)
    model.save(folder)
    curve.draw(model.row["curve"], folder / places.CURVE)
    shutil.rmtree(kept, ignore_errors=True)
    return model


def retrained(config: Config, model: Model, dataset: Dataset) -> Model:
    """A model trained as another one was, on other data; it is not written.

    Raises:
        UsageError: when it was trained on a GPU, and there is none.
    """
    from kgtool.embed import train as stages
    from kgtool.embed.settings import Settings
    from kgtool.embed.training import device

    given = Settings(**model.row["settings"])
    job = Job(dataset, Path(), {}, None, config.text("encoder"))  # texts of a store are kept in the store alone
    run = stages.Run(device(model.row["device"]))
    return stages.train(dataset, given, lambda: texts(job), run)


def texts(job: Job) -> TextVectors | None:
    """The vectors of the texts of entities and relations; None where no entity has one, or the encoder is ``none``."""
    from kgtool.embed import texts as kept

    graph = job.dataset
    told = [graph.text(e) for e in graph.entities]
    if not any(told) or job.encoder == "none":
        return None
    encoder = kept.encoder() if job.encoder == "auto" else encode.chosen(job.encoder)
    if encoder is None:
        return None
    job.about["encoder"] = dict(encoder.settings())
    told += [graph.relation_texts.get(r, "") for r in graph.relations]
    vectors = kept.vectors(told, encoder, job.cache, job.texting).astype("float32")
    return TextVectors(vectors[: len(graph.entities)], vectors[len(graph.entities) :])
