"""Entities and relations as arrays: what answers questions about links, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kgtool.embed import interactions
from kgtool.embed.interactions import Interaction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]
    Floats = NDArray[np.float32]

ARRAYS = ("entities", "relations", "core", "projection", "loops")


@dataclass(frozen=True)
class TextVectors:
    """Vectors of the texts of entities, shape ``(n, t)``, and relations, ``(m, t)``; zero where there is none."""

    entities: Floats
    relations: Floats


@dataclass(frozen=True)
class Vectors:
    """Entities and relations in one space.

    Args:
        interaction: how they are compared.
        entities: shape ``(n, d)``.
        relations: shape ``(2m, w)``, the reciprocal ones in the second half.
        core: of an interaction that has one, shape ``(d, d, d)``; else empty.
        projection: from text vectors to ``d`` numbers, where texts are in the model, shape ``(d, t)``; else empty.
        loops: what is added to the score of the entity asked about as its own answer, by relation, shape ``(2m,)``,
            where that was learnt; else empty.
    """

    interaction: Interaction
    entities: Floats
    relations: Floats
    core: Floats
    projection: Floats
    loops: Floats

    def __call__(self, entities: Ids, relations: Ids) -> Floats:
        """Scores; see :class:`kgtool.embed.ranking.Scores`."""
        found = self.of(self.entities[entities], relations)
        if self.loops.size:
            found[range(len(entities)), entities] += self.loops[relations]
        return found

    def of(self, heads: Floats, relations: Ids) -> Floats:
        """Scores of all entities for vectors of heads, shape ``(n, d)``."""
        import numpy as np

        with np.errstate(over="ignore", invalid="ignore"):  # of vectors that grew too large: no numbers, which are last
            query = self.interaction.query(np, heads, self.relations[relations], self.core)
            scores: Floats = interactions.against(np, self.interaction, query, self.entities)
        return scores

    def described(self) -> dict[str, Any]:
        """As ``model.json`` names it."""
        return {"kind": "vectors", "interaction": self.interaction.name}

    def arrays(self, prefix: str) -> dict[str, Floats]:
        """The arrays by name, for the file."""
        return {f"{prefix}.{n}": array for n in ARRAYS if (array := getattr(self, n)).size}

    @classmethod
    def read(cls, interaction: str, prefix: str, arrays: Mapping[str, Any]) -> Self:
        """From the arrays of a file."""
        import numpy as np

        none = np.zeros(0, dtype=np.float32)
        found = (arrays.get(f"{prefix}.{n}", none) for n in ARRAYS)
        return cls(interactions.named(interaction), *found)
