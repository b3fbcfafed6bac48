"""What it takes to add one document to a large store, and whether the graph is that of a full build.

usage: python benchmarks/increment.py [NAMES] [--profile FILE]

The store is made of invented documents (the names of ``fusion.py scale``) whose extractions are put into the journal
the way ``kgtool build`` does it, without parsing anything. A first small document publishes it; adding the second one
is what is measured. Another store gets all documents in one build. Prints Markdown.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fusion import synthetic

from kgtool.calls import Calls
from kgtool.config import load
from kgtool.journal import Journal, Source
from kgtool.making import make_extractor
from kgtool.model import Chunk, Document, Evidence, Triple, canonical_json, digest
from kgtool.text import chunking

SENTENCES = 10
"""In a paragraph of the invented documents."""
PARAGRAPHS = 2
PREDICATES = ["met", "visited", "founded", "left", "praised", "joined"]
FIRST = "Ada Lovelace was born in London.\n"
SECOND = "Tommy Flowers designed Colossus. He worked at Dollis Hill.\n\nColossus was built at Bletchley Park in 1943.\n"


@dataclass(frozen=True)
class Built:
    """A build: what it reported, CPU and wall seconds, peak memory in GB."""

    report: dict[str, Any]
    cpu: float
    wall: float
    memory: float


def documents(count: int) -> list[tuple[Document, list[list[Triple]]]]:
    """Invented documents over so many names, and the triples of each paragraph (seed 1); offsets are the document's."""
    rng = random.Random(1)
    subjects = synthetic(count)
    objects = subjects[:]
    rng.shuffle(objects)
    said = [(s, rng.choice(PREDICATES), o) for s, o in zip(subjects, objects, strict=True)]
    size = SENTENCES * PARAGRAPHS
    return [written(f"invented-{i // size:06}.txt", said[i : i + size]) for i in range(0, len(said), size)]


def written(name: str, said: list[tuple[str, str, str]]) -> tuple[Document, list[list[Triple]]]:
    """A document that says something, a sentence each, and its triples by paragraph."""
    text, found = "", []
    for i, words in enumerate(said):
        if i % SENTENCES == 0:
            text += "\n\n" if text else ""
            found.append([])
        quote = f"{' '.join(words)}."
        place = Evidence(name, "", len(text), len(text) + len(quote), quote, "rules")
        found[-1].append(Triple(*words, predicate_lemma=words[1], confidence=0.9, evidence=place))
        text += f"{quote} "
    return Document(name, text), found


def fill(store: Path, made: list[tuple[Document, list[list[Triple]]]]) -> None:
    """Put documents and their extractions into a store's journal."""
    config = load()
    settings = make_extractor(config, Calls(config, Path(":memory:"))).settings()
    run = digest(canonical_json(dict(settings)))[:16]
    splitter = chunking.splitter_id(config["chunk_size"])
    with Journal.open(store / "journal.db", create=True) as journal:
        sources = [(Source("/invented", d.name, d.hash), d) for d, _ in made]
        journal.change(roots=["/invented"], add=sources, remove=(), failures=())
        journal.save_run(run, settings)
        kept: list[tuple[Chunk, list[Triple]]] = []
        for document, triples in made:
            chunks = chunking.chunks(document, config["chunk_size"])
            journal.save_chunks(document.hash, splitter, chunks)
            kept += zip(chunks, triples, strict=True)
        journal.save_extractions(run, kept)


def build(store: Path, *paths: Path, profile: str = "") -> Built:
    """Run ``kgtool build``; ``profile``: where Python's profiler writes, if anywhere."""
    traced = ["-m", "cProfile", "-o", profile] if profile else []
    command = [sys.executable, *traced, "-m", "kgtool", "build", *map(str, paths), "-s", str(store), "--json"]
    begin = time.monotonic()
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(command, stdout=told)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        if status:
            raise SystemExit(f"{' '.join(command)} failed")
        told.seek(0)
        return Built(json.load(told), used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 2**20)


def exported(store: Path, file: Path) -> str:
    """The hash of a store's N-Quads."""
    subprocess.run([sys.executable, "-m", "kgtool", "export", "-o", str(file), "-s", str(store)], check=True)
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def row(what: str, built: Built) -> str:
    """A build as a row of the table."""
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in built.report["seconds"].items())
    figures = f"{built.report['entities']:,} | {built.report['triples']['published']:,} | {built.wall:.1f}"
    return f"| {what} | {figures} | {built.cpu:.1f} | {stages} | {built.memory:.2f} GB |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", type=int, nargs="?", default=10_000)
    parser.add_argument("--profile", default="", metavar="FILE")
    given = parser.parse_args()
    made = documents(given.names)
    print("| build | entities | statements | seconds | CPU s | stages, seconds | most memory |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first, second = folder / "first.txt", folder / "second.txt"
        first.write_text(FIRST, encoding="utf-8")
        second.write_text(SECOND, encoding="utf-8")
        fill(folder / "kg", made)
        fill(folder / "full", made)
        print(row("first", build(folder / "kg", first)), flush=True)
        print(row("one document more", build(folder / "kg", second, profile=given.profile)), flush=True)
        print(row("all at once", build(folder / "full", first, second)), flush=True)
        same = exported(folder / "kg", folder / "a.nq") == exported(folder / "full", folder / "b.nq")
    print(f"\nThe same N-Quads: {'yes' if same else 'NO'}")


if __name__ == "__main__":
    main()
