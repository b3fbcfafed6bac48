"""Training against sampled negatives: PyKEEN's models, losses and samplers (Ali et al., "PyKEEN 1.0", JMLR 2021).

The loop is ours (:mod:`kgtool.embed.training`), for checkpoints without pickles, time budgets and bf16. What PyKEEN
trains is taken over into arrays where they can do its work; other interactions are asked through PyKEEN.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import torch
from pykeen.losses import loss_resolver
from pykeen.models import Model, model_resolver
from pykeen.sampling import NegativeSampler, negative_sampler_resolver
from pykeen.triples import CoreTriplesFactory
from torch import nn

from kgtool.embed import interactions, lemon
from kgtool.embed.dataset import Dataset
from kgtool.embed.model import Part
from kgtool.embed.settings import Settings
from kgtool.embed.vectors import Vectors
from kgtool.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kgtool.embed.train import Run, Texts

    Ids = NDArray[np.int64]
    Floats = NDArray[np.float32]

RANGE = (0.0, 0.25, 0.5)
"""Values of ``p_text`` that are tried for ``auto``."""
OWN: dict[str, dict[str, Any]] = {
    "transe": {"entity_constrainer": None, "scoring_fct_norm": 2},
    "distmult": {"entity_constrainer": None, "regularizer": None, "entity_initializer": "xavier_uniform_"},
    "complex": {
        "regularizer": None,
        "entity_initializer": "xavier_uniform_",
        "relation_initializer": "xavier_uniform_",
    },
    "rotate": {},
}
"""Models whose work arrays can do, and how they are made: vectors of any length, no other penalty than the loss."""


UNFIT = frozenset({
    "compgcn", "complexliteral", "distmultliteral", "distmultliteralgated", "inductivenodepiece",
    "inductivenodepiecegnn", "nodepiece",
})  # fmt: skip
"""Models that need more than facts and sizes: literals, inverse triples, tokens."""


class SampledModel(nn.Module):
    """A PyKEEN model with its loss and sampler.

    Args:
        dataset: learnt from is its part ``train``.
        settings: see :class:`kgtool.embed.settings.Settings`.
        texts: vectors of the entities' texts, shape ``(n, t)``, for the sampler that needs them.

    Raises:
        UsageError: for an interaction, loss or sampler that PyKEEN does not have, or that it cannot make so.
    """

    def __init__(self, dataset: Dataset, settings: Settings, texts: Floats | None = None) -> None:
        super().__init__()
        self.settings = settings
        self.triples = torch.from_numpy(dataset.train)
        self.model = pykeen_model(settings, len(dataset.entities), len(dataset.relations))
        self.criterion = made(loss_resolver, "loss", settings.loss, **given(settings))
        self.sampler = sampler(dataset, settings, texts)

    @property
    def facts(self) -> int:
        """How many facts an epoch shows."""
        return len(self.triples)

    def optimizers(self) -> list[torch.optim.Optimizer]:
        """Adam (Kingma and Ba, ICLR 2015)."""
        return [torch.optim.Adam(self.model.parameters(), lr=self.settings.rate)]

    def batches(self, size: int, epoch: int) -> Iterator[torch.Tensor]:
        """An epoch: facts in an order drawn from torch's generator."""
        if isinstance(self.sampler, lemon.LemonNegativeSampler):
            self.sampler.seen = epoch * self.facts
        return iter(self.triples[torch.randperm(self.facts)].split(size))

    def loss(self, batch: torch.Tensor) -> torch.Tensor:
        """PyKEEN's loss of the facts against their negatives, and its penalties."""
        negatives, kept = self.sampler.sample(batch)
        device = self.model.device
        right = self.model.score_hrt(batch.to(device))
        if kept is not None and not kept.any():  # every negative is a known fact: the batch teaches nothing
            nothing: torch.Tensor = 0 * right.sum()
            return nothing
        asked = negatives.reshape(-1, 3) if kept is None else negatives[kept]
        wrong = self.model.score_hrt(asked.to(device))
        wrong = wrong.view(*negatives.shape[:-1]) if kept is None else wrong.view(-1)
        kept = None if kept is None else kept.to(device)
        loss = self.criterion.process_slcwa_scores(right, wrong, batch_filter=kept)
        total: torch.Tensor = loss + self.model.collect_regularization_term()
        return total.reshape(())  # some penalties are arrays of one number

    def stepped(self) -> None:
        """What PyKEEN does after each step."""
        self.model.post_parameter_update()

    @torch.no_grad()
    def export(self) -> Part:
        """The arrays that answer questions, or the model itself."""
        if self.settings.interaction not in OWN:
            return PykeenScores(self.model, self.settings)
        return arrays(self.settings.interaction, self.model)


def arrays(name: str, model: Model) -> Vectors:
    """A PyKEEN model's vectors, with the reciprocal relations that follow from the others."""
    import numpy as np

    interaction = interactions.named(name)
    entities, relations = (flat(r[0]()) for r in (model.entity_representations, model.relation_representations))
    both = np.concatenate([relations, interaction.inverse(np, relations)])
    none = np.zeros(0, np.float32)
    return Vectors(interaction, entities, both, none, none, none)


def flat(vectors: torch.Tensor) -> Floats:
    """Vectors as real numbers: the real parts, then the imaginary ones."""
    if vectors.is_complex():
        vectors = torch.cat([vectors.real, vectors.imag], -1)
    found: Floats = vectors.float().cpu().numpy().copy()
    return found


def pykeen_model(settings: Settings, entities: int, relations: int) -> Model:
    """A new PyKEEN model of that size; complex vectors have half as many numbers."""
    name = settings.interaction
    facts = CoreTriplesFactory(
        torch.zeros((1, 3), dtype=torch.long), num_entities=entities, num_relations=relations
    )  # only the sizes are read
    d = settings.dimension // 2 if name in OWN and interactions.named(name).complex else settings.dimension
    own = OWN.get(name, {})
    if model_resolver.normalize(name) in UNFIT:
        raise UsageError(f"PyKEEN's {name!r} needs more than facts to be made", f"one of: {known(model_resolver)}")
    found: Model = made(
        model_resolver, "interaction", name, triples_factory=facts, embedding_dim=d, random_seed=settings.seed, **own
    )
    return found


def given(settings: Settings) -> dict[str, Any]:
    """The settings of the loss that were named."""
    if settings.loss.lower() != "nssa":
        return {} if settings.margin is None else {"margin": settings.margin}
    return {"margin": settings.margin, "adversarial_temperature": settings.temperature}


def made(resolver: Any, kind: str, name: str, **keys: Any) -> Any:
    """What PyKEEN calls by that name.

    Raises:
        UsageError: when it has no such thing, or cannot make it so.
    """
    try:
        return resolver.make(name, **keys)
    except (KeyError, ValueError) as error:
        raise UsageError(f"PyKEEN has no {kind} {name!r}", f"one of: {known(resolver)}") from error
    except TypeError as error:
        raise UsageError(f"PyKEEN cannot make {kind} {name!r}: {error}", "choose another one") from error


def known(resolver: Any) -> str:
    """What can be named."""
    return ", ".join(sorted(resolver.lookup_dict.keys() - UNFIT))


def sampler(dataset: Dataset, settings: Settings, texts: Floats | None) -> NegativeSampler:
    """The sampler that the settings name.

    ``bernoulli`` with the filter is :class:`kgtool.embed.lemon.LemonNegativeSampler` without texts, which draws known
    triples anew before it leaves them out.
    """
    lemon.register()
    name = settings.sampler
    keys: dict[str, Any] = {}
    if name == "bernoulli" and settings.filtered:
        name, keys = "lemon", {"p_text": 0.0}
    elif name == "lemon":
        keys = {
            "text_vectors": texts, "p_text": settings.p_text, "anchor": settings.anchor, "sides": settings.sides,
            "neighbourhood": settings.neighbourhood, "warm_up": settings.warm_up,
        }  # fmt: skip
    elif settings.filtered:
        keys = {"filterer": "exact"}
    found: NegativeSampler = made(
        negative_sampler_resolver, "sampler", name, mapped_triples=torch.from_numpy(dataset.train),
        num_entities=len(dataset.entities), num_relations=len(dataset.relations),
        num_negs_per_pos=settings.negatives, **keys,
    )  # fmt: skip
    return found


@dataclass(frozen=True)
class PykeenScores:
    """Scores of a PyKEEN model that no arrays of ours can give; needs torch."""

    model: Model
    settings: Settings

    @torch.no_grad()
    def __call__(self, entities: Ids, relations: Ids) -> Floats:
        """Scores; see :class:`kgtool.embed.ranking.Scores`."""
        import numpy as np

        m = self.model.num_relations
        scores = np.empty((len(entities), self.model.num_entities), dtype=np.float32)
        backwards = relations >= m
        for side, ask in ((False, self.model.predict_t), (True, self.model.predict_h)):
            rows = np.flatnonzero(backwards == side)
            if len(rows):
                pair = (relations[rows] - m, entities[rows]) if side else (entities[rows], relations[rows])
                scores[rows] = ask(torch.from_numpy(np.stack(pair, axis=1)).to(self.model.device)).cpu().numpy()
        return scores

    def described(self) -> dict[str, Any]:
        """As ``model.json`` names it."""
        sizes = {"entities": self.model.num_entities, "relations": self.model.num_relations}
        return {"kind": "pykeen", "interaction": self.settings.interaction, "settings": self.settings.to_json()} | sizes

    def arrays(self, prefix: str) -> dict[str, Floats]:
        """The model's tensors by name, for the file; complex ones as pairs of numbers."""
        found = {}
        for name, tensor in self.model.state_dict().items():
            real = torch.view_as_real(tensor) if tensor.is_complex() else tensor
            found[f"{prefix}.{name}"] = real.cpu().numpy()
        return found

    @classmethod
    def read(cls, of: Mapping[str, Any], prefix: str, stored: Mapping[str, Any]) -> Self:
        """From ``model.json`` and the arrays of the file."""
        settings = Settings(**of["settings"])
        model = pykeen_model(settings, of["entities"], of["relations"])
        state = {}
        for name, tensor in model.state_dict().items():
            found = torch.from_numpy(stored[f"{prefix}.{name}"].copy())
            state[name] = torch.view_as_complex(found) if tensor.is_complex() else found
        model.load_state_dict(state)
        return cls(model.eval(), settings)


def trained(dataset: Dataset, settings: Settings, texts: Texts, run: Run) -> Part:
    """Train; with ``p_text`` None once for each value in ``RANGE``, and the best on validation is taken.

    Raises:
        UsageError: when the sampler needs texts or a validation part that are not there.
    """
    told = texts() if settings.sampler == "lemon" and settings.p_text != 0 else None
    vectors = None if told is None else told.entities
    if settings.sampler == "lemon" and settings.p_text != 0 and vectors is None:
        raise UsageError("the sampler lemon needs texts, and the entities have none", "use --sampler bernoulli")
    if settings.p_text is not None:
        return one(dataset, settings, vectors, run, "structure")
    if not len(dataset.valid):
        raise UsageError("--p-text auto needs facts to validate with", "give --p-text a number")
    found = {p: one(dataset, replace(settings, p_text=p), vectors, run, f"p-text-{p:g}") for p in RANGE}
    best = max(RANGE, key=lambda p: (run.courses[f"p-text-{p:g}"].best_mrr, -p))
    run.notes.append(f"p_text {best:g} of {', '.join(f'{p:g}' for p in RANGE)}: the best on validation")
    return found[best]


def one(dataset: Dataset, settings: Settings, vectors: Floats | None, run: Run, stage: str) -> Part:
    """Train with one ``p_text``; the seed decides the first vectors."""
    torch.manual_seed(settings.seed)
    return run.trained(stage, SampledModel(dataset, settings, vectors), dataset, settings)
