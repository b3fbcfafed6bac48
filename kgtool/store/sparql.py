"""SPARQL text: tokens, parameters, and what kind of request it is. The grammar itself is the engine's business."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kgtool.errors import QueryError, UsageError

TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\r\n]*)
  | (?P<string>\"{3}(?:\"{0,2}(?:[^"\\]|\\.))*\"{3} | '{3}(?:'{0,2}(?:[^'\\]|\\.))*'{3}
      | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*')
  | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
  | (?P<variable>[?$][^\W]\w*)
  | (?P<name>[^\W\d][\w.\-]*:(?:(?:[\w%.\-:]|\\.)*(?:[\w%\-:]|\\.))?|:(?:[\w%.\-:]|\\.)+|_:\w+)
  | (?P<word>[A-Za-z]\w*)
  | (?P<other>\s+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
UPDATES = frozenset("INSERT DELETE LOAD CLEAR DROP CREATE ADD MOVE COPY WITH".split())
FORMS = frozenset("SELECT ASK CONSTRUCT DESCRIBE".split())
ROWS = frozenset({"LIMIT", "OFFSET"})
"""Words that a number of rows follows."""
MOST = 2**64
"""Rows; the engine takes only fewer."""
MAX_DEPTH = 200
"""Brackets within brackets; the engine's parser is recursive."""
DIGITS = re.compile(r'"[0-9]+"\^\^<http://www\.w3\.org/2001/XMLSchema#integer>')
POSITION = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


def tokens(sparql: str) -> Iterator[tuple[str, str]]:
    """Kind and text of every token; joined, they give the query again."""
    for found in TOKEN.finditer(sparql):
        yield found.lastgroup or "other", found[0]


def form(sparql: str) -> str:
    """The first keyword that is not part of the prologue, in capitals; empty when there is none."""
    for kind, token in tokens(sparql):
        if kind == "word" and token.upper() in FORMS | UPDATES:
            return token.upper()
    return ""


def is_update(sparql: str) -> bool:
    """Whether it is an update; tokens are only looked at where the text has such a word at all."""
    capitals = sparql.upper()
    return any(word in capitals for word in UPDATES) and form(sparql) in UPDATES


def keywords(sparql: str) -> set[str]:
    """The words outside of texts, IRIs, names and comments, in capitals."""
    return {token.upper() for kind, token in tokens(sparql) if kind == "word"}


def calls_others(sparql: str) -> bool:
    """Whether a query calls another server (SERVICE)."""
    if "service" not in sparql.lower():  # a look that costs nothing, for most queries
        return False
    return "SERVICE" in keywords(sparql)


def check_readonly(sparql: str, *, allow_service: bool) -> None:
    """Refuse updates, and SERVICE unless it is allowed.

    Raises:
        QueryError: for either.
    """
    check_depth(sparql)
    if is_update(sparql):
        raise QueryError(
            f"this is an update ({form(sparql)}); query only reads", "send a SELECT, ASK, CONSTRUCT or DESCRIBE"
        )
    if not allow_service and calls_others(sparql):
        raise QueryError("the query calls another server (SERVICE)", "allow it with --allow-service if you trust it")


def check_depth(sparql: str) -> None:
    """Refuse what would be too much for the engine's parser.

    Raises:
        QueryError: for it.
    """
    if sum(map(sparql.count, "({[")) <= MAX_DEPTH:
        return
    depth = 0
    for _, mark in tokens(sparql):
        depth += (mark in {"(", "{", "["}) - (mark in {")", "}", "]"})
        if depth > MAX_DEPTH:
            raise QueryError(f"the query is nested more than {MAX_DEPTH} deep", "simplify it")


def bind(sparql: str, parameters: Mapping[str, Any]) -> str:
    """The query with each ``$name`` of a parameter replaced by its term.

    Terms are written by the RDF library, so no value can be anything else than one term.

    Raises:
        UsageError: for a parameter that the query does not have.
        QueryError: for a number of rows that is none.
    """
    if not parameters:
        return sparql
    used = set()
    parts = []
    before = ""
    for kind, token in tokens(sparql):
        if kind == "variable" and token[0] == "$" and token[1:] in parameters:
            name = token[1:]
            used.add(name)
            term = as_term(name, parameters[name])
            token = written(term)
            if before in ROWS and not (token.strip().isdecimal() and int(token) < MOST):
                told = f"the parameter {name} is a number of rows ({before} ${name}): 0 or more, not {term.value}"
                raise QueryError(told, f"give a whole number in digits, for example {name}=20")
        if kind != "comment" and not token.isspace():
            before = token.upper()
        parts.append(token)
    if unknown := sorted(parameters.keys() - used):
        raise UsageError(f"the query has no parameter {unknown[0]!r}", "parameters are written $name in the query")
    return "".join(parts)


def written(term: Any) -> str:
    """A term in SPARQL; integers as digits where that is the same, because LIMIT and OFFSET take nothing else."""
    if DIGITS.fullmatch(str(term)):
        return f" {term.value} "
    return str(term)


def as_term(name: str, value: Any) -> Any:
    """A value as a term: text, numbers and truth values become literals.

    Raises:
        UsageError: for anything that is no term.
    """
    import pyoxigraph as ox

    if isinstance(value, (ox.NamedNode, ox.Literal)):
        return value
    if isinstance(value, (str, bool, int, float)):
        return ox.Literal(value)
    raise UsageError(f"the parameter {name!r} is no term: {value!r}", "give a text, a number, a NamedNode or a Literal")


def syntax_error(error: Exception) -> QueryError:
    """The engine's message with line and column in front, and short."""
    found = POSITION.search(str(error))
    if not found:
        return QueryError(f"SPARQL syntax: {error}", "see https://www.w3.org/TR/sparql11-query/")
    line, column, rest = found.groups()
    wanted = " ".join(rest.split())
    if "Prefix not found" in wanted:
        wanted = "a prefix that is not declared"
    short = wanted if len(wanted) <= 160 else wanted[:157] + "..."
    return QueryError(
        f"SPARQL syntax, line {line}, column {column}: {short}", "see https://www.w3.org/TR/sparql11-query/"
    )
