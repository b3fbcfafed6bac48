"""Why a triple alone does not make a fact that can be read without its text."""

from __future__ import annotations

from collections.abc import Callable

from kgtool.fuse import names
from kgtool.model import Triple

PERSONAL = frozenset("him her them it me us you he she they i we".split())


def unnamed(triple: Triple) -> bool:
    """An end is a pronoun or nothing."""
    return names.is_empty(triple.subject) or (not triple.datatype and names.is_empty(triple.object))


def opens_with_pronoun(triple: Triple) -> bool:
    """'it to adapt', 'they would come': a clause whose subject was named before; 'US forces' is none."""
    words = triple.object.split()
    return len(words) > 1 and words[0] in PERSONAL


def whose(triple: Triple) -> bool:
    """'is their role as', 'is his daughter': somebody's, but not the subject's, which is the thing itself."""
    said = f"{triple.predicate} {triple.object.split(' ', 1)[0].lower()}".split()
    return triple.predicate_lemma.split(" ", 1)[0] == "be" and not names.POSSESSIVE.isdisjoint(said)


OBJECTIONS: tuple[tuple[str, Callable[[Triple], bool]], ...] = (
    ("an end is a pronoun or names nothing", unnamed),
    ("the subject is a description without a name", lambda t: names.is_bare_description(t.subject)),
    ("the object points to something said before", lambda t: not t.datatype and names.points_back(t.object)),
    ("the object begins with a pronoun", opens_with_pronoun),
    ("the predicate has a pronoun in it", lambda t: not PERSONAL.isdisjoint(t.predicate.split())),
    ("whose it is was said before", whose),
)


def objection(triple: Triple) -> str:
    """Why a triple alone does not make a fact; empty when it does."""
    if triple.status != "asserted":
        return f"{triple.status} in the text"
    return next((reason for reason, holds in OBJECTIONS if holds(triple)), "")
