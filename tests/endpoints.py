"""Real SPARQL servers on loopback, as fixtures: started once for all tests of a process, and ended by their own id."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

START = 60
"""Seconds that a server may take; Virtuoso makes its database first."""

VIRTUOSO_INI = """\
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = temporary.db
TransactionFile = temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = 2000
MaxDirtyBuffers = 1200
DirsAllowed = .
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 5
[SPARQL]
ResultSetMaxRows = 10000
"""
"""The limit of rows is that of the package, and of many public endpoints."""


@dataclass(frozen=True)
class Server:
    """A server and its addresses; ``login`` is what the environment must have to write there."""

    queries: str
    updates: str
    graphs: str
    login: dict[str, str] = field(default_factory=dict)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@contextmanager
def running(command: list[str], folder: Path, url: str) -> Iterator[None]:
    """A server, from when it answers on."""
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        until = time.monotonic() + START
        while time.monotonic() < until and process.poll() is None:
            try:
                httpx.get(url, timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        else:
            pytest.fail(f"{command[0]} does not start: {(folder / 'output').read_text()[-1000:]}")
        yield
    finally:
        process.kill()
        process.wait()


def oxigraph_program() -> str | None:
    """Where the program is: beside Python, as pip installs it."""
    return shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")


@pytest.fixture(scope="session")
def oxigraph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """``oxigraph serve``, in memory."""
    program = oxigraph_program()
    if program is None:
        pytest.skip("the program oxigraph is not installed: pip install oxigraph")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [program, "serve", "--bind", f"127.0.0.1:{port}", "--timeout-s", "2"]
    with running(command, tmp_path_factory.mktemp("oxigraph"), f"{url}/query"):
        yield Server(f"{url}/query", f"{url}/update", f"{url}/store")


@pytest.fixture(scope="session")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Virtuoso with an empty database; who is ``dba`` may write."""
    program = shutil.which("virtuoso-t")
    if program is None:
        pytest.skip("Virtuoso is not installed: apt-get install virtuoso-opensource-7-bin")
    folder = tmp_path_factory.mktemp("virtuoso")
    port = free_port()
    (folder / "virtuoso.ini").write_text(VIRTUOSO_INI.format(sql=free_port(), http=port))
    url = f"http://127.0.0.1:{port}"
    login = {"KGTOOL_STORE_USER": "dba", "KGTOOL_STORE_PASSWORD": "dba"}
    with running([program, "+foreground", "+configfile", "virtuoso.ini"], folder, f"{url}/sparql"):
        yield Server(f"{url}/sparql", f"{url}/sparql-auth", f"{url}/sparql-graph-crud-auth", login)
