"""The text of an answer: every sentence cites the triples it rests on, by their numbers: [1], [2]."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from kgtool.model import Citation

CITED = re.compile(r"\[(\d+)\]")
END = re.compile(r"[.!?](?:\s*\[\d+\])*(?=\s+[^\sa-z]|\s*$)")
"""Where a sentence may end: also before numbers that belong to it."""
SHORT = re.compile(r"(?:^|[\s.(])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|No|Inc|Ltd|Co)$")
"""What a point behind makes an abbreviation."""


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


def only_cited(text: str, numbers: int) -> str:
    """A text without the sentences that cite nothing, and without numbers that stand for nothing.

    Args:
        text: of whoever wrote it.
        numbers: how many triples there are to cite.
    """
    known = CITED.sub(lambda m: m[0] if 1 <= int(m[1]) <= numbers else "", text)
    tidy = re.sub(r"\s+(?=[.!?,;:]|\s)", "", known)
    return " ".join(s for s in sentences(tidy) if CITED.search(s))


def sentences(text: str) -> list[str]:
    """The sentences of a text; initials and common abbreviations end none."""
    found, begin = [], 0
    for match in END.finditer(text):
        if match[0].startswith(".") and SHORT.search(text[begin : match.start()]) and match.end() < len(text.rstrip()):
            continue
        found.append(text[begin : match.end()].strip())
        begin = match.end()
    return [s for s in (*found, text[begin:].strip()) if s]
