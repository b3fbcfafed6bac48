"""``embed predict`` and ``embed nearest``: the model of a store or of a folder, with what the store knows besides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgtool import encode, registry
from kgtool.config import Config
from kgtool.embed.dataset import indices
from kgtool.embed.model import Model, standing
from kgtool.embed.predict import NEW, Predictor, with_entity
from kgtool.errors import StoreError, UsageError
from kgtool.iri import is_iri, last_part
from kgtool.layout import Layout
from kgtool.model import Evidence, Triple
from kgtool.ports import LinkScorer

if TYPE_CHECKING:
    from kgtool.embed.novel import Link

FACTS = "SELECT ?s ?p ?o WHERE { ?s ?p ?o FILTER(isIRI(?o)) }"
"""All facts between entities, those that are inferred included."""
HASH = 12
"""Digits of the digests of its data and of itself by which a model is named."""


def place(config: Config, folder: Path | None) -> Path:
    """Where the model is: the folder given, or in the store."""
    return folder or Layout(Path(config.text("store"))).model


def warning(config: Config, model: Model, folder: Path | None) -> str:
    """What is to be told when the store's graph is not the one that its model was trained on; else nothing."""
    manifest = None if folder else Layout(Path(config.text("store"))).manifest()
    if manifest is None or manifest.revision == model.row.get("revision"):
        return ""
    return "warning: the model was trained on an older graph; train it again: kgtool embed train"


def make_scorer(config: Config) -> LinkScorer | None:
    """What tells likely links, by the model that the settings name; None without one.

    Raises:
        NotFoundError, StoreError, UsageError: when the model cannot be used.
    """
    if not config["link_model"]:
        return None
    made: LinkScorer = registry.get("link_scorer", "embeddings")(Path(config.text("link_model")))
    return made


def status(layout: Layout) -> dict[str, Any] | None:
    """Figures of a store's model for ``kgtool status``, or that it is damaged; None without one."""
    folder = standing(layout.model)
    if not folder.is_dir():
        return None
    try:
        model = Model.load(folder)
    except StoreError as error:
        return {"path": str(folder), "damaged": error.message}
    manifest = layout.manifest()
    revision = model.row.get("revision", "")
    return {
        "path": str(folder),
        "model": named(model),
        "entities": len(model.dataset.entities),
        "revision": revision,
        "stale": manifest is None or manifest.revision != revision,
    }


def predictor(config: Config, model: Model, folder: Path | None) -> Predictor:
    """What answers; with the store's model, all facts of the store are known."""
    if folder is not None:
        return Predictor(model)
    store = Layout(Path(config.text("store"))).open_graph()
    facts = ((s.value, p.value, o.value) for s, p, o in store.query(FACTS).rows())
    return Predictor(model, indices(model.dataset, facts))


def with_text(config: Config, model: Model, text: str) -> Model:
    """The model with a new entity, ``+``, of which only a text is known.

    Args:
        config: names the encoder; it must be the one that the model was trained with.
        model: one that reads texts.
        text: ``label: description``.

    Raises:
        UsageError: when the model reads no texts, or there is no encoder, or another one.
    """
    encoder = encode.chosen(config.text("encoder"))
    if encoder is None:
        raise UsageError("a new entity needs a text encoder", "pip install 'kgtool[ml]', or name one with --encoder")
    trained, own = (dict(e).get("model", "").split()[:1] for e in (model.row.get("encoder", {}), encoder.settings()))
    if not text.strip():
        raise UsageError("the text of the new entity is empty", 'for example: --new-entity "Ada: mathematician"')
    if trained and trained != own:
        raise UsageError(
            f"the model reads texts with the encoder {trained[0]}", "name one of that model with --encoder"
        )
    return with_entity(model, text, encoder.encode([text])[0])


def entity(text: str | None, name: str | None) -> str:
    """The entity meant: ``NEW`` where a text is given for it.

    Raises:
        UsageError: when there is neither a name nor a text, or both.
    """
    if (text is None) == (name is None or name == NEW):
        raise UsageError("give an entity, or --new-entity TEXT", 'for example: --new-entity "Ada: mathematician"')
    return NEW if name is None else name


def named(model: Model) -> str:
    """The model's name, as it stands in the evidence."""
    return f"{model.row['interaction']}@{model.row['data_hash'][:HASH]}-{model.digest[:HASH]}"


def triples(links: Iterator[Link], model: Model) -> Iterator[dict[str, Any]]:
    """Links as lines that ``kgtool fuse`` takes."""
    for link in links:
        lemma = last_part(link.predicate_id) if is_iri(link.predicate_id) else ""
        triple = Triple(
            link.subject, link.predicate, link.object, predicate_lemma=lemma, confidence=link.probability,
            status="inferred", evidence=Evidence("", "", 0, 0, "", "embed", named(model)),
        )  # fmt: skip
        because = [str(fact) for fact in link.because]
        ids = {"subject_id": link.subject_id, "relation_id": link.predicate_id, "object_id": link.object_id}
        yield triple.to_json() | ids | {"because": because}
