"""With a schema: the subject of a model's fact is paired with every name and value in the words of the fact.

Small models say much in one fact: 'Nosferatu | is a silent film | directed by Murnau in 1922' holds a director and a
year. What :mod:`kgtool.extract.pairs` does on the parse of a sentence is done here on the words of a fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from kgtool.extract.literals import MONTH, typed_literal
from kgtool.model import Triple

WORD = r"[A-ZÀ-ÖØ-Þ][\w&\-]*(?:['’](?!s\b)\w+)*\.?"
DATE = rf"\b\d{{1,2}} (?:{MONTH}) \d{{4}}\b|(?:{MONTH}) \d{{1,2}}, \d{{4}}\b"
NAME = re.compile(rf"(?i:{DATE})|{WORD}(?: (?:of (?:the )?)?(?:{WORD}|\d+\b))*|\b\d[\d.,]*\b")
"""A date, words with capitals, or a number."""
EMPTY = re.compile(r"['’]s\b|\b(?:the|a|an)\s*$")
"""What is left of names that were taken out, and an article whose name follows."""


def parts(triple: Triple) -> Iterator[Triple]:
    """The candidates in a fact: the words in front of a name, without other names, are its predicate.

    They are no statements, so they have no lemma; a mapper takes those that fit a relation.
    """
    text = f"{triple.predicate} {triple.object}"
    for found in NAME.finditer(text):
        name = found.group().rstrip(".")
        joining = " ".join(EMPTY.sub("", NAME.sub(" ", text[: found.start()])).split())
        if joining and name not in {triple.subject, triple.object}:
            literal = typed_literal(name, "")
            yield replace(
                triple, predicate=joining, predicate_lemma="", object=name,
                value=literal.value if literal else "", datatype=literal.datatype if literal else "",
            )  # fmt: skip
