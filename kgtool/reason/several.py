"""One question asked of several things, 'where were they born': the answers together, as one query finds them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, zip_longest
from typing import TypeVar

from kgtool.model import Answer
from kgtool.ports import Store
from kgtool.reason.compose import MAX_CITED
from kgtool.reason.wording import tell

T = TypeVar("T")
SET, ASKED = "SELECT DISTINCT ?answer WHERE", "ASK"
"""How queries begin whose answers are a set, and those for yes or no."""


def together(store: Store, rows: Sequence[tuple[str, Answer]]) -> Answer | None:
    """The answers to one question asked of several things, as one answer.

    Sets are united, figures (how many, the sum) are those of the united sets, and yes is said where it is yes of all.
    Each is cited. What nothing is known of is noted.

    Args:
        store: what the queries are asked of.
        rows: the names of the things, with the answers.

    Returns:
        None where there is no answer, or the queries have not one form.
    """
    found = [answer for _, answer in rows if not answer.abstained]
    unknown = [name for name, answer in rows if answer.abstained]
    heads = {head(answer.sparql) for answer in found}
    if len(heads) != 1 or "" in heads:
        return None
    start = heads.pop()
    if start == ASKED and unknown and all(answer.answers == ("true",) for answer in found):
        return None  # it may not be so of the others
    bodies = [body(answer.sparql) for answer in found]
    made = merged(found, unknown)
    if start == ASKED:
        query = "\n".join(["ASK {", *(f"  FILTER EXISTS {{{each}}}" for each in bodies), "}"])
        return replace(made, answers=(str(store.query(query).boolean()).lower(),), iris=(), sparql=query)
    query = f"{start} {{\n  {' UNION '.join(f'{{{each}}}' for each in bodies)}\n}}"
    if start == SET:
        return replace(made, sparql=query)
    values = [row[0].value for row in store.query(query).rows() if row and row[0] is not None]
    return replace(made, answers=tuple(map(str, values)), iris=(), sparql=query)


def merged(found: Sequence[Answer], unknown: Sequence[str]) -> Answer:
    """The answers in one, without a query of its own."""
    pairs = {pair: None for answer in found for pair in named(answer)}
    ordered = sorted(pairs)
    iris = tuple(iri for _, iri in ordered if iri)
    in_turn = chain.from_iterable(zip_longest(*(answer.evidence for answer in found)))
    evidence = tuple(dict.fromkeys(cited for cited in in_turn if cited is not None))[:MAX_CITED]
    contested = tuple(dict.fromkeys(cited for answer in found for cited in answer.contested))
    missing = [f"the graph does not say it of {name}" for name in unknown]
    return replace(
        found[0],
        answers=tuple(name for name, _ in ordered),
        iris=iris,
        confidence=min(answer.confidence for answer in found),
        evidence=evidence,
        contested=contested,
        text=tell(evidence, contested),
        calls=sum(answer.calls for answer in found),
        tokens=sum(answer.tokens for answer in found),
        seconds=round(sum(answer.seconds for answer in found), 3),
        basis=next((answer.basis for answer in found if answer.basis), ""),
        notes=(*unique(answer.notes for answer in found), *missing),
        homonyms=unique(answer.homonyms for answer in found),
    )


def named(answer: Answer) -> list[tuple[str, str]]:
    """The answers with their IRIs, where each has one."""
    iris = answer.iris if len(answer.iris) == len(answer.answers) else ("",) * len(answer.answers)
    return list(zip(answer.answers, iris, strict=True))


def unique(lists: Iterable[Iterable[T]]) -> tuple[T, ...]:
    """What is in some lists, each once."""
    return tuple(dict.fromkeys(chain.from_iterable(lists)))


def head(query: str) -> str:
    """What is before the patterns of a query."""
    return query.partition("{")[0].strip()


def body(query: str) -> str:
    """The patterns of a query, when nothing follows them."""
    return query.partition("{")[2].rstrip().removesuffix("}")
