"""Negatives that a language model proposes, for PyKEEN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from pykeen.sampling import NegativeSampler, negative_sampler_resolver
from pykeen.sampling.filtering import filterer_resolver

from kgtool.embed.filtering import ExactFilterer
from kgtool.embed.neighbourhoods import clustered, nearest, none
from kgtool.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPARES = 3
"""How many other draws a known triple has; when all give known ones, it is masked."""
LARGE = 2**62
"""Draws below it, modulo any number of entities, are as good as uniform."""


class LemonNegativeSampler(NegativeSampler):
    """Corrupted triples whose new entity is, with probability ``p_text``, near an old one by text, else any.

    Source: Rony, Alam, Ali, Lehmann and Vahdati, "LEMON: LanguagE ModeL for Negative Sampling of Knowledge Graph
    Embeddings", arXiv 2203.04703, 2022; sides after Wang et al., "Knowledge Graph Embedding by Translating on
    Hyperplanes", AAAI 2014. Texts are given as vectors; what is near is told by :mod:`kgtool.embed.neighbourhoods`.

    With ``anchor="kept", sides="uniform", p_text=1`` and the other values as they are, it does what the authors'
    program does, but for the number of principal components, which is not in the paper, and the last two points below.
    Departures of the defaults:

    - The pool is that of the entity that goes (``anchor="replaced"``), not of the one that stays: what looks like the
      head is seldom of the kind that can be the tail.
    - Only a share ``p_text`` of the replacements comes from the pool. With 0 the sampler is Bernoulli's with an exact
      filter: not one random number more is drawn.
    - Which side goes is drawn by the relation (``sides="bernoulli"``), not evenly.
    - ``neighbourhood="nearest"`` has pools of the nearest entities instead of clusters.
    - ``warm_up``: the share rises linearly from 0 during so many epochs. Epochs are counted in triples drawn
      (:attr:`seen`), in this process: a data loader with workers of its own would begin anew in each.
    - Entities without text have no pool: in their place all entities are equally likely. They are in no pool either.
    - A known triple is drawn anew, by the same rule and on the same side, up to three times; if it still is one, it is
      masked. The authors drop it at once. A batch all of which is masked has no negatives, as with any filter of
      PyKEEN; a loss that averages is then not a number.

    Random numbers are those of torch's global generator: equal seeds give equal negatives.

    Args:
        mapped_triples: the known triples, shape ``(n, 3)``.
        text_vectors: one row an entity, in the order of their ids, zero where there is no text; array or tensor of
            shape ``(num_entities, d)``. May be left out when ``p_text`` is 0.
        p_text: the share, from 0 to 1.
        anchor: ``replaced`` or ``kept``.
        sides: ``bernoulli`` or ``uniform``.
        neighbourhood: ``clusters`` or ``nearest``.
        clusters: how many clusters.
        union: how many clusters make a pool.
        components: how many principal components are clustered.
        cluster_seed: of k-means.
        neighbours: how many entities make a pool of ``nearest``.
        warm_up: epochs.
        filterer: what tells known triples, as PyKEEN takes it; without one it is :class:`ExactFilterer`.
        kwargs: those of PyKEEN's base class.

    Raises:
        UsageError: when a value is not one of these, or the vectors are not those of the entities.
    """

    hpo_default: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "num_negs_per_pos": {"type": int, "low": 1, "high": 100, "log": True},
        "p_text": {"type": float, "low": 0.0, "high": 0.5, "step": 0.125},  # steps, so that 0 itself is tried
    }

    head_probability: torch.Tensor
    members: torch.Tensor
    starts: torch.Tensor
    sizes: torch.Tensor
    seen: int
    """Triples that negatives were drawn for; to resume at an epoch, set it to what it was."""

    def __init__(
        self,
        *,
        mapped_triples: torch.Tensor,
        text_vectors: Any = None,
        p_text: float = 0.25,
        anchor: str = "replaced",
        sides: str = "bernoulli",
        neighbourhood: str = "clusters",
        clusters: int = 15,
        union: int = 3,
        components: int = 64,
        cluster_seed: int = 0,
        neighbours: int = 100,
        warm_up: float = 0.0,
        filterer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(mapped_triples=mapped_triples, filterer=filterer or ExactFilterer, **kwargs)
        one_of("anchor", anchor, ("replaced", "kept"))
        one_of("sides", sides, ("bernoulli", "uniform"))
        one_of("neighbourhood", neighbourhood, ("clusters", "nearest"))
        for name, value in {
            "clusters": clusters,
            "union": union,
            "components": components,
            "neighbours": neighbours,
        }.items():
            if value < 1:
                raise UsageError(f"{name} is {value}", "give at least 1")
        if not 0 <= p_text <= 1 or not warm_up >= 0:
            raise UsageError(f"p_text is {p_text}, warm_up {warm_up}", "give a p_text from 0 to 1, a warm_up from 0 on")
        if self.num_entities < 2:
            raise UsageError("a graph of one entity has no negatives", "give a larger graph")
        self.p_text, self.anchor, self.seen = p_text, anchor, 0
        self.rising = warm_up * len(mapped_triples)
        even = torch.full((self.num_relations,), 0.5)
        self.register_buffer("head_probability", bernoulli(mapped_triples, even) if sides == "bernoulli" else even)
        if p_text == 0:
            pools = none(self.num_entities)
        elif neighbourhood == "clusters":
            pools = clustered(self._checked(text_vectors), clusters, union, components, cluster_seed)
        else:
            pools = nearest(self._checked(text_vectors), neighbours)
        self.register_buffer("members", torch.from_numpy(pools.members))
        self.register_buffer("starts", torch.from_numpy(pools.start))
        self.register_buffer("sizes", torch.from_numpy(pools.size))

    def _checked(self, vectors: Any) -> NDArray[Any]:
        """The vectors as an array, when they are those of the entities."""
        found = np.zeros((0, 0)) if vectors is None else np.asarray(vectors)
        if found.ndim != 2 or len(found) != self.num_entities:
            raise UsageError(
                f"text_vectors has shape {found.shape}, and there are {self.num_entities} entities",
                "give one row an entity, or p_text=0",
            )
        return found

    def share(self) -> float:
        """The share of the next batch's replacements that come from a pool; from 0 to ``p_text``."""
        return self.p_text * min(1.0, self.seen / self.rising) if self.rising else self.p_text

    def corrupt_batch(self, positive_batch: torch.Tensor) -> torch.Tensor:
        """Negatives, known triples among them; shapes ``(*b, 3) -> (*b, num_negs_per_pos, 3)``."""
        shape = (*positive_batch.shape[:-1], self.num_negs_per_pos, 3)
        share = self._next_share(positive_batch)
        repeated = self._repeated(positive_batch)
        return self._replaced(repeated, self._columns(repeated), share).view(shape)

    def sample(self, positive_batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Negatives, shape ``(b, num_negs_per_pos, 3)``, and which of them are valid; None when all are."""
        share = self._next_share(positive_batch)
        repeated = self._repeated(positive_batch)
        columns = self._columns(repeated)
        negatives = self._replaced(repeated, columns, share)
        known = self.filterer.contains(negatives).nonzero()[:, 0]
        if len(known):
            drawn = known.repeat_interleave(SPARES)
            spares = self._replaced(repeated[drawn], columns[drawn], share).view(-1, SPARES, 3)
            free = ~self.filterer.contains(spares)
            negatives[known] = spares[torch.arange(len(known)), free.int().argmax(dim=1)]  # the first that is free
            known = known[~free.any(dim=1)]
        shape = len(positive_batch), self.num_negs_per_pos
        if not len(known):
            return negatives.view(*shape, 3), None
        valid = torch.ones(len(negatives), dtype=torch.bool, device=negatives.device)
        valid[known] = False
        return negatives.view(*shape, 3), valid.view(shape)

    def _next_share(self, batch: torch.Tensor) -> float:
        """The share for a batch, which is counted."""
        share = self.share()
        self.seen += batch.shape[:-1].numel()
        return share

    def _repeated(self, batch: torch.Tensor) -> torch.Tensor:
        """Each triple once for each of its negatives; shapes ``(*b, 3) -> (m, 3)``."""
        return batch.reshape(-1, 3).repeat_interleave(self.num_negs_per_pos, dim=0)

    def _columns(self, triples: torch.Tensor) -> torch.Tensor:
        """Which entity of each triple is to go: 0 or 2; shapes ``(m, 3) -> (m, 1)``."""
        head = self.head_probability.take(triples[:, 1:2])
        return 2 * (torch.rand(head.shape, device=triples.device) >= head).long()

    def _replaced(self, triples: torch.Tensor, columns: torch.Tensor, share: float) -> torch.Tensor:
        """Triples with another entity in a column each; shapes ``(m, 3), (m, 1) -> (m, 3)``.

        A pool may have the old entity: then the triple stays, and the filter finds it.
        """
        old = triples.gather(1, columns)
        drawn = torch.randint(LARGE, old.shape, device=triples.device)
        new = drawn % (self.num_entities - 1)
        new += new >= old  # never the old one
        if share > 0 and len(self.members):
            anchor = old if self.anchor == "replaced" else triples.gather(1, 2 - columns)
            size = self.sizes.take(anchor)
            by_text = (torch.rand(old.shape, device=triples.device) < share) & (size > 0)
            near = self.members.take(self.starts.take(anchor) + drawn % size.clamp(min=1))
            new = torch.where(by_text, near, new)
        return triples.scatter(1, columns, new)


def one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Do nothing, unless a value is none of the choices.

    Raises:
        UsageError: when it is not.
    """
    if value not in choices:
        raise UsageError(f"{name} is {value!r}", f"choose one of: {', '.join(choices)}")


def bernoulli(triples: torch.Tensor, otherwise: torch.Tensor) -> torch.Tensor:
    """The probability that the head goes, for each relation; ``otherwise`` (same shape) for one without triples.

    It is tph / (tph + hpt). A relation of n triples has n / (its heads) tails a head and n / (its tails) heads a tail:
    so it is the share of the tails among both.
    """
    heads, tails = (
        torch.bincount(torch.unique(triples[:, pair], dim=0)[:, k], minlength=len(otherwise))
        for pair, k in (([0, 1], 1), ([1, 2], 0))
    )
    return torch.where(heads > 0, tails / (heads + tails).clamp(min=1), otherwise)


def register() -> None:
    """Let PyKEEN know the names ``lemon`` (negative sampler) and ``exact`` (filterer)."""
    negative_sampler_resolver.register(LemonNegativeSampler, raise_on_conflict=False)
    filterer_resolver.register(ExactFilterer, raise_on_conflict=False)
