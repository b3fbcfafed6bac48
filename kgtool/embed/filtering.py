"""Whether a triple is one of the graph's, told exactly and for many at once."""

from __future__ import annotations

import torch
from pykeen.sampling.filtering import Filterer

from kgtool.errors import UsageError

LARGEST = torch.iinfo(torch.int64).max


class ExactFilterer(Filterer):
    """Tells which triples are known, by binary search in their sorted keys: neither approximate nor a Python loop.

    A triple's key is its place among all triples that there could be. For PyKEEN's samplers it is ``exact``, once
    :func:`kgtool.embed.lemon.register` was called.

    Args:
        mapped_triples: shape ``(n, 3)``, n at least 1; ids of head, relation and tail.

    Raises:
        UsageError: when there could be more triples than a 64-bit key has values.
    """

    keys: torch.Tensor
    weights: torch.Tensor
    beyond: torch.Tensor

    def __init__(self, mapped_triples: torch.Tensor) -> None:
        super().__init__()
        # The id after the largest known one stands for all that are larger: no known triple has it.
        entity, relation = int(mapped_triples[:, [0, 2]].max()) + 1, int(mapped_triples[:, 1].max()) + 1
        if (entity + 1) ** 2 * (relation + 1) > LARGEST:
            raise UsageError(
                f"the exact filter cannot tell apart the triples of {entity} entities and {relation} relations",
                "use PyKEEN's filter: bloom",
            )
        ends = torch.tensor([LARGEST])  # so that every search ends at a key
        self.register_buffer("beyond", torch.tensor([entity, relation, entity]))
        self.register_buffer("weights", torch.tensor([(relation + 1) * (entity + 1), entity + 1, 1]))
        self.register_buffer("keys", torch.cat([torch.unique(self._keys(mapped_triples)), ends]))

    def _keys(self, batch: torch.Tensor) -> torch.Tensor:
        """The keys of triples; shapes ``(*b, 3) -> (*b)``."""
        return (torch.minimum(batch, self.beyond) * self.weights).sum(dim=-1)

    def contains(self, batch: torch.Tensor) -> torch.Tensor:
        """Whether each triple is known; shapes ``(*b, 3) -> (*b)``, ids of any size from 0 on."""
        keys = self._keys(batch)
        return self.keys.take(torch.searchsorted(self.keys, keys)) == keys
