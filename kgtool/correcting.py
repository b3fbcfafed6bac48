"""Corrections of the facts behind an answer, in words: taken out or added, as one SPARQL Update.

The update is tried on a copy of the graph (:meth:`kgtool.layout.Layout.trial`) or kept like every other one
(:mod:`kgtool.updating`): run again whenever the graph is made, and undone by its number. The statements' nodes in the
provenance graph say that a person decided, and about which question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyoxigraph as ox

from kgtool.datatypes import FORMS
from kgtool.errors import NotFoundError, UsageError
from kgtool.iri import is_iri, last_part, slug
from kgtool.reason.linking import Names
from kgtool.reason.network import Network
from kgtool.reason.question import Question
from kgtool.reason.schema_card import Card
from kgtool.store.oxigraph import OxigraphStore
from kgtool.store.rdf import LABEL, TYPE, Fact, content, text
from kgtool.store.vocabulary import RDF, XSD
from kgtool.words import words

SHAPE = 'write it as "SUBJECT|RELATION|OBJECT", by names or IRIs in <>'
LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"(?:@[A-Za-z][A-Za-z0-9-]*|\^\^<[^<>"\s]+>)?')
GUESSED = ("date", "gYear", "integer", "decimal")
"""Datatypes that a text is taken for, where the relation has no values to go by."""
YEAR = re.compile(r"\d{4}")
SHOWN = 5
LONGEST = 200
"""Characters of the question that are recorded."""

RECORD = """INSERT {{ GRAPH <{graph}> {{
  <{node}> a kg:Statement ; rdf:subject {s} ; rdf:predicate {p} ; rdf:object {o} ;
    kg:support 0 ; kg:confidence 1.0
}} }} WHERE {{ FILTER NOT EXISTS {{ GRAPH <{graph}> {{
  ?node a kg:Statement ; rdf:subject {s} ; rdf:predicate {p} ; rdf:object {o}
}} }} }} ;
DELETE {{ GRAPH <{graph}> {{ ?node kg:status ?status ; kg:reason ?reason }} }}
INSERT {{ GRAPH <{graph}> {{ ?node kg:status "{status}" ; kg:reason {why} }} }}
WHERE {{ GRAPH <{graph}> {{
  ?node a kg:Statement ; rdf:subject {s} ; rdf:predicate {p} ; rdf:object {o}
  OPTIONAL {{ ?node kg:status ?status }} OPTIONAL {{ ?node kg:reason ?reason }}
}} }}"""
"""The statement's node, made where there is none; then its status and reason are the person's."""


CLASSES = "SELECT ?class (COUNT(DISTINCT ?x) AS ?n) {{ {pattern} . ?x a ?class }} GROUP BY ?class"


@dataclass(frozen=True)
class Corrections:
    """Facts to take out and to add, the update that does it, and what the graph had no name for.

    ``classes``: entities of the added facts that had no class, with the one that they are taken to be of.
    """

    rejected: tuple[Fact, ...]
    asserted: tuple[Fact, ...]
    sparql: str
    new: tuple[str, ...] = ()
    classes: tuple[tuple[ox.NamedNode, ox.NamedNode], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """One object; facts as SPARQL writes them."""
        facts = {name: [list(map(str, fact)) for fact in getattr(self, name)] for name in ("rejected", "asserted")}
        classes = {entity.value: kind.value for entity, kind in self.classes}
        return facts | {"new": list(self.new), "classes": classes, "update": self.sparql}


def corrections(store: OxigraphStore, question: str, rejected: Sequence[str], asserted: Sequence[str]) -> Corrections:
    """Read corrections.

    Args:
        store: the graph.
        question: whose answer is corrected.
        rejected: facts of the graph, each as ``SUBJECT|RELATION|OBJECT``; names, IRIs in ``<>``, literals in ``""``.
        asserted: further facts, likewise; a name that nothing has becomes a new entity or relation.

    Raises:
        UsageError: for what has not this shape, or may mean several facts.
        NotFoundError: for a rejected fact that the graph does not have.
    """
    book = Wordbook(store)
    out = tuple(book.known(one) for one in rejected)
    added = tuple(book.meant(one) for one in asserted)
    if both := sorted(set(map(str, out)) & set(map(str, added))):
        raise UsageError(f"rejected and asserted at once: {both[0]}", "say one of them")
    kinds = classes(store, added)
    sparql = written(store, question, out, added, [*introduced(store, book.labels), *map(typed, kinds)])
    return Corrections(out, added, sparql, tuple(book.labels.values()), tuple(kinds))


def split(given: str) -> tuple[str, str, str]:
    """The three parts of a fact in words; a bar within a part stands behind a backslash.

    Raises:
        UsageError: when there are not three.
    """
    parts = [part.replace("\\|", "|").strip() for part in re.split(r"(?<!\\)\|", given)]
    if len(parts) != 3 or not all(parts):
        raise UsageError(f"{given[:LONGEST]!r} is no fact", SHAPE)
    return parts[0], parts[1], parts[2]


@dataclass
class Wordbook:
    """What the names of a graph stand for, as answers show them; and names that were new."""

    store: OxigraphStore
    labels: dict[ox.NamedNode, str] = field(default_factory=dict)
    """Entities and relations that were made, with their names."""

    @cached_property
    def network(self) -> Network:
        """The facts."""
        return Network.of(self.store)

    @cached_property
    def names(self) -> Names:
        """The names of its nodes."""
        return Names.of(self.store, self.network)

    @cached_property
    def card(self) -> Card:
        """The names of its relations."""
        return Card(self.store, self.network)

    def known(self, given: str) -> Fact:
        """The fact of the graph that is meant.

        Raises:
            UsageError: when it is no fact, or several are meant.
            NotFoundError: when there is none.
        """
        subject, predicate, other = split(given)
        ends = [self.nodes(subject), self.relations(predicate), self.nodes(other)]
        kinds = (self.unknown, self.unknown_relation, self.unknown)
        for name, found, error in zip((subject, predicate, other), ends, kinds, strict=True):
            if not found:
                raise error(name)
        lists = [" ".join(map(str, found)) for found in ends]
        query = f"SELECT ?s ?p ?o {{ VALUES ?s {{ {lists[0]} }} VALUES ?p {{ {lists[1]} }} VALUES ?o {{ {lists[2]} }} "
        rows = sorted(self.store.query(f"{query} ?s ?p ?o }}").rows(), key=str)
        if not rows:
            hint = f"see what it says: kgtool show {subject!r}"
            raise NotFoundError(f"the graph does not say: {subject} – {predicate} – {other}", hint)
        if len(rows) > 1:
            told = " or ".join("|".join(map(str, row)) for row in rows[:SHOWN])
            raise UsageError(f"{given!r} may be {told}", "give the IRIs of the one you mean")
        s, p, o = rows[0]
        return s, p, o

    def meant(self, given: str) -> Fact:
        """The fact that is to be added.

        Raises:
            UsageError: when it is no fact, or a name has several meanings.
        """
        subject, predicate, other = split(given)
        relation = self.one(predicate, self.relations(predicate), "relation")
        taken = self.one(subject, [t for t in self.nodes(subject) if isinstance(t, ox.NamedNode)], "entity")
        return taken, relation, self.value(other, relation)

    def value(self, name: str, relation: ox.NamedNode) -> ox.NamedNode | ox.Literal:
        """An object: a literal where it is written as one, or where the relation has such values."""
        if name.startswith('"'):
            return parsed(name)
        entities = [t for t in self.nodes(name) if isinstance(t, ox.NamedNode)]
        if not entities and not is_iri(name.strip("<>")):
            for datatype in self.datatypes(relation):
                if re.fullmatch(FORMS.get(datatype.removeprefix(XSD), "(?!)"), name):
                    plain = datatype == f"{XSD}string"
                    return ox.Literal(name) if plain else ox.Literal(name, datatype=ox.NamedNode(datatype))
        return self.one(name, entities, "entity")

    def datatypes(self, relation: ox.NamedNode) -> list[str]:
        """The datatypes that an object may have: those that the relation has; else what a text looks like."""
        query = f"SELECT ?d (COUNT(*) AS ?n) {{ ?s {relation} ?o BIND(DATATYPE(?o) AS ?d) }} GROUP BY ?d"
        rows = sorted(self.store.query(query).rows(), key=lambda r: (-int(r[1].value), str(r[0])))
        used = [row[0].value for row in rows if row[0] is not None]
        return used or ([] if rows else [f"{XSD}{name}" for name in GUESSED])

    def one(self, name: str, found: Sequence[ox.NamedNode], kind: str) -> ox.NamedNode:
        """The one meaning of a name; a new one where there is none.

        Raises:
            UsageError: when there are several.
        """
        if len(found) > 1:
            told = " or ".join(map(str, found[:SHOWN]))
            raise UsageError(f"{name!r} may be {told}", "give the IRI of the one you mean")
        if found:
            return found[0]
        bare = name.removeprefix("<").removesuffix(">")
        if is_iri(bare):
            return ox.NamedNode(bare)
        made = ox.NamedNode(self.store.space.node(kind, slug(name)))
        self.labels[made] = name
        return made

    def nodes(self, name: str) -> list[Any]:
        """The terms that are called so, but blank ones: by IRI, by literal, by name."""
        if name.startswith('"'):
            return [parsed(name)]
        bare = name.removeprefix("<").removesuffix(">")
        if is_iri(bare) and ox.NamedNode(bare) in self.network.numbers:
            return [ox.NamedNode(bare)]
        found = {self.network.terms[node] for node, _ in self.names.nodes.get(" ".join(words(name)), ())}
        return sorted((t for t in found if not isinstance(t, ox.BlankNode)), key=str)

    def relations(self, name: str) -> list[ox.NamedNode]:
        """The relations that are called so: by IRI, by label, else by alias."""
        bare = name.removeprefix("<").removesuffix(">")
        if bare in self.network.relations:
            return [ox.NamedNode(bare)]
        key = words(name)
        for known in (self.card.labels, self.card.names):
            rows = zip(self.network.relations, known, strict=True)
            called = [r for r, n in rows if any(words(x) == key for x in ([n] if isinstance(n, str) else n))]
            if called:
                return list(map(ox.NamedNode, sorted(called)))
        return []

    def unknown(self, name: str) -> NotFoundError:
        """The error for a name that nothing has."""
        near = self.names.nearest(Question.parse(last_part(name)), SHOWN)
        hint = f"the nearest are: {', '.join(near)}" if near else "see what is there: kgtool query @top"
        return NotFoundError(f"nothing in the graph is called {name[:100]!r}", hint)

    def unknown_relation(self, name: str) -> NotFoundError:
        """The error for a name that no relation has."""
        from rapidfuzz import fuzz, process

        labels = sorted(set(self.card.labels))
        near = process.extract(last_part(name).casefold(), labels, scorer=fuzz.ratio, limit=SHOWN, score_cutoff=50)
        hint = f"the nearest are: {', '.join(label for label, _, _ in near)}" if near else "see: kgtool stats"
        return NotFoundError(f"no relation of the graph is called {name[:100]!r}", hint)


def parsed(written: str) -> ox.Literal:
    """A literal as SPARQL writes it.

    Raises:
        UsageError: when it is none.
    """
    wrong = UsageError(f"{written!r} is no literal", f'for example "1949-05-06"^^<{XSD}date>')
    if not LITERAL.fullmatch(written):
        raise wrong
    try:
        ((found,),) = OxigraphStore().query(f"SELECT ?o {{ VALUES ?o {{ {written} }} }}").rows()
    except UsageError as error:
        raise wrong from error
    assert isinstance(found, ox.Literal)  # noqa: S101 - it is written as one
    return found


def written(
    store: OxigraphStore,
    question: str,
    rejected: Iterable[Fact],
    asserted: Iterable[Fact],
    further: Iterable[str],
) -> str:
    """The update; ``further`` are triples about what the asserted facts are about."""
    who = f"by a person who asked: {' '.join(question.split())[:LONGEST]}"
    return " ;\n".join(
        [
            *(f"DELETE DATA {{ {triple(f)} }}" for f in rejected),
            *(f"INSERT DATA {{ {triple(f)} }}" for f in asserted),
            *(f"INSERT DATA {{ {each} }}" for each in further),
            *(record(store, f, "rejected", f"rejected {who}") for f in rejected),
            *(record(store, f, "published", f"asserted {who}") for f in asserted),
        ]
    )


def introduced(store: OxigraphStore, labels: dict[ox.NamedNode, str]) -> Iterator[str]:
    """What names the entities and relations that are new."""
    for node, name in labels.items():
        yield f"{node} {LABEL} {text(name)}"
        if node.value.startswith(store.space.relation("")):
            yield f"{node} {TYPE} <{RDF}Property>"


def classes(store: OxigraphStore, asserted: Sequence[Fact]) -> list[tuple[ox.NamedNode, ox.NamedNode]]:
    """A class for each entity of asserted facts that has none, or a question for a kind of thing would not find it.

    It is the commonest class of what else is said of the other end by the same relation; else of what else stands at
    this end of the relation. None where there is none.
    """
    seen = {s for s, p, _ in asserted if p == TYPE}
    told: list[tuple[ox.NamedNode, ox.NamedNode]] = []
    for s, p, o in asserted:
        for node, near, far in ((s, f"?x {p} {o}", f"?x {p} ?y"), (o, f"{s} {p} ?x", f"?y {p} ?x")):
            if not isinstance(node, ox.NamedNode) or node in seen or p == TYPE:
                continue
            seen.add(node)
            if not store.query(f"ASK {{ {node} a ?class }}").boolean():
                told += [(node, one) for one in [commonest(store, near) or commonest(store, far)] if one]
    return told


def commonest(store: OxigraphStore, pattern: str) -> ox.NamedNode | None:
    """The class that most of what a pattern binds to ``?x`` are of; of several the first by IRI."""
    rows = list(store.query(CLASSES.format(pattern=pattern)).rows())
    best = min(rows, key=lambda row: (-int(row[1].value), str(row[0])), default=None)
    return best[0] if best and isinstance(best[0], ox.NamedNode) else None


def typed(row: tuple[ox.NamedNode, ox.NamedNode]) -> str:
    """The triple that says of what class an entity is."""
    return f"{row[0]} {TYPE} {row[1]}"


def record(store: OxigraphStore, fact: Fact, status: str, reason: str) -> str:
    """What says in the provenance graph who decided."""
    s, p, o = map(str, fact)
    node = store.space.node("statement", content(s, p, o))
    why, graph = ox.Literal(reason), store.space.provenance
    return RECORD.format(graph=graph, node=node, s=s, p=p, o=o, status=status, why=why)


def triple(fact: Fact) -> str:
    """A fact as SPARQL writes it."""
    return " ".join(map(str, fact))
