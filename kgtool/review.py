"""People in the loop: what they say about two names, and the pairs that the rules left open, as a table to fill in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields

from kgtool.errors import NotFoundError, UsageError
from kgtool.explain import terms
from kgtool.fuse.rulings import check, ruling
from kgtool.journal import Journal
from kgtool.layout import Layout, locked
from kgtool.model import Decision, Ruling
from kgtool.ports import Store

REVISION = "# kgtool review of revision "
ANSWERS = frozenset({"same", "different"})
SENTENCE = """
SELECT ?quote WHERE {
  GRAPH ?g { ?e kg:subjectText|kg:objectText ?name ; oa:exact ?quote } FILTER(CONTAINS(LCASE(STR(?name)), LCASE($name)))
} ORDER BY STRLEN(?quote) ?quote LIMIT 1
"""


@dataclass(frozen=True)
class Pair:
    """Two names that may be one thing; ``decision`` is for a person: same, different, or empty."""

    a: str
    b: str
    score: str
    rule: str
    suggestion: str
    sentence_a: str
    sentence_b: str
    decision: str = ""


COLUMNS = tuple(f.name for f in fields(Pair))


def rule(layout: Layout, kind: str, a: str, b: str, *, undo: bool = False) -> Ruling:
    """Record what a person says about two names, or withdraw it; the next build applies it.

    Args:
        layout: the store.
        kind: ``same`` or ``different``.
        a: one name.
        b: the other.
        undo: withdraw it.

    Raises:
        NotFoundError: when no store is there, the graph has no such name, or nothing was said that could be withdrawn.
        UsageError: when it contradicts what was said before, or the names are one to begin with.
        LockedError: when a build is at work.
    """
    made = ruling(kind, a, b)
    if not undo:
        store = layout.open_graph()
        for name in (a, b):
            if not terms(store, name):
                raise NotFoundError(f"nothing in the graph is called {name!r}", "see what is there: kgtool query @top")
    with held(layout) as journal:
        known = journal.rulings()
        if undo:
            if made not in known:
                raise NotFoundError(f"nobody said that {a!r} and {b!r} are {kind}", "names as they were given then")
            journal.rule([], withdrawn=[made])
        else:
            decide(journal, [made])
    return made


def decide(journal: Journal, made: Sequence[Ruling]) -> None:
    """Record rulings, all or none.

    Raises:
        UsageError: when they contradict one another or what was said before.
    """
    check([*journal.rulings(), *made])
    journal.rule(made)


@contextmanager
def held(layout: Layout) -> Iterator[Journal]:
    """The journal of a store, for writing.

    Raises:
        NotFoundError: when there is none.
        LockedError: when a build is at work.
    """
    if not layout.journal.is_file():
        raise NotFoundError(f"no store at {layout.root}", "make one with: kgtool build PATHS")
    with locked(layout), Journal.open(layout.journal) as journal:
        yield journal


# the table


def table(layout: Layout) -> str:
    """The pairs that the last fusion left open, as a TSV to fill in.

    Raises:
        NotFoundError: when no store is there.
    """
    store, manifest = layout.open_graph(), layout.manifest()
    with Journal.open(layout.journal) as journal:
        told = {(r.a, r.b) for r in journal.rulings()}
        found = journal.open_decisions()
    text = io.StringIO()
    text.write(f"{REVISION}{manifest.revision if manifest else ''}\n")
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(COLUMNS)
    for pair in pairs(store, found):
        if (pair.a, pair.b) not in told:
            writer.writerow([getattr(pair, c) for c in COLUMNS])
    return text.getvalue()


def pairs(store: Store, found: Iterable[Decision]) -> Iterator[Pair]:
    """The open decisions with a sentence for each name, the likeliest first."""
    for d in sorted(found, key=lambda d: (-d.score, d.candidates)):
        a, b = d.candidates[:2]
        made = ruling("same", a, b)
        suggestion = "same" if d.score > 0.5 else "different"
        yield Pair(
            made.a, made.b, f"{d.score:.3f}", d.rule, suggestion, sentence(store, made.a), sentence(store, made.b)
        )


def sentence(store: Store, name: str) -> str:
    """The shortest sentence that has a name; empty when there is none."""
    from pyoxigraph import Literal

    found = [row[0].value for row in store.query(SENTENCE, parameters={"name": Literal(name)}).rows()]
    return " ".join(found[0].split()) if found else ""


def read(layout: Layout, text: str) -> int:
    """Record the decisions of a table; how many there were. All or none is recorded.

    Raises:
        NotFoundError: when no store is there.
        UsageError: for a table of another state of the graph, one that is damaged, or decisions that contradict.
        LockedError: when a build is at work.
    """
    first, _, rest = text.removeprefix("\ufeff").partition("\n")
    manifest = layout.manifest()
    now = manifest.revision if manifest else ""
    if not first.startswith(REVISION):
        raise UsageError("this is no table of kgtool review: its first line is missing", "kgtool review -o FILE")
    if first.removeprefix(REVISION).strip() != now:
        hint = "write it anew: kgtool review -o FILE; nothing was recorded"
        raise UsageError(f"the table is of revision {first.removeprefix(REVISION).strip()}, the graph of {now}", hint)
    made = list(decisions(rest))
    with held(layout) as journal:
        decide(journal, made)
    return len(made)


def decisions(text: str) -> Iterator[Ruling]:
    """The rows of a table that have a decision.

    Raises:
        UsageError: naming the line that cannot be read.
    """
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t")
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise UsageError(f"the table's columns are not {', '.join(COLUMNS)}", "kgtool review -o FILE writes them")
    for row in rows:
        answer = (row["decision"] or "").strip().lower()
        if answer and answer not in ANSWERS:
            where = f"line {rows.line_num + 1}"
            raise UsageError(f"{where}: the decision {answer!r} is none of same, different", "leave it empty if unsure")
        if answer:
            yield ruling(answer, row["a"], row["b"])
