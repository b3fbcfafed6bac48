"""What a person calls entities and relations of a model, as their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from kgtool.embed.dataset import Dataset
from kgtool.errors import NotFoundError, UsageError
from kgtool.iri import last_part

SHOWN = 5
"""Names that are told where one is not known, or means several things."""


@dataclass(frozen=True)
class Names:
    """The names of a dataset: identifiers, their last parts, and labels."""

    dataset: Dataset

    def entity(self, name: str) -> int:
        """The number of an entity, by identifier, label or the beginning of one.

        Raises:
            NotFoundError: when there is none, with the nearest labels.
            UsageError: when there are several.
        """
        data = self.dataset
        if name in data.entities:
            return data.entities.index(name)
        # A label begins its text: few of a hundred thousand need to be cut from theirs.
        texts = {**data.texts, **data.labels}
        same = [e for e, text in texts.items() if text.startswith(name) and data.label(e) == name]
        if len(same) == 1 and same[0] in data.entities:
            return data.entities.index(same[0])
        return found("entity", name, data.entities, self.entity_labels)

    def relation(self, name: str) -> int:
        """The number of a relation; see :meth:`entity`."""
        if name in self.dataset.relations:
            return self.dataset.relations.index(name)
        return found("relation", name, self.dataset.relations, self.relation_labels)

    @cached_property
    def entity_labels(self) -> list[str]:
        """The labels of entities, in their order."""
        return [self.dataset.label(e) for e in self.dataset.entities]

    @cached_property
    def relation_labels(self) -> list[str]:
        """The labels of relations, in their order."""
        return [self.dataset.relation_texts.get(r) or last_part(r) for r in self.dataset.relations]


def found(kind: str, name: str, identifiers: Sequence[str], labels: Sequence[str]) -> int:
    """The one that is called so: by label, else by the last part of its identifier, or the beginning of a label.

    Raises:
        NotFoundError: when there is none, with the nearest labels.
        UsageError: when there are several.
    """
    if labels.count(name) == 1:
        return labels.index(name)
    wanted = folded(name)
    names = [folded(label) for label in labels]
    same = [i for i, n in enumerate(names) if n == wanted]
    same = same or [i for i, identifier in enumerate(identifiers) if folded(last_part(identifier)) == wanted]
    same = same or [i for i, n in enumerate(names) if wanted and n.startswith(wanted)]
    if len(same) == 1:
        return same[0]
    if same:
        several = "; ".join(f"{labels[i]} ({identifiers[i]})" for i in same[:SHOWN])
        raise UsageError(f"{len(same)} {kind} names begin with or are {name!r}", f"one of: {several}")
    raise NotFoundError(f"the model knows no {kind} {name!r}", f"the nearest are: {', '.join(nearest(wanted, labels))}")


def nearest(wanted: str, labels: Sequence[str]) -> list[str]:
    """The labels most like a name."""
    from rapidfuzz import fuzz, process

    best = process.extract(wanted, labels, scorer=fuzz.WRatio, processor=folded, limit=SHOWN)
    return list(dict.fromkeys(label for label, _, _ in best))


def folded(name: str) -> str:
    """A name for comparison."""
    return " ".join(name.replace("_", " ").casefold().split())
