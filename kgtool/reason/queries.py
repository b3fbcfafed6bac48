"""A language model's own SPARQL, as one more proposal: checked, run within limits, and never believed by itself."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from kgtool.errors import KgtoolError, QueryError, TimeoutReached
from kgtool.ports import Results, Store
from kgtool.reason.linking import Mention, Names, is_iri
from kgtool.reason.question import NUMBERS
from kgtool.reason.schema_card import Card
from kgtool.reason.showing import quoted, shown
from kgtool.store import sparql

T = TypeVar("T")

MOST_RELATIONS, LONGEST_CARD = 60, 6000
"""A schema card that has more relations or characters does not fit the prompt; no query is asked for then."""
MOST_CLASSES = 20
SECONDS, ROWS = 5.0, 5000
"""How long a query may take, and how many rows it may have; what is more is no answer."""
NAMESPACE = re.compile(r"(.*[/#:])([A-Za-z_][\w-]*)\Z", re.DOTALL)
"""An IRI as a namespace and a name that needs no escapes."""
RELATIONS = "Relations (how many facts), each with one of its facts:"
CLOSED = frozenset({"SERVICE", "GRAPH", "FROM"})
"""Words of queries that look elsewhere than at the facts."""


@dataclass(frozen=True)
class Prefixes:
    """Short names of the namespaces of some IRIs, the most frequent first."""

    names: dict[str, str]

    @classmethod
    def of(cls, iris: Sequence[str]) -> Prefixes:
        """Those of some IRIs."""
        counts = Counter(found[1] for iri in iris if (found := NAMESPACE.match(iri)))
        spaces = sorted(counts, key=lambda space: (-counts[space], space))
        return cls({space: f"n{i}" for i, space in enumerate(spaces, 1)})

    @property
    def prologue(self) -> str:
        """Their declarations."""
        return "".join(f"PREFIX {name}: <{space}>\n" for space, name in self.names.items())

    def short(self, iri: str) -> str:
        """An IRI with its prefix, where it has one."""
        found = NAMESPACE.match(iri)
        return f"{self.names[found[1]]}:{found[2]}" if found and found[1] in self.names else f"<{iri}>"


@dataclass(frozen=True)
class Found:
    """What a query finds: the query, whole, and its terms; or a truth value."""

    query: str
    terms: tuple[Any, ...] = ()
    truth: bool | None = None


class Queries:
    """Asks for a query and runs it; one for a graph.

    Args:
        store: what is queried.
        card: its relations.
        names: its names.
    """

    def __init__(self, store: Store, card: Card, names: Names) -> None:
        self.store = store
        self.card = card
        self.names = names
        network = card.network
        self.classes = [network.terms[n].value for n in self._classes()]
        self.prefixes = Prefixes.of([*network.relations, *self.classes])
        used = sorted((r for r in range(len(network.relations)) if card.facts[r]), key=lambda r: (-card.facts[r], r))
        self.relations = [self._told(r) for r in used]

    def _classes(self) -> list[int]:
        """The largest classes."""
        network = self.card.network
        if network.type < 0:
            return []
        counts = Counter(o for _, o in network.facts_of(network.type, len(network.steps)) if is_iri(network.terms[o]))
        return [n for n, _ in sorted(counts.items(), key=lambda c: (-c[1], c[0]))[:MOST_CLASSES]]

    def _told(self, relation: int) -> str:
        """A relation with one of its facts."""
        network = self.card.network
        subject, other = network.facts_of(relation, 1)[0]
        return (
            f"{self.prefixes.short(network.relations[relation])} {quoted(self.card.labels[relation])}"
            f" ({self.card.facts[relation]}): {self._end(subject)} -> {self._end(other)}"
        )

    def _end(self, node: int) -> str:
        """An end of a fact: a name, or a literal with its type."""
        term = self.card.network.terms[node]
        kind = getattr(getattr(term, "datatype", None), "value", "")
        return quoted(self.names.label(node)) + (f"^^{kind.rpartition('#')[2]}" if kind and not is_iri(term) else "")

    @cached_property
    def shown(self) -> str:
        """The schema card; empty where it does not fit a prompt."""
        classes = ["Classes:", *map(self.prefixes.short, self.classes)] if self.classes else []
        text = "\n".join([RELATIONS, *self.relations, *classes])
        return text if len(self.relations) <= MOST_RELATIONS and len(text) <= LONGEST_CARD else ""

    def things(self, mentions: Sequence[Mention]) -> list[str]:
        """What a question names, each as it stands in a query, with its name."""
        terms = {m.node: self.card.network.terms[m.node] for m in mentions}
        return [f"{self._written(t)} {quoted(self.names.label(n))}" for n, t in terms.items()]

    def _written(self, term: Any) -> str:
        """A term as it stands in a query."""
        return self.prefixes.short(term.value) if is_iri(term) else shown(str(term))

    def run(self, query: str) -> Found:
        """What a query finds.

        Raises:
            KgtoolError: when it is none that is allowed, takes too long, or finds too much.
        """
        text = " ".join(query.split())
        check(text)
        whole = self.prefixes.prologue + text
        return within(SECONDS, lambda: found(whole, self.store.query(whole)))

    def is_of_graph(self, terms: Sequence[Any]) -> bool:
        """Whether all terms are nodes of the graph, or numbers that were made of them."""
        return all(t in self.card.network.numbers or is_number(t) for t in terms)


def check(query: str) -> None:
    """Refuse what is no question to the facts.

    Raises:
        QueryError: for it.
    """
    if sparql.form(query) not in {"SELECT", "ASK"}:
        raise QueryError("the query is neither a SELECT nor an ASK")
    used = {token.upper() for kind, token in sparql.tokens(query) if kind == "word"}
    if used & CLOSED:
        raise QueryError(f"the query uses {', '.join(sorted(used & CLOSED))}")


def found(query: str, results: Results) -> Found:
    """The answers of a query: the column ``?answer``, else the first one.

    Raises:
        QueryError: for more rows than an answer has.
    """
    if results.kind == "ask":
        return Found(query, truth=results.boolean())
    column = results.variables.index("answer") if "answer" in results.variables else 0
    terms: dict[Any, None] = {}
    for count, row in enumerate(results.rows()):
        if count >= ROWS:
            raise QueryError(f"the query has more than {ROWS} rows")
        if row[column] is not None:
            terms[row[column]] = None
    return Found(query, tuple(sorted(terms, key=str)))


def is_number(term: Any) -> bool:
    """Whether a term is a literal of a type of numbers."""
    datatype = getattr(term, "datatype", None)
    return datatype is not None and datatype.value in NUMBERS


def within(seconds: float, work: Callable[[], T]) -> T:
    """What some work gives, if it is done in time. The engine cannot be stopped: what is not goes on, unheard.

    Raises:
        TimeoutReached: when it is not.
        KgtoolError: that of the work.
    """
    result: list[T] = []
    raised: list[KgtoolError] = []

    def run() -> None:
        try:
            result.append(work())
        except KgtoolError as error:
            raised.append(type(error)(error.message, error.hint))  # without the frames, which hold the engine's results

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(seconds)
    if raised:
        raise raised[0]
    if not result:
        raise TimeoutReached(f"the query takes more than {seconds:g} s")
    return result[0]
