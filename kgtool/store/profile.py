"""Shapes that a graph follows already, made from counts: a beginning for shapes of one's own.

For each relation: what kind of values it has, of which datatype or class, and the class of what has it. For each class:
which relations its members have at least once, which at most once, and their values where these say more than the
relation's. Something becomes a rule when at least ``support`` cases speak of it and at least the share ``share`` of
them follows it; the others are what a validation then finds. Comments in the file count them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pyoxigraph as ox

from kgtool.iri import last_part, slug
from kgtool.model import digest
from kgtool.store.vocabulary import ALIASES, OWL, RDF, RDFS, SHACL, Namespaces

TYPE = RDF + "type"
VOCABULARY = (RDF, RDFS, OWL, SHACL)
"""Namespaces whose classes describe the graph; their members are no part of what it is about."""

Row = tuple[Any, str, Any]


@dataclass(frozen=True)
class Rule:
    """A constraint as Turtle writes it, and how many of the cases follow it."""

    text: str
    follow: int
    cases: int


@dataclass(frozen=True)
class Limits:
    """When cases become a rule: how many there must be, and which share of them must follow it."""

    support: int = 10
    share: float = 0.95

    def holds(self, follow: int, cases: int) -> bool:
        """Whether they do."""
        return cases >= self.support and follow >= self.share * cases


def infer(facts: Iterable[ox.Quad], space: Namespaces, limits: Limits) -> str:
    """The shapes of facts as Turtle, in a fixed order; without any shape when nothing is regular enough."""
    return "".join(written(Profile(facts).shapes(limits), space))


class Profile:
    """Facts by node and by relation.

    Args:
        facts: quads, whose graphs do not matter. Aliases are left out, and what describes classes and relations.
    """

    def __init__(self, facts: Iterable[ox.Quad]) -> None:
        rows = [(q.subject, q.predicate.value, q.object) for q in facts]
        self.classes: defaultdict[Any, set[str]] = defaultdict(set)
        for subject, predicate, other in rows:
            if predicate == TYPE and isinstance(other, ox.NamedNode):
                self.classes[subject].add(other.value)
        apart = {n for n, found in self.classes.items() if any(c.startswith(VOCABULARY) for c in found)}
        self.members = Counter(c for node, found in self.classes.items() if node not in apart for c in found)
        self.shared = {r[1] for r in rows if r[0] in apart}
        """Predicates of classes and relations as well, such as labels: a relation's rules would be about these, too."""
        kept = (r for r in rows if r[1] not in (TYPE, *ALIASES) and r[0] not in apart)
        self.rows: list[Row] = sorted(kept, key=lambda r: (r[1], str(r[0]), str(r[2])))

    def shapes(self, limits: Limits) -> Iterator[tuple[str, str, str, list[Rule]]]:
        """What each shape has: its name, target and path, and its rules; those of a name and target belong together."""
        known: dict[str, list[Rule]] = {}
        for predicate, found in groupby(self.rows, key=lambda r: r[1]):
            rows: list[Row] = list(found)
            if predicate in self.shared:
                known[predicate] = []
                continue
            known[predicate] = self._values([r[2] for r in rows], limits)
            about = last_part(predicate)
            yield f"values of {about}", f"sh:targetSubjectsOf <{predicate}>", f"<{predicate}>", known[predicate]
            ends = self._class([r[0] for r in rows], limits)
            yield f"subjects of {about}", f"sh:targetObjectsOf <{predicate}>", f"[ sh:inversePath <{predicate}> ]", ends
        for name, used in sorted(self._used().items()):
            for predicate, own in sorted(used.items()):
                more = [r for r in self._values([r[2] for r in own], limits) if r.text not in texts(known[predicate])]
                rules = self._counts(name, own, limits) + more
                yield last_part(name), f"sh:targetClass <{name}>", f"<{predicate}>", rules

    def _used(self) -> Mapping[str, Mapping[str, Sequence[Row]]]:
        """The rows of each class by predicate."""
        found: defaultdict[str, defaultdict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for row in self.rows:
            for name in self.classes.get(row[0], ()):
                found[name][row[1]].append(row)
        return found

    def _values(self, values: Sequence[Any], limits: Limits) -> list[Rule]:
        """The datatype or class of values; their kind where they have neither in common."""
        types = Counter(v.datatype.value for v in values if isinstance(v, ox.Literal))
        for datatype, count in sorted(types.items(), key=lambda row: (-row[1], row[0]))[:1]:
            if limits.holds(count, len(values)):
                return [Rule(f"sh:datatype <{datatype}>", count, len(values))]
        if found := self._class(values, limits):
            return found
        kinds = Counter("Literal" if isinstance(v, ox.Literal) else "IRI" for v in values)
        kinds["IRI"] -= sum(isinstance(v, ox.BlankNode) for v in values)
        return [
            Rule(f"sh:nodeKind sh:{kind}", kinds[kind], len(values))
            for kind in ("IRI", "Literal")
            if limits.holds(kinds[kind], len(values))
        ]

    def _class(self, nodes: Sequence[Any], limits: Limits) -> list[Rule]:
        """The class that most nodes have; of several the smallest."""
        found = Counter(c for node in nodes for c in self.classes.get(node, ()))
        best = sorted(found.items(), key=lambda row: (-row[1], self.members[row[0]], row[0]))[:1]
        return [Rule(f"sh:class <{c}>", n, len(nodes)) for c, n in best if limits.holds(n, len(nodes))]

    def _counts(self, name: str, rows: Sequence[Row], limits: Limits) -> list[Rule]:
        """Whether members of a class have a relation at least, and at most, once."""
        times = Counter(row[0] for row in rows)
        once = sum(n == 1 for n in times.values())
        rules = [Rule("sh:minCount 1", len(times), self.members[name]), Rule("sh:maxCount 1", once, len(times))]
        return [rule for rule in rules if limits.holds(rule.follow, rule.cases)]


def texts(rules: Iterable[Rule]) -> set[str]:
    """What rules say."""
    return {rule.text for rule in rules}


def written(shapes: Iterable[tuple[str, str, str, list[Rule]]], space: Namespaces) -> Iterator[str]:
    """Shapes as Turtle."""
    prefixes = {"sh": SHACL, **{n: iri for n, iri in sorted(space.prefixes().items()) if n not in {"", "e", "g"}}}
    yield "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in prefixes.items())
    names: dict[str, str] = {}
    for (name, target), rows in groupby(((s, s[3]) for s in shapes if s[3]), key=lambda row: row[0][:2]):
        iri = space.node("shape", slug(name))
        if names.setdefault(iri, target) != target:  # of another namespace
            iri = f"{iri}~{digest(target)[:8]}"
        yield f"\n<{iri}> a sh:NodeShape ;\n  {space.short(target)}"
        for shape, rules in rows:
            yield f" ;\n  sh:property [\n    sh:path {space.short(shape[2])} ;\n"
            yield "".join(f"    {space.short(r.text)} ;  # {r.follow} of {r.cases}\n" for r in rules)
            yield "  ]"
        yield " .\n"
