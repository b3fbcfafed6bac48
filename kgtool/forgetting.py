"""Forgetting for good: a document, an entity or a statement goes from journal and graph, and does not come back.

What goes and the tombstones that keep it out are one transaction. The graph is then published anew and the files are
written anew; where that is cut short, the next build, or the same words again, finish it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kgtool import pipeline
from kgtool.changes import normal, place
from kgtool.config import Config
from kgtool.errors import NotFoundError, StoreError, UsageError
from kgtool.explain import statements, terms
from kgtool.fuse import names
from kgtool.journal import Erasure, Journal, Kept, Source
from kgtool.layout import Layout
from kgtool.model import NOTHING_ABOVE, Document, Ruling, Tombstone, digest
from kgtool.pipeline import Progress, silent
from kgtool.ports import Store
from kgtool.review import held
from kgtool.store.oxigraph import OxigraphStore
from kgtool.text.readers import STDIN
from kgtool.tombstones import LONGEST, Sieve, of_content, of_document, of_name, of_place, of_statement

KINDS = {"document": 1, "entity": 1, "triple": 3}
"""What can be forgotten, and how many words name it."""

NAMES = """
SELECT DISTINCT ?name WHERE {
  { %(node)s rdfs:label|skos:altLabel ?name }
  UNION { GRAPH g:provenance { ?e rdf:subject %(node)s ; kg:subjectText ?name } }
  UNION { GRAPH g:provenance { ?e rdf:object %(node)s ; kg:objectText ?name } }
}
"""
SAID = """
SELECT DISTINCT ?subject ?predicate ?object WHERE {
  VALUES ?statement { %s }
  GRAPH g:provenance {
    ?e kg:evidenceFor ?statement ; kg:subjectText ?subject ; kg:predicateText ?predicate ; kg:objectText ?object
  }
}
"""

HOLDS_DOCUMENT = """
  { VALUES (?name) { %s } GRAPH g:provenance { ?document dcterms:identifier ?name } }
"""
HOLDS_CONTENT = """
  { VALUES (?name ?hash) { %s } GRAPH g:provenance { ?document dcterms:identifier ?name ; kg:contentHash ?hash } }
"""
HOLDS_ENTITY = """
  {
    VALUES (?name) { %s }
    { ?entity rdfs:label|skos:altLabel ?label FILTER NOT EXISTS { ?entity a rdf:Property } }
    UNION { GRAPH g:provenance { ?e kg:subjectText ?label } }
    UNION { GRAPH g:provenance { ?e kg:objectText ?label ; rdf:object ?entity FILTER(isIRI(?entity)) } }
    FILTER(LCASE(STR(?label)) = LCASE(?name))
  }
"""
HOLDS_TRIPLE = """
  {
    VALUES (?s ?p ?o) { %s }
    { ?s ?p ?o }
    UNION { GRAPH g:provenance { ?node a kg:Statement ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o } }
  }
"""
HOLDS_WORDS = """
  {
    VALUES (?s ?p ?o) { %s }
    GRAPH g:provenance { ?e kg:subjectText ?s ; kg:predicateText ?p ; kg:objectText ?o }
  }
"""


@dataclass
class Forgotten:
    """What was forgotten, or would be; the keys of ``forget --json``.

    ``names`` are those of the entity; ``triples`` counts those taken from stored extractions, of all runs; ``naming``
    counts the documents that stay though their text names the entity, or the statement was read in them; ``holds`` is
    the answer of ``query`` on the graph that was published, None when none was.
    """

    kind: str = ""
    words: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    triples: int = 0
    answers: int = 0
    rulings: int = 0
    naming: int = 0
    query: str = ""
    holds: bool | None = None
    revision: str = ""
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """One object."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}


@dataclass(frozen=True)
class Target:
    """What the words mean: tombstones of it, the pattern by which the graph would hold it, names, documents."""

    tombstones: frozenset[Tombstone]
    pattern: str
    names: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


def forget(
    layout: Layout,
    config: Config,
    kind: str,
    given: Sequence[str],
    *,
    closure: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> Forgotten:
    """Forget something for good, and publish the graph without it.

    Args:
        layout: the store.
        config: the settings in force; the graph is made as it was made last.
        kind: ``document``, ``entity`` or ``triple``.
        given: the words that name it: a document's name or path; a name or IRI; subject, predicate and object.
        closure: forget the documents that name the entity, or that the statement's evidence comes from, as well.
        dry_run: only say what would go.
        progress: called as work goes on.

    Raises:
        NotFoundError: when there is no store or nothing of that name; nothing is changed.
        UsageError: when it may mean several things.
        StoreError: when the graph holds it in the end.
        LockedError: when a build is at work.
    """
    request = request_of(kind, given)
    if closure and kind == "document":
        raise UsageError("a document has no closure", "closure is for an entity or a triple")
    with opened(layout, dry_run=dry_run) as journal:
        warnings: list[str] = []
        if not dry_run:  # what is looked up in the graph must be what the journal holds
            warnings = pipeline.republish(layout, journal, config, progress).warnings
        target = look_up(layout, journal, request, kind, given)
        erasure, told = planned(journal, request, target, closure=closure)
        told.kind, told.words = kind, tuple(given)
        if dry_run:
            return told
        journal.erase(erasure)
        told.revision = pipeline.republish(layout, journal, config, progress).revision
        told.warnings = tuple(warnings)
        layered = journal.layers() != NOTHING_ABOVE
    told.holds = layout.open_graph().query(told.query).boolean()
    if told.holds:
        hint = "see why with kgtool explain; forget what it rests on, or run this again"
        if layered:
            hint = "run this again after kgtool import --remove FILE or kgtool update --undo N, if one of them says it"
        raise StoreError(f"the graph still holds it: {' '.join(told.query.split())}", hint)
    return told


def undo(layout: Layout, kind: str, given: Sequence[str]) -> Forgotten:
    """Let come back, with the next build, what was forgotten in these words; with closure, its documents too.

    Raises:
        NotFoundError: when there is no store, or nothing was forgotten so.
        LockedError: when a build is at work.
    """
    with held(layout) as journal:
        if not journal.withdraw(request_of(kind, given)):
            raise NotFoundError(f"nobody forgot the {kind} {worded(given)}", "in the words as they were given then")
    return Forgotten(kind, tuple(given))


def request_of(kind: str, given: Sequence[str]) -> str:
    """The digest of the words given; of names, their normal forms.

    Raises:
        UsageError: for a kind that cannot be forgotten, or the wrong number of words.
    """
    if len(given) != KINDS.get(kind):
        raise UsageError(f"cannot forget the {kind} {worded(given)}", "document NAME, entity NAME, triple S P O")
    return digest(kind, *(given if kind == "document" else map(names.key, given)))


def worded(given: Sequence[str]) -> str:
    """Words as they are shown in messages."""
    return " – ".join(map(repr, given))


def opened(layout: Layout, *, dry_run: bool) -> AbstractContextManager[Journal]:
    """The journal: to be read, or under the store's lock."""
    return Journal.open(layout.journal) if dry_run else held(layout)


# what the words mean


def look_up(layout: Layout, journal: Journal, request: str, kind: str, given: Sequence[str]) -> Target:
    """What is to be forgotten; what was forgotten before is known by its tombstones.

    Raises:
        NotFoundError: when nothing has that name, and nothing was forgotten so.
        UsageError: when it may mean several things.
    """
    try:
        if kind == "document":
            return document(journal.sources(), given[0])
        store = layout.open_graph()
        return entity(store, given[0]) if kind == "entity" else triple(store, journal, *given)
    except NotFoundError:
        known = frozenset(journal.tombstones_of(request))
        if not known:
            raise
    pattern = {"document": HOLDS_DOCUMENT, "entity": HOLDS_ENTITY, "triple": HOLDS_WORDS}[kind]
    return Target(known, pattern % texts([given]))


def document(sources: Sequence[Source], name: str) -> Target:
    """A document by its name or path.

    Raises:
        NotFoundError: when there is none.
        UsageError: when several have the name.
    """
    path = str(normal(Path(name)))
    found = [s for s in sources if s.document == name] or [s for s in sources if path_of(s) == path]
    if not found:
        hint = "named as in: kgtool query 'SELECT ?d { GRAPH g:provenance { [] dcterms:identifier ?d } }'"
        raise NotFoundError(f"there is no document {name!r}", hint)
    if len({s.hash for s in found}) > 1:
        raise UsageError(f"{name!r} is {' and '.join(map(path_of, found))}", "give the path of the one you mean")
    same = tuple(s for s in sources if (s.document, s.hash) == (found[0].document, found[0].hash))
    return Target(buried(sources, same), holds_documents(sources, same), sources=same)


def path_of(source: Source) -> str:
    """Where a document lies, with its part."""
    return f"{place(source)}#{source.part}" if source.part else str(place(source))


def buried(sources: Sequence[Source], gone: Collection[Source]) -> frozenset[Tombstone]:
    """The tombstones of documents: of both together, and of place and content that no document that stays has.

    What comes from standard input has no place of its own.
    """
    staying = [s for s in sources if s not in gone]
    places = {s.document for s in gone if s.root != str(STDIN)} - {s.document for s in staying}
    contents = {s.hash for s in gone} - {s.hash for s in staying}
    pairs = (of_document(s.document, s.hash) for s in gone)
    return frozenset({*pairs, *map(of_place, places), *map(of_content, contents)})


def holds_documents(sources: Sequence[Source], gone: Collection[Source]) -> str:
    """The pattern by which the graph would hold documents: their names, and contents where another has the name."""
    staying = {s.document for s in sources if s not in gone}
    if staying.isdisjoint(s.document for s in gone):
        return HOLDS_DOCUMENT % texts({(s.document,) for s in gone})
    return HOLDS_CONTENT % texts({(s.document, s.hash) for s in gone})


def entity(store: OxigraphStore, name: str) -> Target:
    """An entity by one of its names or its IRI; a label comes before an alias.

    Raises:
        NotFoundError: when nothing has the name.
        UsageError: when several have it, or it names nothing.
    """
    if names.is_empty(name):
        raise UsageError(f"{name!r} names nothing", "give a name as it stands in the texts")
    space = store.space.entity("")
    found = [t for t in terms(store, name) if str(t).startswith(f"<{space}")]
    nodes = [t for t in found if name.casefold() in labels(store, t)] or found
    if len(nodes) > 1:
        raise UsageError(f"{name!r} may be {' or '.join(map(str, nodes))}", "give the IRI of the one you mean")
    called = {row[0].value for node in nodes for row in store.query(NAMES % {"node": node}).rows()}
    known = tuple(sorted(n for n in called if not names.is_empty(n)))
    if not known:
        raise NotFoundError(f"nothing in the graph is called {name!r}", "see what is there: kgtool query @top")
    stones = frozenset(stone for n in known for stone in of_name(n))
    return Target(stones, HOLDS_ENTITY % texts((n,) for n in known), known)


def labels(store: Store, node: Any) -> set[str]:
    """The labels of an entity, folded."""
    return {row[0].value.casefold() for row in store.query(f"SELECT ?label {{ {node} rdfs:label ?label }}").rows()}


def triple(store: Store, journal: Journal, subject: str, predicate: str, object: str) -> Target:
    """The statements that the words mean, and what sentences say of them.

    Raises:
        NotFoundError: when there is none.
        UsageError: when none rests on a sentence.
    """
    found = statements(store, subject, predicate, object)
    results = store.query(SAID % " ".join(str(row[0]) for row in found))
    said = {tuple(term.value for term in row) for row in results.rows()}
    if not said:
        reason = found[0][5].value if found[0][5] else "no sentence says it"
        raise UsageError(f"it follows from another statement: {reason}", "forget that one")
    stored = (t for kept in journal.extractions() for t in kept.triples)
    stones = frozenset(of_statement(t) for t in stored if (t.subject, t.predicate, t.object) in said)
    nodes = sorted(" ".join(map(str, row[1:4])) for row in found)
    return Target(stones, HOLDS_TRIPLE % " ".join(f"({row})" for row in nodes))


def texts(values: Iterable[Sequence[str]]) -> str:
    """Literals as the rows of a VALUES clause."""
    from pyoxigraph import Literal

    return " ".join(f"({' '.join(str(Literal(v)) for v in row)})" for row in sorted(map(tuple, values)))


# what goes


def planned(journal: Journal, request: str, target: Target, *, closure: bool) -> tuple[Erasure, Forgotten]:
    """What is to be erased, and an account of it."""
    sources = journal.sources()
    sieve = Sieve(target.tombstones)
    longest = max((len(n.split()) for n in map(names.key, target.names)), default=LONGEST)
    lessened = list(sifted(journal.extractions(), sieve))
    affected = {kept.key for kept in lessened}
    read_in = journal.contents_of(affected | taken_before(journal, target.tombstones))
    naming = {s for s in sources if s.hash in read_in or sieve.names(written(journal.document(s)), longest)}
    gone = {*target.sources, *(naming if closure else ())}
    staying = journal.keys_of({s.hash for s in sources if s not in gone})
    erasure = Erasure(
        request,
        tuple(sorted(target.tombstones | buried(sources, gone))),
        tuple(sorted(gone)),
        tuple(lessened),
        answers=tuple(stale(journal, staying - affected, sieve, longest)),
        rulings=tuple(r for r in journal.rulings() if is_about(r, target.tombstones)),
    )
    told = Forgotten(
        names=target.names,
        documents=tuple(sorted({s.document for s in gone})),
        triples=lost(journal, staying, lessened),
        answers=len(erasure.answers),
        rulings=len(erasure.rulings),
        naming=len(naming - gone),
        query=query([target.pattern, *([holds_documents(sources, gone)] if gone - set(target.sources) else [])]),
    )
    return erasure, told


def query(patterns: Sequence[str]) -> str:
    """The query that asks whether the graph holds one of the patterns."""
    return "ASK {" + "  UNION".join(patterns) + "}\n"


def sifted(stored: Iterable[Kept], sieve: Sieve) -> Iterator[Kept]:
    """The extractions that lose triples, as they are without them."""
    for kept in stored:
        triples, taken = sieve.sift(kept.triples)
        if taken:
            yield replace(kept, triples=triples, forgotten=tuple({*kept.forgotten, *taken}))


def taken_before(journal: Journal, tombstones: Iterable[Tombstone]) -> set[str]:
    """The chunks that lost triples to the tombstones before."""
    digests = {t.digest for t in tombstones}
    return {kept.key for kept in journal.extractions() if not digests.isdisjoint(kept.forgotten)}


def lost(journal: Journal, staying: Collection[str], lessened: Iterable[Kept]) -> int:
    """How many triples go: of extractions of chunks that do not stay all, of those that are lessened some."""
    left = {(kept.run, kept.key): len(kept.triples) for kept in lessened}
    number = 0
    for kept in journal.extractions():
        whole = len(kept.triples)
        number += whole - (left.get((kept.run, kept.key), whole) if kept.key in staying else 0)
    return number


def stale(journal: Journal, chunks: Collection[str], sieve: Sieve, longest: int) -> Iterator[str]:
    """The requests whose answers go: about none of the chunks, about something unknown, or with one of the names."""
    for request, about, answer in journal.answers():
        if about not in chunks or any(sieve.names(text, longest) for text in strings(answer)):
            yield request


def strings(value: object) -> Iterator[str]:
    """The texts in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in (*value.keys(), *value.values()):
            yield from strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings(part)


def is_about(ruling: Ruling, tombstones: Collection[Tombstone]) -> bool:
    """Whether a person's word is about a name that is forgotten."""
    return any(stone in tombstones for name in (ruling.a, ruling.b) for stone in of_name(name))


def written(document: Document) -> str:
    """All that is written in a document: also its name, its title and its anchors."""
    return "\n".join((document.name, document.title, document.text, *(label for _, label in document.anchors)))
