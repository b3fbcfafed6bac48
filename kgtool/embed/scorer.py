"""How likely a statement is by a trained model: what discovery and the reasoner may ask."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from kgtool.embed.calibration import Calibration, Questions
from kgtool.embed.model import Model, standing
from kgtool.embed.place import FILES
from kgtool.errors import UsageError
from kgtool.model import digest


class EmbeddingScorer:
    """A calibrated model as :class:`kgtool.ports.LinkScorer`.

    A link counts as the answer to the question for its tail or its head, whichever is likelier. What the model has not
    seen has the probability 0.

    Args:
        folder: the model.

    Raises:
        NotFoundError, StoreError: when it cannot be read.
        UsageError: when it is not calibrated.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = standing(folder)
        self.model = Model.load(folder)
        self.questions = Questions.of(self.model, self.model.dataset, self.model.known)
        found = Calibration.of(self.model.row)
        if found is None:
            hint = "train it on more facts: some are held out to fit them"
            raise UsageError(f"the model at {folder} has no probabilities", hint)
        self.calibration = found

    def settings(self) -> Mapping[str, str]:
        """The digests of the data that it was trained on, and of the model's files."""
        parts = []
        for name in FILES:
            with (self.folder / name).open("rb") as file:
                parts.append(hashlib.file_digest(file, "sha256").hexdigest())
        return {"scorer": "embeddings", "data": self.model.row["data_hash"], "model": digest(*parts)}

    def score(self, subject: str, relation: str, object: str) -> float:
        """See :class:`kgtool.ports.LinkScorer`; identifiers as IRIs or as their last parts."""
        import numpy as np

        head, number, tail = self.entities.get(subject), self.relations.get(relation), self.entities.get(object)
        if head is None or number is None or tail is None:
            return 0.0
        odds = self.questions.there_and_back(np.array([[head, number, tail]]))
        return float(self.calibration.probability(np.concatenate([odds, odds[:, ::-1]])).max())

    @cached_property
    def entities(self) -> dict[str, int]:
        """The numbers of entities."""
        return numbers(self.model.dataset.entities)

    @cached_property
    def relations(self) -> dict[str, int]:
        """The numbers of relations."""
        return numbers(self.model.dataset.relations)


def numbers(identifiers: Sequence[str]) -> dict[str, int]:
    """The number of each identifier, and of its last part where that is one's alone."""
    last = [identifier.rsplit("/", 1)[-1] for identifier in identifiers]
    many = Counter(last)
    own = {name: i for i, name in enumerate(last) if many[name] == 1}
    return own | {identifier: i for i, identifier in enumerate(identifiers)}
