"""The raw layer: documents, chunks, extractions and decisions in one SQLite file (WAL).

The journal is the truth; the published graph is a pure function of the set of what it holds. A document that goes
leaves its text and its extractions behind, so that it costs nothing when it comes back; until something is forgotten,
which destroys what was named and all that is not in force.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from kgtool.errors import NotFoundError, StoreError
from kgtool.model import Chunk, Decision, Document, Import, Layers, Ruling, Tombstone, Triple, Update, canonical_json

FORMAT = 5
"""Version of the layout below; a journal with a higher one is refused, one with a lower one is brought up to it."""

ANSWERS = """
CREATE TABLE IF NOT EXISTS answers(request TEXT PRIMARY KEY, answer TEXT NOT NULL, about TEXT NOT NULL DEFAULT '')
WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches(id TEXT PRIMARY KEY, work TEXT NOT NULL) WITHOUT ROWID;
"""
"""The tables of :mod:`kgtool.answers`; ``about`` is the key of the chunk that an answer is about."""

LAYERS = """
CREATE TABLE imports(place TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, format TEXT NOT NULL,
                     base TEXT NOT NULL, mapping TEXT NOT NULL, blob TEXT NOT NULL, statements INTEGER NOT NULL)
                     WITHOUT ROWID;
CREATE TABLE updates(number INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL);
"""
"""What comes on top of the documents: files of RDF, whose contents are in :mod:`kgtool.blobs`, and SPARQL Updates."""

IMPORT = ", ".join(f.name for f in fields(Import))
"""The columns of an import."""

LAYOUT = f"""
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE roots(path TEXT PRIMARY KEY, options TEXT NOT NULL DEFAULT '{{}}') WITHOUT ROWID;
CREATE TABLE documents(root TEXT, name TEXT, part TEXT NOT NULL, hash TEXT NOT NULL,
                       PRIMARY KEY(root, name, part)) WITHOUT ROWID;
CREATE TABLE failures(root TEXT, name TEXT, error TEXT NOT NULL, PRIMARY KEY(root, name, error)) WITHOUT ROWID;
CREATE TABLE contents(hash TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL,
                      anchors TEXT NOT NULL DEFAULT '[]');
CREATE TABLE chunks(hash TEXT, splitter TEXT, begin INTEGER, end INTEGER, key TEXT NOT NULL,
                    PRIMARY KEY(hash, splitter, begin)) WITHOUT ROWID;
CREATE TABLE runs(id TEXT PRIMARY KEY, settings TEXT NOT NULL);
CREATE TABLE extractions(run TEXT, key TEXT, triples TEXT NOT NULL, forgotten TEXT NOT NULL DEFAULT '[]',
                         PRIMARY KEY(run, key));
CREATE TABLE decisions(kind TEXT, rule TEXT, candidates TEXT, verdict TEXT, score REAL);
CREATE TABLE rulings(a TEXT, b TEXT, kind TEXT NOT NULL, PRIMARY KEY(a, b)) WITHOUT ROWID;
CREATE TABLE tombstones(kind TEXT, digest TEXT, request TEXT, PRIMARY KEY(kind, digest, request)) WITHOUT ROWID;
{ANSWERS}
{LAYERS}
"""

FROM_1_TO_2 = """
ALTER TABLE roots ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
ALTER TABLE contents ADD COLUMN anchors TEXT NOT NULL DEFAULT '[]';
ALTER TABLE documents RENAME TO old_documents;
CREATE TABLE documents(root TEXT, name TEXT, hash TEXT NOT NULL, part TEXT NOT NULL DEFAULT '',
                       PRIMARY KEY(root, name, part)) WITHOUT ROWID;
INSERT INTO documents(root, name, hash) SELECT root, name, hash FROM old_documents;
DROP TABLE old_documents;
ALTER TABLE failures RENAME TO old_failures;
CREATE TABLE failures(root TEXT, name TEXT, error TEXT NOT NULL, PRIMARY KEY(root, name, error)) WITHOUT ROWID;
INSERT INTO failures SELECT root, name, error FROM old_failures;
DROP TABLE old_failures;
"""
"""Documents that are parts of a file, options of a PATH, anchors."""

FROM_2_TO_3 = """
CREATE TABLE rulings(a TEXT, b TEXT, kind TEXT NOT NULL, PRIMARY KEY(a, b)) WITHOUT ROWID;
"""
"""What people say about names."""

FROM_3_TO_4 = """
CREATE TABLE tombstones(kind TEXT, digest TEXT, request TEXT, PRIMARY KEY(kind, digest, request)) WITHOUT ROWID;
ALTER TABLE extractions ADD COLUMN forgotten TEXT NOT NULL DEFAULT '[]';
CREATE TABLE IF NOT EXISTS answers(request TEXT PRIMARY KEY, answer TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches(id TEXT PRIMARY KEY, work TEXT NOT NULL) WITHOUT ROWID;
ALTER TABLE answers ADD COLUMN about TEXT NOT NULL DEFAULT '';
ALTER TABLE documents RENAME TO old_documents;
CREATE TABLE documents(root TEXT, name TEXT, part TEXT NOT NULL, hash TEXT NOT NULL,
                       PRIMARY KEY(root, name, part)) WITHOUT ROWID;
INSERT INTO documents SELECT root, name, part, hash FROM old_documents;
DROP TABLE old_documents;
"""
"""What was forgotten, what answers are about, and a key whose columns come first, as SQLite's check wants them."""

FROM_4_TO_5 = LAYERS

MIGRATIONS = (FROM_1_TO_2, FROM_2_TO_3, FROM_3_TO_4, FROM_4_TO_5)
"""What brings a journal from each format to the next one."""


@dataclass(frozen=True, order=True)
class Source:
    """A document in force: the PATH it lies under (absolute; never in the graph), its file's name there, its hash.

    ``part`` is its own name where a file holds many: the ID of a row or an object.
    """

    root: str
    name: str
    hash: str
    part: str = ""

    @property
    def document(self) -> str:
        """The document's name."""
        return f"{self.name}#{self.part}" if self.part else self.name

    @property
    def key(self) -> tuple[str, str, str]:
        """All but the content."""
        return self.root, self.name, self.part


@dataclass(frozen=True)
class Kept:
    """A stored extraction; ``forgotten`` are the digests of the tombstones that have taken triples from it."""

    run: str
    key: str
    triples: tuple[Triple, ...]
    forgotten: tuple[str, ...] = ()

    def row(self) -> tuple[str, str, str, str]:
        """As the table has it."""
        found = canonical_json([t.to_json() for t in self.triples])
        return self.run, self.key, found, canonical_json(sorted(self.forgotten))


@dataclass(frozen=True)
class Erasure:
    """What goes for good, all at once.

    ``request`` names who asked (a digest of the words given); ``extractions`` are what is left of those that lose
    triples; ``answers`` are named by the hashes of their requests.
    """

    request: str
    tombstones: tuple[Tombstone, ...]
    sources: tuple[Source, ...] = ()
    extractions: tuple[Kept, ...] = ()
    answers: tuple[str, ...] = ()
    rulings: tuple[Ruling, ...] = ()


RESTORE = "restore journal.db from a backup, or move the store away and build again"


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "readonly" in str(error) or "unable to open" in str(error):
            raise StoreError(f"cannot write {path}: {error}", "check the directory's permissions") from error
        raise StoreError(f"{path}: {error}", "is the disk full?") from error
    except sqlite3.DatabaseError as error:
        raise StoreError(f"the journal is corrupt: {path}: {error}", RESTORE) from error
    except json.JSONDecodeError as error:  # within a row
        raise StoreError(f"the journal is corrupt: {path}: a row cannot be read: {error}", RESTORE) from error


class Journal:
    """The journal of one store. Use as a context manager; every writing method is one transaction."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self.path = path

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> Self:
        """Open a journal.

        Raises:
            NotFoundError: when there is none and ``create`` is false.
            StoreError: when it is corrupt, newer than this program, or cannot be written.
        """
        if not create and not path.is_file():
            raise NotFoundError(f"no store at {path.parent}", "make one with: kgtool build PATHS")
        try:
            if create:
                path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"cannot write the store: {error}", "check the directory's permissions") from error
        if path.is_file() and not path.stat().st_size and (path.parent / "graph").is_dir():
            raise StoreError(f"the journal is corrupt: {path} is empty", RESTORE)
        with guarded(path):
            connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        journal = cls(connection, path)
        try:
            with guarded(path):
                journal._prepare()
        except BaseException:
            connection.close()
            raise
        return journal

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        if not self._db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            self._db.executescript(f"BEGIN; {LAYOUT} INSERT INTO meta VALUES ('format', '{FORMAT}'); COMMIT;")
        row = self._db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
        if row is None or not str(row[0]).isdigit() or int(row[0]) > FORMAT:
            raise StoreError(
                f"{self.path} was written by a newer kgtool (format {row and row[0]}; this one knows {FORMAT})",
                "update kgtool",
            )
        if int(row[0]) < FORMAT:
            self._migrate()

    def _migrate(self) -> None:
        """Bring an older journal up to date, in one transaction."""
        with self._transaction() as db:
            # Another process may have done it since the format was read.
            found = int(db.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()[0])
            for step in MIGRATIONS[found - 1 :]:
                for statement in filter(str.strip, step.split(";")):
                    db.execute(statement)
            db.execute("UPDATE meta SET value = ? WHERE key = 'format'", (str(FORMAT),))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with guarded(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._db.close()

    def check(self) -> None:
        """Do nothing, unless the file is damaged.

        Raises:
            StoreError: when it is.
        """
        with guarded(self.path):
            told = [row[0] for row in self._db.execute("PRAGMA quick_check")]
        if told != ["ok"]:
            raise StoreError(f"the journal is corrupt: {self.path}: {' '.join(told[0].split())}", RESTORE)

    # documents

    def roots(self) -> list[str]:
        """The recorded PATHS, sorted."""
        with guarded(self.path):
            return [r[0] for r in self._db.execute("SELECT path FROM roots ORDER BY path")]

    def options(self) -> dict[str, dict[str, str]]:
        """How the files of each recorded PATH are to be read."""
        with guarded(self.path):
            rows = self._db.execute("SELECT path, options FROM roots ORDER BY path")
            return {path: dict(json.loads(options)) for path, options in rows}

    def sources(self) -> list[Source]:
        """The documents in force, sorted by root, name and part."""
        with guarded(self.path):
            rows = self._db.execute("SELECT root, name, hash, part FROM documents ORDER BY root, name, part")
            return [Source(*r) for r in rows]

    def failures(self) -> list[tuple[str, str, str]]:
        """Files that failed, in whole or in part, and will be tried again: root, name, error."""
        with guarded(self.path):
            return list(self._db.execute("SELECT root, name, error FROM failures ORDER BY root, name, error"))

    def note_unextracted(self, failures: Iterable[tuple[str, str, str]]) -> None:
        """Replace what is recorded of documents that are not extracted: root, name, error."""
        rows = [(root, name, f"extraction: {error}") for root, name, error in failures]
        with self._transaction() as db:
            db.execute("DELETE FROM failures WHERE error LIKE 'extraction: %'")
            db.executemany("INSERT OR IGNORE INTO failures VALUES (?, ?, ?)", rows)

    def change(
        self,
        *,
        roots: Sequence[str],
        add: Iterable[tuple[Source, Document]],
        remove: Iterable[Source],
        failures: Iterable[tuple[str, str, str]],
        options: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Bring the set of documents up to date, all at once; ``options`` say how files of a root are to be read."""
        how = {root: canonical_json(dict((options or {}).get(root, {}))) for root in roots}
        with self._transaction() as db:
            db.execute("DELETE FROM roots")
            db.executemany("INSERT INTO roots VALUES (?, ?)", how.items())
            for source in remove:
                db.execute("DELETE FROM documents WHERE root = ? AND name = ? AND part = ?", source.key)
            for source, document in add:
                row = (source.hash, document.title, document.text, canonical_json(document.anchors))
                db.execute("INSERT OR IGNORE INTO contents VALUES (?, ?, ?, ?)", row)
                place = (*source.key, source.hash)
                db.execute("INSERT OR REPLACE INTO documents(root, name, part, hash) VALUES (?, ?, ?, ?)", place)
            db.execute("DELETE FROM failures")
            db.executemany("INSERT OR IGNORE INTO failures VALUES (?, ?, ?)", failures)

    def document(self, source: Source) -> Document:
        """The document with its text."""
        with guarded(self.path):
            query = "SELECT title, text, anchors FROM contents WHERE hash = ?"
            row = self._db.execute(query, (source.hash,)).fetchone()
        if row is None:
            raise StoreError(f"the journal has lost the text of {source.document}", "build again")
        title, text, anchors = row
        with guarded(self.path):
            places = tuple((int(begin), str(label)) for begin, label in json.loads(anchors))
        return Document(source.document, text, title, places)

    # chunks and extractions

    def has_chunks(self, content: str, splitter: str) -> bool:
        """Whether a text has been split with these settings."""
        with guarded(self.path):
            query = "SELECT 1 FROM chunks WHERE hash = ? AND splitter = ? LIMIT 1"
            return self._db.execute(query, (content, splitter)).fetchone() is not None

    def save_chunks(self, content: str, splitter: str, chunks: Iterable[Chunk]) -> None:
        """Record how a text was split."""
        with self._transaction() as db:
            rows = [(content, splitter, c.begin, c.end, c.key) for c in chunks]
            db.executemany("INSERT OR IGNORE INTO chunks VALUES (?, ?, ?, ?, ?)", rows)

    def chunk_keys(self, content: str, splitter: str) -> list[tuple[int, int, str]]:
        """Begin, end and key of the chunks of a text, in order."""
        with guarded(self.path):
            query = "SELECT begin, end, key FROM chunks WHERE hash = ? AND splitter = ? ORDER BY begin"
            return list(self._db.execute(query, (content, splitter)))

    def save_run(self, run: str, settings: Mapping[str, str]) -> None:
        """Record the settings that a run's hash stands for."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO runs VALUES (?, ?)", (run, canonical_json(dict(settings))))

    def run_settings(self, run: str) -> dict[str, str]:
        """The settings that a run's hash stands for; empty when unknown."""
        with guarded(self.path):
            row = self._db.execute("SELECT settings FROM runs WHERE id = ?", (run,)).fetchone()
            return dict(json.loads(row[0])) if row else {}

    def has_extraction(self, run: str, key: str) -> bool:
        """Whether a chunk has been extracted by a run."""
        with guarded(self.path):
            query = "SELECT 1 FROM extractions WHERE run = ? AND key = ?"
            return self._db.execute(query, (run, key)).fetchone() is not None

    def save_extractions(
        self,
        run: str,
        extractions: Iterable[tuple[Chunk, Sequence[Triple]]],
        forgotten: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        """Keep what was found in chunks; offsets are kept relative to the chunk, so that equal chunks share them.

        Args:
            run: the run's hash.
            extractions: chunks with what is to be kept of them.
            forgotten: by chunk key, the digests of the tombstones that took triples away before.
        """
        taken = forgotten or {}
        rows = []
        for chunk, triples in extractions:
            found = tuple(t.moved("", "", -chunk.begin) for t in triples)
            rows.append(Kept(run, chunk.key, found, tuple(taken.get(chunk.key, ()))).row())
        with self._transaction() as db:
            db.executemany("INSERT OR REPLACE INTO extractions VALUES (?, ?, ?, ?)", rows)

    def extraction(self, run: str, key: str) -> list[Triple]:
        """The triples of a chunk with offsets relative to it; see :meth:`Triple.moved`."""
        with guarded(self.path):
            query = "SELECT triples FROM extractions WHERE run = ? AND key = ?"
            row = self._db.execute(query, (run, key)).fetchone()
            return [Triple.from_json(t) for t in json.loads(row[0])] if row else []

    def extractions(self) -> Iterator[Kept]:
        """Every stored extraction, of all runs, in order; offsets as in :meth:`extraction`."""
        with guarded(self.path):
            query = "SELECT run, key, triples, forgotten FROM extractions ORDER BY run, key"
            for run, key, triples, forgotten in self._db.execute(query):
                found = tuple(Triple.from_json(t) for t in json.loads(triples))
                yield Kept(run, key, found, tuple(json.loads(forgotten)))

    def contents_of(self, keys: Iterable[str]) -> set[str]:
        """The hashes of the texts that have one of the chunks."""
        found: set[str] = set()
        with guarded(self.path):
            for key in keys:
                found |= {r[0] for r in self._db.execute("SELECT DISTINCT hash FROM chunks WHERE key = ?", (key,))}
        return found

    def keys_of(self, contents: Iterable[str]) -> set[str]:
        """The keys of the chunks of texts, however they were split."""
        found: set[str] = set()
        with guarded(self.path):
            for content in contents:
                found |= {r[0] for r in self._db.execute("SELECT key FROM chunks WHERE hash = ?", (content,))}
        return found

    def answers(self) -> Iterator[tuple[str, str, object]]:
        """The answers of language models that are kept: hash of the request, key of the chunk, answer."""
        with guarded(self.path):
            for request, about, answer in self._db.execute("SELECT request, about, answer FROM answers"):
                yield request, about, json.loads(answer)

    # forgetting

    def tombstones(self) -> list[Tombstone]:
        """What is not to come back, sorted, each once."""
        with guarded(self.path):
            return sorted(Tombstone(*r) for r in self._db.execute("SELECT DISTINCT kind, digest FROM tombstones"))

    def tombstones_of(self, request: str) -> list[Tombstone]:
        """What was forgotten in these words, sorted."""
        with guarded(self.path):
            query = "SELECT kind, digest FROM tombstones WHERE request = ?"
            return sorted(Tombstone(*r) for r in self._db.execute(query, (request,)))

    def erase(self, erasure: Erasure) -> None:
        """Take something from all tables and record that it is not to come back.

        With it goes all that is kept for documents that are not in force: older versions of what is named may be there.
        The bytes are gone from the file after :meth:`vacuum`.
        """
        self._db.execute("PRAGMA secure_delete = ON")
        with self._transaction() as db:
            stones = [(t.kind, t.digest, erasure.request) for t in erasure.tombstones]
            db.executemany("INSERT OR IGNORE INTO tombstones VALUES (?, ?, ?)", stones)
            for s in erasure.sources:
                db.execute("DELETE FROM documents WHERE root = ? AND name = ? AND part = ?", s.key)
                db.execute("DELETE FROM failures WHERE root = ? AND name = ?", (s.root, s.name))
            db.executemany("REPLACE INTO extractions VALUES (?, ?, ?, ?)", [e.row() for e in erasure.extractions])
            db.executemany("DELETE FROM answers WHERE request = ?", [(r,) for r in erasure.answers])
            db.executemany("DELETE FROM rulings WHERE a = ? AND b = ?", [(r.a, r.b) for r in erasure.rulings])
            db.execute("DELETE FROM contents WHERE hash NOT IN (SELECT hash FROM documents)")
            db.execute("DELETE FROM chunks WHERE hash NOT IN (SELECT hash FROM documents)")
            db.execute("DELETE FROM extractions WHERE key NOT IN (SELECT key FROM chunks)")
            db.execute("REPLACE INTO meta VALUES ('unclean', '1')")

    def is_unclean(self) -> bool:
        """Whether something was erased whose bytes may still be in the store's files."""
        with guarded(self.path):
            return self._db.execute("SELECT 1 FROM meta WHERE key = 'unclean'").fetchone() is not None

    def vacuum(self) -> None:
        """Write the file anew, without the bytes of what was erased.

        Raises:
            StoreError: when another process reads it all the while.
        """
        with guarded(self.path):
            self._db.execute("VACUUM")
            busy = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise StoreError(
                f"another process reads {self.path}: what was forgotten is still in its bytes", "run it again later"
            )
        with self._transaction() as db:
            db.execute("DELETE FROM meta WHERE key = 'unclean'")

    def withdraw(self, request: str) -> bool:
        """Let come back what was forgotten in these words; whether there was anything.

        Extractions that lost triples to it are dropped, so that their chunks are extracted again.
        """
        with self._transaction() as db:
            mine = {r[0] for r in db.execute("SELECT digest FROM tombstones WHERE request = ?", (request,))}
            db.execute("DELETE FROM tombstones WHERE request = ?", (request,))
            was_there = bool(mine)
            mine -= {r[0] for r in db.execute("SELECT digest FROM tombstones")}
            rows = db.execute("SELECT run, key, forgotten FROM extractions WHERE forgotten != '[]'").fetchall()
            gone = [(run, key) for run, key, forgotten in rows if not mine.isdisjoint(json.loads(forgotten))]
            db.executemany("DELETE FROM extractions WHERE run = ? AND key = ?", gone)
        return was_there

    # the recipe

    def recipe(self) -> str:
        """How the graph in force was made, as :meth:`save_recipe` got it; empty when nothing was published."""
        with guarded(self.path):
            row = self._db.execute("SELECT value FROM meta WHERE key = 'recipe'").fetchone()
            return str(row[0]) if row else ""

    def save_recipe(self, recipe: str) -> None:
        """Record how the graph that is about to be published is made."""
        if recipe != self.recipe():
            with self._transaction() as db:
                db.execute("REPLACE INTO meta VALUES ('recipe', ?)", (recipe,))

    # imports and updates

    def imports(self) -> list[Import]:
        """The imported files, sorted by place."""
        with guarded(self.path):
            query = f"SELECT {IMPORT} FROM imports ORDER BY place"
            return [Import(*row) for row in self._db.execute(query)]

    def change_imports(self, *, add: Iterable[Import] = (), remove: Iterable[Import] = ()) -> None:
        """Bring the set of imported files up to date, all at once; a file replaces the one of the same place."""
        with self._transaction() as db:
            db.executemany("DELETE FROM imports WHERE place = ?", [(i.place,) for i in remove])
            rows = [tuple(vars(i).values()) for i in add]
            db.executemany(f"INSERT OR REPLACE INTO imports({IMPORT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def updates(self) -> list[Update]:
        """The SPARQL Updates in force, in the order in which they were given."""
        with guarded(self.path):
            return [Update(*row) for row in self._db.execute("SELECT number, text FROM updates ORDER BY number")]

    def layers(self) -> Layers:
        """Imports, updates and shapes."""
        return Layers(tuple(self.imports()), tuple(self.updates()), self.shapes())

    def shapes(self) -> str:
        """The shapes that the graph must fit, as :meth:`save_shapes` got them; empty without any."""
        with guarded(self.path):
            row = self._db.execute("SELECT value FROM meta WHERE key = 'shapes'").fetchone()
            return str(row[0]) if row else ""

    def save_shapes(self, shapes: str) -> None:
        """Record the shapes that the graph must fit from now on, whoever publishes it; empty: none."""
        if shapes != self.shapes():
            with self._transaction() as db:
                db.execute("DELETE FROM meta WHERE key = 'shapes'")
                db.executemany("INSERT INTO meta VALUES ('shapes', ?)", [(shapes,)] if shapes else [])

    def add_update(self, text: str) -> Update:
        """Record a SPARQL Update as the last one. A number is never given twice."""
        with self._transaction() as db:
            number = db.execute("INSERT INTO updates(text) VALUES (?)", (text,)).lastrowid
        return Update(int(number or 0), text)

    def remove_update(self, number: int) -> bool:
        """Withdraw a SPARQL Update; whether there was one of that number."""
        with self._transaction() as db:
            return db.execute("DELETE FROM updates WHERE number = ?", (number,)).rowcount > 0

    # decisions

    def replace_decisions(self, decisions: Iterable[Decision]) -> None:
        """Record the decisions behind the graph that is about to be published."""
        rows = [(d.kind, d.rule, canonical_json(list(d.candidates)), d.verdict, d.score) for d in decisions]
        with self._transaction() as db:
            db.execute("DELETE FROM decisions")
            db.executemany("INSERT INTO decisions VALUES (?, ?, ?, ?, ?)", rows)

    def rulings(self) -> list[Ruling]:
        """What people said about names, sorted."""
        with guarded(self.path):
            return sorted(Ruling(k, a, b) for k, a, b in self._db.execute("SELECT kind, a, b FROM rulings"))

    def rule(self, rulings: Iterable[Ruling], *, withdrawn: Iterable[Ruling] = ()) -> None:
        """Record what people say about names, all at once; a new word about two names replaces the old one."""
        with self._transaction() as db:
            db.executemany("DELETE FROM rulings WHERE a = ? AND b = ?", [(r.a, r.b) for r in withdrawn])
            db.executemany("INSERT OR REPLACE INTO rulings VALUES (?, ?, ?)", [(r.a, r.b, r.kind) for r in rulings])

    def open_decisions(self) -> list[Decision]:
        """The pairs of names that the last fusion left open, sorted."""
        with guarded(self.path):
            query = "SELECT kind, rule, candidates, verdict, score FROM decisions WHERE kind = 'open'"
            rows = self._db.execute(query).fetchall()
            return sorted(Decision(k, r, tuple(json.loads(c)), v, s) for k, r, c, v, s in rows)

    def decisions(self, verdicts: Iterable[str]) -> list[Decision]:
        """The decisions that ended in one of the given entities (identifiers), sorted."""
        wanted = sorted(set(verdicts))
        marks = ",".join("?" * len(wanted))
        with guarded(self.path):
            query = f"SELECT kind, rule, candidates, verdict, score FROM decisions WHERE verdict IN ({marks})"
            rows = self._db.execute(query, wanted).fetchall()
            return sorted(Decision(k, r, tuple(json.loads(c)), v, s) for k, r, c, v, s in rows)
