"""Figures of a graph with the labels of what they are about."""

from __future__ import annotations

from typing import Any

from kgtool.ports import Store
from kgtool.store import statistics
from kgtool.store.edges import Edges
from kgtool.store.labels import labels


def figures(store: Store, edges: Edges, *, top: int, seed: int) -> dict[str, Any]:
    """What :func:`kgtool.store.statistics.describe` says, with a ``label`` beside every IRI."""
    found = statistics.describe(edges, top=top, seed=seed)
    groups = found["communities"]["largest"] if found["communities"] else []
    iris = {row["iri"] for row in (*found["central"], *found["profile"])}
    names = labels(store, iris | {iri for group in groups for iri in group["members"]})
    for row in (*found["central"], *found["profile"]):
        row["label"] = names[row["iri"]]
    for group in groups:
        group["members"] = [{"iri": iri, "label": names[iri]} for iri in group["members"]]
    return found
