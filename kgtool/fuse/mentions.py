"""What the corpus says about each name: how it is written, where, of what type, and what is said of it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from kgtool.fuse import names
from kgtool.model import Triple

LETTERS = re.compile(r"[^\W\d_]+")
IDENTITY = frozenset({"be", "also known as"})
"""Predicates whose two ends may be one thing."""


@dataclass
class Mentions:
    """What the corpus says about each normal form (:func:`kgtool.fuse.names.key`).

    ``told`` counts the statements of which a name is the subject; ``contexts`` are the predicates and other ends of a
    name's statements; ``linked`` counts the statements that set two names in relation to one another.
    """

    surfaces: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    types: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    documents: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    in_document: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    statements: Counter[str] = field(default_factory=Counter)
    aliases: set[tuple[str, str, str]] = field(default_factory=set)
    told: Counter[str] = field(default_factory=Counter)
    contexts: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    linked: Counter[tuple[str, str]] = field(default_factory=Counter)
    _normals: dict[str, str] = field(default_factory=dict)
    _labels: dict[str, str] = field(default_factory=dict)

    def normal(self, name: str) -> str:
        """The normal form of a name as it is written, worked out once; empty for what names nothing."""
        found = self._normals.get(name)
        if found is None:
            found = self._normals[name] = "" if names.is_empty(name) else names.key(name)
        return found

    def label(self, name: str) -> str:
        """A name as it is shown, worked out once; see :func:`kgtool.fuse.names.label`."""
        found = self._labels.get(name)
        if found is None:
            found = self._labels[name] = names.label(name)
        return found

    def add(self, name: str, kind: str, document: str) -> str:
        """Count one mention; the name's normal form, empty for what names nothing, which is not counted."""
        normal = self.normal(name)
        if not normal:
            return ""
        self.surfaces[normal][self.label(name)] += 1
        if kind:
            self.types[normal][kind] += 1
        self.documents[normal].add(document)
        self.in_document[document].add(normal)
        return normal

    def relate(self, subject: str, predicate: str, other: str) -> None:
        """Count a statement between two normal forms."""
        self.contexts[subject].add((predicate, other))
        self.contexts[other].add((f"^{predicate}", subject))
        if subject != other and predicate not in IDENTITY:
            self.linked[min(subject, other), max(subject, other)] += 1

    def kind(self, normal: str) -> str:
        """The most frequent type of a name; empty when it has none."""
        return top(self.types[normal]) if normal in self.types else ""

    def is_person(self, normal: str) -> bool:
        """Whether a name is mostly a person's."""
        return self.kind(normal) == "Person"

    def shown(self, normal: str) -> str:
        """The most frequent surface form."""
        return top(self.surfaces[normal])

    def count(self, normal: str) -> int:
        """How often a name is mentioned."""
        return self.surfaces[normal].total()

    def lower(self, normal: str) -> float:
        """The share of a name's mentions that are written without a capital."""
        counts = self.surfaces[normal]
        return sum(n for s, n in counts.items() if s == s.lower()) / counts.total()

    def has_discourse(self, normal: str) -> bool:
        """Whether some document that has the name says more than one thing, so that names in it explain each other."""
        return any(d and self.statements[d] > 1 for d in self.documents[normal])

    @cached_property
    def singulars(self) -> dict[str, str]:
        """The singulars of the words that are plurals.

        An acronym ("AIDS") is none unless its singular is an acronym of the corpus too; a word that is never written
        small and ends names of several words ("Robin Williams") is none unless its singular does so or is written
        small.
        """
        words = {w for surfaces in self.surfaces.values() for s in surfaces for w in LETTERS.findall(s)}
        small = {w for w in words if w.islower()}
        capitals = {w.lower() for w in words if w.isupper()}
        acronyms = {w.lower() for w in words if w[-1:] == "s" and w[-2:-1].isupper()}
        last = {s.split()[-1].lower() for surfaces in self.surfaces.values() for s in surfaces if is_title(s)}
        found = {w: w[:-1] for w in acronyms}
        for word in {w.lower() for w in words} - acronyms:
            single = names.singular(word)
            if single == word and word.endswith(("us", "is")) and {word, word[:-1]} <= small:
                single = word[:-1]  # 'menus', 'taxis'
            acronym = word in capitals and single not in capitals
            surname = word in last and single not in last and single not in small
            if single != word and (word in small or not (acronym or surname)):
                found[word] = single
        return found

    @cached_property
    def shares(self) -> Counter[tuple[str, str]]:
        """How many names have each context."""
        return Counter(c for contexts in self.contexts.values() for c in contexts)


def is_title(name: str) -> bool:
    """Whether a name has several words, each with a capital first and small letters."""
    words = name.split()
    return len(words) > 1 and all(w[0].isupper() and w[1:].islower() for w in words if w.isalpha())


def top(counts: Counter[str]) -> str:
    """The most frequent; of equals the longest, then the first in order."""
    if len(counts) == 1:
        return next(iter(counts))
    return min(counts, key=lambda k: (-counts[k], -len(k), k), default="")


def collect(triples: Iterable[Triple]) -> Mentions:
    """The mentions of all triples that can name an entity."""
    found = Mentions()
    for t in triples:
        document = t.evidence.document
        found.statements[document] += 1
        subject = found.add(t.subject, t.subject_type, document)
        if subject:
            found.told[subject] += 1
        other = "" if t.datatype else found.add(t.object, t.object_type, document)
        if subject and other:
            found.relate(subject, t.predicate_lemma or t.predicate.lower(), other)
            if t.predicate_lemma == "also known as" and t.status == "asserted":
                found.aliases.add((subject, other, document))
    for normal, counts in found.surfaces.items():
        found.surfaces[normal] = names.without_titles(counts)
    return found
