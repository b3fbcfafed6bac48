"""An invented graph, and a model of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgtool.embed import dataset
from kgtool.embed.dataset import Dataset, Fact
from kgtool.embed.model import Model
from kgtool.embed.vectors import TextVectors

PEOPLE, TOWNS, COUNTRIES = 150, 15, 5


def facts() -> list[Fact]:
    """People live in a town; whoever lives in a town of a country is a citizen of it and speaks its language."""
    found: list[Fact] = []
    for town in range(TOWNS):
        found.append((f"town{town}", "lies in", f"country{town % COUNTRIES}"))
    for person in range(PEOPLE):
        town = person % TOWNS
        found.append((f"person{person}", "lives in", f"town{town}"))
        found.append((f"person{person}", "is a citizen of", f"country{town % COUNTRIES}"))
        found.append((f"person{person}", "speaks", f"language{town % COUNTRIES}"))
    return found


def graph() -> Dataset:
    """The graph, with texts: the label and what a thing is."""
    names = sorted({e for h, _, t in facts() for e in (h, t)})
    texts = {name: f"{name.title()}: a {name.rstrip('0123456789')}" for name in names}
    return dataset.of_facts(facts(), texts)


def kinds(data: Dataset) -> TextVectors:
    """Stand for the vectors of texts: one number for each kind of thing; of relations nothing is said."""
    known = ("person", "town", "country", "language")
    found = np.array([[float(e.startswith(kind)) for kind in known] for e in data.entities], dtype=np.float32)
    return TextVectors(found, np.zeros((len(data.relations), len(known)), dtype=np.float32))


def trained(text: str = "none", **given: Any) -> Model:
    """A model of the graph. One thread: several in the way of other tests' would wait for one another."""
    import torch

    from kgtool.embed import settings, train

    data = graph()
    wanted = {"dimension": 32, "epochs": 15, "text": text, "n3": 0.01, **given}
    made, _ = settings.chosen(len(data.entities), len(data.train), wanted)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return train.train(data, made, lambda: kinds(data), train.Run())
    finally:
        torch.set_num_threads(before)
