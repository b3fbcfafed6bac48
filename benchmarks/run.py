"""What the README quotes: CPU of the commands beside a baseline in the same run, and the build of a corpus.

usage: python benchmarks/run.py [--corpus DIR] [--repeat N]

DIR defaults to extract/corpus below KGTOOL_BENCH_DATA; without either, only the demo data is built. Prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KGTOOL = [sys.executable, "-m", "kgtool"]


def measure(command: list[str], repeat: int) -> tuple[float, float]:
    """The least CPU seconds of several runs, and the peak memory of the children so far in MB."""
    best = float("inf")
    for _ in range(repeat):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode not in {0, 7}:
            sys.exit(f"{' '.join(command)} exited {done.returncode}: {done.stderr}")
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def machine() -> str:
    """Processor, cores, Python and the versions that matter."""
    names = ("kgtool", "spacy", "pyoxigraph", "typer", "numpy")
    cpu = next(
        (x.split(":")[1].strip() for x in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in x), "?"
    )
    return f"{cpu}, {os.cpu_count()} cores, Python {platform.python_version()}, " + ", ".join(
        f"{n} {version(n)}" for n in names
    )


def words(folder: Path) -> int:
    """Words of the texts below a folder."""
    return sum(len(p.read_text(encoding="utf-8").split()) for p in folder.rglob("*") if p.suffix in {".txt", ".md"})


def main() -> None:
    """Measure and print."""
    data = os.environ.get("KGTOOL_BENCH_DATA")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path(data, "extract", "corpus") if data else None)
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args()
    base, _ = measure([sys.executable, "-c", "import typer, rich.console"], given.repeat)
    print(f"Machine: {machine()}\n\n| what | CPU s | x importing typer and rich |\n|---|---|---|")
    print(f"| importing typer and rich | {base:.3f} | 1.0 |")
    with tempfile.TemporaryDirectory() as folder:
        store = str(Path(folder, "kg"))
        rows = {
            "`kgtool --help`": ["--help"],
            "`kgtool build data/`, cold": ["build", str(ROOT / "data"), "-s", store, "-q"],
            "`kgtool build`, nothing to do": ["build", "-s", store, "-q"],
            "`kgtool query @counts`": ["query", "@counts", "-s", store],
            "`kgtool reason`, no encoder": ["reason", "Who designed Colossus?", "-s", store, "--encoder", "none"],
            "`kgtool reason`, with encoder": ["reason", "Who designed Colossus?", "-s", store],
        }
        for name, args in rows.items():
            cpu, _ = measure([*KGTOOL, *args], 1 if "cold" in name else given.repeat)
            print(f"| {name} | {cpu:.3f} | {cpu / base:.1f} |")
        if given.corpus:
            cpu, peak = measure([*KGTOOL, "build", str(given.corpus), "-s", str(Path(folder, "corpus")), "-q"], 1)
            n = words(given.corpus)
            print(
                f"\nBuild of {n:,} words: {cpu:.1f} CPU s, {60 * n / cpu:,.0f} words a CPU minute, peak {peak:.0f} MB"
            )


if __name__ == "__main__":
    main()
