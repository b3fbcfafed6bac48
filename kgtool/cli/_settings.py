"""What an answer is made with, for the lines of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import signature
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kgtool.api import KnowledgeGraph

TAKEN = {
    "width": ("beam_width",),
    "depth": ("beam_depth",),
    "abstain_below": ("abstain_below",),
    "scorer": ("link_model",),
    "variant": ("variant",),
    "pruner": ("pruner",),
}
"""Settings by the parameter of the reasoner that takes them."""
ASKING = {
    "asking": ("strategy", "cascade", "propose_queries", "verify_answers", "allow_unverified", "allow_parametric"),
    "allow_parametric": ("allow_parametric",),
}
"""Likewise those that matter where a model is asked."""


def settings(graph: KnowledgeGraph, entities: Sequence[str] = ()) -> Mapping[str, Any]:
    """All that decides an answer besides the question and the graph: the reasoner, and what it takes.

    Args:
        graph: whose settings.
        entities: IRIs that every question is about.
    """
    from kgtool import registry

    config, name = graph.config, graph.config.text("reasoner")
    takes = signature(registry.get("reasoner", name)).parameters
    model = config.text("llm") if "model" in takes else ""
    row: dict[str, Any] = {"reasoner": name, "hybrid": config["hybrid"]}
    if "encoder" in takes:
        row["encoder"] = " ".join(graph.encoder.settings().values()) if graph.encoder else "none"
    for table in (TAKEN, ASKING) if model else (TAKEN,):
        row |= {key: config[key] for taken, keys in table.items() if taken in takes for key in keys}
    if model:
        row |= {"llm": graph.calls.model("reasoning").settings()["model"]}
    if model or "seed" in takes:
        row["seed"] = config["seed"]
    if name in graph.calibrations:
        row["calibrated_by"] = graph.calibrations[name].questions
    return row | ({"entities": list(entities)} if entities else {})


def state(graph: KnowledgeGraph) -> str:
    """What stands for the state of the graph that answers: its revision; for an endpoint, where it is."""
    from kgtool.model import digest
    from kgtool.store.address import is_url

    store = graph.config.text("store")
    if is_url(store):
        return digest(store, graph.config.text("graph"))[:16]
    manifest = graph.layout.manifest()
    return manifest.revision if manifest else ""
