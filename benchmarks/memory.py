"""Peak memory and speed of ``kgtool extract`` (rules) at 100,000 and at 1,000,000 words.

    KGTOOL_BENCH_DATA=... python benchmarks/memory.py [WORDS...]

The texts are those of ``extract/corpus`` there, else those of data/, repeated; a line with a number in each makes them
differ, so that nothing is answered from what was done before.
"""

from __future__ import annotations

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


def measured(folder: Path) -> tuple[float, float, int]:
    """Seconds, peak memory in MB (the most of any process), and triples."""
    command = [sys.executable, "-m", "kgtool", "extract", str(folder), "-j", "2", "-q"]
    begin, lines = time.monotonic(), 0
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout
    for _ in process.stdout:
        lines += 1
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return time.monotonic() - begin, usage.ru_maxrss / 1024, lines


def main() -> None:
    print("| words | documents | triples | seconds | words a minute | peak MB |\n|---|---|---|---|---|---|")
    for wanted in map(int, sys.argv[1:] or ("100000", "1000000")):
        with tempfile.TemporaryDirectory() as made:
            words = write(Path(made), wanted)
            count = len(list(Path(made).iterdir()))
            seconds, memory, triples = measured(Path(made))
        row = f"| {words:,} | {count} | {triples:,} | {seconds:.0f} | {words / seconds * 60:,.0f} | {memory:.0f} |"
        print(row, flush=True)


if __name__ == "__main__":
    main()
