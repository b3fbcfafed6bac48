"""Relations in words: what stands behind 'what' where the end of a relation is asked for, by the form of its label.

English. A label is a noun ('director', 'has genre'), a noun with its preposition ('capital of'), a participle
('directed by', 'born in') or the verb of a sentence ('created', 'is married to', 'flows through').
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kgtool.verbs import FORMS, is_participle

AUXILIARIES = frozenset(
    "is are was were be been am do does did can could may might must shall should will would".split()
)
PREPOSITIONS = frozenset(
    "about above after against along among around as at before behind below beside between by during for from in into "
    "near of off on onto over through to toward towards under until upon via with within without".split()
)
HAVE = frozenset({"has", "have", "had"})
Form = Literal["noun", "relative noun", "participle", "verb"]


@dataclass(frozen=True)
class Phrase:
    """A relation's label and the form that it has."""

    text: str
    form: Form

    @classmethod
    def of(cls, label: str, *, verbs: bool = False) -> Phrase:
        """Read a label.

        Args:
            label: of a relation.
            verbs: the graph's relations are verbs wherever their form leaves it open.
        """
        found = label.split()
        small = [word.casefold() for word in found]
        if small[0] in HAVE and len(found) > 1 and not verbs:
            return cls(" ".join(found[1:]), "noun")
        if small[0] in AUXILIARIES | HAVE:
            return cls(label, "verb")
        if small[-1] in PREPOSITIONS and len(found) > 1:
            if is_participle(small[0]):
                return cls(label, "participle")
            return cls(label, "verb" if verbs or is_finite(small[0]) else "relative noun")
        if small[0] in PREPOSITIONS and len(found) > 1:
            return cls(" ".join(found[1:]), "noun")
        if len(found) == 1 and (verbs or small[0] in FORMS or is_participle(small[0])):
            return cls(label, "verb")
        return cls(label, "verb" if verbs and is_finite(small[0]) else "noun")

    def asked(self, known: str, *, forward: bool) -> tuple[str, bool]:
        """What is said of the end that is asked for, and whether that is the subject of it ('directed Alien').

        Args:
            known: the other end, in words.
            forward: the object of the relation is asked for.
        """
        shown = {"noun": f"the {self.text}", "relative noun": f"is the {self.text}", "participle": f"is {self.text}"}
        said = shown.get(self.form, self.text)
        if self.form == "noun":
            return (f"is {said} of {known}" if forward else f"has {known} as {self.text}"), True
        return (f"{known} {said}", False) if forward else (f"{said} {known}", True)

    def stated(self, subject: str, other: str) -> str:
        """A fact as a clause."""
        said, is_subject = self.asked(subject, forward=True)
        return f"{other} {said}" if is_subject else f"{said} {other}"


def is_finite(word: str) -> bool:
    """Whether a word may be a verb in the third person or the past ('flows', 'created', 'wrote')."""
    return word in FORMS or is_participle(word) or (word.endswith("s") and not word.endswith(("ss", "us", "is")))


def question(said: tuple[str, bool], *others: tuple[str, bool]) -> str:
    """What is asked for, from what is said of it; see :meth:`Phrase.asked`."""
    if all(is_subject for _, is_subject in (said, *others)):
        return f"What {' and '.join(text for text, _ in (said, *others))}?"
    return f"What is it that {' and that '.join(text for text, _ in (said, *others))}?"
