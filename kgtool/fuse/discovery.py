"""Links that no sentence states, proposed with their justification.

Three things make two entities a candidate pair: the same sentences, chunks or documents name both; they share
neighbours (Adamic and Adar, "Friends and neighbors on the Web", Social Networks 2003); a link scorer takes the pair for
linked. Which relation holds is said by Horn rules that are mined from the graph itself, with support and confidence
under the partial completeness assumption as in AMIE (Galárraga et al., "AMIE: Association Rule Mining under Incomplete
Evidence in Ontological Knowledge Bases", WWW 2013): r1(x, y) → r2(x, y), r1(y, x) → r2(x, y) and
r1(x, z), r2(z, y) → r3(x, y). Nothing here compares all pairs.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kgtool.fuse.conflicts import Known, worded
from kgtool.model import Policy, Statement, Triple
from kgtool.ports import LinkScorer

VERSION = "1"
MAX_DEGREE = 50
"""An entity with more statements joins nothing: it is no common neighbour, and no rule leads over it."""
MIN_SUPPORT = 10
MIN_CONFIDENCE = 0.8
MIN_SHARE = 0.7
"""Least share of all pairs of a rule's body for which its head is known; without it rules speak of what nobody asks."""
SINGLE = 0.9
"""A relation with so many subjects a statement has one object a subject; likewise for objects."""
MIN_SHARED = 0.4
"""Least Adamic–Adar figure: one neighbour in common that has twelve others, or more with more."""
LIKELY = 0.5
"""Probability from which a scored pair is a candidate."""

Pair = tuple[str, str]
Body = tuple[str, ...]
"""One relation, with '^' before it when it is read backwards; or two that are walked one after the other."""


@dataclass
class Graph:
    """Statements between different entities."""

    between: dict[Pair, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The relations from one entity to another."""
    out: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    """The relations and objects of a subject."""
    into: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    """The relations and subjects of an object."""
    subjects: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    objects: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """How many statements a relation has."""

    def add(self, subject: str, relation: str, other: str) -> None:
        """Enter a statement that is not in it yet."""
        self.between[subject, other].add(relation)
        self.out[subject].append((relation, other))
        self.into[other].append((relation, subject))
        self.subjects[relation].add(subject)
        self.objects[relation].add(other)
        self.counts[relation] += 1

    def has(self, subject: str, relation: str, other: str) -> bool:
        """Whether a statement is in it."""
        return relation in self.between.get((subject, other), ())

    def degree(self, entity: str) -> int:
        """How many statements an entity is in."""
        return len(self.out.get(entity, ())) + len(self.into.get(entity, ()))

    def neighbours(self, entity: str) -> set[str]:
        """The other ends of an entity's statements."""
        return {e for way in (self.out, self.into) for _, e in way.get(entity, ())}

    def by_subject(self, relation: str) -> bool:
        """Whether a relation is closer to having one object a subject than to one subject an object."""
        return len(self.subjects[relation]) >= len(self.objects[relation])

    def taken(self, subject: str, relation: str, other: str) -> bool:
        """Whether an end has another end already, where nearly all have one only."""
        many = SINGLE * self.counts[relation]
        single, back = len(self.subjects[relation]) >= many, len(self.objects[relation]) >= many
        return (single and subject in self.subjects[relation]) or (back and other in self.objects[relation])


@dataclass(frozen=True, order=True)
class Rule:
    """What holds of a pair for which the body holds.

    ``support`` counts the pairs for which body and head are known; ``confidence`` is its share in the pairs of the body
    of which the head is known at all at the end where it has fewer others, ``share`` that in all pairs of the body.
    """

    body: Body
    head: str
    support: int
    confidence: float
    share: float

    def __str__(self) -> str:
        steps = f"{self.body[0]}(x, z), {self.body[1]}(z, y)" if len(self.body) == 2 else f"{self.body[0]}(x, y)"
        steps = f"{self.body[0][1:]}(y, x)" if self.body[0].startswith("^") else steps
        return f"{steps} → {self.head}(x, y)"

    @property
    def strength(self) -> tuple[float, int, Body]:
        """Order of rules that say the same: most confidence, most support, then by their terms."""
        return (-self.confidence, -self.support, self.body)


def graph_of(statements: Iterable[Statement]) -> Graph:
    """The statements between different entities as a graph."""
    graph = Graph()
    for s in statements:
        if isinstance(s.object, str) and s.subject != s.object:
            graph.add(s.subject, s.predicate, s.object)
    return graph


# rules


def instances(graph: Graph) -> Iterator[tuple[Body, Pair]]:
    """Each body with each pair for which it holds; a pair as often as there are ways."""
    for (subject, other), relations in graph.between.items():
        for relation in relations:
            yield (relation,), (subject, other)
            yield (f"^{relation}",), (other, subject)
    for middle, onward in graph.out.items():
        arriving = graph.into.get(middle, ())
        if graph.degree(middle) <= MAX_DEGREE:
            yield from (((a, b), (x, y)) for a, x in arriving for b, y in onward if x != y)


def mine(graph: Graph) -> tuple[list[Rule], dict[Body, set[Pair]]]:
    """The rules with enough support, and the pairs for which their bodies hold."""
    hits: dict[tuple[Body, str], set[Pair]] = defaultdict(set)
    for body, pair in instances(graph):
        for head in graph.between.get(pair, ()):
            if body != (head,):
                hits[body, head].add(pair)
    found = {key: len(pairs) for key, pairs in sorted(hits.items()) if len(pairs) >= MIN_SUPPORT}
    bodies = {body for body, _ in found}
    extents: dict[Body, set[Pair]] = defaultdict(set)
    for body, pair in instances(graph):
        if body in bodies:
            extents[body].add(pair)
    return [rule(graph, body, head, n, extents[body]) for (body, head), n in found.items()], extents


def rule(graph: Graph, body: Body, head: str, support: int, extent: set[Pair]) -> Rule:
    """A rule with its confidence."""
    if graph.by_subject(head):
        known = sum(x in graph.subjects[head] for x, _ in extent)
    else:
        known = sum(y in graph.objects[head] for _, y in extent)
    return Rule(body, head, support, round(support / known, 4), round(support / len(extent), 4))


def predictions(graph: Graph) -> dict[tuple[str, str, str], Rule]:
    """What good rules say and the graph does not hold, each with its best rule."""
    rules, extents = mine(graph)
    good = (r for r in rules if r.confidence >= MIN_CONFIDENCE and r.share >= MIN_SHARE)
    found: dict[tuple[str, str, str], Rule] = {}
    for r in sorted(good, key=lambda r: r.strength):
        for x, y in extents[r.body]:
            if not graph.has(x, r.head, y):
                found.setdefault((x, r.head, y), r)
    return found


# candidates


def shared(graph: Graph, a: str, b: str) -> float:
    """The Adamic–Adar figure of two entities: common neighbours, each worth less the more it has; hubs nothing."""
    few, many = sorted((a, b), key=lambda e: (graph.degree(e), e))
    common = [z for z in graph.neighbours(few) if (z, many) in graph.between or (many, z) in graph.between]
    degrees = sorted(graph.degree(z) for z in common)
    return sum(1 / math.log(d) for d in degrees if d <= MAX_DEGREE)


LEVELS = ((4, "sentences"), (2, "chunks"), (1, "documents"))
"""How many parts a place of each kind has, the nearest kind first."""


@dataclass(frozen=True)
class Places:
    """Where each entity is named, as far as triples tell: sentences, chunks, documents."""

    found: Mapping[str, frozenset[tuple[str, ...]]]

    @classmethod
    def of(cls, statements: Iterable[Statement], triples: Sequence[Triple], entities: Collection[str]) -> Places:
        """The places of some entities in statements of any status."""
        places: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for s in statements:
            ends = [e for e in (s.subject, s.object) if isinstance(e, str) and e in entities]
            for e in (triples[i].evidence for i in s.sources) if ends else ():
                sentence = (e.document, e.chunk, str(e.begin), str(e.end))
                for end in ends:
                    places[end].update(sentence[:n] for n, _ in LEVELS)
        return cls({end: frozenset(found) for end, found in places.items()})

    def together(self, a: str, b: str) -> str:
        """How often two entities are named in one sentence, else chunk, else document; empty when never."""
        both = [len(place) for place in self.found.get(a, frozenset()) & self.found.get(b, frozenset())]
        return next((f"{name} in common: {both.count(n)}" for n, name in LEVELS if n in both), "")


# discovery


class Discovery:
    """Proposes statements for one graph.

    Args:
        statements: all of the graph, of any status; what is published is believed.
        triples: that the statements have as sources.
        types: of entities, where they have one.
        known: policies by relation.
        denied: relations that say of a pair that another relation does not hold, with that relation.
        scorer: what else tells linked pairs, if anything.
    """

    def __init__(
        self,
        statements: Sequence[Statement],
        triples: Sequence[Triple],
        types: Mapping[str, str],
        known: Known,
        denied: Mapping[str, str],
        scorer: LinkScorer | None = None,
    ) -> None:
        self.statements, self.triples = statements, triples
        self.said = {s.key[:3]: s for s in statements if isinstance(s.object, str)}
        self.said_not = {(s, denied[r], o) for s, r, o in self.said if r in denied}
        self.valued = {(s.subject, s.predicate) for s in statements if s.status == "published"}
        self.graph = graph_of(s for s in statements if s.status == "published")
        self.types = {e: t for e, t in types.items() if t}
        self.subject_types = self.types_of(self.graph.subjects)
        self.object_types = self.types_of(self.graph.objects)
        self.known = known
        self.scorer = scorer

    def found(self, above: float) -> Iterator[Statement]:
        """The proposed statements with at least this confidence, the surest first."""
        rules = {key: rule for key, rule in predictions(self.graph).items() if self.may_be(key)}
        if not rules:
            return
        places = Places.of(self.statements, self.triples, {end for s, _, o in rules for end in (s, o)})
        standing = graph_of(s for s in self.statements if s.status in {"published", "inferred"})
        for s in sorted(
            (self.statement(key, rule) for key, rule in rules.items()), key=lambda s: (-s.confidence, s.key)
        ):
            subject, relation, other, _ = s.key
            if s.confidence < above or self.contradicts(standing, subject, relation, other):
                continue
            near = self.nearness(places, subject, relation, other)
            if near:
                standing.add(subject, relation, other)
                yield replace(s, reason=f"{s.reason}; {near}")

    def types_of(self, ends: Mapping[str, set[str]]) -> dict[str, set[str]]:
        """The types that one end of each relation has."""
        return {relation: {self.types[e] for e in found if e in self.types} for relation, found in ends.items()}

    def may_be(self, key: tuple[str, str, str]) -> bool:
        """Whether a statement is neither stated nor withheld nor denied, and its relation has ends of these types."""
        subject, relation, other = key
        if key in self.said or key in self.said_not:
            return False
        ends = ((subject, self.subject_types[relation]), (other, self.object_types[relation]))
        return all(self.types[e] in kinds for e, kinds in ends if kinds and e in self.types)

    def contradicts(self, standing: Graph, subject: str, relation: str, other: str) -> bool:
        """Whether a policy, or what the relation does elsewhere, excludes the statement beside what stands."""
        policy = self.known.get(relation, Policy())
        if policy.functional and (subject, relation) in self.valued:
            return True
        if policy.asymmetric and standing.has(other, relation, subject):
            return True
        if standing.taken(subject, relation, other):
            return True
        beside = standing.between.get((subject, other), set())
        return any(r in policy.disjoint or relation in self.known.get(r, Policy()).disjoint for r in beside)

    def statement(self, key: tuple[str, str, str], rule: Rule) -> Statement:
        """A proposed statement with the rule and what it follows from."""
        subject, relation, other = key
        premises = self.premises(rule.body, subject, other)
        sure = rule.confidence * math.prod(p.confidence for p in premises)
        because = " and ".join(worded(p) for p in premises)
        told = f"{because}: {rule}, support {rule.support}, confidence {rule.confidence:.2f}"
        support = min(p.support for p in premises)
        return Statement(subject, relation, other, "inferred", round(sure, 4), support, (), told)

    def premises(self, body: Body, subject: str, other: str) -> list[Statement]:
        """The surest statements for which a body holds of a pair."""
        first = body[0].removeprefix("^")
        if len(body) == 1:
            ends = (subject, first, other) if first == body[0] else (other, first, subject)
            return [self.said[ends]]
        middles = {z for r, z in self.graph.out[subject] if r == first and self.graph.has(z, body[1], other)}
        ways = [[self.said[subject, first, z], self.said[z, body[1], other]] for z in sorted(middles)]
        ways = [w for w in ways if self.graph.degree(w[1].subject) <= MAX_DEGREE]
        return max(ways, key=lambda way: math.prod(p.confidence for p in way))

    def nearness(self, places: Places, subject: str, relation: str, other: str) -> str:
        """What makes a pair a candidate, with its figures; empty when it is none."""
        told = [places.together(subject, other)]
        common = shared(self.graph, subject, other)
        if common >= MIN_SHARED:
            told.append(f"Adamic–Adar {common:.2f}")
        if self.scorer is not None:
            score = self.scorer.score(subject, relation, other)
            told += [f"link score {score:.2f}"] if score >= LIKELY else []
        return ", ".join(filter(None, told))
