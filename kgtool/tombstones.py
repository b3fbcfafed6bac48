"""What tombstones stand for, and what they keep from coming back: documents, and triples of names or statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from kgtool.fuse import names
from kgtool.fuse.cascade import relation_key
from kgtool.model import Document, Tombstone, Triple, digest


def of_place(document: str) -> Tombstone:
    """Of the place of a document: its name below its PATH, with its part."""
    return Tombstone("place", digest(document))


def of_content(hash: str) -> Tombstone:
    """Of a document's content."""
    return Tombstone("content", hash)


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


class Sieve:
    """Lets through what was not forgotten.

    Args:
        tombstones: what was.
    """

    def __init__(self, tombstones: Iterable[Tombstone]) -> None:
        self.tombstones = frozenset(tombstones)
        self._kinds = {t.kind for t in self.tombstones}

    def stops(self, document: Document) -> bool:
        """Whether a document was forgotten: by its place, or by its content."""
        return not self.tombstones.isdisjoint({of_place(document.name), of_content(document.hash)})

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
