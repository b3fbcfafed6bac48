"""A real HTTP server on loopback that speaks SPARQL's protocol badly, as a test asks it to.

A script is a list of steps, one for each request (the last one is repeated):

    {"body": b"...", "kind": "text/html", "status": 500, "headers": {...}}   an answer
    {"cut": 20}           the connection closed after so many bytes of a longer body
    {"hang": 3}           nothing for that many seconds first
    {"drop": True}        the connection closed without an answer
"""

from __future__ import annotations

import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

JSON = "application/sparql-results+json"
ROWS = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"one"}}]}}'

Step = dict[str, Any]


class Server(ThreadingHTTPServer):
    """The server; ``requests`` are the headers and bodies that it was sent.

    Args:
        script: what it answers.
        certificate: a file with key and certificate, to speak TLS.
    """

    daemon_threads = True

    def __init__(self, *script: Step, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script
        self.requests: list[tuple[dict[str, str], str]] = []
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self.scheme = "https"
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}/sparql"

    def __enter__(self) -> Server:
        self.thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone away is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.requests.append(({k.lower(): v for k, v in self.headers.items()}, data))
        step = self.server.script[min(len(self.server.requests), len(self.server.script)) - 1]
        time.sleep(step.get("hang", 0))
        self.close_connection = True
        if "drop" in step:
            return
        body = step.get("body", ROWS)
        self.send_response(step.get("status", 200))
        length = {"Content-Length": str(len(body))}
        for name, value in {"Content-Type": step.get("kind", JSON), **length, **step.get("headers", {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: step.get("cut", len(body))])
