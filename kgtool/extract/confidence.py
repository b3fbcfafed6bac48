"""How likely a finding is right: a logistic model over its pattern, its words and its place in the sentence.

The weights are fitted by ``benchmarks/fit_confidence.py``; what they were fitted on, and how well they do on folds that
they were not fitted on, is in ``benchmarks/results/extraction.md``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from kgtool.extract.subjects import is_definite
from kgtool.words import PRONOUNS

if TYPE_CHECKING:
    from kgtool.extract.clauses import Finding
    from kgtool.extract.phrases import Argument

POSSESSIVES = frozenset("its their his her our my your".split())
BEHIND = frozenset({"acl", "relcl", "prep", "advcl", "ccomp", "xcomp"})
"""Dependents behind a noun without which it may be cut short."""
PREPOSITIONS = frozenset("of in on at by to for from with as into about after before during since until".split())


@lru_cache(maxsize=1)
def weights() -> dict[str, float]:
    """The fitted weights by feature; ``bias`` is the intercept."""
    text = files("kgtool.extract").joinpath("confidence.json").read_text(encoding="utf-8")
    loaded: dict[str, float] = json.loads(text)
    return loaded


def confidence(finding: Finding, subject: str, other: str, agreement: float) -> float:
    """Probability that the finding is right, from 0.01 to 0.99, in thousandths.

    Args:
        finding: pattern and tokens.
        subject: the subject's text, pronouns resolved.
        other: the object's text, likewise.
        agreement: the share of further readings in which it is found too (:mod:`kgtool.extract.readings`).
    """
    known = weights()
    told = features(finding, subject, other, agreement)
    z = known["bias"] + sum(known.get(name, 0.0) * value for name, value in told)
    return round(min(0.99, max(0.01, 1 / (1 + math.exp(-z)))), 3)


def features(finding: Finding, subject: str, other: str, agreement: float) -> Iterator[tuple[str, float]]:
    """Names and values of a finding's features; the arguments are those of :func:`confidence`."""
    verb = finding.verb
    yield "agreement", agreement
    if agreement == 1:
        yield "full agreement", 1.0
    yield f"pattern {finding.pattern}", 1.0
    yield from ends(finding, subject, other)
    last = finding.predicate.split()[-1].lower()
    if last in PREPOSITIONS:
        yield f"preposition {last}", 1.0
    yield "predicate words", min(len(finding.predicate.split()), 8) / 8
    sentence = finding.object.head.sent
    yield "sentence words", min(len(sentence), 60) / 60
    if verb is not None:
        yield f"clause {verb.dep_}", 1.0
        yield f"verb {verb.tag_}", 1.0
        if verb.dep_ in {"relcl", "acl"} and not finding.subject.is_name:
            yield "describes a description", 1.0
            if not is_definite(finding.subject.head, verb):
                yield "describes an indefinite", 1.0
        if " to " in f"{finding.lemma} ":
            yield "infinitive", 1.0
        if verb.lemma_ in {"be", "have", "do", "make", "take", "go"}:
            yield "light verb", 1.0
        yield "distance subject", min(abs(finding.subject.head.i - verb.i), 20) / 20
        yield "distance object", min(abs(finding.object.head.i - verb.i), 20) / 20
        if finding.subject.head.i > verb.i:
            yield "subject behind", 1.0
        if verb.tag_ in {"VBG", "VBN"} and not any(c.dep_ in {"aux", "auxpass"} for c in verb.children):
            yield "participle", 1.0


def ends(finding: Finding, subject: str, other: str) -> Iterator[tuple[str, float]]:
    """Features of subject and object."""
    for name, argument, text in (("subject", finding.subject, subject), ("object", finding.object, other)):
        count = len(text.split())
        yield f"{name} words", min(count, 16) / 16
        if count == 1:
            yield f"{name} one word", 1.0
        if text.lower() in PRONOUNS:
            yield f"{name} pronoun", 1.0
        if argument.is_name:
            yield f"{name} name", 1.0
        if argument.literal is not None:
            yield f"{name} {argument.literal.datatype}", 1.0
        if argument.head.dep_ == "conj":
            yield f"{name} coordinated", 1.0
        yield from shape(name, argument, text)
        if text != argument.text:
            yield f"{name} resolved", 1.0


def shape(name: str, argument: Argument, text: str) -> Iterator[tuple[str, float]]:
    """What the words of an end look like, and what was left of its phrase when it was cut."""
    said = text.lower().split()
    yield f"{name} tag {argument.head.tag_}", 1.0
    if set(said) & POSSESSIVES:
        yield f"{name} possessive", 1.0
    if len(said) > 1 and set(said) & PRONOUNS - POSSESSIVES:
        yield f"{name} with a pronoun", 1.0
    if said[0] in {"the", "this", "that", "these", "those"}:
        yield f"{name} definite", 1.0
    for child in argument.head.rights:
        if child.dep_ in BEHIND and child.text not in text.split():
            yield f"{name} without its {child.dep_}", 1.0
