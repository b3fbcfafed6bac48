"""The text of an answer: one sentence of what is cited together, so that none is without its number: [1], [2]."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from kgtool.model import Citation


def tell(cited: Sequence[Citation], contested: Sequence[Citation] = ()) -> str:
    """The cited triples in words; those with an end and a relation in common in one sentence.

    Args:
        cited: numbered from 1.
        contested: numbered from there on; each in a sentence of its own, with its reason.
    """
    groups: dict[tuple[str, ...], list[tuple[int, Citation]]] = defaultdict(list)
    for number, c in enumerate(cited, 1):
        forward = c.direction == "forward"
        groups[c.direction, c.predicate, c.subject if forward else c.object].append((number, c))
    sentences = []
    for (direction, predicate, end), rows in groups.items():
        ends = listed([f"{c.object if direction == 'forward' else c.subject} [{n}]" for n, c in rows])
        sentences.append(f"{end} {predicate} {ends}." if direction == "forward" else f"{ends} {predicate} {end}.")
    for number, c in enumerate(contested, len(cited) + 1):
        why = f" ({c.justification})" if c.justification else ""
        sentences.append(f"Against it: {c.subject} {c.predicate} {c.object} [{number}]{why}.")
    return " ".join(sentences)


def listed(parts: Sequence[str]) -> str:
    """Parts as English lists them."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1]))) if parts else ""
