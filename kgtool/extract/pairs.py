"""With a schema: what a sentence's subject is paired with, and the words that join the two.

A schema's relations are often said without a verb of their own: 'Orion is a nebula in the constellation Orion' gives a
constellation. So every name and value of a sentence is a candidate for its subject, whose predicate are the words on
the dependency path between both (Bunescu and Mooney, "A Shortest Path Dependency Kernel", HLT 2005).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from kgtool.extract.clauses import Finding
from kgtool.extract.phrases import Argument, argument, is_name_head, strip_edges, words
from kgtool.extract.subjects import bearer, proper, subjects

if TYPE_CHECKING:
    from spacy.tokens import Span, Token

PARTS = frozenset({"compound", "nmod", "amod", "nummod", "det", "poss", "npadvmod", "quantmod"})


def pairs(sentence: Span) -> Iterator[Finding]:
    """The sentence's subject with every other noun, name and value."""
    topics = subjects(sentence.root)
    if not topics:
        return
    topic = owner(bearer(proper(topics[0])))
    subject = argument(topic)
    own = {topic.i, *(t.i for t in topics)}
    for token in sentence:
        if token.i in own or not is_candidate(token):
            continue
        if is_object(token, sentence.root):
            continue  # the clause says that itself, with its voice
        path = between(topic, token)
        joining = words(joined(path, token))
        verb = next((t for t in path if t.pos_ in {"VERB", "AUX"}), None)
        for found in (core(token), *kind(token)):
            if found.text and joining:
                yield Finding(subject, joining, "", found, "pair", verb)


def is_candidate(token: Token) -> bool:
    """Whether a token is the head of a noun phrase, or of a name inside one."""
    if token.pos_ not in {"PROPN", "NOUN", "NUM"}:
        return False
    return token.dep_ not in PARTS or bool(token.ent_type_ and token.ent_type_ != token.head.ent_type_)


def is_object(token: Token, verb: Token) -> bool:
    """Whether a token is a direct object of a verb, coordination included."""
    while token.dep_ == "conj":
        token = token.head
    return bool(token.dep_ == "dobj" and token.head.i == verb.i)


def owner(noun: Token) -> Token:
    """The name whose something is spoken of: 'Kondakova's second flight'."""
    return next((c for c in noun.children if c.dep_ == "poss" and is_name_head(c)), noun)


def core(noun: Token) -> Argument:
    """A name or description without the places behind it: 'Lick Observatory in California'."""
    whole = argument(noun)
    behind = [t for t in noun.rights if t.dep_ == "prep" and (t.lower_ != "of" or not is_name_head(noun))]
    if whole.literal is not None or not behind:
        return whole
    first = min(t.i for t in behind)
    tokens = [t for t in noun.subtree if t.i < first and (t.i <= noun.i or t.head.i != noun.i)]
    short = words(strip_edges(tokens))
    return replace(whole, text=short) if short and short in whole.text else whole


def kind(noun: Token) -> Iterator[Argument]:
    """What a description says that a thing is, without article and adjectives: 'marathon runner', 'horror film'."""
    if noun.pos_ != "NOUN" or noun.dep_ not in {"attr", "appos"}:
        return
    left = [t for t in noun.lefts if t.dep_ == "compound" and t.pos_ == "NOUN"]
    tokens = sorted({t.i: t for c in left for t in c.subtree}.values(), key=lambda t: t.i)
    yield Argument(noun, words(strip_edges([*tokens, noun])))
    if tokens:
        yield Argument(tokens[-1], words(strip_edges(tokens)))


def between(a: Token, b: Token) -> list[Token]:
    """The tokens on the dependency path between two, from the second to the first, without both."""
    above_a, above_b = [a, *a.ancestors], [b, *b.ancestors]
    steps = {t.i: n for n, t in enumerate(above_a)}
    up = []
    for token in above_b:
        up.append(token)
        if token.i in steps:
            break
    down = above_a[: steps.get(up[-1].i, 0)]
    return [t for t in [*up, *reversed(down)] if t.i not in {a.i, b.i}]


def joined(path: list[Token], other: Token) -> list[Token]:
    """The words of a path in the order of the sentence: no names, but the common nouns right before the other end."""
    before = [t for t in other.lefts if t.dep_ in {"compound", "nmod"} and t.pos_ == "NOUN"]
    kept = [t for t in path if t.pos_ != "PROPN"]
    return sorted({t.i: t for t in (*kept, *before)}.values(), key=lambda t: t.i)
