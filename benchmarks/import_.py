"""What importing and exporting cost beside the engine's own bulk load.

usage: python benchmarks/import_.py [TRIPLES] [--runs N]

The file is invented N-Triples: a fifth as many things as triples, 40 relations, a third of the objects texts. Each row
is a process of its own, from start to end; CPU seconds are those of the user and the system, all threads, and peak
memory is the largest resident set. Prints Markdown: the fastest of the runs.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

RAW = """
import sys, pyoxigraph as ox
store = ox.Store(sys.argv[1])
store.bulk_load(path=sys.argv[2], format=ox.RdfFormat.N_TRIPLES)
store.flush()
"""
KEPT = """
import sys
from pathlib import Path
from kgtool import blobs
from kgtool.store import reading
from kgtool.store.vocabulary import Namespaces
file = reading.File(Path(sys.argv[2]), "data.nt", "nt")
space = Namespaces("https://kgtool.example/")
with blobs.writing(Path(sys.argv[1])) as target:
    reading.write(file, reading.look(file, space), target, space)
"""
DATA = Path(__file__).resolve().parent.parent / "data"
FORMATS = ("nt", "nq", "ttl", "trig", "jsonld", "rdfxml", "graphml", "parquet")


@dataclass(frozen=True)
class Cost:
    """CPU seconds and peak memory in MB of a process."""

    cpu: float
    memory: float


def invent(path: Path, count: int) -> None:
    """Write the file (seed 1)."""
    rng = random.Random(1)
    things = max(count // 5, 1)
    with path.open("w", encoding="utf-8") as file:
        for i in range(count):
            subject, relation = rng.randrange(things), rng.randrange(40)
            other = f"<http://data.example/thing/{rng.randrange(things)}>"
            if i % 3 == 0:
                other = f'"value {rng.randrange(count)} of some thing"@en'
            file.write(f"<http://data.example/thing/{subject}> <http://data.example/p/x{relation}> {other} .\n")


def cost(*command: str) -> Cost:
    """Run Python with arguments."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed: {' '.join(command)}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def best(runs: int, *command: str) -> Cost:
    """The fastest run; ``{}`` in an argument is the run's number."""
    found = [cost(*(part.replace("{}", str(i)) for part in command)) for i in range(runs)]
    return min(found, key=lambda c: c.cpu)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("triples", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--runs", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        data, more = folder / "data.nt", folder / "more.nt"
        invent(data, given.triples)
        invent(more, 1_000)
        kgtool = ("-m", "kgtool")
        raw = best(given.runs, "-c", RAW, f"{place}/raw{{}}", str(data))
        kept = best(given.runs, "-c", KEPT, f"{place}/blobs{{}}", str(data))
        whole = best(given.runs, *kgtool, "import", str(data), "-s", f"{place}/kg{{}}", "-q")
        store = ("-s", f"{place}/kg0")
        beside = ("-s", f"{place}/beside")
        cost(*kgtool, "build", str(DATA), *beside, "-q")
        rows = {
            "`pyoxigraph.Store.bulk_load`": raw,
            "`kgtool import`": whole,
            "`kgtool import` into the store of data/": cost(*kgtool, "import", str(data), *beside, "-q"),
            "of the first, reading, checking, hashing and keeping the file": kept,
            "`kgtool import` of the same file again": best(1, *kgtool, "import", str(data), *store, "-q"),
            "`kgtool import` of 1,000 triples more": best(1, *kgtool, "import", str(more), *store, "-q"),
            "`kgtool update`, one triple": best(1, *kgtool, "update", "INSERT DATA { e:a r:b 1 }", *store, "-q"),
            "`kgtool update`, another one": best(1, *kgtool, "update", "INSERT DATA { e:a r:b 2 }", *store, "-q"),
        }
        for format in FORMATS:
            words = ("export", "--format", format, "--provenance", "none", "-o", f"{place}/out.{format}")
            rows[f"`kgtool export`, {format}"] = best(1, *kgtool, *words, *store)
        print(f"{given.triples:,} triples, {data.stat().st_size / 1e6:.0f} MB\n")
        print("| what | CPU s | triples a CPU s | share of bulk_load's speed | peak MB | of bulk_load's |")
        print("|---|---|---|---|---|---|")
        for name, c in rows.items():
            speed, share = given.triples / c.cpu, raw.cpu / c.cpu
            print(
                f"| {name} | {c.cpu:.2f} | {speed:,.0f} | {share:.0%} | {c.memory:.0f} | {c.memory / raw.memory:.2f} |"
            )


if __name__ == "__main__":
    main()
