"""The rows of a query with where they are from: the documents that say so, and how sure that is.

A row is made of facts: what the triple patterns of the query match where it comes about. They are found by asking for
the query's group of patterns again with the values of the row. Paths, patterns with an anonymous blank node, and those
of named graphs are no facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

import pyoxigraph as ox

from kgtool.errors import UsageError
from kgtool.store import prologue, sparql
from kgtool.store.oxigraph import OxigraphResults, OxigraphStore
from kgtool.store.rdf import PUBLISHED, decimal
from kgtool.view.facts import Fact, Support, supported

SOURCE, CONFIDENCE = "source", "confidence"
"""The columns that are added."""
BATCH = 100
"""Rows whose facts are looked up at once."""
PARTS = ("p", "p1", "p2")
"""Where a step of the algebra has those that it rests on."""
APART = {"Graph": PARTS, "ServiceGraphPattern": PARTS, "Minus": ("p2",)}
"""Those of them whose patterns are no facts of a row."""
LATE = frozenset({"OPTIONAL", "MINUS", "BIND"})
"""A group with one of these words means something else when values are given before it."""

Row = tuple[Any, ...]
Pattern = tuple[str, str, str]
"""Subject, predicate and object, each a term or a variable (with its question mark) as SPARQL writes it."""
Way = frozenset[Fact]
"""The facts with which a row comes about."""


def sourced(
    store: OxigraphStore, text: str, *, parameters: Mapping[str, Any] | None = None, allow_service: bool = False
) -> OxigraphResults:
    """Rows with two columns more: the names of the documents of their facts, and the confidence of the least sure one.

    Where a row comes about in several ways (DISTINCT, GROUP BY) it has the documents of all, and the confidence of the
    surest one; where both sides of a UNION hold, they count as one way. What came without evidence has neither.

    Args:
        store: the graph, with its evidence.
        text: a SELECT.
        parameters: see :meth:`kgtool.ports.Store.query`.
        allow_service: whether it may call another server.

    Raises:
        UsageError: when it gives no rows, or has a column of such a name.
        QueryError: when it does not parse.
    """
    found = store.query(text, parameters=parameters, allow_service=allow_service)
    if found.kind != "select":
        raise UsageError("--with-provenance is for rows", "write a SELECT; for a statement there is kgtool explain")
    if taken := sorted({SOURCE, CONFIDENCE}.intersection(found.variables)):
        raise UsageError(f"the query has a column ?{taken[0]} of its own", "give it another name")
    asked = Asked.of(sparql.bind(text, parameters or {}), store, allow_service)
    return results((*found.variables, SOURCE, CONFIDENCE), with_sources(store, found, asked))


def with_sources(store: OxigraphStore, found: OxigraphResults, asked: Asked) -> Iterator[Row]:
    """The rows with their sources."""
    keys = [i for i, name in enumerate(found.variables) if f"?{name}" in asked.variables]
    names = [f"?{found.variables[i]}" for i in keys]
    given = found.rows()
    while batch := list(islice(given, BATCH)):
        chosen = [tuple(row[i] for i in keys) for row in batch]
        ways = asked.ways(names, set(chosen))
        support = supported(store, {fact for several in ways.values() for way in several for fact in way})
        for row, key in zip(batch, chosen, strict=True):
            yield *row, *cells([[support[fact] for fact in way if fact in support] for way in ways[key]])


def cells(ways: Iterable[Sequence[Support]]) -> tuple[ox.Literal | None, ox.Literal | None]:
    """The two columns of a row, of what supports its facts in each way in which it comes about."""
    known = [[fact for fact in way if fact.status in PUBLISHED] for way in ways]
    names = sorted({name for way in known for fact in way for name in fact.sources})
    best = max((min(cast("float", fact.confidence) for fact in way) for way in known if way), default=None)
    return ox.Literal(", ".join(names)) if names else None, None if best is None else decimal(best)


@dataclass(frozen=True)
class Asked:
    """A SELECT in its parts, and the patterns of its facts.

    Args:
        store: where it is asked.
        allow_service: whether it may call another server.
        head: what stands before SELECT: the prologue.
        dataset: its FROM clauses.
        group: its patterns, with braces.
        tail: its VALUES in the end.
        patterns: of the facts.
    """

    store: OxigraphStore
    allow_service: bool
    head: str
    dataset: str
    group: str
    tail: str
    patterns: tuple[Pattern, ...]

    @classmethod
    def of(cls, text: str, store: OxigraphStore, allow_service: bool) -> Asked:
        """Take a query apart that parses."""
        tokens = [("comment", "\n") if kind == "comment" else (kind, token) for kind, token in sparql.tokens(text)]
        words = [token.upper() if kind == "word" else token if kind == "other" else "" for kind, token in tokens]
        begin = words.index("SELECT")
        opened = outer(words, begin, "{")
        closed = matching(words, opened)
        start = outer(words, begin, "FROM", "WHERE", "{")
        values = closed + 1 + words[closed + 1 :].index("VALUES") if "VALUES" in words[closed + 1 :] else len(tokens)
        until = outer(words, begin, "WHERE", "{")
        places = ((0, begin), (start, until), (opened, closed + 1), (values, len(tokens)))
        head, dataset, group, tail = ("".join(token for _, token in tokens[a:b]) for a, b in places)
        found = patterns(prologue.complete(text, store.space.prefixes()))
        return cls(store, allow_service, head, dataset, group, tail, tuple(found))

    @property
    def variables(self) -> set[str]:
        """The variables of the patterns."""
        return {part for pattern in self.patterns for part in pattern if part.startswith("?")}

    def ways(self, names: Sequence[str], wanted: set[Row]) -> Mapping[Row, set[Way]]:
        """The ways in which rows come about, by the values of some variables.

        Args:
            names: the variables.
            wanted: their values; None where one is unbound.
        """
        found: defaultdict[Row, set[Way]] = defaultdict(set)
        masks: defaultdict[tuple[bool, ...], list[Row]] = defaultdict(list)
        for row in sorted(wanted, key=str):
            if not any(isinstance(term, ox.BlankNode) for term in row):  # which no query can name
                masks[tuple(term is not None for term in row)].append(row)
        for mask, several in masks.items():
            bound = [name for name, there in zip(names, mask, strict=True) if there]
            values = [" ".join(str(term) for term in row if term is not None) for row in several]
            for solution in self.solutions(bound, values):
                key = tuple(solution.get(name) for name in names)
                if tuple(term is not None for term in key) == mask:
                    found[key].add(frozenset(self.facts(solution)))
        return found

    def solutions(self, names: Sequence[str], values: Iterable[str]) -> Iterator[dict[str, Any]]:
        """What the variables of the patterns are where some have given values; unbound ones are left out."""
        given = f"VALUES ({' '.join(names)}) {{ {' '.join(f'({row})' for row in values)} }}" if names else ""
        late = any(kind == "word" and token.upper() in LATE for kind, token in sparql.tokens(self.group))
        group = f"{self.group} {given}" if late else f"{given} {self.group[1:-1]}"
        wanted = sorted(self.variables)
        if not wanted:
            return
        text = f"{self.head} SELECT DISTINCT {' '.join(wanted)} {self.dataset} WHERE {{ {group}\n}} {self.tail}"
        for row in self.store.query(text, allow_service=self.allow_service).rows():
            yield {name: term for name, term in zip(wanted, row, strict=True) if term is not None}

    def facts(self, solution: Mapping[str, Any]) -> Iterator[Fact]:
        """The facts that the patterns match with these values; none of a pattern with an unbound variable."""
        for pattern in self.patterns:
            subject, predicate, other = (str(solution.get(part, part)) for part in pattern)
            if not any(part.startswith("?") for part in (subject, predicate, other)):
                yield subject, predicate, other


def outer(words: Sequence[str], begin: int, *wanted: str) -> int:
    """The place of the first of some words that stands outside of parentheses."""
    depth = 0
    for place in range(begin, len(words)):
        depth += (words[place] == "(") - (words[place] == ")")
        if not depth and words[place] in wanted:
            return place
    return len(words)


def matching(words: Sequence[str], opened: int) -> int:
    """The place of the brace that closes another."""
    depth = 0
    for place in range(opened, len(words)):
        depth += (words[place] == "{") - (words[place] == "}")
        if not depth:
            return place
    return len(words) - 1


def patterns(text: str) -> Iterator[Pattern]:
    """The triple patterns of a query that are facts of its rows.

    Raises:
        UsageError: when it is not SPARQL 1.1.
    """
    from rdflib.plugins.sparql import prepareQuery

    try:
        algebra = prepareQuery(text).algebra
    except Exception as error:  # whatever its parser raises
        told = " ".join(str(error).split())
        raise UsageError(f"--with-provenance reads SPARQL 1.1 alone: {told}", "leave it out") from error
    for triple in triples(algebra):
        parts = tuple(map(written, triple))
        if all(parts):
            yield cast("Pattern", parts)


def triples(step: Any) -> Iterator[tuple[Any, Any, Any]]:
    """The triple patterns below a step of the algebra."""
    if step.name == "BGP":
        yield from step.triples
    for part in PARTS:
        if part not in APART.get(step.name, ()) and hasattr(step.get(part), "name"):
            yield from triples(step[part])


def written(term: Any) -> str:
    """A term or variable as SPARQL writes it; empty for a path, or a blank node."""
    from rdflib import Literal, URIRef, Variable

    if isinstance(term, Variable):
        return f"?{term}"
    if isinstance(term, URIRef):
        return f"<{term}>"
    if not isinstance(term, Literal):
        return ""
    if term.language:
        return str(ox.Literal(str(term), language=term.language))
    return str(ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)) if term.datatype else None))


def results(variables: Sequence[str], rows: Iterator[Row]) -> OxigraphResults:
    """Rows as the engine's results, which it can write in every format as they come."""
    return OxigraphResults(
        ox.parse_query_results(cast("Any", Lines(variables, rows)), format=ox.QueryResultsFormat.TSV)
    )


class Lines:
    """Rows as a file of tab-separated values to be read."""

    def __init__(self, variables: Sequence[str], rows: Iterator[Row]) -> None:
        self._rows = rows
        self._held = ("\t".join(f"?{name}" for name in variables) + "\n").encode()

    def read(self, size: int = -1) -> bytes:
        """The next bytes; all of them for a negative size."""
        while size < 0 or len(self._held) < size:
            row = next(self._rows, None)
            if row is None:
                break
            self._held += ("\t".join("" if term is None else str(term) for term in row) + "\n").encode()
        size = len(self._held) if size < 0 else size
        data, self._held = self._held[:size], self._held[size:]
        return data
