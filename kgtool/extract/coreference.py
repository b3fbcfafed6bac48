"""Pronouns and definite descriptions to names: the nearest antecedent that fits, by rule.

He and she take the last person named as a subject (else the last person), it takes the last thing named as a subject
(else the last thing). 'The company' takes the last name that was said to be one, or has the word in it. At the
beginning of a chunk the document's title is the antecedent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kgtool.extract.phrases import argument, conjuncts, entity_class, is_name_head

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

PERSONAL = frozenset({"he", "she", "him", "her"})
AGREED = frozenset("agreed decided proposed recommended suggested".split())
"""'it was agreed to adopt' speaks of nothing that was agreed to do so."""
JOINED = frozenset({"conj", "advcl", "relcl"})
NEUTRAL = frozenset({"it"})
PLURAL = frozenset({"they", "them"})


ORGANIZATIONS = frozenset("company firm corporation organization organisation agency club band group business".split())
TOPICS = frozenset("machine computer device engine calculator instrument apparatus".split())
"""Nouns whose definite form takes up the last thing spoken of, even when nothing said that it is one."""


PEOPLE = frozenset(
    "person man woman boy girl actor actress architect artist astronomer author banker biologist chemist composer "
    "designer director doctor economist emperor engineer explorer farmer general inventor journalist judge king lawyer "
    "mathematician merchant musician novelist painter philosopher physician physicist pilot poet politician president "
    "priest queen scholar scientist sculptor singer soldier teacher writer".split()
)
"""Nouns that nothing but a person is said to be."""


@dataclass(frozen=True)
class Antecedent:
    """What a word stands for."""

    text: str
    type: str


@dataclass
class Memory:
    """The last things and persons named, as subject and at all.

    ``kinds``: noun -> the last name said to be one; ``people``: names said to be a person's.
    """

    person_subject: Antecedent | None = None
    person: Antecedent | None = None
    thing_subject: Antecedent | None = None
    thing: Antecedent | None = None
    organization: Antecedent | None = None
    one: Antecedent | None = None
    many: Antecedent | None = None
    kinds: dict[str, Antecedent] = field(default_factory=dict)
    gender: dict[str, str] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)

    def note(self, name: Antecedent, *, subject: bool) -> None:
        """Remember a name."""
        if not name.text:
            return
        if name.text in self.people:
            name = Antecedent(name.text, "Person")
        self.kinds[name.text.split()[-1].lower()] = name
        if name.type == "Person":
            self.person = name
            self.person_subject = name if subject else self.person_subject
        elif name.type != "Place":
            self.thing = name
            self.thing_subject = name if subject else self.thing_subject
            self.organization = name if name.type == "Organization" else self.organization

    def note_person(self, text: str) -> None:
        """Remember that a name is a person's, though the tagger takes it for something else."""
        for place in ("thing_subject", "thing", "organization"):
            found: Antecedent | None = getattr(self, place)
            if found and found.text == text:
                setattr(self, place, None)
        self.people.add(text)
        self.note(Antecedent(text, "Person"), subject=True)

    def pronoun(self, pronoun: str) -> Antecedent | None:
        """The antecedent of a pronoun; None where none fits."""
        if pronoun in PLURAL:
            return self.many
        if pronoun in NEUTRAL:
            return self.thing_subject or self.one or self.thing
        gender = "f" if pronoun in {"she", "her"} else "m"
        for found in (self.person_subject, self.person):
            if found and self.gender.get(found.text, gender) == gender:
                self.gender[found.text] = gender
                return found
        return None

    def take(self, noun: Token) -> None:
        """Remember the subject of a sentence that is done: what 'it' and 'they' of the next one take up."""
        heads = conjuncts(noun)
        found = Antecedent(argument(noun).text, entity_class(noun))
        if len(heads) == 1 and noun.tag_ in {"NNS", "NNPS"}:
            self.many = found
        elif len(heads) == 1 and noun.tag_ == "NN":
            self.one = found

    def description(self, noun: str) -> Antecedent | None:
        """The antecedent of 'the' and a noun; None where none fits."""
        if noun in self.kinds:
            return self.kinds[noun]
        if noun in ORGANIZATIONS:
            return self.organization
        return self.thing_subject if noun in TOPICS else None


def antecedents(doc: Doc, title: Antecedent | None) -> dict[int, Antecedent]:
    """The antecedents of the pronouns and bare definite descriptions of a text, by token index."""
    memory = Memory()
    if title:
        memory.note(title, subject=True)
    found: dict[int, Antecedent] = {}
    spoken_of: list[Token] = []
    for token in doc:
        if is_topic(token):
            spoken_of.append(token)
        antecedent = None
        if token.is_sent_start:
            for noun in spoken_of:
                memory.take(noun)
            spoken_of = []
        if token.lower_ in PERSONAL | NEUTRAL | PLURAL and token.tag_ == "PRP" and not expletive(token):
            antecedent = parallel(token, found) or (None if is_inner(token) else memory.pronoun(token.lower_))
        elif is_bare_description(token):
            antecedent = memory.description(token.lower_)
        elif names_something(token):
            subject = token.dep_ in {"nsubj", "nsubjpass"} and token.head.dep_ != "relcl"
            memory.note(Antecedent(argument(token).text, entity_class(token)), subject=subject)
        if antecedent:
            found[token.i] = antecedent
        if name := described_name(token, found):
            if token.lower_ in PEOPLE and name.type != "Person":
                memory.note_person(name.text)
            memory.kinds[token.lower_] = name
    return found


def parallel(pronoun: Token, found: dict[int, Antecedent]) -> Antecedent | None:
    """The subject of the clause that a pronoun's clause is joined to: 'EDSAC was late, but it worked'."""
    verb = pronoun.head
    if pronoun.dep_ not in {"nsubj", "nsubjpass"} or verb.dep_ not in JOINED or verb.head.i > verb.i:
        return None
    first = verb.head
    while first.dep_ in {"conj", "advcl"} or first.pos_ not in {"VERB", "AUX"}:
        if first.head.i == first.i:
            return None
        first = first.head
    subject = next((c for c in first.children if c.dep_ in {"nsubj", "nsubjpass"}), None)
    if subject is None or subject.i > pronoun.i:
        return None
    if subject.i in found:
        antecedent = found[subject.i]
    elif names_something(subject) or (verb.dep_ != "conj" and subject.tag_ == "NN" and pronoun.lower_ == "it"):
        antecedent = Antecedent(argument(subject).text, entity_class(subject))
    else:
        return None
    fits = (antecedent.type == "Person") == (pronoun.lower_ in PERSONAL)
    return antecedent if fits else None


def is_inner(pronoun: Token) -> bool:
    """Whether a pronoun may be anything that its sentence names: 'which allows it to adapt'.

    So is an 'it' that is the subject of a clause that is another's object, and a 'they' behind a plural.
    """
    if pronoun.lower_ in PLURAL:
        return any(t.tag_ == "NNS" for t in pronoun.doc[pronoun.sent.start : pronoun.i])
    inner = pronoun.head.dep_ in {"ccomp", "pcomp"} or any(c.tag_ == "WRB" for c in pronoun.head.lefts)
    return pronoun.lower_ in NEUTRAL and pronoun.dep_ in {"nsubj", "nsubjpass"} and inner


def is_topic(token: Token) -> bool:
    """Whether a noun is the subject of its sentence's main clause."""
    return token.dep_ in {"nsubj", "nsubjpass"} and token.pos_ == "NOUN" and token.head.dep_ == "ROOT"


def is_bare_description(token: Token) -> bool:
    """'the machine': a definite article and a singular noun, nothing else."""
    children = [c for c in token.children if c.dep_ not in {"punct", "relcl"}]
    return (
        token.tag_ == "NN"
        and len(children) == 1
        and children[0].lower_ in {"the", "this", "that"}
        and not token.ent_type_
    )


def described_name(token: Token, found: dict[int, Antecedent]) -> Antecedent | None:
    """The name that a noun describes: 'Turing, a mathematician', 'ENIAC was a computer', 'the engineer Zuse'."""
    if token.pos_ != "NOUN":
        return None
    head = None
    if token.dep_ == "appos" or (token.dep_ == "compound" and token.head.ent_type_ == "PERSON"):
        head = token.head
    elif token.dep_ == "attr" and token.head.lemma_ == "be":
        head = next((c for c in token.head.children if c.dep_ == "nsubj"), None)
    if head is None:
        head = next((c for c in token.children if c.dep_ == "appos" and is_name_head(c)), None)
    if head is None:
        return None
    if head.i in found:
        return found[head.i]
    return Antecedent(argument(head).text, entity_class(head)) if is_name_head(head) else None


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
    if verb.lower_ in AGREED and token.dep_ == "nsubjpass":
        return True
    return bool(clauses & {"ccomp", "csubj", "csubjpass"}) or (
        verb.lemma_ == "be" and "acomp" in clauses and "xcomp" in clauses
    )
