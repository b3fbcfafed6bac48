"""Pronouns to names: the nearest antecedent that fits, by rule.

He and she take the last person named as a subject (else the last person), it takes the last thing named as a subject
(else the last thing), they takes the last coordination or plural name. At the beginning of a chunk the document's title
is the antecedent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kgtool.extract.phrases import argument, entity_class, is_name_head

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

PERSONAL = frozenset({"he", "she", "him"})
NEUTRAL = frozenset({"it"})
PRONOUNS = frozenset(
    "i you he she it we they me him her us them this that these those one who which what his its their my your our "
    "himself herself itself themselves myself yourself ourselves everyone everybody someone somebody anyone anybody nobody nothing "
    "something anything everything none both each all many some few others another such there here".split()
)
"""Words that never name an entity of a graph."""


@dataclass(frozen=True)
class Antecedent:
    """What a pronoun stands for."""

    text: str
    type: str


@dataclass
class Memory:
    """The last things and persons named, as subject and at all."""

    person_subject: Antecedent | None = None
    person: Antecedent | None = None
    thing_subject: Antecedent | None = None
    thing: Antecedent | None = None
    gender: dict[str, str] = field(default_factory=dict)

    def note(self, name: Antecedent, *, subject: bool) -> None:
        """Remember a name."""
        if name.type == "Person":
            self.person = name
            self.person_subject = name if subject else self.person_subject
        elif name.type != "Place":
            self.thing = name
            self.thing_subject = name if subject else self.thing_subject

    def resolve(self, pronoun: str) -> Antecedent | None:
        """The antecedent of a pronoun; None where none fits."""
        if pronoun in NEUTRAL:
            return self.thing_subject or self.thing
        gender = "f" if pronoun == "she" else "m"
        for found in (self.person_subject, self.person):
            if found and self.gender.get(found.text, gender) == gender:
                self.gender[found.text] = gender
                return found
        return None


def antecedents(doc: Doc, title: Antecedent | None) -> dict[int, Antecedent]:
    """The antecedents of the pronouns of a text, by token index."""
    memory = Memory()
    if title:
        memory.note(title, subject=True)
    found = {}
    for token in doc:
        if token.lower_ in PERSONAL | NEUTRAL and token.tag_ == "PRP" and not expletive(token):
            antecedent = memory.resolve(token.lower_)
            if antecedent:
                found[token.i] = antecedent
        elif names_something(token):
            subject = token.dep_ in {"nsubj", "nsubjpass"} and token.head.dep_ != "relcl"
            memory.note(Antecedent(argument(token).text, entity_class(token)), subject=subject)
    return found


def names_something(token: Token) -> bool:
    """Whether the token is the head of a name that a pronoun may take up."""
    heads = token.dep_ not in {"compound", "amod", "nmod", "poss", "det", "nummod", "npadvmod"}
    return heads and is_name_head(token) and token.ent_type_ not in {"NORP", "DATE", "TIME", "CARDINAL", "LANGUAGE"}


def expletive(token: Token) -> bool:
    """'it is known that', 'it rains': an 'it' that stands for nothing."""
    if token.lower_ != "it" or token.dep_ not in {"nsubj", "nsubjpass"}:
        return False
    verb = token.head
    clauses = {c.dep_ for c in verb.children}
    return bool(clauses & {"ccomp", "csubj", "csubjpass"}) or (verb.lemma_ == "be" and "acomp" in clauses and "xcomp" in clauses)
