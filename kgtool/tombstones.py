"""What tombstones stand for, and what they keep from coming back: documents, and triples of names or statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from kgtool.fuse import names
from kgtool.fuse.predicates import relation_key
from kgtool.model import Document, Entity, Fusion, Relation, Statement, Tombstone, Triple, digest
from kgtool.words import words

LONGEST = 16
"""Words of a name up to which it is looked for in texts, when only its digest is known."""


def of_place(document: str) -> Tombstone:
    """Of the place of a document: its name below its PATH, with its part."""
    return Tombstone("place", digest(document))


def of_content(hash: str) -> Tombstone:
    """Of a document's content."""
    return Tombstone("content", hash)


def of_document(document: str, hash: str) -> Tombstone:
    """Of a content at a place."""
    return Tombstone("document", digest(document, hash))


def of_name(name: str) -> set[Tombstone]:
    """Of a name: of its normal form, and of that of its label where they differ."""
    return {Tombstone("name", digest_of(form)) for form in {names.key(name), names.key(names.label(name))}}


def of_statement(triple: Triple) -> Tombstone:
    """Of what a triple says: normal subject, relation, and normal object or typed value."""
    other = f"{triple.value or triple.object}^^{triple.datatype}" if triple.datatype else names.key(triple.object)
    return Tombstone("triple", digest(names.key(triple.subject), relation_key(triple), other))


@lru_cache(maxsize=50_000)
def digest_of(form: str) -> str:
    """The digest of one text; names come again and again."""
    return digest(form)


def runs(found: Sequence[str], longest: int) -> Iterator[str]:
    """Every run of words as a normal form may have it: as it is, and with its last word in the singular."""
    for begin in range(len(found)):
        for end in range(begin + 1, min(begin + longest, len(found)) + 1):
            *first, last = found[begin:end]
            yield " ".join((*first, last))
            single = names.singular(last)
            if single != last:
                yield " ".join((*first, single))


def worded(statement: Statement, entities: Mapping[str, Entity], relations: Mapping[str, Relation]) -> Iterator[Triple]:
    """What a statement between two entities says, in each of the words that they and the relation are known by."""
    subject, relation, other = entities[statement.subject], relations[statement.predicate], entities[statement.key[2]]
    for one in (subject.label, *subject.aliases):
        for two in (other.label, *other.aliases):
            yield Triple(one, relation.label, two)
            yield Triple(one, relation.label, two, predicate_id=relation.id)  # of the user's schema


class Sieve:
    """Lets through what was not forgotten.

    Args:
        tombstones: what was.
    """

    def __init__(self, tombstones: Iterable[Tombstone]) -> None:
        self.tombstones = frozenset(tombstones)
        self._kinds = {t.kind for t in self.tombstones}

    def stops(self, document: Document) -> bool:
        """Whether a document was forgotten: by its place, by its content, or by both together."""
        if not self.tombstones:
            return False
        name, hash = document.name, document.hash
        return not self.tombstones.isdisjoint({of_place(name), of_content(hash), of_document(name, hash)})

    def names(self, text: str, longest: int = LONGEST) -> bool:
        """Whether a text has, one after the other, the words of a forgotten name, of at most ``longest`` words."""
        if "name" not in self._kinds:
            return False
        return any(Tombstone("name", digest_of(run)) in self.tombstones for run in runs(words(text), longest))

    def reasons(self, triple: Triple) -> set[str]:
        """The digests of the tombstones that keep a triple out."""
        found: set[Tombstone] = set()
        if "name" in self._kinds:
            ends = (triple.subject,) if triple.datatype else (triple.subject, triple.object)
            found.update(*map(of_name, ends))
        if "triple" in self._kinds:
            found.add(of_statement(triple))
        return {t.digest for t in found & self.tombstones}

    def sift(self, triples: Sequence[Triple]) -> tuple[tuple[Triple, ...], set[str]]:
        """The triples that may stay, and the digests of the tombstones that keep the others out."""
        if self._kinds.isdisjoint({"name", "triple"}):
            return tuple(triples), set()
        kept, taken = [], set()
        for triple in triples:
            reasons = self.reasons(triple)
            taken |= reasons
            if not reasons:
                kept.append(triple)
        return tuple(kept), taken

    def spare(self, fusion: Fusion) -> Fusion:
        """The fusion without what is inferred anew though it was forgotten as a statement."""
        if "triple" not in self._kinds:
            return fusion
        entities, relations = {e.id: e for e in fusion.entities}, {r.id: r for r in fusion.relations}

        def back(s: Statement) -> bool:
            said = worded(s, entities, relations) if s.status == "inferred" else ()
            return any(of_statement(t) in self.tombstones for t in said)

        return replace(fusion, statements=tuple(s for s in fusion.statements if not back(s)))
