"""Speed and cost of the language-model extractor, against an endpoint on loopback with a fixed latency.

    python benchmarks/llm.py speed                    throughput at -j 1, 4, 16
    python benchmarks/llm.py prompts [--peers FOLDER] prompt tokens for one document, kgtool's and the peers'

FOLDER has a virtual environment for each peer: kg-gen, lightrag-hku, graphrag. All are run at their defaults.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from endpoint import Endpoint

from kgtool.llm.budget import estimated_tokens
from kgtool.ports import ModelRequest

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent / "data" / "documents" / "konrad-zuse.md"
LATENCY = 0.2
PEERS = {"kg-gen": "kg-gen", "lightrag-hku": "lightrag", "graphrag": "graphrag"}


def kgtool(*arguments: object) -> dict[str, object]:
    """The report of a build."""
    command = [sys.executable, "-m", "kgtool", *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    report: dict[str, object] = json.loads(done.stdout)
    return report


def speed(folder: Path) -> None:
    """Calls a second from the first request to the last answer, beside jobs / latency."""
    print("| -j | chunks | calls | calls a second | ideal | share | most at once |\n|---|---|---|---|---|---|---|")
    for jobs in (1, 4, 16):
        texts = folder / f"texts-{jobs}"
        texts.mkdir()
        for number in range(40 * jobs):
            (texts / f"{number}.txt").write_text(f"Colossus number {number} was designed by Tommy Flowers in 1943.\n")
        with Endpoint(LATENCY) as server:
            report = kgtool("build", texts, "-s", folder / f"kg-{jobs}", "--llm", f"{server.url}#test", "-j", jobs)
        rate, ideal = len(server.asked) / (server.last - server.first), jobs / LATENCY
        counts = f"| {jobs} | {report['chunks']} | {len(server.asked)} | {rate:.2f} | {ideal:.0f} "
        print(f"{counts}| {rate / ideal:.1%} | {server.most_at_once} |")


def prompts(folder: Path, peers: Path | None) -> None:
    """Calls and prompt tokens for one document."""
    words = len(DOCUMENT.read_text(encoding="utf-8").split())
    print(f"{DOCUMENT.name}: {words} words\n")
    print("| tool | calls | prompt tokens | with schemas | a word |\n|---|---|---|---|---|")
    with Endpoint() as server:
        report = kgtool("build", DOCUMENT, "-s", folder / "kg", "--llm", f"{server.url}#test")
    row(f"kgtool ({report['chunks']} chunks)", server, words)
    for name, peer in PEERS.items() if peers else ():
        assert peers
        with Endpoint() as server:
            command = [peers / name / "bin" / "python", HERE / "peers.py", peer, server.url, DOCUMENT, folder / peer]
            known = os.environ | {"OPENAI_API_KEY": "none", "DSPY_CACHEDIR": str(folder / "dspy")}
            done = subprocess.run(command, capture_output=True, text=True, env=known, check=False)
        (folder / f"{peer}.log").write_text(done.stdout + done.stderr)
        if done.returncode:
            print(f"{name} failed: {done.stderr[-2000:]}", file=sys.stderr)
        row(f"{name} {version(peers / name, name)}", server, words)


def row(name: str, server: Endpoint, words: int) -> None:
    """One line of the table."""
    texts = [[m.get("content") or "" for m in b["messages"]] for b in server.asked]
    tokens = sum(estimated(t) for t in texts)
    formats = [json.dumps(b.get("response_format") or b.get("tools") or "") for b in server.asked]
    more = sum(estimated([f]) for f in formats if f != '""')
    print(f"| {name} | {len(server.asked)} | {tokens:,} | {tokens + more:,} | {tokens / words:.1f} |")


def estimated(texts: list[str]) -> int:
    """Tokens by the estimate of the package: the same for all tools."""
    return estimated_tokens(ModelRequest(tuple({"role": "user", "content": t} for t in texts), {}, 0))


def version(environment: Path, name: str) -> str:
    """The version of a peer."""
    code = f"import importlib.metadata as m; print(m.version('{name}'))"
    done = subprocess.run([environment / "bin" / "python", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("speed", "prompts"))
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--keep", type=Path, help="work here and leave it")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = given.keep or Path(made)
        begin = time.monotonic()
        speed(folder) if given.what == "speed" else prompts(folder, given.peers)
        print(f"\n{time.monotonic() - begin:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
