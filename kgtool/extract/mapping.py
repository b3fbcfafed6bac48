"""Triples in the words of a text to the relations of a schema: by label, alias, domain, range and likeness of meaning.

A triple is mapped when the best relation is likely enough; else there is a reason. Both directions are tried: 'X was
directed by Y' and 'Y directed X' are one relation 'director' of X.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kgtool.extract.schema import Schema, SchemaRelation
from kgtool.model import Triple
from kgtool.words import DETERMINERS, PRONOUNS, STOP_WORDS, stem, words

if TYPE_CHECKING:
    from kgtool.ports import Encoder

VERSION = "2"
UNMAPPED = "no relation of the schema is likely enough"

KINDS: dict[str, frozenset[str]] = {
    "Person": frozenset("human person people man woman agent actor athlete artist author sportsperson".split()),
    "Place": frozenset(
        "country city town village place location region state geographic territory settlement mountain river lake "
        "watercourse valley island building".split()
    ),
    "Organization": frozenset(
        "organization organisation company team club band school university agency unit army league branch".split()
    ),
    "date": frozenset("date time year day gyear datetime point".split()),
    "number": frozenset("integer decimal number quantity float double nonnegativeinteger".split()),
    "CreativeWork": frozenset("film movie book work album song series novel painting game".split()),
    "Event": frozenset("event competition season tournament war battle mission".split()),
}
"""Words in the labels of classes that tell which kind of thing it is."""

DATES = frozenset({"date", "gYear", "gYearMonth"})
PREPOSITIONS = frozenset("of in on at to for from with by as into about after before during under over through".split())
STATES = frozenset("be have has had".split())
"""Verbs that are no deed, though their object is a direct one."""
MOST_WORDS = 8
CLOSE = 2
"""Words of a predicate next to the object, which tell most of the relation."""
LIKELY = 0.35
"""Least likeness of the words, whatever the ends are: ends of the right kinds do not make a relation. Chosen
on the five development ontologies of Text2KGBench (Mihindukulasooriya et al., ISWC 2023)."""
NEARLY = 0.15
"""How much worse than the best object of its subject and relation another may fit."""
LEAST, MOST = 0.2, 0.8
"""Cosines of texts that have nothing in common, and of those that mean the same (all-MiniLM-L6-v2)."""


@dataclass(frozen=True)
class Match:
    """A relation with its score and the likeness of the words in it.

    ``inverse`` when subject and object change places; ``sure`` when the words are the relation's own.
    """

    relation: SchemaRelation
    score: float
    said: float
    inverse: bool
    sure: bool = False


@dataclass(frozen=True)
class End:
    """A subject or object: its text, its class or datatype, and the stems of what it is called or said to be."""

    text: str
    kind: str
    said: frozenset[str]

    @property
    def is_named(self) -> bool:
        """Whether the text is a name or a value: a few words, the last or first one with a capital or digit."""
        parts = [w for w in self.text.split() if w.lower() not in DETERMINERS]
        if not 0 < len(parts) <= MOST_WORDS or not self.text[0].isalnum() or parts[0].lower() in PRONOUNS:
            return False
        return any(c.isupper() or c.isdigit() for w in (parts[0], parts[-1]) for c in w)


@dataclass
class SchemaMapper:
    """Maps triples to a schema. ``reasons`` counts why triples were not mapped."""

    schema: Schema
    encoder: Encoder | None = None
    closed: bool = True
    reasons: Counter[str] = field(default_factory=Counter)
    _vectors: dict[str, Any] = field(default_factory=dict, repr=False)

    def settings(self) -> dict[str, str]:
        """Schema, mode and encoder: what decides a mapping besides the triple."""
        encoder = self.encoder.settings() if self.encoder else {"encoder": "none"}
        mode = "closed" if self.closed else "open"
        return {"schema": self.schema.hash[:16], "schema_mode": mode, "mapping": VERSION, **encoder}

    def apply(self, triples: Sequence[Triple]) -> Iterator[Triple]:
        """The mapped triples; in open mode statements that fit no relation come as they are.

        What is said in the words of the schema stays. Of the others each pair of ends is given once, and of several
        objects of one subject and relation those that fit nearly as well as the best one.
        """
        classes = said_classes(triples)
        sure: dict[tuple[str, str, str], Triple] = {}
        best: dict[tuple[str, str], tuple[float, Triple]] = {}
        top: dict[tuple[str, str], float] = defaultdict(float)
        for triple in triples:
            match = self.best(triple, classes)
            if match is None:
                self.reasons[UNMAPPED] += triple.predicate_lemma != ""
                if not self.closed and triple.predicate_lemma:
                    yield triple
                continue
            mapped = rewritten(triple, match)
            ends = mapped.subject, mapped.object
            if match.sure:
                sure.setdefault((*ends, mapped.predicate), mapped)
            elif ends not in best or best[ends][0] < match.score:
                best[ends] = match.score, mapped
                slot = mapped.subject, mapped.predicate
                top[slot] = max(top[slot], match.score)
        yield from sure.values()
        for score, t in best.values():
            if score >= top[t.subject, t.predicate] - NEARLY and (t.subject, t.object, t.predicate) not in sure:
                yield t

    def best(self, triple: Triple, classes: Mapping[str, frozenset[str]]) -> Match | None:
        """The likeliest relation, before all one that is named in its own words; None when none is likely."""
        subject = end(triple.subject, triple.subject_type, classes)
        other = end(triple.object, kind_of(triple), classes)
        found = [m for r in self.schema.relations for m in self.matches(triple, r, subject, other)]
        return max(found, key=lambda m: (m.sure, m.score, not m.inverse, m.relation.label), default=None)

    def matches(self, triple: Triple, relation: SchemaRelation, subject: End, other: End) -> Iterator[Match]:
        """The likely ways to read a triple as a relation."""
        if in_own_words(triple, relation):
            fit = range_fit(other, relation)
            if fit >= 0:
                yield Match(relation, 1 + 0.3 * fit + 0.1 * domain_fit(subject, relation), 1.0, False, sure=True)
            return
        share = lexical(triple, relation)
        known = direction(triple, relation)
        for inverse in (False,) if triple.datatype else (False, True):
            if known is not None and inverse is not known:
                continue
            first, last = (other, subject) if inverse else (subject, other)
            fit = range_fit(last, relation)
            if not first.is_named or not (last.is_named or fit == 1) or fit < 0:
                continue
            said = share if inverse == bool(known) else 0.3 * share
            if said < 1:
                turned = 0.7 if inverse and not known else 1.0
                said = max(said, 0.9 * self.meaning(triple.predicate, relation) * turned)
            if said >= LIKELY:
                yield Match(relation, said + 0.3 * fit + 0.1 * domain_fit(first, relation), said, inverse)

    def meaning(self, predicate: str, relation: SchemaRelation) -> float:
        """Cosine of the predicate's last words and the label, scaled to 0 to 1; 0 without an encoder."""
        if self.encoder is None:
            return 0.0
        said = self.vector(" ".join(predicate.split()[-CLOSE:]))
        likeness = max(float(said @ self.vector(name)) for name in (relation.label, *relation.aliases))
        return min(1.0, max(0.0, (likeness - LEAST) / (MOST - LEAST)))

    def vector(self, text: str) -> Any:
        """A text's vector, computed once."""
        if text not in self._vectors and self.encoder is not None:
            self._vectors[text] = self.encoder.encode([text])[0]
        return self._vectors[text]


def rewritten(triple: Triple, match: Match) -> Triple:
    """The triple in the words of the schema. The title of a work keeps its article."""
    relation = match.relation
    sure = round(triple.confidence * (1 + match.said) / 2, 3)
    named = replace(
        triple, predicate=relation.label, predicate_lemma="", predicate_id=relation.id, confidence=max(sure, 0.01)
    )
    if match.inverse:
        named = replace(
            named, subject=triple.object, object=triple.subject,
            subject_type=triple.object_type, object_type=triple.subject_type,
        )  # fmt: skip
    if "CreativeWork" in kinds(relation.domain) and f"The {named.subject}" in triple.evidence.quote:
        return replace(named, subject=f"The {named.subject}")
    return named


def end(text: str, kind: str, classes: Mapping[str, frozenset[str]]) -> End:
    """One end of a triple with what is known of it."""
    return End(text, kind, classes.get(text, frozenset()) | stems(text))


def kind_of(triple: Triple) -> str:
    """The class of a triple's object: 'date', 'number', a class of schema.org, or nothing."""
    if triple.datatype in DATES:
        return "date"
    return "number" if triple.datatype in {"integer", "decimal"} else triple.datatype or triple.object_type


def said_classes(triples: Iterable[Triple]) -> dict[str, frozenset[str]]:
    """What the text says that its names are: name -> stems of the class nouns."""
    found: dict[str, set[str]] = defaultdict(set)
    for t in triples:
        if t.predicate_lemma == "be" and not t.datatype and t.status == "asserted":
            found[t.subject] |= stems(t.object)
    return {name: frozenset(s) for name, s in found.items()}


def in_own_words(triple: Triple, relation: SchemaRelation) -> bool:
    """Whether a statement's predicate is the label or an alias of a relation; words that only join two names are not.

    Case and signs between words do not matter.
    """
    said = words(triple.predicate)
    names = (relation.label, *relation.aliases)
    return bool(triple.predicate_lemma and said) and any(words(name) == said for name in names)


def lexical(triple: Triple, relation: SchemaRelation) -> float:
    """The share of the label's (or an alias's) words in the predicate, half of it for its last words."""
    near = " ".join(triple.predicate.split()[-CLOSE:])
    said, close = stems(f"{triple.predicate} {triple.predicate_lemma}"), stems(near)
    names = [stems(name) for name in (relation.label, *relation.aliases)]
    return max((len(n & said) + len(n & close)) / (2 * len(n)) if n else 0.0 for n in names)


def direction(triple: Triple, relation: SchemaRelation) -> bool | None:
    """Whether a triple states a relation inversely, where its voice tells; None where it does not.

    A relation that names who acts ('director', 'designed by') has the deed as subject: 'Y directed X' turns it round,
    'X was directed by Y' does not.
    """
    last = words(relation.label)[-1:]
    if not any(w == "by" or w.endswith(("er", "or")) for w in last):
        return None
    if triple.predicate.endswith(" by"):
        return False
    return True if is_active(triple) else None


@lru_cache(maxsize=10_000)
def stems(text: str) -> frozenset[str]:
    """The stems of a text's content words."""
    return frozenset(stem(w) for w in words(text) if w not in STOP_WORDS)


def is_active(triple: Triple) -> bool:
    """Whether the predicate is a verb in the active voice with a direct object, and a deed."""
    lemma = triple.predicate_lemma.split()
    return bool(lemma) and lemma[0] not in STATES and triple.predicate.split()[-1].lower() not in PREPOSITIONS


@lru_cache(maxsize=10_000)
def kinds(labels: tuple[str, ...]) -> frozenset[str]:
    """Which kinds of things classes are, by the words of their labels."""
    said = {w for label in labels for w in words(label)}
    return frozenset(k for k, names in KINDS.items() if said & names)


def range_fit(other: End, relation: SchemaRelation) -> float:
    """How well an object fits: 1 for the class or its kind, 0 when nothing is known, -1 for another kind."""
    wanted = kinds(relation.range) | ({"date"} if "date" in words(relation.label) else set())
    if {s for label in relation.range for s in stems(label)} & other.said:
        return 1.0
    if not wanted:
        return 0.0 if other.kind not in {"date", "number"} else -1.0
    if not other.kind:
        return 0.0 if other.is_named else -1.0
    return 1.0 if other.kind in wanted else -1.0


def domain_fit(subject: End, relation: SchemaRelation) -> float:
    """How well a subject fits: 1 for the class or its kind, else 0, for types of names are often wrong."""
    if {s for label in relation.domain for s in stems(label)} & subject.said:
        return 1.0
    return 1.0 if subject.kind in kinds(relation.domain) else 0.0
