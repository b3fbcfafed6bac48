"""What a clause tells of: from a verb to the nouns that are its subjects, and from a noun to the name that it has.

Coordination is distributed, a relative or reduced clause tells of the noun that it describes, and a participle of the
subject of the verb above it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgtool.extract.phrases import conjuncts, is_example, is_name_head

if TYPE_CHECKING:
    from spacy.tokens import Token

SUBJECTS = frozenset({"nsubj", "nsubjpass"})
RELATIVES = frozenset({"which", "who", "that", "whom"})
APART = frozenset({"from", "to", "without", "instead", "than", "of"})
"""Prepositions whose gerund is not done by the clause's subject: 'from conducting research to sleeping in orbit'."""
NAMING = frozenset("called named known dubbed titled entitled".split())
CONSEQUENCE = frozenset("lead result indicate suggest mean prove cause allow enable range depend".split())
"""Verbs whose participle behind a comma tells of the whole clause: 'people fled, leading to chaos'."""


def describing(verb: Token) -> Token:
    """The verb of the whole clause: the first of coordinated ones."""
    while verb.dep_ == "conj":
        verb = verb.head
    return verb


def is_relative(noun: Token) -> bool:
    """Whether a phrase stands for another one: 'two of which', 'whose engineers'."""
    if noun.left_edge.tag_ == "WRB":
        return True  # 'how different colors affect us'
    return any(
        t.tag_ in {"WDT", "WP", "WP$"} and t.dep_ in {"pobj", "poss"} for t in noun.subtree if t.head.i <= noun.i + 1
    )


def agrees(noun: Token, verb: Token) -> bool:
    """Whether a relative clause can describe the noun before it: not 'switches, which makes it slow'."""
    return not (verb.dep_ == "relcl" and noun.tag_ in {"NNS", "NNPS"} and verb.tag_ == "VBZ")


def subjects(verb: Token) -> list[Token]:
    """The heads of a verb's subjects, coordination distributed."""
    own = [c for c in verb.children if c.dep_ in SUBJECTS]
    if own:
        if len(own) > 1 and any(t.dep_ == "cc" for t in verb.doc[own[0].i : own[-1].i]):
            return []  # 'friction between the wheels and the track helps': the parse is lost
        head = next((c for c in own if is_name_head(c)), own[-1])
        if is_empty(head, verb):
            return []
        if head.lower_ in RELATIVES and head.tag_ in {"WDT", "WP"}:
            noun = described(verb)
            return [bearer(n) for n in conjuncts_before(noun, verb)] if noun is not None else []
        return [] if head.tag_ in {"WP", "WDT", "EX"} else [n for c in conjuncts(proper(head)) for n in examples_of(c)]
    if verb.dep_ == "conj" and verb.head.pos_ in {"VERB", "AUX"}:
        return [] if mismatched(verb, verb.head) else subjects(verb.head)
    if verb.dep_ == "acl" and verb.head.pos_ in {"NOUN", "PROPN"} and verb.tag_ in {"VBN", "VBG"}:
        return [] if called(verb.head) else [bearer(proper(verb.head))]
    if verb.dep_ in {"advcl", "pcomp"} and verb.tag_ in {"VBN", "VBG"}:
        if verb.dep_ == "pcomp" and verb.head.lower_ in APART:
            return []
        if verb.dep_ == "advcl" and verb.lemma_.lower() in CONSEQUENCE and verb.i and verb.nbor(-1).text == ",":
            return []
        above = verb.head.head if verb.dep_ == "pcomp" else verb.head
        return subjects(above) if above.pos_ in {"VERB", "AUX"} and above.i != verb.i else []
    return []


def is_empty(subject: Token, verb: Token) -> bool:
    """Whether 'it' stands for a clause that follows: 'it is a myth that ...', 'it is hard to ...'."""
    if subject.lower_ != "it" or verb.lemma_ not in {"be", "seem", "appear"}:
        return False
    held = [c for c in verb.rights if c.dep_ in {"attr", "acomp"}]
    below = [c for t in (verb, *held) for c in t.rights if c.dep_ in {"ccomp", "xcomp", "acl", "advcl", "csubj"}]
    marks = ((c, m) for c in below for m in c.lefts)
    return any((m.dep_ == "mark" and m.lower_ == "that") or (m.lower_ == "to" and c.dep_ != "acl") for c, m in marks)


def mismatched(verb: Token, first: Token) -> bool:
    """Whether a verb's form tells that it is coordinated with another: 'have changed how we speak and monitor'."""
    if any(c.tag_ in {"MD", "TO"} or c.lower_ in {"do", "does", "did"} for v in (verb, first) for c in v.children):
        return False
    return verb.tag_ == "VB" and first.tag_ in {"VBD", "VBN", "VBZ"}


def proper(head: Token) -> Token:
    """The name behind a description: 'the mathematician John von Neumann', 'his father, Julius Turing,'."""
    if is_name_head(head):
        return head
    for child in head.children:
        if child.dep_ == "appos" and is_name_head(child) and child.i > head.i and not bracketed(child):
            return child
    return called(head) or one_of(head) or head


def one_of(head: Token) -> Token | None:
    """The name of one of several: 'one of the earliest games, Spacewar'."""
    groups = [c for p in head.children if p.dep_ == "prep" and p.lower_ == "of" for c in p.children]
    names = [c for g in groups for c in g.children if c.dep_ == "appos" and is_name_head(c)]
    return names[0] if head.lower_ == "one" and len(names) == 1 else None


def called(noun: Token) -> Token | None:
    """The name that a noun is given: 'a machine called the Bombe', 'tattoos known as pe'a'."""
    verb = naming(noun)
    if verb is None:
        return None
    held = [c for c in verb.children if c.dep_ == "oprd"]
    held += [c for p in verb.children if p.lower_ == "as" and p.dep_ == "prep" for c in p.children]
    return next((c for c in held if is_name_head(c) or not any(t.dep_ == "det" for t in c.lefts)), None)


def naming(noun: Token) -> Token | None:
    """The participle right behind a noun that gives it a name."""
    found = (c for c in noun.rights if c.dep_ == "acl" and c.lower_ in NAMING and c.i == noun.i + 1)
    return next(found, None)


def bearer(noun: Token) -> Token:
    """What a noun describes: in 'ENIAC was a machine built in Philadelphia', ENIAC was built there."""
    if is_name_head(noun):
        return noun
    if noun.dep_ == "attr" and noun.head.lemma_ in {"be", "become"}:
        return next((c for c in noun.head.children if c.dep_ == "nsubj" and c.tag_ not in {"EX", "WDT", "WP"}), noun)
    if noun.dep_ == "appos" and is_name_head(noun.head):
        return noun.head
    return noun


def is_definite(noun: Token, clause: Token) -> bool:
    """Whether a relative clause tells of a thing that is known: not 'a place that', nor 'the history of trade that'.

    Behind an indefinite noun it only says what kind is meant, and behind two nouns it may belong to either.
    """
    if is_name_head(noun):
        return True
    indefinite = any(c.lower_ in {"a", "an"} for c in noun.children)
    return not indefinite and not any(c.dep_ == "prep" and noun.i < c.i < clause.i for c in noun.children)


def comma_between(a: Token, b: Token) -> bool:
    """Whether a comma or a bracket separates two tokens."""
    return any(t.text in {",", "(", "-LRB-", "–", "—", ";"} for t in a.doc[a.i + 1 : b.i])


def described(verb: Token) -> Token | None:
    """The noun that a relative clause describes."""
    verb = describing(verb)
    return verb.head if verb.dep_ == "relcl" and verb.head.pos_ in {"NOUN", "PROPN", "PRON", "NUM"} else None


def conjuncts_before(noun: Token, verb: Token) -> list[Token]:
    """A relative clause behind 'A and B' with a plural verb describes both."""
    plural = (
        verb.tag_ == "VBP" or any(c.lower_ in {"were", "are", "have"} for c in verb.children) or verb.lower_ == "were"
    )
    if plural and noun.dep_ == "conj" and noun.head.pos_ == noun.pos_:
        return [proper(noun.head), proper(noun)]
    return [proper(noun)]


def with_examples(head: Token) -> list[Token]:
    """The head, and the names that are given as examples of it: 'networks such as NHK'."""
    found = [head]
    for child in head.children:
        if is_example(child):
            found += [
                c for given in child.children if given.dep_ == "pobj" for c in conjuncts(given) if is_name_head(c)
            ]
    return found


def examples_of(head: Token) -> list[Token]:
    """The names that a bare plural stands for: of 'architects such as Le Corbusier', Le Corbusier; else the head."""
    bare = head.tag_ == "NNS" and not any(c.dep_ in {"det", "poss", "nummod", "amod"} for c in head.lefts)
    return (with_examples(head)[1:] if bare else []) or [head]


def bracketed(token: Token) -> bool:
    """Whether a token stands first in brackets."""
    first = token.left_edge.i
    return first > 0 and token.doc[first - 1].text in {"(", "-LRB-", "["}
