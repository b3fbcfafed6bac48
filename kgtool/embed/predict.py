"""Links that a model predicts: which entity or relation is missing, and what makes it plausible. Without torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kgtool.embed.calibration import Calibration, Questions, as_queries, best, turned
from kgtool.embed.known import Known
from kgtool.embed.model import Model
from kgtool.embed.names import Names
from kgtool.embed.vectors import Vectors
from kgtool.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]
    Floats = NDArray[np.float32]

REASONS = 3
"""Known facts that are told for a prediction."""
JUDGED = 5
"""Times as many answers as are wanted are judged from both sides."""
NEW = "+"
"""What stands for an entity that the model has not seen."""


@dataclass(frozen=True)
class Fact:
    """A known fact like a predicted one, by labels, and how near its other entity is (cosine)."""

    subject: str
    predicate: str
    object: str
    similarity: float

    def __str__(self) -> str:
        return f"{self.subject} {self.predicate} {self.object}"


@dataclass(frozen=True)
class Prediction:
    """An answer: its label and identifier, how well it fits, and the known facts that make it plausible.

    ``score``: log-odds, comparable between questions; ``probability``: None where the model is not calibrated.
    """

    label: str
    id: str
    score: float
    probability: float | None
    neighbours: tuple[Fact, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """One object."""
        return {**vars(self), "neighbours": [dict(vars(n)) for n in self.neighbours]}


class Predictor:
    """Answers from a model.

    Args:
        model: the model.
        more: facts, shape ``(n, 3)``, that are known besides those of the model.
    """

    def __init__(self, model: Model, more: Ids | None = None) -> None:
        self.model, self.data = model, model.dataset
        self.names = Names(model.dataset)
        parts = (self.data.train, self.data.valid, self.data.test, *(() if more is None else (more,)))
        self.known = Known.of(len(self.data.relations), *parts)
        self.questions = Questions.of(model, self.data, self.known)
        self.calibration = Calibration.of(model.row)

    def predict(self, head: str | None, relation: str | None, tail: str | None, k: int) -> list[Prediction]:
        """The ``k`` best answers for what is None; known facts are left out.

        Raises:
            NotFoundError: for a name that the model does not know.
            UsageError: when not exactly one of the three is None, or a name means several things.
        """
        if [head, relation, tail].count(None) != 1:
            raise UsageError("exactly one of head, relation and tail must be missing", "write ? for it")
        if relation is None:
            return self.relations(self.names.entity(head or ""), self.names.entity(tail or ""), k)
        number = self.names.relation(relation)
        if head is None:
            return self.entities(self.names.entity(tail or ""), number + self.known.relations, k)
        return self.entities(self.names.entity(head), number, k)

    def entities(self, asked: int, relation: int, k: int) -> list[Prediction]:
        """The best answers to a question; ``relation`` may be reciprocal."""
        import numpy as np

        question = np.array([[asked, relation]])
        _, new = self.questions.answers(question)
        some = best(new, k * JUDGED)[0]
        some = some[np.isfinite(new[0, some])]
        return self.best(as_queries(question, np.zeros(len(some), dtype=int), some), k, lambda q: int(q[2]))

    def relations(self, head: int, tail: int, k: int) -> list[Prediction]:
        """The best relations from one entity to another."""
        import numpy as np

        m = self.known.relations
        each = np.stack([np.full(m, head), np.arange(m), np.full(m, tail)], axis=1)
        may = ~self.known.has(each) & ~(self.questions.never[:m] & (head == tail))
        return self.best(each[may], k, lambda q: -1 - int(q[1]))

    def best(self, queries: Ids, k: int, answer: Any) -> list[Prediction]:
        """The most probable of some questions with answers.

        Args:
            queries: shape ``(n, 3)``.
            k: how many.
            answer: of a question with its answer, the number of the entity that is told, or -1 - that of the relation.
        """
        import numpy as np

        odds, sure = self.judged(queries)
        order = np.argsort(-(odds[:, 0] if sure is None else sure), kind="stable")[:k]
        return [
            Prediction(
                *self.told(answer(queries[i])),
                score=round(float(odds[i, 0]), 4),
                probability=None if sure is None else round(float(sure[i]), 4),
                neighbours=self.reasons(queries[i]),
            )
            for i in order.tolist()
        ]

    def judged(self, queries: Ids) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """The log-odds of answers there and back, shape ``(n, 2)``, and their probabilities, shape ``(n,)``."""
        odds = self.questions.there_and_back(queries)
        return odds, self.calibration.probability(odds) if self.calibration else None

    def told(self, number: int) -> tuple[str, str]:
        """Label and identifier of an entity, or of the relation ``-1 - number``."""
        if number < 0:
            return self.names.relation_labels[-1 - number], self.data.relations[-1 - number]
        return self.data.label(self.data.entities[number]), self.data.entities[number]

    # what makes an answer plausible

    def reasons(self, query: Ids) -> tuple[Fact, ...]:
        """Known facts with one end of a link and something near its other end, the nearest first."""
        if self.units is None:
            return ()
        back = turned(query[None], self.known.relations)[0]
        near = [(s, e, side) for side, q in enumerate((query, back)) for s, e in self.like(q)]
        near.sort(key=lambda n: (-n[0], n[1], n[2]))
        return tuple(self.fact(query, back, *n) for n in near[:REASONS])

    def like(self, query: Ids) -> list[tuple[float, int]]:
        """The known answers to a question that are nearest to an answer, with their cosines."""
        import numpy as np

        _, others = self.known.of_queries(query[:1], query[1:2])
        others = others[others != query[2]]
        cosines = self.unit(others) @ self.unit(query[2:3])[0]
        order = np.argsort(-cosines, kind="stable")[:REASONS]
        return [(float(cosines[i]), int(others[i])) for i in order if cosines[i] > 0]

    def fact(self, query: Ids, back: Ids, similarity: float, entity: int, side: int) -> Fact:
        """The fact that a near entity is in."""
        asked, relation, _ = (query, back)[side]
        head, tail = (asked, entity) if relation < self.known.relations else (entity, asked)
        label = self.names.relation_labels[int(relation) % self.known.relations]
        return Fact(self.told(int(head))[0], label, self.told(int(tail))[0], round(similarity, 4))

    @cached_property
    def units(self) -> Vectors | None:
        """The vectors that are compared; None where the model has none."""
        return next((p for p in self.model.parts.values() if isinstance(p, Vectors)), None)

    def unit(self, entities: Ids) -> Floats:
        """Unit vectors of entities, shape ``(n, d)``."""
        return units(self.units.entities[entities] if self.units else self.model.vectors.entities)


def nearest(model: Model, entity: int, k: int) -> list[tuple[int, float]]:
    """The entities whose vectors are nearest to that of an entity, with their cosines.

    Raises:
        StoreError: when the model has no vectors.
    """
    import numpy as np

    vectors = model.vectors.entities
    lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
    cosines = (vectors @ vectors[entity]) / np.maximum(lengths * lengths[entity], np.finfo("float32").tiny)
    cosines[entity] = -np.inf
    order = best(cosines[None], min(k, len(cosines) - 1))[0]
    return [(int(i), round(float(cosines[i]), 4)) for i in order]


def units(vectors: Floats) -> Floats:
    """Vectors of length 1; zero stays zero."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Floats = vectors / np.maximum(lengths, np.finfo("float32").tiny)
    return found


def with_entity(model: Model, text: str, vector: Floats) -> Model:
    """The model with one more entity, ``NEW``, which is known by its text alone.

    Args:
        model: one with a projection of texts.
        text: ``label: description``.
        vector: of the text, shape ``(t,)``.

    Raises:
        UsageError: when nothing in the model takes texts, or texts of another encoder.
    """
    import numpy as np

    reading = {n: p for n, p in model.parts.items() if isinstance(p, Vectors) and p.projection.size}
    if not reading:
        raise UsageError("the model knows nothing of texts", "train one with --text adapter or --text fusion")
    parts = {}
    for name, part in reading.items():
        if part.projection.shape[1] != len(vector):
            hint = "name the encoder that it was trained with: --encoder"
            raise UsageError(f"the model reads texts as {part.projection.shape[1]} numbers, not {len(vector)}", hint)
        parts[name] = replace(part, entities=np.concatenate([part.entities, (part.projection @ vector)[None]]))
    chosen = [list(model.parts).index(name) for name in parts]
    weights = model.weights[chosen] if len(chosen) > 1 else np.ones_like(model.weights[:1])
    data = model.dataset
    data = replace(data, entities=(*data.entities, NEW), texts={**data.texts, NEW: text})
    return Model(data, parts, weights, model.row)
