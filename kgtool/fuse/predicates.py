"""Which predicates are one relation: ways of writing, tense and aspect, articles, adverbs, and a "be" left out.

Direction, negation and modal verbs are kept: "uses", "is used by", "does not use" and "may use" are four relations.
Nothing is joined by meaning, so synonyms and antonyms stay apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from kgtool.fuse import names
from kgtool.iri import is_iri
from kgtool.model import Decision, Relation, Triple
from kgtool.verbs import base, is_participle, trimmed
from kgtool.words import words

UNNAMED = "related to"
"""The relation of a predicate without words."""

BE = frozenset("be am is are was were been being isa".split())
HAVE = frozenset("have has had having".split())
DO = frozenset("do does did".split())
NOT = frozenset("not never".split())
ARTICLES = frozenset("a an the".split())
LEADING = BE | HAVE | DO | NOT | ARTICLES
ADVERBS = frozenset(
    "also then later subsequently eventually finally initially originally currently still already".split()
)
"""Words about when or besides what; those about how often, how much or no more would change what is said."""

PREPOSITIONS = frozenset(
    "about above across after against along among around as at before behind below beside between beyond by during for "
    "from in inside into near of off on onto outside over through throughout to toward towards under until up upon "
    "via with within without".split()
)
STATIVE = frozenset(
    "affiliated associated attached based born built buried composed comprised connected contained covered dedicated "
    "defined described devoted equipped established filled found founded given headquartered held included involved "
    "known linked located made married named owned related situated spoken taken used written".split()
)
"""Participles that before a preposition are passive without "be" too ("located in"), unlike "worked in"."""
HABIT = ("used", "to")
STANDING = frozenset("abided came dropped gone lived passed stood stopped swore sworn went".split())
"""Pasts that before "by" are no passives."""
OF = frozenset(
    "accuse admit approve beware boast complain consist die dispose dream hear know learn partake smell speak talk "
    "taste tell think warn".split()
)
"""Verbs whose "of" is theirs; what else stands before "of" is a noun ("part of", "is part of")."""
NOUNS = frozenset("building king meaning offspring painting sibling".split())
"""Words in -ing that are no verbs behind "be"."""

CONTRACTED = {"can't": "can not", "cannot": "can not", "won't": "will not", "shan't": "shall not"}
CONTRACTION = re.compile(rf"\b(?:{'|'.join(CONTRACTED)})\b|(?<=[a-z])n't\b")
HUMP = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Where a word begins in 'isPartOf' and 'hasDNASequence'."""
PLAIN = re.compile(r"[\w\s.,;:()'’\"-]*")
"""What a predicate in words consists of; anything else ('a/b', '<', '%') may mean something and is left as it is."""


def relation_key(triple: Triple) -> str:
    """The form that all predicates of one relation share; of a relation of the user's schema, its identifier there.

    A passive lemma of an active perfect ("had completed", "be completed") is not believed.
    """
    if triple.predicate_id:
        return triple.predicate_id
    lemma = triple.predicate_lemma.strip()
    said = triple.predicate.lower().split()
    active = said[:1] and said[0] in HAVE and BE.isdisjoint(said)
    if not lemma or (lemma.startswith("be ") and active):
        return canonical(triple.predicate)
    first = lemma.split()[0]
    return canonical(lemma, reduced=first not in said)


def merges(triples: Iterable[Triple], relations: Mapping[str, Relation]) -> Iterator[Decision]:
    """Which predicates became one relation, in the order of their canonical forms.

    Args:
        triples: all of a graph.
        relations: by :func:`relation_key`.
    """
    forms: dict[str, set[str]] = defaultdict(set)
    for t in triples:
        forms[relation_key(t)].add(spoken(t))
    for form, said in sorted(forms.items()):
        if len(said) > 1:
            yield Decision("relation", "forms of one predicate", tuple(sorted(said)), relations[form].id)


def denials(relations: Mapping[str, Relation]) -> dict[str, str]:
    """The identifiers of relations that deny another one ("does not use"), with that one's.

    Args:
        relations: by :func:`relation_key`.
    """
    forms = [(form, form.removeprefix("not ")) for form in relations if form.startswith("not ")]
    return {relations[form].id: relations[other].id for form, other in forms if other in relations}


def spoken(triple: Triple) -> str:
    """The predicate as it was extracted, folded; what a relation's identifier is made of."""
    return triple.predicate_id or triple.predicate_lemma or " ".join(triple.predicate.lower().split()) or UNNAMED


@lru_cache(maxsize=50_000)
def canonical(predicate: str, *, reduced: bool = False) -> str:
    """The form that ways of writing one predicate share; for comparison, not to be shown.

    An IRI, and what has no words or signs besides words ("<", "a/b"), is only stripped of case and white space.

    Args:
        predicate: as it was written, also as an identifier ('isPartOf', 'part_of').
        reduced: its verb is a lemma already: 'found' of 'founded', not of 'find'.
    """
    said = split(predicate)
    if not said:
        return " ".join(predicate.casefold().split()) or UNNAMED
    return " ".join(phrase(said, reduced=reduced))


def split(predicate: str) -> list[str]:
    """The folded words of a predicate; none when it is no phrase of words."""
    if is_iri(predicate.strip()) or not PLAIN.fullmatch(predicate):
        return []
    text = unicodedata.normalize("NFKC", predicate).replace("’", "'")
    if not any(c.isspace() for c in text.strip()):
        text = HUMP.sub(" ", text)
    text = CONTRACTION.sub(lambda m: CONTRACTED.get(m[0], " not"), text.replace("_", " ").casefold())
    return words(text)


def phrase(said: list[str], *, reduced: bool) -> list[str]:
    """The canonical words of a predicate of one word or more."""
    kept = [w for i, w in enumerate(said) if w not in ADVERBS or said[i + 1 : i + 2] == ["than"]] or said
    main = (i for i, w in enumerate(kept) if w not in LEADING or (w in HAVE | DO and i and kept[i - 1] in BE))
    end = next(main, len(kept))
    lead, rest = kept[:end], [w for w in kept[end:] if w not in ARTICLES]
    auxiliaries = [w for w in lead if w not in NOT | ARTICLES]
    negation = [] if NOT.isdisjoint(lead) else ["not"]
    if not rest:
        return [*negation, auxiliary(auxiliaries[-1])] if auxiliaries else lead
    if negation and set(auxiliaries) <= DO:
        auxiliaries = []
    return negation + predicate_of(auxiliaries, rest, nominal=not ARTICLES.isdisjoint(lead), reduced=reduced)


def auxiliary(word: str) -> str:
    """The base of a form of be, have or do."""
    return "be" if word in BE else "have" if word in HAVE else "do"


def predicate_of(auxiliaries: list[str], rest: list[str], *, nominal: bool, reduced: bool) -> list[str]:
    """Auxiliaries and main words as canonical ones.

    Args:
        auxiliaries: forms of be, have and do before the main word.
        rest: the main word and what follows.
        nominal: an article stands before the main word, so it is a noun or an adjective.
        reduced: see :func:`canonical`.
    """
    first, follows = rest[0], rest[1:2]
    tail = [names.singular(w) for w in rest[1:]]
    active = [trimmed(first) if reduced else base(first), *tail]
    passive = ["be", f"{base(first)}ed", *tail]
    nominative = ["be", names.singular(first), *tail]
    if not BE.isdisjoint(auxiliaries):
        if not nominal and is_participle(first):
            return passive
        progressive = first.endswith("ing") and first not in NOUNS | PREPOSITIONS and follows != ["of"]
        return active if progressive and not nominal else nominative
    if auxiliaries and auxiliaries[-1] in HAVE:
        ended = not follows or follows[0] in PREPOSITIONS
        return active if ended and not nominal and is_participle(first) else ["have", *active]
    if auxiliaries:
        return ["do", *active]
    if not reduced and is_passive(first, follows):
        return passive
    return nominative if is_role(rest) else active


def is_passive(first: str, follows: list[str]) -> bool:
    """Whether a word that opens a predicate is a participle whose "be" was left out: 'designed by', 'located in'."""
    if follows == ["by"]:
        return is_participle(first) and first not in STANDING
    return first in STATIVE and bool(follows) and follows[0] in PREPOSITIONS and (first, follows[0]) != HABIT


def is_role(rest: list[str]) -> bool:
    """Whether a predicate is a noun and "of" whose "be" was left out: 'part of', 'members of'."""
    return len(rest) == 2 and rest[1] == "of" and base(rest[0]) not in OF and not is_participle(rest[0])
