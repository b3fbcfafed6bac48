"""From the settings to the extractor, schema and fuser that they name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from kgtool import encode, registry
from kgtool.calls import Calls, concepts
from kgtool.config import Config
from kgtool.errors import UsageError
from kgtool.extract.workers import default_jobs
from kgtool.model import Policy, Ruling, canonical_json, digest
from kgtool.ports import Extractor, Fuser
from kgtool.predicting import make_scorer
from kgtool.store.vocabulary import Namespaces

if TYPE_CHECKING:
    from kgtool.extract.mapping import SchemaMapper
    from kgtool.store.shapes import Shapes

CALLS = 4
"""To a language model at a time, unless the user says otherwise."""

ASKING_FUSER = "graphusion"
"""The fuser that asks a language model."""


def make_extractor(config: Config, calls: Calls) -> Extractor:
    """The extractor that the settings name."""
    name = config.text("extractor")
    cls = registry.get("extractor", name)
    mapper = make_mapper(config)
    if mapper and name not in {"rules", "graphusion"}:
        raise UsageError(f"the extractor {name!r} takes no schema", "leave --schema out")
    if name == "graphusion":
        jobs = config["jobs"] or CALLS
        model = calls.model(f"the extractor {name}")
        asking: Extractor = cls(model, wanted=concepts(config.text("concepts")), mapper=mapper, jobs=jobs)
        return asking
    if name == "rules":
        jobs = config["jobs"] or default_jobs()
        reading: Extractor = cls(config.text("spacy_model"), mapper=mapper, jobs=jobs)
        return reading
    made: Extractor = cls()
    return made


def run_of(extractor: Extractor) -> str:
    """The hash that names a run: of all that decides what it finds."""
    return digest(canonical_json(dict(extractor.settings())))[:16]


def make_mapper(config: Config) -> SchemaMapper | None:
    """What maps triples to the schema that the settings name; None without one.

    Raises:
        NotFoundError, UsageError: when the schema cannot be read.
    """
    mode = config.text("schema_mode")
    if mode not in {"closed", "open"}:
        raise UsageError(f"unknown schema mode {mode!r}", "one of: closed, open")
    if not config["schema"]:
        return None
    from kgtool.extract.mapping import SchemaMapper
    from kgtool.extract.schema import Schema

    encoder = encode.chosen(config.text("encoder"))
    return SchemaMapper(Schema.load(Path(config.text("schema"))), encoder, closed=mode == "closed")


def make_fuser(config: Config, calls: Calls, rulings: Iterable[Ruling] = ()) -> Fuser:
    """The fuser that the settings name, told what people said about names.

    Raises:
        UsageError: when it asks a language model and none is named.
    """
    name = config.text("fuser")
    cls = registry.get("fuser", name)
    if name not in {"cascade", ASKING_FUSER}:
        made: Fuser = cls()
        return made
    rules: Fuser = registry.get("fuser", "cascade")(
        config["publish_above"], policies(config), rulings, config["discover"], make_scorer(config)
    )  # fmt: skip
    if name == "cascade":
        return rules
    model = calls.model(f"the fuser {name}")
    asking: Fuser = cls(model, rules, jobs=config["jobs"] or CALLS, prepare=calls.prepare)
    return asking


def make_shapes(config: Config) -> Shapes:
    """The shapes that the settings name; empty without any.

    Raises:
        NotFoundError, UsageError: when they cannot be used.
    """
    from kgtool.store import shapes

    if not config["shapes"]:
        return shapes.Shapes("")
    return shapes.load(Path(config.text("shapes")), Namespaces(config.text("base_iri")))


def policies(config: Config) -> dict[str, Policy]:
    """What holds of relations: by the schema, and by the settings, which come first.

    Raises:
        NotFoundError, UsageError: when the schema cannot be read.
    """
    found: dict[str, Policy] = {}
    if config["schema"]:
        from kgtool.extract.schema import Schema

        found = {r.label: r.policy for r in Schema.load(Path(config.text("schema"))).relations if r.policy != Policy()}
    return found | dict(config.relations)
