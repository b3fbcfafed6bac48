"""How well a tail fits a head and a relation, as one vector that is compared with all entities at once.

``query(head, relation)`` gives the vector; the score of a tail is its product with the tail's vector, or the negative
distance from it. With reciprocal relations (:mod:`kgtool.embed.known`) that answers heads too. The functions take
arrays of numpy and of torch alike: training and answering use the same lines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kgtool.errors import UsageError


def halves(x: Any) -> tuple[Any, Any]:
    """Real and imaginary part of complex vectors, which are kept one after the other."""
    middle = x.shape[-1] // 2
    return x[..., :middle], x[..., middle:]


def product(xp: Any, h: Any, r: Any) -> Any:
    """The complex product, component by component."""
    (a, b), (c, d) = halves(h), halves(r)
    return xp.concatenate((a * c - b * d, a * d + b * c), -1)


def conjugate(xp: Any, r: Any) -> Any:
    """The complex conjugate."""
    a, b = halves(r)
    return xp.concatenate((a, -b), -1)


def learnt(xp: Any, r: Any) -> Any:
    """The inverse of a relation that has none by itself.

    Raises:
        ValueError: always.
    """
    raise ValueError("the relation read backwards must be learnt")


@dataclass(frozen=True)
class Interaction:
    """One way to score.

    Args:
        query: array module, heads ``(n, d)``, relations ``(n, width(d))`` and the core tensor, if any, to ``(n, d)``.
        width: numbers of a relation for entities of ``d`` numbers.
        distance: whether scores are negative distances, not products.
        inverse: the relation read backwards, where it need not be learnt.
        complex: whether vectors are complex, so that ``d`` is even.
        core: whether there is a core tensor, shape ``(d, d, d)``.
    """

    name: str
    source: str
    query: Callable[[Any, Any, Any, Any], Any]
    width: Callable[[int], int] = lambda d: d
    distance: bool = False
    inverse: Callable[[Any, Any], Any] = learnt
    complex: bool = False
    core: bool = False


ALL = {
    i.name: i
    for i in (
        Interaction(
            "complex", "Trouillon et al., ICML 2016",
            lambda xp, h, r, core: product(xp, h, r), inverse=conjugate, complex=True,
        ),
        Interaction(
            "distmult", "Yang et al., ICLR 2015",
            lambda xp, h, r, core: h * r, inverse=lambda xp, r: r,
        ),
        Interaction(
            "rescal", "Nickel et al., ICML 2011",
            lambda xp, h, r, core: xp.einsum("ni,nij->nj", h, r.reshape(-1, h.shape[-1], h.shape[-1])),
            width=lambda d: d * d,
        ),
        Interaction(
            "tucker", "Balažević et al., EMNLP 2019",
            lambda xp, h, r, core: xp.einsum("ni,nik->nk", h, xp.einsum("nj,ijk->nik", r, core)),
            core=True,
        ),
        Interaction(
            "transe", "Bordes et al., NIPS 2013",
            lambda xp, h, r, core: h + r, distance=True, inverse=lambda xp, r: -r,
        ),
        Interaction(
            "rotate", "Sun et al., ICLR 2019",
            lambda xp, h, r, core: product(xp, h, r), distance=True, inverse=conjugate, complex=True,
        ),
    )
}  # fmt: skip
PRODUCTS = tuple(sorted(name for name, i in ALL.items() if not i.distance))
"""Those that the engines ``1vsall`` and ``shared`` train."""


def named(name: str) -> Interaction:
    """The interaction of that name.

    Raises:
        UsageError: when there is none.
    """
    if name not in ALL:
        raise UsageError(f"there is no interaction {name!r}", f"one of: {', '.join(sorted(ALL))}")
    return ALL[name]


def is_distance(name: str) -> bool:
    """Whether an interaction, by its name here or in PyKEEN, compares by distance."""
    return name in ALL and ALL[name].distance


def against(xp: Any, interaction: Interaction, query: Any, entities: Any) -> Any:
    """Scores of all entities; shapes ``(n, d)``, ``(m, d)`` to ``(n, m)``."""
    products = query @ entities.T
    if not interaction.distance:
        return products
    squares = (query * query).sum(-1)[:, None] - 2 * products + (entities * entities).sum(-1)[None]
    return -xp.sqrt(xp.clip(squares, 0, None))
