"""Training by softmax: the right answer against all entities (``1vsall``), or against some that a batch shares.

A batch is of queries, each with all its answers, so that scores of all entities are computed once a query, not once a
fact: the sum of the facts' cross-entropies is the same, and FB15k-237 has 149,689 queries for 544,230 facts and
reciprocals. Sources: 1vsAll and reciprocal relations, Lacroix et al., ICML 2018, whose penalty N3 (weighted by
frequency) it is; for what it does, Ruffinelli et al., "You CAN Teach an Old Dog New Tricks!", ICLR 2020.

Vectors of texts are closest to themselves, and products of vectors cannot say that nothing is its own parent, so that
each relation learns one number more: what is added to the score of the entity asked about (see decision 21).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from kgtool.embed import interactions
from kgtool.embed.known import Known
from kgtool.embed.settings import Settings
from kgtool.embed.vectors import TextVectors, Vectors

if TYPE_CHECKING:
    from kgtool.embed.dataset import Dataset

SPREAD = 1e-3
"""Standard deviation of the vectors before training."""
PROJECTION_RATE = 0.003
"""Adam's learning rate, for projections of texts."""
NOTHING = -1e30
"""The score of what is not to be chosen."""


def known_entities(dataset: Dataset) -> torch.Tensor:
    """The entities of the training part, which alone compete: what is asked of unseen ones stays open."""
    return torch.from_numpy(dataset.train[:, [0, 2]]).unique()


def places(of: torch.Tensor, entities: int) -> torch.Tensor:
    """Where each entity stands in a list; -1 where it does not; shape ``(entities,)``."""
    found = torch.full((entities,), -1, device=of.device)
    found[of] = torch.arange(len(of), device=of.device)
    return found


class SoftmaxModel(nn.Module):
    """Vectors that are trained by softmax.

    Args:
        dataset: learnt from is its part ``train``.
        settings: see :class:`kgtool.embed.settings.Settings`; its seed is not used here.
        texts: where vectors are their own plus a projection of their text, of entities and of relations; a relation
            and its reciprocal have a projection each.
        free: whether entities have vectors of their own; without, they are their texts.
    """

    def __init__(
        self, dataset: Dataset, settings: Settings, texts: TextVectors | None = None, free: bool = True
    ) -> None:
        super().__init__()
        entities, relations, d = len(dataset.entities), len(dataset.relations), settings.dimension
        self.settings = settings
        self.interaction = interactions.named(settings.interaction)
        self.shared = settings.engine == "shared"
        known = Known.of(relations, dataset.train)
        self.queries, self.starts, self.answers = (
            torch.from_numpy(a) for a in (known.queries, known.starts, known.answers)
        )
        self.entities = nn.Embedding(entities, d, sparse=self.shared) if free else None
        self.relations = nn.Embedding(2 * relations, self.interaction.width(d))
        self.loops = nn.Embedding(2 * relations, 1)
        self.core = nn.Parameter(torch.empty(d, d, d)) if self.interaction.core else None
        self.projection = self.relation_projection = None
        if texts is not None:
            width, t = self.interaction.width(d), texts.entities.shape[1]
            self.projection = nn.Linear(t, d, bias=False)
            self.register_buffer("texts", torch.from_numpy(texts.entities), persistent=False)
            if texts.relations.any() and width == d:  # those of more numbers would be projected by far more weights
                self.relation_projection = nn.Linear(t, 2 * width, bias=False)
                self.register_buffer("relation_texts", torch.from_numpy(texts.relations), persistent=False)
        self.register_buffer("seen", known_entities(dataset), persistent=False)
        self.register_buffer("place", places(self.seen, entities), persistent=False)
        for weights in self.parameters():
            nn.init.normal_(weights, std=SPREAD)
        nn.init.zeros_(self.loops.weight)
        if self.core is not None:
            nn.init.uniform_(self.core, -1, 1)

    def begin_with(self, other: SoftmaxModel) -> None:
        """Take over everything but the entities' own vectors from a model of texts alone."""
        found = {name: w for name, w in other.state_dict().items() if not name.startswith("entities")}
        self.load_state_dict(found, strict=False)

    # training

    def optimizers(self) -> list[torch.optim.Optimizer]:
        """Adagrad for vectors, as in the sources, and Adam for projections.

        A projection has a gradient at every step: Adagrad would bring it to a halt within an epoch.
        """
        torch.sparse.check_sparse_tensor_invariants.disable()  # the default, of which torch warns unless it is said
        shared = [w for name, w in self.named_parameters() if "projection" in name]
        own = [w for name, w in self.named_parameters() if "projection" not in name]
        made: list[torch.optim.Optimizer] = [torch.optim.Adagrad(own, lr=self.settings.rate)]
        return [*made, torch.optim.Adam(shared, lr=PROJECTION_RATE)] if shared else made

    @property
    def facts(self) -> int:
        """How many facts, reciprocals included, an epoch shows."""
        return len(self.answers)

    def stepped(self) -> None:
        """Nothing is to be done after a step."""

    def batches(self, size: int, epoch: int) -> Iterator[torch.Tensor]:
        """Any epoch: numbers of queries in an order drawn from torch's generator."""
        return iter(torch.randperm(len(self.queries)).split(size))

    def loss(self, batch: torch.Tensor) -> torch.Tensor:
        """The mean cross-entropy of the facts of a batch, and their penalty."""
        rows, tails = self.facts_of(batch)
        heads, relations = (ids.to(self.device) for ids in self.queries[batch].T)
        head, relation = self.vectors(heads), self.relation_vectors(relations)
        query = self.interaction.query(torch, head, relation, self.core)
        query = nn.functional.dropout(query, self.settings.dropout, self.training)
        every = None if self.shared else self.vectors(self.seen)
        tail = self.vectors(tails) if every is None else every[self.place[tails]]
        loops = self.loops(relations).squeeze(1)
        right = (query[rows] * tail).sum(-1) + loops[rows] * (tails == heads[rows])
        if every is None:
            own = (query * head).sum(-1) + loops
            others = self.candidates(query, own, heads, rows, tails)
            loss = nn.functional.softplus(others[rows] - right)
        else:
            scores = interactions.against(torch, self.interaction, query, every)
            scores = scores.index_put((torch.arange(len(heads), device=self.device), self.place[heads]), loops, True)
            loss = torch.logsumexp(scores.float(), 1)[rows] - right
        return loss.mean() + self.penalty(heads[rows], relation[rows], tails) / len(rows)

    def candidates(
        self, query: torch.Tensor, own: torch.Tensor, heads: torch.Tensor, rows: torch.Tensor, tails: torch.Tensor
    ) -> torch.Tensor:
        """The log-sum of the scores of drawn entities, scaled up to all, and of the entity asked about; shape ``(n,)``.

        Answers of a query are left out of its candidates. The entity asked about, whose score is ``own``, is always in:
        vectors made of text are closest to themselves, and must be told that they are not the answer.
        """
        drawn = self.seen[torch.randperm(len(self.seen), device=self.device)[: self.settings.candidates]]
        scores = query @ self.vectors(drawn).T + math.log(len(self.seen) / len(drawn))
        stands = places(drawn, len(self.place))
        every = torch.arange(len(heads), device=self.device)
        for row, left_out in ((rows, tails), (every, heads)):
            at = stands[left_out]
            scores[row[at >= 0], at[at >= 0]] = NOTHING
        own = own.index_fill(0, rows[tails == heads[rows]], NOTHING)
        return torch.logsumexp(torch.cat([scores, own[:, None]], 1).float(), 1)

    def facts_of(self, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The facts of some queries: the row of the query in the batch, and the answer."""
        counts = self.starts[batch + 1] - self.starts[batch]
        rows = torch.repeat_interleave(torch.arange(len(batch)), counts)
        begins = torch.cumsum(counts, 0) - counts
        within = torch.arange(len(rows)) - begins[rows]
        return rows.to(self.device), self.answers[self.starts[batch][rows] + within].to(self.device)

    def penalty(self, heads: torch.Tensor, relation: torch.Tensor, tails: torch.Tensor) -> torch.Tensor:
        """N3 of facts: the sum of the cubes of the numbers' sizes.

        Of entities it is their own vectors', which learn facts by heart; what their texts give is shared by all.
        """
        total = torch.zeros((), device=self.device)
        if not self.settings.n3 or self.entities is None:
            return total
        for vectors in (self.entities(heads), relation, self.entities(tails)):
            total = total + (self.sizes(vectors) ** 3).sum()
        return self.settings.n3 * total

    def sizes(self, vectors: torch.Tensor) -> torch.Tensor:
        """Absolute values of the numbers, real or complex."""
        if not self.interaction.complex:
            return vectors.abs()
        a, b = interactions.halves(vectors)
        return (a**2 + b**2 + 1e-12).sqrt()

    @property
    def device(self) -> torch.device:
        """Where it is."""
        return self.relations.weight.device

    # vectors

    def vectors(self, entities: torch.Tensor | None = None) -> torch.Tensor:
        """Vectors of entities, of all where none are named."""
        made: list[torch.Tensor] = []
        if self.entities is not None:
            made.append(self.entities.weight if entities is None else self.entities(entities))
        if self.projection is not None:
            made.append(self.projection(self.texts if entities is None else self.texts[entities]))
        return made[0] if len(made) == 1 else made[0] + made[1]

    def relation_vectors(self, relations: torch.Tensor | None = None) -> torch.Tensor:
        """Vectors of relations, of all where none are named, the reciprocal ones in the second half."""
        if relations is None:
            relations = torch.arange(self.relations.num_embeddings, device=self.device)
        own: torch.Tensor = self.relations(relations)
        if self.relation_projection is None:
            return own
        count = len(self.relation_texts)
        side, at = relations // count, relations % count
        both = self.relation_projection(self.relation_texts[at]).view(len(relations), 2, -1)
        found: torch.Tensor = own + both[torch.arange(len(relations), device=self.device), side]
        return found

    @torch.no_grad()
    def export(self) -> Vectors:
        """The arrays that answer questions."""
        import numpy as np

        def array(x: Any) -> Any:
            return np.zeros(0, np.float32) if x is None else x.detach().float().cpu().numpy().copy()

        projection = None if self.projection is None else self.projection.weight
        if self.entities is not None:  # of the others nothing was learnt: they are what their texts say, or nothing
            self.entities.weight[self.place < 0] = 0
        return Vectors(
            self.interaction, array(self.vectors()), array(self.relation_vectors()), array(self.core),
            array(projection), array(self.loops.weight.squeeze(1)),
        )  # fmt: skip
