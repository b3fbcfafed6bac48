"""The extraction of one run: committed as it goes, and what failed or was not reached recorded as pending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kgtool.errors import RemoteError
from kgtool.journal import Journal, Source
from kgtool.model import Chunk
from kgtool.ports import Extraction
from kgtool.tombstones import Sieve

BATCH = 64
"""Chunks whose extractions are committed together: what a kill can cost."""

NOT_REACHED = "not extracted yet"


@dataclass
class Work:
    """The chunks that a run has to extract.

    Args:
        journal: where what was found is kept.
        run: the run's hash.
        left: the chunks that have no extraction, by key.
        sieve: keeps out what was forgotten.
    """

    journal: Journal
    run: str
    left: dict[str, Chunk]
    sieve: Sieve
    triples: int = 0
    unsupported: int = 0
    succeeded: int = 0
    failures: list[Extraction] = field(default_factory=list)
    _waiting: list[Extraction] = field(default_factory=list)

    def take(self, extraction: Extraction) -> None:
        """Enter what was found in a chunk; committed with the next ones."""
        if extraction.error:
            self.failures.append(extraction)
            return
        self._waiting.append(extraction)
        if len(self._waiting) >= BATCH:
            self.commit()

    def commit(self) -> None:
        """Keep what waits."""
        kept = []
        forgotten = {}
        for extraction in self._waiting:
            triples, forgotten[extraction.chunk.key] = self.sieve.sift(extraction.triples)
            kept.append((extraction.chunk, triples))
        self.journal.save_extractions(self.run, kept, forgotten)
        for chunk, triples in kept:
            self.left.pop(chunk.key, None)
            self.triples += len(triples)
            self.unsupported += sum(t.status == "unsupported" for t in triples)
        self.succeeded += len(self._waiting)
        self._waiting.clear()

    def close(self, sources: Sequence[Source]) -> None:
        """Keep what waits, and record which documents are not done and why."""
        self.commit()
        errors = {e.chunk.key: e.error for e in self.failures}
        owners = {s.document: s for s in sources}
        rows = []
        for key, chunk in self.left.items():
            owner = owners[chunk.document]
            rows.append((owner.root, owner.name, errors.get(key, NOT_REACHED)))
        self.journal.note_unextracted(rows)

    def check(self) -> None:
        """Do nothing, unless the endpoint failed for all there was to do.

        Raises:
            RemoteError: when it did; nothing is to be published then, for nothing has come.
        """
        if self.failures and not self.succeeded and all(e.remote for e in self.failures):
            hint = "nothing was changed in the graph; the next run tries again"
            raise RemoteError(self.failures[0].error, hint)

    def told(self, places: Mapping[str, Path]) -> list[dict[str, str]]:
        """Which documents failed and why, one row a document."""
        errors: dict[str, list[str]] = {}
        for failure in self.failures:
            errors.setdefault(failure.chunk.document, []).append(failure.error)
        rows = []
        for document, found in errors.items():
            more = f" (and {len(found) - 1} more of its chunks)" if len(found) > 1 else ""
            rows.append({"path": str(places.get(document, document)), "error": found[0] + more})
        return rows
