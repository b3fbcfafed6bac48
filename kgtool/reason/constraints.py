"""What a question demands of the places of a path, as patterns of the query: values compared, ranked, absent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kgtool.reason.attributes import Attribute, Attributes, numbered
from kgtool.reason.expand import Candidate, Path, walked
from kgtool.reason.explained import of_kind
from kgtool.reason.operators import Condition, Demands, Ranking
from kgtool.reason.senses import SAID, likeness
from kgtool.store.vocabulary import XSD

if TYPE_CHECKING:
    from kgtool.reason.network import Ids

LETTERS = "abcdef"
"""Variables of a candidate's paths begin with these."""


@dataclass(frozen=True)
class Place:
    """A place on a path of a candidate: the number of the path, how many steps are before it, what is there."""

    path: int
    steps: int
    nodes: Ids
    last: bool
    kind: bool
    """Whether one step leads there from a class, or from what names a kind."""

    @property
    def variable(self) -> str:
        """Its variable in the query."""
        return "?answer" if self.last else f"?{LETTERS[self.path]}{self.steps}"


@dataclass(frozen=True)
class Use:
    """An attribute at a place: what is cited beside the path."""

    place: Place
    steps: tuple[int, ...]
    nodes: tuple[int, ...] = ()
    """What it is compared with: other nodes that have it."""


@dataclass(frozen=True)
class Constraints:
    """Patterns beside those of a candidate's paths, what they use, and what they come to."""

    lines: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    without: tuple[Path, ...] = ()
    """Paths from names that must not lead to an answer."""
    value: str = ""
    """The aggregate and its expression, where the answer is a sum or the like."""
    ranked: tuple[tuple[tuple[str, ...], Ranking, str, str], ...] = ()


@dataclass(frozen=True)
class Grounding:
    """Finds on a candidate what a question's demands are about."""

    attributes: Attributes
    values: Callable[[tuple[int, int]], Sequence[int]]
    """The nodes of a name at a place of the text."""
    strict: bool = True
    """Whether what is ranked must be of the kind that a name before it stands for, where there is one."""

    def ground(self, candidate: Candidate, demands: Demands) -> Constraints | None:
        """The constraints of a candidate; None where the graph has not what is compared."""
        places = self.places(candidate)
        made = Constraints()
        for number, condition in enumerate(demands.conditions):
            found = self.condition(condition, places, f"c{number}")
            if not found:
                return None
            made = replace(made, lines=(*made.lines, *found.lines), uses=(*made.uses, *found.uses))
        for words in demands.absent:
            lines = self.absent(words, places[0])
            if not lines:
                return None
            made = replace(made, lines=(*made.lines, *lines))
        if demands.aggregate:
            return self.aggregate(demands, places[0], made)
        for number, ranking in enumerate(demands.rankings):
            ranked = self.ranking(ranking, places, f"r{number}")
            if not ranked:
                return None
            made = replace(made, ranked=(*made.ranked, *ranked.ranked), uses=(*made.uses, *ranked.uses))
        return made

    def places(self, candidate: Candidate) -> list[Place]:
        """The places of a candidate's paths, the answers first, then backwards; names and joining nodes aside."""
        network = self.attributes.network
        card = self.attributes.card
        kind = any(len(p.steps) == 1 and of_kind(card, p.steps[0]) for p in candidate.paths)
        found = [Place(0, len(candidate.paths[0].steps), candidate.nodes, True, kind)]
        for number, path in enumerate(candidate.paths):
            sets = walked(network, path)
            found += [
                Place(number, i, sets[i], False, i == 1 and of_kind(card, path.steps[0]))
                for i in range(len(path.steps) - 1, 0, -1)
                if path.steps[i - 1] not in network.through
            ]
        return found

    def condition(self, condition: Condition, places: Sequence[Place], name: str) -> Constraints | None:
        """An attribute beside a value, at the answers or else at the place nearest to them that has it."""
        for place in places:
            if condition.counts:
                counted = self.attributes.counted(place.nodes, condition.words)
                if counted and condition.number is not None:
                    return self.number_of(counted, place, name, condition)
                continue
            attribute = self.attributes.choose(
                place.nodes, condition.words, time=condition.time, measured=condition.unit
            )
            found = self.compared(condition, attribute, place, name) if attribute else None
            if found:
                return found
        return None

    def compared(self, condition: Condition, attribute: Attribute, place: Place, name: str) -> Constraints | None:
        """An attribute of a place compared with what the condition says."""
        lines, value = self.chain(attribute, place.variable, name)
        uses = [Use(place, attribute.steps)]
        sign = (attribute.kind == "date" and condition.on_dates) or condition.sign
        if condition.other:
            other = self.attributes.choose(place.nodes, condition.other, measured=attribute.unit)
            if not other or other.steps == attribute.steps:
                return None
            more, right = self.chain(other, place.variable, f"{name}o")
            return Constraints((*lines, *more, f"FILTER({value} {sign} {right})"), (*uses, Use(place, other.steps)))
        if condition.named:
            nodes = self.values(condition.named)
            terms = [str(self.attributes.network.terms[n]) for n in nodes]
            more, right = self.chain(attribute, f"?{name}n", f"{name}o")
            given = f"VALUES ?{name}n {{ {' '.join(terms)} }}"
            uses = [Use(place, attribute.steps, tuple(nodes))]
            return Constraints((*lines, given, *more, f"FILTER({value} {sign} {right})"), tuple(uses))
        if attribute.kind == "date":
            return self.dated(condition, lines, f"SUBSTR({value}, 1, {len(condition.date)}) {sign}", uses)
        if condition.number is None:
            return None
        number = scaled(condition, attribute)
        return Constraints((*lines, f"FILTER({value} {sign} {number})"), tuple(uses))

    def dated(self, condition: Condition, lines: list[str], test: str, uses: list[Use]) -> Constraints | None:
        """A date compared as far as the question gives it: a year with years."""
        if not condition.date:
            return None
        return Constraints((*lines, f'FILTER({test} "{condition.date}")'), tuple(uses))

    def number_of(self, counted: Attribute, place: Place, name: str, condition: Condition) -> Constraints:
        """How many things a place is joined to, beside a number; none counts as 0."""
        lines, end = self.steps(counted.steps, f"?{name}s", name)
        grouped = f"SELECT (?{name}s AS {place.variable}) (COUNT(DISTINCT {end}) AS ?{name}t) WHERE"
        inner = f"OPTIONAL {{ {{ {grouped} {{ {' '.join(lines)} }} GROUP BY ?{name}s }} }}"
        number = f"{condition.number:g}"
        test = f"FILTER(COALESCE(?{name}t, 0) {condition.sign} {number})"
        return Constraints((inner, test), (Use(place, counted.steps),))

    def absent(self, words: Sequence[str], place: Place) -> list[str]:
        """That nothing is at the end of a relation that some of the answers, or others of their class, have."""
        network, card = self.attributes.network, self.attributes.card
        best: list[tuple[float, int]] = []
        for step, _ in network.around(self.alike(place.nodes)):
            if step // 2 != network.type:
                form = max((likeness(w, card.content[step // 2]) for w in words), default=0.0)
                best.append((form - (0.05 if step % 2 else 0.0), -step))
        if not best or max(best)[0] < SAID - 0.05:
            return []
        lines, _ = self.steps((-max(best)[1],), place.variable, "n")
        return [f"FILTER NOT EXISTS {{ {' '.join(lines)} }}"]

    def alike(self, nodes: Ids) -> Ids:
        """Some nodes with the others of their classes."""
        import numpy as np

        network = self.attributes.network
        if network.type < 0:
            return nodes
        classes = network.walk(nodes, 2 * network.type)
        return np.union1d(nodes, network.walk(classes, 2 * network.type + 1))

    def aggregate(self, demands: Demands, place: Place, made: Constraints) -> Constraints | None:
        """A sum or the like of an attribute of the answers."""
        attribute = self.attributes.choose(place.nodes, demands.summed)
        if not attribute or (attribute.kind == "date" and demands.aggregate in {"SUM", "AVG"}):
            return None
        lines, value = self.chain(attribute, place.variable, "v")
        bound = f"BIND({value} AS ?value)"
        return replace(
            made,
            lines=(*made.lines, *lines, bound),
            uses=(*made.uses, Use(place, attribute.steps)),
            value=demands.aggregate,
        )

    def ranking(self, ranking: Ranking, places: Sequence[Place], name: str) -> Constraints | None:
        """What is compared, at the answers or the place nearest to them; at the name's end where one follows."""
        order = list(places)
        if ranking.named and self.strict:
            order = [p for p in places if p.kind]
        elif ranking.named:
            order.sort(key=lambda p: (p.steps, p.path))
        for place in order:
            if len(place.nodes) < 1:
                continue
            attribute = self.attributes.choose(place.nodes, ranking.words, time=ranking.time)
            if attribute:
                return self.ranked(attribute, ranking, place, name)
            counted = self.attributes.counted(place.nodes, ranking.words) if ranking.counts else None
            if counted:
                return self.ranked(counted, ranking, place, name)
        return None

    def ranked(self, attribute: Attribute, ranking: Ranking, place: Place, name: str) -> Constraints:
        """The patterns that bind what is ranked to ``?NAMEv``."""
        if attribute.kind == "count":
            lines, end = self.steps(attribute.steps, f"?{name}s", name)
            grouped = f"SELECT (?{name}s AS {place.variable}) (COUNT(DISTINCT {end}) AS ?{name}v) WHERE"
            bound = [f"{{ {grouped} {{ {' '.join(lines)} }} GROUP BY ?{name}s }}"]
            least = ranking.least
        else:
            lines, value = self.chain(attribute, place.variable, name)
            bound = [*lines, f"BIND({value} AS ?{name}v)"]
            least = not ranking.late if attribute.kind == "date" else ranking.least
        made = replace(ranking, least=least)
        others = () if place.steps else tuple(place.nodes.tolist())  # names that are compared: what each has is cited
        return Constraints(
            uses=(Use(place, attribute.steps, others),), ranked=((tuple(bound), made, place.variable, name),)
        )

    def chain(self, attribute: Attribute, subject: str, name: str) -> tuple[list[str], str]:
        """The patterns from a variable to a value, and the value as an expression."""
        lines, end = self.steps(attribute.steps, subject, name)
        more, value = numbered(attribute, end)
        return [*lines, *more], value

    def steps(self, steps: Sequence[int], subject: str, name: str) -> tuple[list[str], str]:
        """Steps as triple patterns, and the variable at their end."""
        lines = []
        for i, number in enumerate(steps):
            step = self.attributes.network.step(number)
            other = f"?{name}x{i}"
            one, two = (subject, other) if step.forward else (other, subject)
            lines.append(f"{one} <{step.relation}> {two} .")
            subject = other
        return lines, subject


def composed(base: Sequence[str], made: Constraints) -> list[str]:
    """The patterns of a candidate with its constraints; of what is ranked the first places, and what ties with them."""
    lines = [*base, *made.lines]
    for bound, ranking, variable, name in made.ranked:
        inner = [*lines, *bound]
        order = f"{'ASC' if ranking.least else 'DESC'}(?{name}v)"
        offset = ranking.skip + ranking.keep - 1
        limit = f"ORDER BY {order} LIMIT 1 OFFSET {offset}" if offset else f"ORDER BY {order} LIMIT 1"
        sign = "=" if ranking.skip else "<=" if ranking.least else ">="
        top = f"SELECT DISTINCT ({variable} AS ?{name}top) (?{name}v AS ?{name}bound) WHERE"
        fewer = ranking.keep > 1  # there may be fewer than so many
        lines += [
            *bound,
            f"{'OPTIONAL ' if fewer else ''}{{ {top} {{",
            *(f"  {line}" for line in inner),
            f"}} {limit} }}",
        ]
        test = f"?{name}v {sign} ?{name}bound"
        lines.append(f"FILTER(!BOUND(?{name}bound) || {test})" if fewer else f"FILTER({test})")
    return lines


def scaled(condition: Condition, attribute: Attribute) -> str:
    """The number of a condition in the unit of the attribute."""
    number = condition.number or 0.0
    if condition.unit and attribute.unit:
        number *= condition.unit[1] / attribute.unit[1]
    shown = f"{number:.12g}"
    return f'"{shown}"^^<{XSD}double>' if "e" in shown else shown
