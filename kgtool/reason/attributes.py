"""Attributes: relations that lead to numbers or dates, found by what they lead to and chosen by the words for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kgtool.reason.degrees import unit
from kgtool.reason.linking import Names, is_iri
from kgtool.reason.matching import alike
from kgtool.reason.network import Network
from kgtool.reason.question import DATES, NUMBERS
from kgtool.reason.schema_card import Card
from kgtool.reason.senses import SAID, likeness
from kgtool.store.vocabulary import RDFS, XSD
from kgtool.words import words

if TYPE_CHECKING:
    from kgtool.reason.network import Ids

SAMPLE = 200
"""Facts of a relation, or nodes of a set, that are looked at."""
VALUES = 0.6
"""Least share of a relation's objects that are numbers (or dates) for it to be an attribute."""
FIT = 0.8
"""Least likeness of a word to an attribute's names."""
SHARED = 0.5
"""Least share of things that must have a date for it to tell which is the oldest, where no word says which date."""
UNSAID = 0.02
"""What a word of an attribute's names that is not said takes off."""


@dataclass(frozen=True)
class Attribute:
    """Steps from a thing to a value, or to what is counted.

    ``kind`` is ``number``, ``date`` or ``count``; ``typed`` whether the values are literals of such a type,
    ``labelled`` whether they are nodes that are named so; ``unit`` what they are measured in, where the relation's
    name tells.
    """

    steps: tuple[int, ...]
    kind: str
    content: tuple[str, ...] = ()
    typed: bool = True
    labelled: bool = False
    unit: tuple[str, float] | None = None

    def fit(self, said: Sequence[str]) -> float:
        """How far words say this attribute; the first counts most."""
        best = max((likeness(w, self.content) - 0.01 * i for i, w in enumerate(said)), default=0.0)
        unsaid = sum(not any(alike(w, c) >= SAID for w in said) for c in self.content if not unit(c))
        return best - UNSAID * unsaid


@dataclass(frozen=True)
class Attributes:
    """The attributes of a graph."""

    network: Network
    names: Names
    card: Card

    @cached_property
    def all(self) -> tuple[Attribute, ...]:
        """Every attribute, of things and, over what joins them to values, of what only joins."""
        own = {r: found for r in range(len(self.network.relations)) if (found := self.of_relation(r))}
        joined = [
            self.over(r, found) for step in sorted(self.network.through) if step % 2 == 0
            for r in [step // 2] for found in own.values() if self.follows(step, found.steps[0])
        ]  # fmt: skip
        return (*own.values(), *joined)

    def says(self, word: str) -> bool:
        """Whether a word is one of some attribute's name, or another word for it."""
        return any(likeness(word, a.content) >= SAID for a in self.all)

    def of_relation(self, relation: int) -> Attribute | None:
        """The attribute that a relation is; None for one that leads to other things."""
        if relation == self.network.type:
            return None
        nodes = [other for _, other in self.network.facts_of(relation, SAMPLE)]
        kinds = [self.kind(n) for n in nodes]
        for kind in ("number", "date"):
            if nodes and kinds.count(kind) >= VALUES * len(nodes):
                terms = [self.network.terms[n] for n in nodes]
                typed = all(getattr(t, "datatype", None) is None or t.datatype.value in DATES + NUMBERS for t in terms)
                iri = is_iri(terms[0])
                return Attribute((2 * relation,), kind, self.content(relation), typed, iri, self.unit(relation))
        return None

    def kind(self, node: int) -> str:
        """``number`` or ``date`` for a literal of such a type or what is written like a number; else empty."""
        term = self.network.terms[node]
        datatype = getattr(getattr(term, "datatype", None), "value", "")
        if datatype in DATES:
            return "date"
        return "number" if datatype in NUMBERS or is_number(self.names.label(node)) else ""

    def content(self, relation: int) -> tuple[str, ...]:
        """The words of a relation's names, without units."""
        found = self.card.content[relation]
        return tuple(w for w in found if not unit(w)) or found

    def unit(self, relation: int) -> tuple[str, float] | None:
        """The unit that ends a relation's name: 'weight (g)', 'weight_g'."""
        ends = [words(n.replace("_", " "))[-1:] for n in (*self.card.names[relation], self.network.relations[relation])]
        return next((found for end in ends if end and (found := unit(end[0]))), None)

    def over(self, relation: int, found: Attribute) -> Attribute:
        """An attribute of what a relation comes from, over the node between."""
        content = tuple(dict.fromkeys((*self.content(relation), *found.content)))
        steps = (2 * relation, *found.steps)
        return Attribute(steps, found.kind, content, found.typed, found.labelled, found.unit)

    def follows(self, step: int, other: int) -> bool:
        """Whether some node that a step leads to has another step."""
        import numpy as np

        return bool(len(np.intersect1d(self.network.sources(step ^ 1), self.network.sources(other))))

    def choose(
        self, nodes: Ids, said: Sequence[str], *, time: bool = False, measured: tuple[str, float] | None = None
    ) -> Attribute | None:
        """The attribute of some nodes that words say; of the unit's kind, or any date where ``time`` and no word fits.

        Args:
            nodes: of which some must have it.
            said: the words, the best first.
            time: whether a date will do.
            measured: the unit asked for; an attribute in a unit of another kind does not fit.
        """
        import numpy as np

        seen = nodes[np.linspace(0, len(nodes) - 1, min(SAMPLE, len(nodes))).astype(np.int64)] if len(nodes) else nodes
        having = {step for step, _ in self.network.around(seen)} if len(seen) else set()
        best: list[tuple[float, Attribute]] = []
        for attribute in self.all:
            if attribute.steps[0] not in having:
                continue
            if measured and attribute.unit and attribute.unit[0] != measured[0]:
                continue
            fit = attribute.fit(said)
            if not said and measured and attribute.unit:
                fit = FIT
            if time and fit < FIT and attribute.kind == "date" and self.share(seen, attribute) >= SHARED:
                fit = FIT
            if fit >= FIT:
                best.append((fit, attribute))
        return max(best, key=lambda row: (row[0], [-s for s in row[1].steps]))[1] if best else None

    def share(self, nodes: Ids, attribute: Attribute) -> float:
        """The share of some nodes that have an attribute."""
        import numpy as np

        return float(np.isin(nodes, self.network.sources(attribute.steps[0])).mean())

    def counted(self, nodes: Ids, said: Sequence[str]) -> Attribute | None:
        """What some nodes are joined to that words name: by the relation, or by the class of what is there."""
        best: list[tuple[float, int]] = []
        for step, _ in self.network.around(nodes[:SAMPLE]):
            if step // 2 == self.network.type or step in self.network.through:
                continue
            form = max((likeness(w, self.card.content[step // 2]) for w in said), default=0.0)
            kind = max((alike(w, c) for w in said for c in self.card.ranges(step)), default=0.0)
            if max(form, kind) >= SAID:
                best.append((form + kind, -step))
        return Attribute((-max(best)[1],), "count") if best else None


def is_number(text: str) -> bool:
    """Whether a text is a number as a computer writes it."""
    try:
        float(text)
    except ValueError:
        return False
    return text[:1] in "+-.0123456789"


def numbered(attribute: Attribute, variable: str) -> tuple[list[str], str]:
    """The patterns from an attribute's last node to what is compared, and that as an expression.

    Args:
        attribute: a number or date.
        variable: of the last node, with its question mark.
    """
    lines, value = [], variable
    if attribute.labelled:
        value = f"{variable}l"
        lines = [f"{variable} <{RDFS}label> {value} ."]
    if attribute.kind == "date":
        return lines, f"STR({value})"
    return lines, value if attribute.typed and not attribute.labelled else f"<{XSD}decimal>(STR({value}))"
