"""Dependency patterns of noun phrases: what a sentence says without a verb."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from kgtool.extract.clauses import Finding, objects_of, role
from kgtool.extract.phrases import (
    ENTITY_CLASSES,
    LITERAL_ENTITIES,
    Argument,
    argument,
    conjuncts,
    is_example,
    is_name_head,
    strip_edges,
    words,
)
from kgtool.extract.subjects import bracketed, called, comma_between, naming, one_of

if TYPE_CHECKING:
    from spacy.tokens import Span, Token


EXEMPLARY = frozenset("particularly especially notably namely mainly including".split())


def nominals(sentence: Span) -> Iterator[Finding]:
    """The statements of a sentence's noun phrases, in order."""
    for token in sentence:
        if token.pos_ in {"NOUN", "PROPN", "PRON"}:
            yield from nominal(token)


def nominal(noun: Token) -> Iterator[Finding]:
    """Appositions, titles before names, places, examples and owners."""
    for child in noun.children:
        if child.dep_ == "appos" and child.pos_ in {"NOUN", "PROPN"}:
            yield from apposition(nearest(noun, child), child)
        if child.dep_ in {"npadvmod", "appos"} and noun.ent_type_ == child.ent_type_ == "GPE":
            yield Finding(argument(noun), "is in", "be in", argument(child), "place")
        if child.dep_ == "prep":
            yield from examples(noun, child)
            yield from located(noun, child)
        if child.dep_ == "poss":
            yield from owned(noun, child)
    if noun.ent_type_ == "PERSON" and noun.pos_ == "PROPN":
        yield from title(noun)
    name = called(noun)
    if name is not None and noun.tag_ == "NN":
        yield Finding(argument(name), "is", "be", argument(noun, naming(noun)), "apposition")


def nearest(noun: Token, other: Token) -> Token:
    """Of coordinated nouns the one right before an apposition: 'Chess and Go (a game of stones)'."""
    return max((c for c in conjuncts(noun) if c.i < other.i), key=lambda c: c.i, default=noun)


def apposition(noun: Token, other: Token) -> Iterator[Finding]:
    """'Alan Turing, a mathematician': is; 'National Physical Laboratory (NPL)': also known as."""
    if noun.ent_type_ == other.ent_type_ == "GPE":
        return
    names = is_name_head(noun), is_name_head(other)
    if all(names):
        left, right = argument(noun), argument(other)
        if bracketed(other) and alike(left.text, right.text):
            yield Finding(left, "also known as", "also known as", right, "alias")
        return
    thing, kind = (other, noun) if names[1] else (noun, other)
    group = noun.head.head if noun.dep_ == "pobj" else noun
    kind = group if one_of(group) == other else kind
    if not any(names) and not comma_between(noun, other):
        return
    if is_listed(thing, kind) or (not any(names) and objects_behind(noun, other)):
        return
    for head in conjuncts(kind):
        if (head.ent_type_ in LITERAL_ENTITIES and head != group) or is_counted(head):
            continue
        yield Finding(argument(thing), "is", "be", argument(head), "apposition")
        for complement in role("is", "be", head):
            yield Finding(
                argument(thing), complement.predicate, complement.lemma, complement.object, complement.pattern
            )


def is_listed(thing: Token, kind: Token) -> bool:
    """Whether two nouns beside each other are a list or an example rather than a thing and its description."""
    if any(t.lower_ in EXEMPLARY for t in kind.doc[min(thing.i, kind.i) + 1 : max(thing.i, kind.i)]):
        return True
    joined = any(c.dep_ in {"cc", "conj"} for c in kind.children)
    if joined and not any(c.lower_ in {"a", "an"} for c in kind.lefts) and kind.i > thing.i:
        return True  # 'the CIA, the mafia or others'
    described = any(c.dep_ in {"det", "poss", "prep", "relcl", "acl"} for c in kind.children)
    return not described and thing.ent_type_ != "PERSON" and any(c.dep_ in {"cc", "conj"} for c in kind.children)


def objects_behind(noun: Token, other: Token) -> bool:
    """Whether an apposition may belong to a noun further in: 'the production of cotton, a material'."""
    return any(c.dep_ == "prep" and noun.i < c.i < other.i for c in noun.children)


def is_counted(noun: Token) -> bool:
    """Whether a noun means several things at once, none of which is it: 'three engineers', 'Austen's novels'."""
    plural = noun.tag_ in {"NNS", "NNPS"}
    counted = any(t.dep_ == "nummod" for c in noun.lefts for t in c.subtree)
    return plural and (counted or any(c.dep_ == "poss" and c.pos_ == "PROPN" for c in noun.children))


def alike(name: str, short: str) -> bool:
    """Whether one text may be a short form of the other: its capitals are initials of the name, or a word of it."""
    capitals = [c for c in short if c.isupper() or c.isdigit()]
    initials = [w[0].upper() for w in name.replace("-", " ").split() if w[0].isalnum()]
    rest = iter(initials)
    return 1 < len(short) < len(name) and len(capitals) > 1 and all(c in rest for c in capitals)


def title(name: Token) -> Iterator[Finding]:
    """'the German engineer Konrad Zuse': is."""
    nouns = [
        c
        for c in name.lefts
        if c.dep_ in {"compound", "nmod"} and c.pos_ == "NOUN" and c.ent_type_ not in ENTITY_CLASSES
    ]
    for noun in nouns:
        left = [t for t in name.lefts if t.i <= noun.i and (t.dep_ in {"det", "amod", "compound", "nmod"})]
        tokens = sorted({t.i: t for part in left for t in part.subtree}.values(), key=lambda t: t.i)
        described = Argument(noun, words(strip_edges(tokens)))
        yield Finding(argument(name), "is", "be", described, "title")


def examples(noun: Token, preposition: Token) -> Iterator[Finding]:
    """'networks such as NHK': is (Hearst, "Automatic Acquisition of Hyponyms", COLING 1992)."""
    if not is_example(preposition) or is_name_head(noun) or is_counted(noun):
        return
    for head in objects_of(preposition):
        if is_name_head(head):
            yield Finding(argument(head), "is", "be", argument(noun), "example")


def located(noun: Token, preposition: Token) -> Iterator[Finding]:
    """'the Henry Wood Hall in Glasgow': is in."""
    thing = is_name_head(noun) and noun.ent_type_ not in {"PERSON", "GPE", "NORP", "DATE"}
    if not thing or preposition.lower_ != "in":
        return
    for head in objects_of(preposition):
        if head.ent_type_ == "GPE":
            yield Finding(argument(noun), "is in", "be in", argument(head), "located")


def owned(noun: Token, owner: Token) -> Iterator[Finding]:
    """'Turing's paper': has."""
    if is_name_head(owner) and noun.pos_ == "NOUN" and owner.i < noun.i:
        rest = [t for t in argument_tokens(noun) if t.i > owner.right_edge.i]
        if len(rest) > 1:  # 'von Neumann has name' says nothing
            whose = argument(owner)
            bare = replace(whose, text=re.sub(r"['’]s$", "", whose.text))
            yield Finding(bare, "has", "have", Argument(noun, words(rest)), "owner")


def argument_tokens(noun: Token) -> list[Token]:
    """The words of a noun with its premodifiers."""
    return strip_edges([t for t in noun.subtree if t.i <= noun.i])
