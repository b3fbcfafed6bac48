"""``build``: the stages in order. What changed, what is to be extracted, fused and published; locked and resumable.

The published graph is a pure function of the set of documents in force and of the settings; whatever happened before
does not show in it.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kgtool.calls import Calls, Estimate
from kgtool.changes import Plan, place, plan
from kgtool.config import Config, policy
from kgtool.errors import KgtoolError, NotFoundError, RemoteError, StoreError, UsageError
from kgtool.extracting import Work
from kgtool.journal import Journal, Source
from kgtool.layout import Layout, Manifest, locked
from kgtool.making import ASKING_FUSER, make_extractor, make_fuser, make_shapes, policies, run_of
from kgtool.model import NO_GATE, Chunk, Document, Triple, canonical_json, digest
from kgtool.ports import AskingExtractor, Extractor, ModelRequest
from kgtool.store.vocabulary import RDF_VERSION, Namespaces
from kgtool.text import chunking, language, readers
from kgtool.tombstones import Sieve

if TYPE_CHECKING:
    from kgtool.store.rdf import Found

MADE_WITH = ("base_iri", "chunk_size", "fuser", "publish_above", "discover", "link_model")
"""The settings, besides the run's and the policies, that a published graph is made with."""

UNANSWERED = "the model did not answer, so it stays as the rules left it"

FOREIGN = "not in English, the language of the rules extractor"

Progress = Callable[[str, int, int], None]
"""Called with the stage's name, what is done, and how much there is."""


def silent(stage: str, done: int, total: int) -> None:
    """No progress shown."""


@dataclass
class Report:
    """What a build did; the keys of ``build --json``."""

    documents: dict[str, Any] = field(
        default_factory=lambda: {"added": 0, "changed": 0, "removed": 0, "unchanged": 0, "skipped": [], "failed": []}
    )
    chunks: int = 0
    triples: dict[str, int] = field(
        default_factory=lambda: {"extracted": 0, "unsupported": 0, "quarantined": 0, "published": 0}
    )
    entities: int = 0
    merges: int = 0
    conflicts: int = 0
    inferred: int = 0
    violations: int = 0
    """Of shapes: statements in quarantine, and violations that no statement could be taken out for."""
    calls: dict[str, int] = field(default_factory=lambda: {"made": 0, "cached": 0, "failed": 0})
    tokens: dict[str, int] = field(default_factory=lambda: {"prompt": 0, "completion": 0})
    cost: float = 0.0
    rungs: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    revision: str = ""
    changed: bool = False

    def to_json(self) -> dict[str, Any]:
        """One object."""
        return dict(vars(self))


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for cycles in memory: of millions of values that all stay to the end it takes a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def timed(report: Report, stage: str) -> Iterator[None]:
    """Add the stage's wall time to the report."""
    start = time.monotonic()
    try:
        yield
    finally:
        report.seconds[stage] = round(report.seconds.get(stage, 0.0) + time.monotonic() - start, 3)


def build(
    layout: Layout,
    paths: Sequence[Path],
    config: Config,
    *,
    yes: bool = False,
    dry_run: bool = False,
    fields: readers.Fields = readers.BY_DEFAULT,
    progress: Progress = silent,
) -> Report:
    """Bring the store up to date with its documents.

    Args:
        layout: where the store is; made when absent.
        paths: files and directories; recorded, and taken from the record when empty.
        config: the settings in force.
        yes: accept that a PATH that is gone or empty takes its documents with it.
        dry_run: only say what would be done.
        fields: where rows and objects have their name and text; recorded for the PATHS given.
        progress: called as work goes on.

    Returns:
        a report; documents that failed are in it and stay pending.

    Raises:
        NotFoundError: when a PATH is missing or holds no readable file; nothing is changed.
        LockedError: when another build is at work.
    """
    report = Report()
    calls = Calls(config, layout.journal)
    extractor = make_extractor(config, calls)
    Namespaces(config.text("base_iri"))  # what is wrong with it, or with the fuser, is said before anything is done
    make_fuser(config, calls)
    shapes = make_shapes(config)
    if dry_run:
        with opened_for_dry_run(layout) as journal:
            count(report, read_changes(journal, paths, config, yes=yes, fields=fields, report=report))
        return report
    if not layout.journal.exists():
        check_paths(paths)
    with locked(layout), Journal.open(layout.journal, create=True) as journal:
        with timed(report, "read"):
            changes = read_changes(journal, paths, config, yes=yes, fields=fields, report=report)
            count(report, changes)
            journal.change(
                roots=changes.roots, options=changes.options, add=changes.add, remove=changes.remove,
                failures=changes.failures,
            )  # fmt: skip
        journal.save_shapes(shapes.text)
        run = run_of(extractor)
        with spending(report, calls, extractor):
            with timed(report, "extract"):
                missing = extract_pending(journal, extractor, run, config, report, progress, calls)
            publish(layout, journal, run, config, report, progress, calls, missing)
        report.warnings += shapes.warnings if report.changed else ()
    return report


@contextmanager
def spending(report: Report, calls: Calls, extractor: Extractor) -> Iterator[None]:
    """Enter what language models were asked, and what of their answers was not believed."""
    try:
        yield
    finally:
        calls.answers.close()
        meter = calls.meter
        report.calls = {"made": meter.made, "cached": meter.cached, "failed": meter.failed}
        report.tokens = {"prompt": meter.prompt, "completion": meter.completion}
        report.cost = meter.cost
        report.rungs = dict(sorted(meter.rungs.items()))
        report.dropped = {k: n for k, n in sorted(getattr(extractor, "dropped", {}).items()) if n}
        report.triples["quarantined"] += sum(report.dropped.values())


def check_paths(paths: Sequence[Path]) -> None:
    """Refuse to make a store when there is nothing to put into it.

    Raises:
        UsageError: without any PATH.
        NotFoundError: for a PATH that does not exist.
    """
    if not paths:
        raise UsageError("no PATHS given, and none recorded", "kgtool build PATHS")
    for path in paths:
        if not readers.find(path):
            raise NotFoundError(f"no readable file in {path}", "see kgtool build --help for the formats")


@contextmanager
def opened_for_dry_run(layout: Layout) -> Iterator[Journal]:
    """The journal, or an empty one in memory when there is no store."""
    path = layout.journal if layout.journal.exists() else Path(":memory:")
    with Journal.open(path, create=True) as journal:
        yield journal


# reading


def read_changes(
    journal: Journal, paths: Sequence[Path], config: Config, *, yes: bool, fields: readers.Fields, report: Report
) -> Plan:
    """What there is to add, change and remove."""
    checked = config["extractor"] == "rules"
    sieve = Sieve(journal.tombstones())

    def read(found: readers.Found, *, fields: readers.Fields) -> Iterator[readers.Part]:
        for part in readers.read(found, fields=fields, max_mb=config["max_document_mb"]):
            if isinstance(part, readers.Unread):
                yield part
                continue
            own = part.name.removeprefix(found.name)
            if sieve.stops(part):
                report.documents["skipped"].append({"path": f"{found.path}{own}", "reason": "forgotten"})
            elif not part.text.strip("\ufeff \t\r\n\f\v"):
                report.documents["skipped"].append({"path": f"{found.path}{own}", "reason": "empty"})
            elif checked and not language.is_english(part.text):
                yield readers.Unread(f"{own}: {FOREIGN}" if own else FOREIGN)
            else:
                yield part

    return plan(journal, paths, read, yes=yes, fields=fields)


def count(report: Report, changes: Plan) -> None:
    """Enter a plan into the report."""
    report.documents |= {
        "added": changes.added,
        "changed": changes.changed,
        "removed": len(changes.remove),
        "unchanged": changes.unchanged,
        "failed": [
            {"path": str(place(Source(root, name, ""))), "error": error} for root, name, error in changes.failures
        ],
    }


# extraction


def extract_pending(
    journal: Journal,
    extractor: Extractor,
    run: str,
    config: Config,
    report: Report,
    progress: Progress,
    calls: Calls,
) -> list[str]:
    """Extract every chunk that this run has not extracted yet, and commit as it goes; the keys that are still missing.

    Raises:
        RemoteError: when the endpoint failed for all of them.
        BudgetError: when the budget is used up; what was done is kept.
    """
    sources = journal.sources()
    pending = pending_chunks(journal, sources, run, config, report)
    if pending:
        journal.save_run(run, extractor.settings())
    work = Work(journal, run, dict(pending), Sieve(journal.tombstones()))
    try:
        calls.prepare(requests(extractor, pending.values()) if config["batch"] else ())
        found = extractor.extract(pending.values()) if pending else ()  # asked for nothing, it would load its parser
        for done, extraction in enumerate(found, 1):
            work.take(extraction)
            progress("extract", done, len(pending))
    finally:
        work.close(sources)
        report.triples["extracted"] += work.triples
        report.triples["unsupported"] += work.unsupported
    work.check()
    report.documents["failed"] += work.told({s.document: place(s) for s in sources if not s.part})
    return sorted(work.left)


def pending_chunks(
    journal: Journal, sources: Sequence[Source], run: str, config: Config, report: Report
) -> dict[str, Chunk]:
    """The chunks that a run has not extracted yet, by key."""
    size = config["chunk_size"]
    splitter = chunking.splitter_id(size)
    pending: dict[str, Chunk] = {}
    for source in sources:
        if not journal.has_chunks(source.hash, splitter):
            journal.save_chunks(source.hash, splitter, chunking.chunks(journal.document(source), size))
        keys = journal.chunk_keys(source.hash, splitter)
        report.chunks += len(keys)
        missing = {key for _, _, key in keys if key not in pending and not journal.has_extraction(run, key)}
        if missing:
            pending |= {c.key: c for c in chunking.chunks(journal.document(source), size) if c.key in missing}
    return pending


def estimate(
    layout: Layout,
    paths: Sequence[Path],
    config: Config,
    *,
    yes: bool = False,
    fields: readers.Fields = readers.BY_DEFAULT,
) -> Estimate:
    """What a build would ask of a language model; nothing is sent and nothing changed."""
    if not layout.journal.exists():
        check_paths(paths)
    calls = Calls(config, layout.journal if layout.journal.exists() else Path(":memory:"))
    extractor = make_extractor(config, calls)
    make_fuser(config, calls)
    run = run_of(extractor)
    with opened_for_dry_run(layout) as journal:
        asking = config["fuser"] == ASKING_FUSER and layout.manifest() is not None
        pairs = len(journal.open_decisions()) if asking else None
        changes = read_changes(journal, paths, config, yes=yes, fields=fields, report=Report())
        gone = {s.key for s in changes.remove} | {s.key for s, _ in changes.add}
        documents = [journal.document(s) for s in journal.sources() if s.key not in gone]
        documents += [document for _, document in changes.add]
        chunks = {c.key: c for d in documents for c in chunking.chunks(d, config["chunk_size"])}
        pending = [c for key, c in chunks.items() if not journal.has_extraction(run, key)]
    return replace(calls.estimate(requests(extractor, pending)), pairs=pairs)


def estimate_documents(documents: Iterable[Document], config: Config) -> Estimate:
    """What an extraction without a store would ask; nothing is sent."""
    calls = Calls(config, Path(":memory:"))
    chunks = {c.key: c for d in documents for c in chunking.chunks(d, config["chunk_size"])}
    return calls.estimate(requests(make_extractor(config, calls), chunks.values()))


def requests(extractor: Extractor, chunks: Iterable[Chunk]) -> list[ModelRequest]:
    """What an extractor will ask first about chunks; nothing when it needs no model."""
    return [extractor.request(c) for c in chunks] if isinstance(extractor, AskingExtractor) else []


# fusion and publishing


@uncollected()
def publish(
    layout: Layout,
    journal: Journal,
    run: str,
    config: Config,
    report: Report,
    progress: Progress,
    calls: Calls,
    missing: Sequence[str] = (),
) -> None:
    """Fuse and publish, unless the published graph already stands for this state; ``missing``: chunks that failed.

    What was erased from the journal goes from the files as well. A graph for which a model did not answer all stands
    for a state of its own, so that the next build asks again.
    """
    config = settled(config)
    fuser = make_fuser(config, calls, journal.rulings())
    sources = journal.sources()
    splitter = chunking.splitter_id(config["chunk_size"])
    settings = {"rdf": RDF_VERSION, "base": config.text("base_iri"), "run": run, "splitter": splitter}
    settings |= {"missing": digest(*missing)} if missing else {}
    tombstones = journal.tombstones()
    forgotten = [f"{t.kind}:{t.digest}" for t in tombstones]
    settings |= {"forgotten": digest(*forgotten)} if forgotten else {}
    state = digest(
        canonical_json(settings | dict(fuser.settings())), *sorted(f"{s.document}\0{s.hash}" for s in sources)
    )
    above = journal.layers()
    journal.save_recipe(recipe(run, config))
    manifest = layout.manifest()
    unclean = journal.is_unclean()
    if manifest is None or not layout.is_published(above.revision(state[:16])):
        with timed(report, "fuse"):
            progress("fuse", 0, 1)
            found = list(evidence(journal, sources, run, splitter))
            fusion = Sieve(tombstones).spare(fuser.fuse([f.triple for f in found]))
            journal.replace_decisions(fusion.decisions)
        if fusion.unanswered:
            state = digest(state, *(u.about for u in fusion.unanswered))
            calls.meter.failed += sum(not u.remote for u in fusion.unanswered)  # the endpoint's failures are counted
            report.warnings += [f"{UNANSWERED}: {u.about}: {u.error}" for u in fusion.unanswered]
        revision = above.revision(state[:16])
        report.changed = manifest is None or not layout.is_published(revision)
        manifest = Manifest.of(
            revision, config.text("base_iri"), fusion, len(sources), report.chunks,
            fused=state[:16], inputs=inputs(journal), imported=above.imported,
        )  # fmt: skip
        if report.changed:  # or as little was answered as before
            with timed(report, "publish"):
                from kgtool.store import rdf

                progress("publish", 0, 1)
                runs = {run: journal.run_settings(run)} if found else {}
                parts = rdf.parts(fusion, found, runs, Namespaces(manifest.base_iri))
                report.warnings += layout.publish(manifest, parts, above, whole=unclean)
    enter(report, layout.published())
    if unclean:
        if not report.changed:
            layout.rewrite()
        layout.sweep()
        journal.vacuum()


def enter(report: Report, manifest: Manifest) -> None:
    """Enter the figures of the published graph into the report."""
    report.revision = manifest.revision
    report.triples["published"] = manifest.triples
    report.triples["quarantined"] = manifest.gate.statements
    report.violations = manifest.gate.statements + manifest.gate.reported
    report.entities = manifest.entities
    report.merges = manifest.merges
    report.conflicts = manifest.conflicts
    report.inferred = manifest.inferred


def inputs(journal: Journal) -> str:
    """A digest of what is fused besides the settings: documents, rulings, tombstones."""
    documents = sorted([s.document, s.hash] for s in journal.sources())
    said = [[vars(row) for row in rows] for rows in (journal.rulings(), journal.tombstones())]
    return digest(canonical_json([documents, *said]))[:16]


def refresh(layout: Layout, journal: Journal, config: Config, progress: Progress = silent) -> Report:
    """Publish after imports or updates have changed; what was fused stays as it is where its input is the same."""
    above, manifest = journal.layers(), layout.manifest()
    same = manifest is not None and manifest.inputs == inputs(journal) and not journal.is_unclean()
    if manifest is None or not same or (manifest.documents and not layout.can_go_on(above)):
        return republish(layout, journal, config, progress)
    report = Report(chunks=manifest.chunks)
    made = replace(manifest.behind(NO_GATE), revision=above.revision(manifest.fused), imported=above.imported)
    report.changed = not layout.is_published(made.revision)
    if report.changed:
        with timed(report, "publish"):
            progress("publish", 0, 1)
            report.warnings += layout.publish(made, None if made.documents else (), above)
    enter(report, layout.published())
    return report


def settled(config: Config) -> Config:
    """The settings with all policies among them, so that no schema need be read for them."""
    return replace(config, values={**config.values, "schema": ""}, relations=policies(config))


def recipe(run: str, config: Config) -> str:
    """How a graph is made from a journal, as text: the run, and the settled settings that fusing and publishing use."""
    values = {key: config[key] for key in MADE_WITH}
    told = {name: asdict(p) for name, p in config.relations.items()}
    return canonical_json({"run": run, "values": values, "policies": told})


def republish(layout: Layout, journal: Journal, config: Config, progress: Progress = silent) -> Report:
    """Fuse and publish what the journal holds as it was done last, whatever the settings say now; nothing is extracted.

    No model is asked: where one helped to fuse, the rules alone do it, and the report says so.

    Raises:
        StoreError: when nothing was published yet, or an older kgtool did not record how.
    """
    if not journal.recipe():
        if journal.sources():
            raise StoreError(
                "the graph is not published, or by an older kgtool", "run kgtool build once, then this again"
            )
        journal.save_recipe(recipe(run_of(make_extractor(config, Calls(config, layout.journal))), settled(config)))
        journal.save_shapes(make_shapes(config).text)
    made = json.loads(journal.recipe())
    told = {name: policy(name, row, "the journal's recipe") for name, row in made["policies"].items()}
    values = {**config.values, **made["values"], "schema": ""}
    report = Report()
    if values["fuser"] == ASKING_FUSER:
        values["fuser"] = "cascade"
        report.warnings.append("what a model decided about names is open until the next build asks it again")
    config = replace(config, values=values, relations=told)
    missing = pending_chunks(journal, journal.sources(), made["run"], config, report)
    calls = Calls(config, layout.journal)
    publish(layout, journal, made["run"], config, report, progress, calls, sorted(missing))
    return report


def evidence(journal: Journal, sources: Sequence[Source], run: str, splitter: str) -> Iterator[Found]:
    """Every triple of the documents in force, in the order of document names, content and offsets."""
    from kgtool.store.rdf import DocumentRef, Found

    seen = set()
    for source in sorted(sources, key=lambda s: (s.document, s.hash)):
        text = journal.document(source)
        document = DocumentRef(text.name, source.hash, text.title)
        if document in seen:
            continue
        seen.add(document)
        for begin, end, key in journal.chunk_keys(source.hash, splitter):
            for triple in journal.extraction(run, key):
                place = triple.moved(text.name, f"{begin}-{end}", begin, text.anchor(begin))
                yield Found(place, document, run)


# extraction alone


def extract(
    documents: Iterable[Document],
    config: Config,
    *,
    calls: Calls | None = None,
    failed: Callable[[str, str], None] = lambda document, error: None,
    progress: Progress = silent,
) -> Iterator[Triple]:
    """The triples of documents, in order, without a store; ``failed`` is told document and error of what failed.

    Raises:
        RemoteError: when the endpoint failed for all there was to do.
        BudgetError: when the budget is used up.
    """
    calls = calls or Calls(config, Path(":memory:"))
    extractor = make_extractor(config, calls)
    size = config["chunk_size"]
    chunks: Iterable[Chunk] = (c for d in documents for c in chunking.chunks(d, size))
    if config["batch"]:
        chunks = list(chunks)
        calls.prepare(requests(extractor, chunks))
    down: str | None = ""
    for done, extraction in enumerate(extractor.extract(chunks), 1):
        chunk = extraction.chunk
        if extraction.error:
            failed(chunk.document, extraction.error)
        down = (down or extraction.error) if extraction.remote and down is not None else None
        yield from (t.moved(chunk.document, chunk.id, 0, chunk.anchor) for t in extraction.triples)
        progress("extract", done, 0)
    if down:
        raise RemoteError(down, "run again later")


def read_documents(
    paths: Sequence[Path], config: Config, fields: readers.Fields = readers.BY_DEFAULT
) -> Iterator[Document | tuple[str, str]]:
    """The documents at PATHS under the names given; a name and an error for what cannot be read.

    Args:
        paths: files, directories and ``-``. An object of a JSONL file that is named is called by its ID alone.
        config: the settings in force.
        fields: where rows and objects have their name and text.

    Raises:
        NotFoundError: when a PATH is missing or holds no readable file.
    """
    for path in paths:
        files = readers.find(path)
        if not files:
            raise NotFoundError(f"no readable file in {path}", "see kgtool extract --help for the formats")
        for file in files:
            shown = str(path / file.name) if path.is_dir() else "stdin" if path == readers.STDIN else str(path)
            bare = not path.is_dir() and path.suffix.lower() in readers.LINES_SUFFIXES
            try:
                for part in readers.read(file, fields=fields, max_mb=config["max_document_mb"]):
                    if isinstance(part, readers.Unread):
                        yield shown, part.error
                    else:
                        own = part.name.removeprefix(file.name)
                        yield replace(part, name=own.removeprefix("#") if bare else f"{shown}{own}")
            except (OSError, KgtoolError) as error:
                yield shown, getattr(error, "message", str(error))
