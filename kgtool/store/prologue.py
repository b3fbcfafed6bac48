"""What a query says about prefixes and graphs; endpoints are sent what it leaves to the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from kgtool.store.sparql import tokens


def words(sparql: str) -> Iterator[tuple[str, str]]:
    """Kind and text of the tokens that are neither space nor comment."""
    return ((kind, token) for kind, token in tokens(sparql) if kind != "comment" and not token.isspace())


def declared(sparql: str) -> dict[str, str]:
    """The prefixes that a query declares itself, with their IRIs."""
    found = {}
    begun = list(words(sparql))
    for (kind, word), (_, name), (_, iri) in zip(begun, begun[1:], begun[2:], strict=False):
        if kind == "word" and word.upper() == "PREFIX" and name.endswith(":"):
            found[name[:-1]] = iri[1:-1]
    return found


def complete(sparql: str, prefixes: Mapping[str, str]) -> str:
    """The query with the prefixes that it uses and does not declare, on its first line.

    A prefix is never declared twice: servers differ in which of the two holds.
    """
    used = {token.partition(":")[0] for kind, token in words(sparql) if kind == "name"}
    missing = sorted((used & prefixes.keys()) - declared(sparql).keys())
    return "".join(f"PREFIX {name}: <{prefixes[name]}> " for name in missing) + sparql


def has_dataset(sparql: str) -> bool:
    """Whether a query names its dataset itself (FROM)."""
    return any(kind == "word" and token.upper() == "FROM" for kind, token in words(sparql))


def graphs(sparql: str, prefixes: Mapping[str, str]) -> set[str]:
    """The IRIs of the graphs that a query names (GRAPH <…>, GRAPH p:name)."""
    known = {**prefixes, **declared(sparql)}
    found = set()
    for (kind, word), (what, name) in pairwise(words(sparql)):
        if kind != "word" or word.upper() != "GRAPH":
            continue
        if what == "iri":
            found.add(name[1:-1])
        elif what == "name" and name.partition(":")[0] in known:
            prefix, _, local = name.partition(":")
            found.add(known[prefix] + local.replace("\\", ""))
    return found
