"""Peak memory and speed of ``kgtool extract`` (rules) at 100,000 and at 1,000,000 words, with one process and with two.

    KGTOOL_BENCH_DATA=... python benchmarks/memory.py [-j N...] [--repeat N] [WORDS...]

The texts are those of ``extract/corpus`` there, else those of data/, repeated; a line with a number in each makes them
differ, so that nothing is answered from what was done before. Of repetitions the fastest counts: on a shared machine
the others measure the load. The CPU time of the busiest process is what a run takes where each has a CPU of its own.
The memory is that of all processes together, what they share counted in each.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def texts() -> list[str]:
    """The texts that are repeated."""
    public = Path(os.environ.get("KGTOOL_BENCH_DATA", "/nowhere")) / "extract" / "corpus"
    folder = public if public.is_dir() else ROOT / "data" / "documents"
    return [f.read_text(encoding="utf-8") for f in sorted(folder.rglob("*")) if f.suffix in {".txt", ".md"}]


def write(folder: Path, words: int) -> int:
    """Documents of about so many words; how many words they have."""
    found, number, total = texts(), 0, 0
    while total < words:
        # a number in each paragraph, or the same paragraph would be the same chunk
        paragraphs = found[number % len(found)].split("\n\n")
        text = "\n\n".join(f"{p}\nIt is number {number}.{i}." for i, p in enumerate(paragraphs) if p.strip())
        (folder / f"{number:05}.txt").write_text(text, encoding="utf-8")
        total += len(text.split())
        number += 1
    return total


def look(pid: int) -> tuple[float, float]:
    """What a process and those that it has started hold now, in MB, and the CPU seconds of the busiest of them."""
    held, busiest = 0, 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            rows = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
            times = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(pid) in {rows["Pid"].strip(), rows["PPid"].strip()} and "VmRSS" in rows:
            held += int(rows["VmRSS"].split()[0])
            busiest = max(busiest, sum(map(int, times)) / os.sysconf("SC_CLK_TCK"))
    return held / 1024, busiest


def measured(folder: Path, jobs: int) -> tuple[float, float, float, float, str]:
    """Seconds, CPU seconds of all and of the busiest process, peak memory in MB, and the hash of what was written."""
    command = [sys.executable, "-m", "kgtool", "extract", str(folder), "-j", str(jobs), "-q"]
    begin, sha, peak, busiest = time.monotonic(), hashlib.sha256(), 0.0, 0.0
    looked = begin
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout
    for line in process.stdout:
        sha.update(line)
        if time.monotonic() - looked > 0.5:
            looked = time.monotonic()
            held, busiest = look(process.pid)
            peak = max(peak, held)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, busiest, peak, sha.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("-j", "--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeat", type=int, default=1)
    given = parser.parse_args()
    print("| words | documents | -j | seconds | words a minute | CPU s | of the busiest | peak MB |")
    print("|---|---|---|---|---|---|---|---|")
    for wanted in given.words:
        with tempfile.TemporaryDirectory() as made:
            words = write(Path(made), wanted)
            count = len(list(Path(made).iterdir()))
            runs = [(jobs, measured(Path(made), jobs)) for _ in range(given.repeat) for jobs in given.jobs]
        assert len({run[-1] for _, run in runs}) == 1, "the numbers of processes gave different triples"
        for jobs in given.jobs:
            seconds, cpu, busiest, peak, _ = min(run for own, run in runs if own == jobs)
            rate = words / seconds * 60
            figures = f"{seconds:.0f} | {rate:,.0f} | {cpu:.0f} | {busiest:.0f} | {peak:.0f}"
            print(f"| {words:,} | {count} | {jobs} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
