"""Names that the asker gives besides the question: an entity that is meant, or what a pronoun stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kgtool.errors import NotFoundError
from kgtool.reason.linking import Mention, Names, is_name
from kgtool.reason.question import Question

PERSONS = frozenset("he she him her his hers himself herself".split())
THINGS = frozenset("it its itself".split())
SEVERAL = frozenset("they them their theirs those these".split())
"""What may stand for all of the last answers."""
ANY = SEVERAL | {"there", "this"}
PRONOUNS = PERSONS | THINGS | ANY
"""What may stand for something said before; 'that' more often begins a clause."""
BEHIND_VERB = frozenset("is are was were".split())
"""Behind which 'there' stands for nothing."""
ORDER = 0.01
"""How much less each further entity of the asker's is preferred."""


def anchored(names: Names, question: Question, mentions: Sequence[Mention], entities: Sequence[str]) -> list[Mention]:
    """The mentions of a question when some entities are given.

    A name that may mean one of them means only that. The others are what a pronoun stands for, all of them tried like
    homonyms; without a pronoun they take the place of the first run of words with capitals that names nothing; without
    one, of the names that were found.

    Args:
        names: the index.
        question: the question.
        mentions: what it names by itself.
        entities: IRIs, the likeliest first.

    Raises:
        NotFoundError: when an entity is not in the graph.
    """
    given = [node_of(names, iri) for iri in dict.fromkeys(entities)]
    chosen = {m.place: m.node for m in reversed(mentions) if m.node in given}
    kept = [m for m in mentions if chosen.get(m.place, m.node) == m.node]
    rest = [node for node in given if node not in chosen.values()]
    if not rest or not question.words:
        return kept
    place = pronoun(question, kept) or unnamed(question, kept)
    if place is None:
        place, kept = next((m.place for m in kept if not m.weak), (0, 0)), [m for m in kept if m.place in chosen]
    own = [Mention(*place, node, names.label(node), 1 - i * ORDER) for i, node in enumerate(rest)]
    return sorted([*(replace(m, weak=m.place != place and m.weak) for m in kept), *own])


def node_of(names: Names, iri: str) -> int:
    """The node of an IRI.

    Raises:
        NotFoundError: when the graph has no fact about it.
    """
    from pyoxigraph import NamedNode

    node = names.network.numbers.get(NamedNode(iri))
    if node is None:
        raise NotFoundError(f"the graph has no fact about <{iri}>", "see what is there: kgtool query @top")
    return node


def pronoun(question: Question, mentions: Sequence[Mention]) -> tuple[int, int] | None:
    """The place of the first pronoun outside of names."""
    for i, word in enumerate(question.words):
        expletive = word == "there" and i and question.words[i - 1] in BEHIND_VERB
        if word in PRONOUNS and not expletive and not any(m.begin <= i < m.end for m in mentions):
            return i, i + 1
    return None


def unnamed(question: Question, mentions: Sequence[Mention]) -> tuple[int, int] | None:
    """The first run of words with capitals or digits, behind the first word, that names nothing."""
    taken = {i for m in mentions for i in range(m.begin, m.end)}
    free = [i for i, raw in enumerate(question.raw) if i and i not in taken and is_name(raw)]
    if not free:
        return None
    end = free[0] + 1
    while end in free:
        end += 1
    return free[0], end
