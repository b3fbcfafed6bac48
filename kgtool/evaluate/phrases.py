"""Relations in words: what stands behind 'what' where the end of a relation is asked for, by the form of its label.

English. A label is a noun ('director', 'has genre', 'tags'), a noun with its preposition ('capital of'), a predicate
without its 'is' ('directed by', 'born in', 'similar to') or the verb of a sentence ('created', 'is married to', 'flows
through'). A verb or predicate may end in a noun that says what its object is ('plays in club', 'located in country').
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kgtool.verbs import FORMS, PARTICIPLES, VERBS, base, is_participle

COPULAS = frozenset({"is", "are", "was", "were"})
AUXILIARIES = COPULAS | frozenset("be been am do does did can could may might must shall should will would".split())
PREPOSITIONS = frozenset(
    "about above across after against along among around as at before behind below beside between by during for from "
    "in into near of off on onto over since than through to toward towards under until upon via with within "
    "without".split()
)
HAVE = frozenset({"has", "have", "had"})
ARTICLES = frozenset({"a", "an", "the"})
IS_A = frozenset({"is a", "is an", "isa"})
UNSAID = frozenset({"that", "which", "who", "whether"})
"""What stands at the end of a label whose object is a sentence, not a thing."""

ONLY_VERBS = frozenset("""
accept achieve acquire activate admire adopt affect allow announce approve attend become begin believe belong bring
build buy carry choose compose comprise consist contain contribute create define deliver depict derive describe
destroy determine develop discover distribute edit employ enable enclose encode enter establish exist explain express
extend feature find generate give govern guide hate have identify imply improve include increase inhabit inherit
inhibit inspire interact introduce invent involve join keep know lack lead learn lend maintain make manage manufacture
marry meet obtain occupy occur oppose organise organize overlap own participate perform possess precede predict prefer
prevent produce prove provide publish receive recognise recognize reduce refer regulate relate remain remove replace
represent require reside say sell send serve solve speak specify stimulate succeed suggest surround take teach tell
transform translate understand wear win write
""".split())  # fmt: skip
"""Verbs that are no nouns, or hardly, by their base forms."""
ALSO_NOUNS = frozenset("""
attack border cause challenge command contact control counter cover cross cure defeat drive export fight follow hold
host import influence like link love match mention need play power reference support target touch treat use visit want
""".split())  # fmt: skip
"""Verbs that are nouns too; of their third persons the plural of the noun is the rarer label."""
INTRANSITIVE = frozenset(base(w) for w in """
act appear apply arrive belong collaborate collapse come compete consist contribute cooperate correspond depart depend
die disappear emerge end escape evolve exist expire fall fight flow go graduate grow happen hear interact lead lie
live look meet merge move occur originate participate perform play point react refer remain report reside resign
respond result retire return run search serve sit speak stand stay study succeed suffer teach think travel turn vanish
visit vote walk win work
""".split())  # fmt: skip
"""Verbs whose past before a preposition is no passive ('died in', 'worked at')."""
OF_VERBS = frozenset(base(w) for w in "approve consist die dispose dream hear know smell speak taste think".split())
"""Verbs that take 'of'; any other word in -s before it is a plural ('members of')."""
ADJECTIVES = frozenset("""
afraid akin aware capable close contrary due equal fond full independent loyal near next one open opposite part prior
proud ready relative short
""".split())  # fmt: skip
"""Words that stand without an article between 'is' and a preposition, besides those by their endings."""
ADJECTIVAL = re.compile(r".{2,}(able|al|ant|ar|ent|ful|ible|ic|ive|less|ous)")
PLURALS = frozenset("children men people women".split())
SINGULARS = frozenset("gas headquarters lens means news series species".split())

Form = Literal["noun", "relative noun", "predicate", "verb"]


@dataclass(frozen=True)
class Phrase:
    """A relation's label in words and the form that it has; ``of`` is the noun for what a verb leads to, if it has one.

    ``plural``: the noun of a label is one, so that the end is one among them.
    """

    text: str
    form: Form
    of: str = ""
    plural: bool = False

    @classmethod
    def read(cls, label: str, *, verbs: bool = False) -> Phrase | None:
        """Read a label; None for one that no thing can be asked for by ('claimed that', 'to recover').

        Args:
            label: of a relation.
            verbs: the graph's relations are verbs wherever their form leaves it open.
        """
        text = spoken(label)
        found = text.split()
        small = [word.casefold() for word in found]
        if not found or small[-1] in UNSAID or (small[0] == "to" and len(found) > 1):
            return None
        if small[-1] in ARTICLES and len(found) > 1 and text.casefold() not in IS_A:
            return cls.read(" ".join(found[:-1]), verbs=verbs)
        if text.casefold() in IS_A:
            return cls("is an instance of", "verb")
        if small[0] in HAVE | AUXILIARIES:
            return cls.with_auxiliary(found, small, verbs=verbs)
        if small[0] in PREPOSITIONS:
            return cls.noun(found[1:]) if len(found) > 1 else cls(text, "predicate")
        if small[-1] in PREPOSITIONS and len(found) > 1:
            return cls.with_preposition(found, small, verbs=verbs)
        if is_verb(small, verbs=verbs):
            return cls.sentence("verb", finite(found), verbs=verbs)
        if (is_participle(small[0]) or small[0] in ADJECTIVES) and len(found) > 2 and small[1] in PREPOSITIONS:
            return cls.sentence("verb" if is_active(small) else "predicate", found, verbs=verbs)
        return cls.noun(found)

    @classmethod
    def noun(cls, found: Sequence[str]) -> Phrase:
        """A noun; its head is the last word before a preposition."""
        head = next((i for i, w in enumerate(found) if i and w.casefold() in PREPOSITIONS), len(found)) - 1
        return cls(" ".join(found), "noun", plural=is_plural(found[head].casefold()))

    @classmethod
    def with_auxiliary(cls, found: Sequence[str], small: Sequence[str], *, verbs: bool) -> Phrase:
        """'has genre', 'has been awarded', 'is author of', 'was designed by'."""
        if small[0] in HAVE and len(found) > 1:
            if verbs or small[1] == "been" or (is_participle(small[1]) and small[-1] in {small[1], *PREPOSITIONS}):
                return cls(" ".join(found), "verb")
            if FORMS.get(small[1], small[1]) != small[1] and small[1] in PARTICIPLES:
                return cls(" ".join(found[:2]), "verb", of=" ".join(found[2:]))
            return cls.noun(found[1:])
        lone = small[0] in COPULAS and small[-1] == "of" and small[1] not in ARTICLES | ADJECTIVES
        if lone and len(found) > 2 and not is_participle(small[1]):
            middle = "among the" if is_plural(small[-2]) else "the"
            return cls(" ".join([found[0], middle, *found[1:]]), "verb")
        return cls.sentence("verb", found, verbs=verbs) if small[0] in COPULAS else cls(" ".join(found), "verb")

    @classmethod
    def with_preposition(cls, found: Sequence[str], small: Sequence[str], *, verbs: bool) -> Phrase:
        """'capital of', 'born in', 'died in', 'flows through', 'result in', 'similar to', 'members of'."""
        text = " ".join(found)
        if small[0] == "also" and len(found) > 2:
            return cls(text, "predicate")
        if is_participle(small[0]):
            return cls(text, "verb" if is_active(small) else "predicate")
        if verbs and is_finite(small[0]):
            return cls(text, "verb")
        head = small[next(i for i, w in enumerate(small) if i and w in PREPOSITIONS) - 1]
        if small[-1] == "of" and head not in ADJECTIVES and base(small[0]) not in OF_VERBS:
            return cls(text, "relative noun", plural=is_plural(head))
        if is_finite(small[0]) or verbs:
            return cls(text, "verb")
        if small[0] in ONLY_VERBS or (len(found) == 2 and base(small[0]) in INTRANSITIVE):
            return cls(" ".join(finite(found)), "verb")
        adjective = small[-1] == "than" or (small[-1] not in {"of", "in"} and ADJECTIVAL.fullmatch(small[0]))
        if small[0] in ADJECTIVES or adjective:
            return cls(text, "predicate")
        return cls(text, "relative noun", plural=is_plural(head))

    @classmethod
    def sentence(cls, form: Form, found: Sequence[str], *, verbs: bool) -> Phrase:
        """A verb or predicate, with the noun of its object apart where the label ends in one.

        That noun stands behind a preposition, or behind a verb in the third person; in a graph of verbs it is part of
        what is said ('won the prize'), not the kind of what comes.
        """
        small = [word.casefold() for word in found]
        ends = [i for i, w in enumerate(small) if i and w in PREPOSITIONS]
        head = ends[0] + 1 if ends else 1
        text, rest = " ".join(found[:head]), found[head:]
        if not rest or verbs or (not ends and small[0] in COPULAS) or small[-1] in PREPOSITIONS:
            return cls(" ".join(found), form)
        noun = rest[1:] if rest[0].casefold() in ARTICLES else rest
        return cls(text, form, of=" ".join(noun)) if noun else cls(text, form)

    @property
    def said(self) -> str:
        """What is said of the subject before the object, as a finite verb."""
        among = "among the" if self.plural else "the"
        shown = {"relative noun": f"is {among} {self.text}", "predicate": f"is {self.text}"}
        return shown.get(self.form, self.text)

    def asked(self, known: str, *, forward: bool, named: bool = True) -> tuple[str, bool]:
        """What is said of the end that is asked for, and whether that is the subject of it ('directed Alien').

        Args:
            known: the other end, in words.
            forward: the object of the relation is asked for.
            named: the other end is said by its name.
        """
        if self.form == "noun":
            if forward:
                return f"is {'among ' * self.plural}the {self.text} of {known}", True
            return f"has {known} {'among its' if self.plural else 'as'} {self.text}", True
        if not forward:
            return f"{self.said}{f' the {self.of}' if self.of and named else ''} {known}", True
        return (f"is the {self.of} that {known} {self.said}", True) if self.of else (f"{known} {self.said}", False)

    def called(self, known: str, *, forward: bool, named: bool = True) -> str:
        """The end that is asked for as what another question is about; see :meth:`asked`."""
        said, is_subject = self.asked(known, forward=forward, named=named)
        return said.removeprefix("is ") if is_subject and said.startswith("is the ") else f"what {said}"

    def stated(self, subject: str, other: str) -> str:
        """A fact as a clause."""
        said, _ = self.asked(subject, forward=True) if self.form == "noun" else self.asked(other, forward=False)
        return f"{other if self.form == 'noun' else subject} {said}"


def spoken(label: str) -> str:
    """A label as words with spaces: 'directedBy', 'DIRECTED_BY' and 'part-of' are how programs write them."""
    text = " ".join(label.replace("_", " ").split())
    if text.isupper() and ("_" in label or {*text.casefold().split()} & (PREPOSITIONS | HAVE | COPULAS)):
        text = text.lower()
    parts = text.split("-")
    if " " not in text and (parts[-1].casefold() in PREPOSITIONS or parts[0].casefold() in HAVE | COPULAS):
        text = " ".join(parts)
    whole = " " not in text
    return " ".join(apart(word) if whole or word[0].islower() else word for word in text.split())


def apart(word: str) -> str:
    """The parts of a word in mixed case, in lower case where they are no abbreviations; any other word as it is."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", word).split()
    if len(parts) == 1 or len(parts[0]) < 2:
        return word
    return " ".join(p if p.isupper() and len(p) > 1 else p.lower() for p in parts)


def is_finite(word: str) -> bool:
    """Whether a word may be a verb in the third person or the past ('flows', 'created', 'wrote')."""
    return word in FORMS or is_participle(word) or (word.endswith("s") and not word.endswith(("ss", "us", "is")))


def is_verb(small: Sequence[str], *, verbs: bool) -> bool:
    """Whether a label without auxiliary and preposition at its end begins with its verb."""
    first = small[0]
    if len(small) == 1:
        return verbs or is_participle(first) or first in FORMS or first in ONLY_VERBS | THIRD_PERSONS
    if first in FORMS and first not in PARTICIPLES:
        return True
    if first.endswith("s") and base(first) in INTRANSITIVE and small[1] in PREPOSITIONS - {"of"}:
        return True
    return first in THIRD_PERSONS or (verbs and is_finite(first)) or (first in ONLY_VERBS and small[1] != "of")


def is_active(small: Sequence[str]) -> bool:
    """Whether a past form begins a sentence ('died in', 'wrote on'), not a passive ('born in', 'directed by')."""
    first, second = small[0], small[1]
    if second not in PREPOSITIONS or (first in FORMS and first not in PARTICIPLES):
        return True
    if second == "by" or (first in PARTICIPLES and first not in PASTS):
        return False
    return base(first) in INTRANSITIVE


def finite(found: Sequence[str]) -> list[str]:
    """The words with a verb's base form in the third person."""
    first = found[0].casefold()
    bare = first in ONLY_VERBS or (base(first) in INTRANSITIVE and not is_finite(first))
    return [third(first), *found[1:]] if bare else list(found)


def third(verb: str) -> str:
    """The third person of a verb's base form."""
    if verb == "have":
        return "has"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else f"{verb}s"


def is_plural(noun: str) -> bool:
    """Whether a noun is a plural by its form."""
    return noun in PLURALS or (
        noun.endswith("s") and not noun.endswith(("ss", "us", "is", "ics")) and len(noun) > 3 and noun not in SINGULARS
    )


THIRD_PERSONS = frozenset(map(third, ONLY_VERBS | ALSO_NOUNS))
PASTS = frozenset(past for _, past, *_ in VERBS)


def question(said: tuple[str, bool], *others: tuple[str, bool]) -> str:
    """What is asked for, from what is said of it; see :meth:`Phrase.asked`."""
    if all(is_subject for _, is_subject in (said, *others)):
        return f"What {' and '.join(text for text, _ in (said, *others))}?"
    return f"What is it that {' and that '.join(text for text, _ in (said, *others))}?"
