"""An entity as a card: what it is, what it is called, and its facts in both directions with their sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kgtool.ports import Store
from kgtool.store.labels import labels
from kgtool.store.textindex import NAMES, TYPE
from kgtool.view.facts import Fact, Support, supported
from kgtool.words import in_line

ABOUT = "SELECT ?p ?o WHERE { <%s> ?p ?o }"
WIDEST = 32
"""Characters of the column of relations."""
OF = "SELECT ?p ?s WHERE { ?s ?p <%s> }"


@dataclass(frozen=True)
class Value:
    """The other end of a fact: its IRI or none (a literal), what to show, and what supports the fact."""

    iri: str
    label: str
    support: Support


@dataclass(frozen=True)
class Group:
    """The facts of a relation in a direction: ``out`` (the entity is the subject) or ``in``; the first of ``total``."""

    relation: str
    label: str
    direction: str
    total: int
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Card:
    """An entity with all that is shown of it."""

    iri: str
    label: str
    types: tuple[str, ...]
    aliases: tuple[str, ...]
    groups: tuple[Group, ...]

    def to_json(self) -> dict[str, Any]:
        """The object of ``show --json``."""
        return {
            "iri": self.iri,
            "label": self.label,
            "types": list(self.types),
            "aliases": list(self.aliases),
            "facts": [
                {"relation": g.relation, "label": g.label, "direction": g.direction, "total": g.total,
                 "values": [row(v) for v in g.values]} for g in self.groups
            ],
        }  # fmt: skip


def row(value: Value) -> dict[str, Any]:
    """The other end of a fact as JSON."""
    support = value.support
    return {
        "iri": value.iri or None,
        "label": value.label,
        "status": support.status,
        "confidence": support.confidence,
        "documents": support.documents,
        "reason": support.reason,
        "sources": support.sources,
        "quotes": [asdict(q) for q in support.quotes],
    }


def card(store: Store, iri: str, limit: int) -> Card:
    """The card of an entity.

    Args:
        store: the graph with its provenance.
        iri: of the entity.
        limit: facts of a relation and direction at most; those that most documents assert come first where there are
            fewer than ten times as many, else the first in the order of their names.
    """
    names: dict[str, list[str]] = defaultdict(list)
    ends: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for p, o in store.query(ABOUT % iri).rows():
        if p.value in NAMES or p.value == TYPE:
            names[p.value].append(o.value)
        else:
            ends[p.value, "out"].append(o)
    for p, s in store.query(OF % iri).rows():
        if p.value != TYPE:
            ends[p.value, "in"].append(s)
    chosen = {k: sorted(terms, key=str)[: 10 * limit] for k, terms in ends.items()}
    support = supported(store, (fact(iri, k, term) for k, terms in chosen.items() for term in terms))
    iris = {term.value for terms in chosen.values() for term in terms if is_node(term)}
    called = labels(store, {iri, *iris, *(p for p, _ in ends), *names[TYPE]})
    groups = []
    for (p, direction), terms in chosen.items():
        values = (
            Value(
                t.value if is_node(t) else "",
                called[t.value] if is_node(t) else shown(t),
                support[fact(iri, (p, direction), t)],
            )
            for t in terms
        )
        best = sorted(values, key=lambda v: (-v.support.documents, -(v.support.confidence or 0), v.label, v.iri))
        groups.append(Group(p, called[p], direction, len(ends[p, direction]), tuple(best[:limit])))
    label = called[iri]
    aliases = {name for p, found in names.items() if p in NAMES for name in found} - {label}
    order = sorted(groups, key=lambda g: (g.direction != "out", g.label, g.relation))
    types = sorted(called[kind] for kind in names[TYPE])
    return Card(iri, label, tuple(types), tuple(sorted(aliases)), tuple(order))


def fact(iri: str, key: tuple[str, str], other: Any) -> Fact:
    """A fact of an entity, by relation and direction, as SPARQL writes it."""
    relation, direction = key
    ends = f"<{iri}>", str(other)
    subject, object = ends if direction == "out" else ends[::-1]
    return subject, f"<{relation}>", object


def is_node(term: Any) -> bool:
    """Whether a term is an IRI."""
    return str(term).startswith("<")


def shown(term: Any) -> str:
    """A literal's text, or a blank node's name."""
    return str(term.value) if str(term).startswith('"') else str(term)


def lines(found: Card, *, quotes: bool) -> Iterator[str]:
    """A card for people; with ``quotes`` every sentence."""
    yield f"{in_line(found.label)}  <{found.iri}>"
    if found.types:
        yield in_line(", ".join(found.types))
    if found.aliases:
        yield f"also: {', '.join(map(in_line, found.aliases))}"
    if found.groups:
        yield ""
    width = min(WIDEST, max((len(in_line(g.label)) for g in found.groups), default=0))
    for group in found.groups:
        arrow = "→" if group.direction == "out" else "←"
        for place, value in enumerate(group.values):
            relation = "" if place else in_line(group.label)
            yield f"{relation:{width}}  {arrow} {in_line(value.label)}{behind(value.support)}"
            yield from (f"{'':{width}}      {line}" for line in reasons(value.support, quotes=quotes))
        if group.total > len(group.values):
            yield f"{'':{width}}    … and {group.total - len(group.values)} more"


def behind(support: Support) -> str:
    """What supports a fact, in brackets."""
    told = [support.status] if support.status not in {"", "published"} else []
    told += [] if support.confidence is None else [f"{support.confidence:.2f}"]
    told += few(support.sources)
    return f"  ({', '.join(told)})" if told else ""


def reasons(support: Support, *, quotes: bool) -> Iterator[str]:
    """Why a fact was inferred, and the sentences that say it."""
    if support.status == "inferred":
        yield in_line(support.reason)
    for quote in support.quotes if quotes else ():
        yield f"“{in_line(quote.text)}” ({quote.place})"


def few(names: Sequence[str]) -> list[str]:
    """The first names of some, and how many more there are."""
    return [*names[:3], *([f"{len(names) - 3} more"] if len(names) > 3 else [])]
