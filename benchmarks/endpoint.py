"""An OpenAI-compatible endpoint on loopback that answers after a fixed time, and counts what it is asked.

Its answers are made from the words of the question, in the format that the asking tool wants, so that each tool goes
through all of its steps; they are no extraction. One file, no dependency: it serves the peers' environments too.
"""

from __future__ import annotations

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NAME = re.compile(r"\b[A-Z][\w-]{3,}\b")
MOST = 20
"""Entities in an answer: about as many as a page of data/ names."""


class Endpoint(ThreadingHTTPServer):
    """The server; ``asked`` has the messages of every request, ``most_at_once`` the calls that ran side by side."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, latency: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.latency = latency
        self.asked: list[dict[str, Any]] = []
        self.now = self.most_at_once = 0
        self.first = self.last = 0.0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def __enter__(self) -> Endpoint:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: Endpoint
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        begin = time.monotonic()
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if self.path.endswith("/embeddings"):
            rows = body["input"] if isinstance(body["input"], list) else [body["input"]]
            data = [{"object": "embedding", "index": i, "embedding": [0.1] * 1536} for i in range(len(rows))]
            self.send({"object": "list", "model": "x", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}})
            return
        server = self.server
        with server.lock:
            server.asked.append(body)
            server.first = server.first or begin
            server.now += 1
            server.most_at_once = max(server.most_at_once, server.now)
        time.sleep(max(0.0, server.latency - (time.monotonic() - begin)))
        text = answer([m.get("content") or "" for m in body["messages"]])
        with server.lock:
            server.now -= 1
            server.last = time.monotonic()
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        row = {"id": "x", "created": 0, "model": "x", "usage": usage}
        if body.get("stream"):
            delta = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": "stop"}
            event = json.dumps(row | {"object": "chat.completion.chunk", "choices": [delta]})
            self.send_bytes(f"data: {event}\n\ndata: [DONE]\n\n".encode(), "text/event-stream")
        else:
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self.send(row | {"object": "chat.completion", "choices": [choice]})

    def send(self, value: object) -> None:
        self.send_bytes(json.dumps(value).encode(), "application/json")

    def send_bytes(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def answer(messages: list[str]) -> str:
    """An answer in the format that the messages ask for."""
    asked = "\n".join(messages)
    found = list(dict.fromkeys(NAME.findall(document(messages))))[:MOST] or ["Something"]
    pairs = list(zip(found, found[1:] or found, strict=False))
    if re.search(r"<<<[0-9a-f]{12}$", messages[-1], re.M):  # kgtool
        return json.dumps({"facts": [fact(document(messages))]})
    if "[[ ## relations ## ]]" in asked:  # kg-gen, second call
        rows = [{"subject": a, "predicate": "is related to", "object": b} for a, b in pairs]
        return f"[[ ## relations ## ]]\n{json.dumps(rows)}\n\n[[ ## completed ## ]]"
    if "[[ ## entities ## ]]" in asked:
        return f"[[ ## entities ## ]]\n{json.dumps(found)}\n\n[[ ## completed ## ]]"
    if "<|#|>" in asked:  # LightRAG
        rows = [f"entity<|#|>{name}<|#|>concept<|#|>{name} is named in the text." for name in found]
        rows += [f"relation<|#|>{a}<|#|>{b}<|#|>relation<|#|>{a} is related to {b}." for a, b in pairs]
        return "\n".join([*rows, "<|COMPLETE|>"])
    if "<|>" in asked:  # GraphRAG, entities and relationships
        if "Answer Y if there are still entities" in messages[-1]:
            return "N"
        rows = [f'("entity"<|>{name.upper()}<|>ORGANIZATION<|>{name} is named in the text.)' for name in found]
        rows += [f'("relationship"<|>{a.upper()}<|>{b.upper()}<|>{a} is related to {b}.<|>5)' for a, b in pairs]
        return "\n##\n".join(rows) + "\n<|COMPLETE|>"
    finding = {"summary": "A finding.", "explanation": "The names stand side by side."}
    report = {"title": "Names", "summary": "Names of a text.", "findings": [finding], "rating": 5.0}
    return json.dumps(report | {"rating_explanation": "Because."})


def document(messages: list[str]) -> str:
    """The text that the messages ask about: what stands in the last one, or in the longest."""
    fenced = re.search(r"<<<([0-9a-f]{12})\n(.*)\n\1>>>", messages[-1], re.S)
    return fenced[2] if fenced else max(messages, key=len)


def fact(text: str) -> dict[str, str]:
    """A statement of two words of the text, with the passage from the one to the other as its quotation."""
    words = sorted(re.finditer(r"\w{4,}", text), key=lambda m: -len(m[0]))[:2]
    first, last = sorted(words, key=lambda m: m.start()) if len(words) == 2 else (words * 2)[:2]
    quote = text[first.start() : last.end()]
    return {"quote": quote, "subject": first[0], "predicate": "stands before", "object": last[0], "stated": "yes"}
