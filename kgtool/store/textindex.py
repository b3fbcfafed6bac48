"""Full-text search beside a revision of the graph: labels, aliases and quotes in SQLite's FTS5.

The index lies in the revision's folder and is a pure function of the graph there: it is written when the revision is,
grown out of that of the revision before where only a few subjects differ, and made when it is asked for and absent.
Everything is compared folded: without case, accents, signs between words, and determiners in front.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from kgtool.errors import StoreError
from kgtool.iri import last_part
from kgtool.store.vocabulary import ALIASES, DCTERMS, LABELS, OA, PROV, RDF, RDFS, SKOS
from kgtool.words import DETERMINERS, words

if TYPE_CHECKING:
    import pyoxigraph as ox

    from kgtool.store.oxigraph import OxigraphStore

FILE = "text.db"
"""The index's file in the revision's directory."""
VERSION = 2
"""Of the layout below and of the folding; an index of another version is made anew."""
KINDS = ("label", "alias", "quote")
"""What a text is to its node."""
NAMES = dict.fromkeys(LABELS, "label") | dict.fromkeys(ALIASES, "alias")
TYPE, PROPERTY, EXACT = RDF + "type", RDF + "Property", OA + "exact"
DERIVED, IDENTIFIER = PROV + "wasDerivedFrom", DCTERMS + "identifier"
COMMON = (RDF, RDFS, SKOS)
"""Namespaces whose terms are no news; where they have no label they are left out."""

LAYOUT = f"""
PRAGMA user_version = {VERSION};
CREATE TABLE texts(id INTEGER PRIMARY KEY, node TEXT NOT NULL, kind TEXT NOT NULL, role TEXT NOT NULL,
                   text TEXT NOT NULL, folded TEXT NOT NULL, document TEXT NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(folded, content='texts', content_rowid='id',
                                      tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'");
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, row);
"""
INDEXES = """
CREATE INDEX IF NOT EXISTS texts_of_node ON texts(node);
CREATE INDEX IF NOT EXISTS names ON texts(folded) WHERE kind <> 'quote';
"""
INSERT = "INSERT INTO texts(node, kind, role, text, folded, document) VALUES(?, ?, ?, ?, ?, ?)"
FIELDS = "node, kind, role, text, folded, document"
MATCHES = f"""
SELECT {FIELDS}, (kind = 'quote') * 4 + CASE
    WHEN folded = :key THEN 0
    WHEN substr(folded, 1, length(:key) + 1) = :key || ' ' THEN 1
    WHEN substr(folded, 1, length(:key)) = :key THEN 2
    ELSE 3 END AS place
FROM texts WHERE %s ORDER BY place, length(folded), text, node, document
"""
"""Equal names first, then names that begin so, then other names, then quotes; the shorter the text the better."""

LONGEST = 2_000
"""Characters of a text that are searched and shown."""
MOST_WORDS = 64
"""Words of a search that count."""
SPELLING = 70
"""Least similarity (rapidfuzz ratio, 0 to 100) of the word that a misspelt one is taken for."""
NEAR = 75
"""Least similarity of a whole name that is near another."""

NO_ACCENTS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
"""Letters that Unicode does not take apart."""


@dataclass(frozen=True)
class Hit:
    """A text of the graph that was found.

    ``iri`` is what has the name, or the piece of evidence of a quote; ``role`` entity, relation, class or evidence;
    ``document`` the name of a quote's document. ``score`` is 1.0 where the text is what was searched for; else the
    share of the text's words that were, or the similarity of a misspelt name.
    """

    iri: str
    text: str
    kind: str
    score: float
    role: str
    document: str = ""


@dataclass(frozen=True)
class Found:
    """The hits of a search, best first, and how they were found.

    ``how`` is ``words`` (all of them, the last one perhaps only begun), ``spelling`` (other words were taken for
    misspelt ones: ``read_as``) or ``part`` (inside of words).
    """

    hits: tuple[Hit, ...]
    how: str
    read_as: str


Row = tuple[str, str, str, str, str, str]
"""A row of ``texts`` without its number."""


class TextIndex:
    """The texts of one revision of a graph; opened by :meth:`kgtool.layout.Layout.open_texts`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database

    def __del__(self) -> None:
        self.database.close()

    @classmethod
    def open(cls, folder: Path, store: OxigraphStore) -> Self:
        """The index in a revision's folder, made first when it is absent or of another version.

        Args:
            folder: of the revision; where it cannot be written the index is made in memory.
            store: the revision's graph.
        """
        if not cls.is_there(folder):
            partial = folder / f"{FILE}.{os.getpid()}.partial"
            try:
                fill(partial, store)
                partial.replace(folder / FILE)
            except (StoreError, OSError):
                made = sqlite3.connect(":memory:")
                insert(made, store)
                return cls(made)
            finally:
                partial.unlink(missing_ok=True)
        return cls(reading(folder / FILE))

    @staticmethod
    def is_there(folder: Path) -> bool:
        """Whether a revision's folder has an index of this version."""
        with suppress(sqlite3.Error), closing(reading(folder / FILE)) as database:
            return version(database) == VERSION
        return False

    def search(self, text: str, limit: int = 10, kinds: Sequence[str] = KINDS) -> Found:
        """The texts that have all words of a text, the last of which may be only begun.

        Where there are none, words that the graph does not have are taken for the most similar ones that it has, or the
        text for the most similar names; then it is looked for inside of words. Any text is a search; its first 64 words
        count.

        Args:
            text: what to look for.
            limit: how many hits at most; an entity, or a quote of a document, is one.
            kinds: of :data:`KINDS`.
        """
        asked = list(dict.fromkeys(key(clean(text)).split()))[:MOST_WORDS]
        found = self.with_words(asked, limit, kinds)
        if found or not (asked or text.strip()):
            return Found(tuple(found), "words", " ".join(asked))
        spelt = [self.spelt(word, begun=word == asked[-1]) for word in asked]
        if spelt != asked and (found := self.with_words(spelt, limit, kinds)):
            return Found(tuple(found), "spelling", " ".join(spelt))
        if near := [h for h in self.near(text, limit) if h.kind in kinds]:
            return Found(tuple(near), "spelling", near[0].text)
        return Found(tuple(self.with_part(clean(text), limit, kinds)), "part", clean(text).strip())

    def ranked(self, asked: Sequence[str], limit: int) -> list[Hit]:
        """The quotes with any of some words, or beginnings ('design*'), the best by BM25 first, each text once."""
        folded = [(key(clean(word)), "*" if word.endswith("*") else "") for word in asked[:MOST_WORDS]]
        wanted = " OR ".join(f'"{word}"{begun}' for word, begun in folded if word)
        query = (
            f"SELECT {', '.join(f'texts.{name}' for name in FIELDS.split(', '))} FROM words "
            "JOIN texts ON texts.id = words.rowid WHERE words MATCH ? AND kind = 'quote' "
            "ORDER BY bm25(words), texts.text, texts.document, texts.node"
        )
        rows = self.rows(query, (wanted,)) if wanted else iter(())
        return distinct((hit(row, 0.0) for row in rows), limit)

    def exact(self, name: str) -> list[Hit]:
        """What is called so: labels and aliases that are equal, folded; one hit a node, in the order of IRIs."""
        equal = f"SELECT {FIELDS} FROM texts WHERE folded = ? AND kind <> 'quote' ORDER BY node, kind DESC, text"
        return distinct(hit(row, 1.0) for row in self.rows(equal, (key(clean(name)),)))

    def prefix(self, name: str, limit: int = 10) -> list[Hit]:
        """What has a name that begins so, folded; the shortest names first."""
        start = key(clean(name))
        rows = self.rows(
            f"SELECT {FIELDS} FROM texts WHERE folded >= ? AND folded < ? AND kind <> 'quote' "
            "ORDER BY length(folded), text, node",
            (start, start + "\U0010ffff"),
        )
        return distinct((hit(row, share(start, row)) for row in rows if start), limit)

    def near(self, name: str, limit: int = 3) -> list[Hit]:
        """What has a similar name, the most similar first; ``score`` is the similarity, below 1.0."""
        from rapidfuzz import fuzz, process

        wanted = key(clean(name))[:LONGEST]
        least, most = len(wanted) * NEAR // (200 - NEAR), len(wanted) * (200 - NEAR) // NEAR
        query = "SELECT DISTINCT folded FROM texts WHERE kind <> 'quote' AND length(folded) BETWEEN ? AND ? ORDER BY 1"
        names = [folded for (folded,) in self.rows(query, (least, most + 1)) if folded != wanted]
        best = process.extract(wanted, names, scorer=fuzz.ratio, score_cutoff=NEAR, limit=limit)
        hits = (
            Hit(h.iri, h.text, h.kind, round(score / 100, 4), h.role) for n, score, _ in best for h in self.exact(n)
        )
        return distinct(hits, limit)

    def with_words(self, asked: Sequence[str], limit: int, kinds: Sequence[str]) -> list[Hit]:
        """The texts that have all words; the last one is a beginning."""
        if not asked:
            return []
        wanted = " ".join(f'"{word}"' for word in asked) + "*"
        where = f"id IN (SELECT rowid FROM words WHERE words MATCH :wanted) AND kind IN ({of(kinds)})"
        name = " ".join(asked)
        rows = self.rows(MATCHES % where, {"key": name, "wanted": wanted})
        return distinct((hit(row, share(name, row)) for row in rows), limit)

    def with_part(self, text: str, limit: int, kinds: Sequence[str]) -> list[Hit]:
        """The texts that have a text inside, folded; where nothing is left of it then, as it is."""
        name = key(text)
        where = f"{'instr(folded, :key)' if name else 'instr(text, :text)'} AND kind IN ({of(kinds)})"
        rows = self.rows(MATCHES % where, {"key": name, "text": text.strip()})
        return distinct((hit(row, share(name, row)) for row in rows), limit)

    def spelt(self, word: str, *, begun: bool) -> str:
        """A word of the graph for one: itself if it is there, or begins one and is ``begun``; else the most similar."""
        from rapidfuzz import fuzz, process

        known = "SELECT 1 FROM vocabulary WHERE term >= ? AND term < ? LIMIT 1"
        if list(self.rows(known, (word, word + ("\U0010ffff" if begun else "\0")))):
            return word
        terms = [term for (term,) in self.rows("SELECT term FROM vocabulary ORDER BY term")]
        best = process.extractOne(word, terms, scorer=fuzz.ratio, score_cutoff=SPELLING)
        return str(best[0]) if best else word

    def rows(self, query: str, values: Any = ()) -> Iterator[tuple[Any, ...]]:
        """Rows of the database.

        Raises:
            StoreError: when it is damaged.
        """
        try:
            yield from self.database.execute(query, values)
        except sqlite3.DatabaseError as error:
            hint = f"delete {FILE} in the folders of graph/: it is made again"
            raise StoreError(f"the text index is damaged: {error}", hint) from error


def key(name: str) -> str:
    """The folded words of a name, joined by spaces: no case, no accents, no determiner in front of others."""
    found = words(unaccented(name))
    while len(found) > 1 and found[0] in DETERMINERS:
        found = found[1:]
    return " ".join(found)


def unaccented(text: str) -> str:
    """A text in lower case, its Latin letters without accents."""
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in parts if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", bare.translate(NO_ACCENTS))


def clean(text: str) -> str:
    """A text that a database takes: bytes that were no UTF-8 are replaced."""
    return text.encode("utf-8", "replace").decode()


def of(kinds: Iterable[str]) -> str:
    """Kinds as a list in SQL."""
    return ", ".join(f"'{k}'" for k in KINDS if k in set(kinds))


def share(name: str, row: Sequence[Any]) -> float:
    """How much of a text's words a name is."""
    return round(min(1.0, len(name.split()) / max(1, len(row[4].split()))), 4)


def hit(row: Sequence[Any], score: float) -> Hit:
    """A row as a hit; what only begins or lies in a word is never as good as an equal text."""
    node, kind, role, text, _, document = row[:6]
    if score == 1.0 and len(row) > 6 and row[6] % 4:
        score = 0.99
    return Hit(node, text, kind, score, role, document)


def distinct(hits: Iterable[Hit], limit: int | None = None) -> list[Hit]:
    """The first hits of different nodes, or of different quotes of a document."""
    first: dict[tuple[str, ...], Hit] = {}
    for found in hits:
        first.setdefault((found.text, found.document) if found.kind == "quote" else (found.iri,), found)
        if len(first) == limit:
            break
    return list(first.values())


def reading(path: Path) -> sqlite3.Connection:
    """A database that nobody writes to."""
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", uri=True)


def version(database: sqlite3.Connection) -> int:
    """The version of an index; 0 for what is none."""
    (found,) = database.execute("PRAGMA user_version").fetchone()
    return int(found)


# writing


def fill(path: Path, store: OxigraphStore) -> None:
    """Write the index of a graph to a file that does not exist yet, or take the place of one.

    Raises:
        StoreError: when it cannot be written.
    """
    path.unlink(missing_ok=True)
    with writing(path) as database:
        insert(database, store)


def grow(path: Path, before: Path, store: OxigraphStore, nodes: Iterable[str]) -> None:
    """Write the index of a graph as that of another one, but for some nodes; whole where the other has none.

    Args:
        path: the new index.
        before: the other one.
        store: the graph of the new one.
        nodes: IRIs whose quads differ, and all that are in quads that differ.

    Raises:
        StoreError: when it cannot be written.
    """
    with suppress(OSError, sqlite3.Error):
        shutil.copyfile(before, path)
        with writing(path) as database:
            if version(database) == VERSION:
                replace(database, store, nodes)
                return
    fill(path, store)


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """A database that is written at one go, without a journal, and flushed at the end.

    Raises:
        StoreError: when it cannot be written.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("PRAGMA synchronous = OFF")
            yield database
        with path.open("rb") as file:
            os.fsync(file.fileno())
    except sqlite3.Error as error:
        raise StoreError(f"cannot write {path}: {error}", "check the directory and the space on disk") from error


def insert(database: sqlite3.Connection, store: OxigraphStore) -> None:
    """Fill an empty database with the texts of a graph."""
    database.executescript(LAYOUT)
    database.execute("BEGIN")
    database.executemany(INSERT, all_rows(store))
    database.execute("INSERT INTO words(words) VALUES('rebuild')")
    database.execute("COMMIT")
    database.executescript(INDEXES)


def replace(database: sqlite3.Connection, store: OxigraphStore, nodes: Iterable[str]) -> None:
    """Bring the texts of some nodes to what a graph has now."""
    old = "INSERT INTO words(words, rowid, folded) SELECT 'delete', id, folded FROM texts WHERE node = ?"
    database.execute("BEGIN")
    for node in sorted(nodes):
        database.execute(old, (node,))
        database.execute("DELETE FROM texts WHERE node = ?", (node,))
        for row in node_rows(store, node):
            number = database.execute(INSERT, row).lastrowid
            database.execute("INSERT INTO words(rowid, folded) VALUES(?, ?)", (number, row[4]))
    database.execute("COMMIT")


def all_rows(store: OxigraphStore) -> Iterator[Row]:
    """The texts of a graph."""
    relations = nodes(store, "SELECT DISTINCT ?x WHERE { ?s ?x ?o }") | nodes(
        store, f"SELECT ?x {{ ?x a <{PROPERTY}> }}"
    )
    classes = nodes(store, "SELECT DISTINCT ?x WHERE { ?s a ?x }")

    def role(node: str) -> str:
        return role_of(is_relation=node in relations, is_class=node in classes)

    named = set()
    for predicate, kind in NAMES.items():
        for node, name in literals(store, None, predicate):
            named.add(node)
            yield name_row(node, kind, role(node), name)
    there = relations | classes | nodes(store, "SELECT DISTINCT ?x WHERE { ?x ?p ?o }")
    there |= nodes(store, "SELECT DISTINCT ?x WHERE { ?s ?p ?x }")
    for node in sorted(there - named):
        if not is_common(node):
            yield name_row(node, "label", role(node), last_part(node))
    known = cache(partial(documents, store))  # of this call alone, or else it would keep the graph open
    for node, said in literals(store, None, EXACT, default=False):
        yield quote_row(store, node, said, known)


def node_rows(store: OxigraphStore, node: str) -> Iterator[Row]:
    """The texts of one node, the same as :func:`all_rows` has for it."""
    is_relation = any_quad(store, None, node, None) or any_quad(store, node, TYPE, PROPERTY)
    is_class = any_quad(store, None, TYPE, node)
    role = role_of(is_relation=is_relation, is_class=is_class)
    named = [name_row(node, kind, role, name) for p, kind in NAMES.items() for _, name in literals(store, node, p)]
    yield from named
    there = is_relation or is_class or any_quad(store, node, None, None) or any_quad(store, None, None, node)
    if there and not named and not is_common(node):
        yield name_row(node, "label", role, last_part(node))
    for _, said in literals(store, node, EXACT, default=False):
        yield quote_row(store, node, said, partial(documents, store))


def role_of(*, is_relation: bool, is_class: bool) -> str:
    """What a node is in the graph."""
    return "relation" if is_relation else "class" if is_class else "entity"


def name_row(node: str, kind: str, role: str, name: str) -> Row:
    """A label or alias."""
    return node, kind, role, name[:LONGEST], key(name[:LONGEST]), ""


def quote_row(store: OxigraphStore, node: str, said: str, named: Callable[[str], Sequence[str]]) -> Row:
    """What a piece of evidence quotes, with the name of its document; ``named``: those that a chunk is of."""
    document = next((found for chunk in derived(store, node) for found in named(chunk)), "")
    return node, "quote", "evidence", said[:LONGEST], key(said[:LONGEST]), document


def is_common(node: str) -> bool:
    """Whether a node is a term of the vocabularies that every graph uses."""
    return node.startswith(COMMON) or node in NAMES


def nodes(store: OxigraphStore, query: str) -> set[str]:
    """The IRIs among the terms that a query of one variable finds."""
    import pyoxigraph as ox

    return {term.value for (term,) in store.query(query).rows() if isinstance(term, ox.NamedNode)}


def nodes_of(quads: Iterable[ox.Quad]) -> Iterator[str]:
    """The relations, and the IRIs at the other end, of quads of the default graph."""
    import pyoxigraph as ox

    for quad in quads:
        if quad.graph_name == ox.DefaultGraph():
            yield quad.predicate.value
            if isinstance(quad.object, ox.NamedNode):
                yield quad.object.value


def any_quad(store: OxigraphStore, subject: str | None, predicate: str | None, other: str | None) -> bool:
    """Whether the default graph has a triple with some IRIs in their places."""
    import pyoxigraph as ox

    s, p, o = (None if iri is None else ox.NamedNode(iri) for iri in (subject, predicate, other))
    return next(store.raw.quads_for_pattern(s, p, o, ox.DefaultGraph()), None) is not None


def literals(
    store: OxigraphStore, subject: str | None, predicate: str, *, default: bool = True
) -> Iterator[tuple[str, str]]:
    """Subjects (IRIs) and texts of a predicate, in the default graph, or in any."""
    import pyoxigraph as ox

    node = None if subject is None else ox.NamedNode(subject)
    graph = ox.DefaultGraph() if default else None
    for quad in store.raw.quads_for_pattern(node, ox.NamedNode(predicate), None, graph):
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.Literal):
            yield quad.subject.value, quad.object.value


def derived(store: OxigraphStore, node: str) -> list[str]:
    """What a node was derived from."""
    import pyoxigraph as ox

    quads = store.raw.quads_for_pattern(ox.NamedNode(node), ox.NamedNode(DERIVED), None)
    return sorted(q.object.value for q in quads if isinstance(q.object, ox.NamedNode))


def documents(store: OxigraphStore, chunk: str) -> list[str]:
    """The names of the documents that a chunk was derived from."""
    return [n for document in derived(store, chunk) for _, n in literals(store, document, IDENTIFIER, default=False)]
