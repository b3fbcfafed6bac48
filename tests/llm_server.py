"""A real HTTP server on loopback that speaks the protocol of OpenAI, well or badly, as a test asks it to.

A script is a list of steps, one for each request (the last one is repeated), or a function of the request's body:

    {"items": [...]}                  an answer with these triples
    {"text": "..."}                   an answer with this text
    {"finish": "length"}              with that finish reason
    {"usage": {...}}                  with that report of the tokens
    {"line": "..."}                   that line in a batch's output
    {"status": 429, "headers": {...}} an error
    {"cut": 20}                       the connection closed after that many characters
    {"hang": 3}                       nothing for that many seconds first
    {"choices": []}                   events without a choice
    {"raw": b"..."}                   a body that is no stream, of the media type {"kind": "..."}, with {"code": 204}
    {"encoding": "gzip"}              what "raw" says that it is packed with
    {"refusal": "..."}                a stream with that refusal
    {"drip": "...", "pause": 0.1}     these characters for ever, with that many seconds in between
    {"whole": true}                   the answer in one piece, from a server that does not stream
    {"die": true}                     the server is gone from the next request on
    {"repeat": {...}}                 the same item for ever
    {"refuse": ["json_schema"]}       HTTP 400 for requests with that response format; "tools" for tools
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}

Step = dict[str, Any]
Script = list[Step] | Callable[[dict[str, Any]], Step]


class Server(ThreadingHTTPServer):
    """The server, with what it was asked in ``requests``."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, script: Script, key: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script
        self.key = key
        self.requests: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.files: dict[str, bytes] = {}
        self.batches: list[dict[str, Any]] = []
        self.polls_before_done = 1
        self.submit_takes = 0.0
        self.batch_end = "completed"
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    @property
    def spec(self) -> str:
        return f"{self.url}#test"

    def __enter__(self) -> Server:
        self.thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone away is part of the tests."""

    def step(self, body: dict[str, Any]) -> Step:
        with self.lock:
            number = len(self.requests)
            self.requests.append(body)
        if callable(self.script):
            return self.script(body)
        return self.script[min(number, len(self.script) - 1)]


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        if not self.allowed():
            return
        if self.path.startswith("/v1/models"):
            self.reply({"object": "list", "data": [{"id": "test", "object": "model", "created": 0, "owned_by": "x"}]})
        elif self.path.startswith("/v1/files/"):
            self.give(*self.path.split("/")[3:])
        elif self.path.startswith("/v1/batches/"):
            self.reply(self.polled(self.path.split("/")[3]))
        else:
            self.reply({"object": "list", "data": self.server.batches, "has_more": False})

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.allowed():
            return
        if self.path.endswith("/files"):
            self.upload(data)
        elif self.path.endswith("/batches"):
            self.submit(json.loads(data))
        else:
            body = json.loads(data)
            self.server.paths.append(self.path)
            self.play(body, self.server.step(body))

    def allowed(self) -> bool:
        given = self.headers.get("Authorization", "")
        if self.server.key and given != f"Bearer {self.server.key}":
            self.reply(
                {"error": {"message": f"Incorrect API key provided: {given[7:]}", "code": "invalid_api_key"}}, 401
            )
            return False
        return True

    def reply(self, value: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.reply_bytes(json.dumps(value).encode(), "application/json", status, headers)

    def reply_bytes(self, data: bytes, kind: str, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    # chat

    def play(self, body: dict[str, Any], step: Step) -> None:
        time.sleep(step.get("hang", 0))
        refused = {body.get("response_format", {}).get("type"), "tools" if "tools" in body else ""}
        if refused & set(step.get("refuse", ())):
            step = {"status": 400, "message": "this response_format is not supported"}
        if step.get("die"):
            self.server.shutdown()
            self.server.server_close()
        if "status" in step:
            error = {"message": step.get("message", "scripted"), "param": step.get("param"), "code": step.get("code")}
            self.reply({"error": error}, step["status"], step.get("headers"))
        elif "raw" in step:
            self.reply_bytes(step["raw"], step.get("kind", "text/html"), step.get("code", 200), encoded(step))
        elif "whole" in step:
            choice = {"index": 0, "message": message(body, said(step)), "finish_reason": step.get("finish", "stop")}
            self.reply({"object": "chat.completion", "model": "test", "choices": [choice]})
        else:
            self.stream(body, step)

    def stream(self, body: dict[str, Any], step: Step) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if "choices" in step:
            self.event(choices=step["choices"])
        elif "refusal" in step:
            self.event(choices=[{"index": 0, "delta": {"refusal": step["refusal"]}, "finish_reason": None}])
            self.event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
        elif "drip" in step:
            while True:
                self.wfile.write(step["drip"].encode())
                time.sleep(step.get("pause", 0))
        elif "repeat" in step:
            self.delta(body, '{"facts": [')
            while True:
                self.delta(body, json.dumps(step["repeat"]) + ",")
        else:
            text = said(step)
            end = step.get("cut", len(text))
            for begin in range(0, end, 50):
                self.delta(body, text[begin : min(begin + 50, end)])
            if end < len(text):
                return
            self.event(choices=[{"index": 0, "delta": {}, "finish_reason": step.get("finish", "stop")}])
        self.event(choices=[], usage=step.get("usage", USAGE))
        self.wfile.write(b"data: [DONE]\n\n")

    def delta(self, body: dict[str, Any], text: str) -> None:
        part: dict[str, Any] = {"content": text}
        if "tools" in body:
            part = {"tool_calls": [{"index": 0, "function": {"arguments": text}}]}
        self.event(choices=[{"index": 0, "delta": part, "finish_reason": None}])

    def event(self, **parts: object) -> None:
        row = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "test", **parts}
        self.wfile.write(f"data: {json.dumps(row)}\n\n".encode())
        self.wfile.flush()

    # batches

    def give(self, name: str, part: str = "") -> None:
        """A file's content, or what it is."""
        if name not in self.server.files:
            self.reply({"error": {"message": f"No such File object: {name}"}}, 404)
        elif part == "content":
            self.reply_bytes(self.server.files[name], "application/jsonl")
        else:
            self.reply(file_row(name))

    def upload(self, data: bytes) -> None:
        content = next(p for p in data.split(b"\r\n\r\n") if p.lstrip().startswith(b"{")).split(b"\r\n--", 1)[0]
        name = f"file-{len(self.server.files)}"
        self.server.files[name] = content
        self.reply(file_row(name))

    def submit(self, body: dict[str, Any]) -> None:
        name = f"batch-{len(self.server.batches)}"
        row = {
            "id": name, "object": "batch", "endpoint": body["endpoint"], "input_file_id": body["input_file_id"],
            "completion_window": "24h", "status": "in_progress", "created_at": 0, "metadata": body.get("metadata"),
            "polls": 0,
        }  # fmt: skip
        self.server.batches.append(row)
        time.sleep(self.server.submit_takes)
        self.reply(row)

    def polled(self, name: str) -> dict[str, Any]:
        row = next(b for b in self.server.batches if b["id"] == name)
        row["polls"] += 1
        if row["polls"] > self.server.polls_before_done and row["status"] == "in_progress":
            lines = []
            for line in self.server.files[row["input_file_id"]].splitlines():
                asked = json.loads(line)
                step = self.server.step(asked["body"])
                message = {"role": "assistant", "content": said(step)}
                choice = {"index": 0, "message": message, "finish_reason": step.get("finish", "stop")}
                body = {"choices": [choice], "usage": step.get("usage", USAGE)}
                response = {"status_code": step.get("status", 200), "body": body}
                lines.append(step.get("line", json.dumps({"custom_id": asked["custom_id"], "response": response})))
            self.server.files["output"] = "\n".join(lines).encode()
            row |= {"status": self.server.batch_end, "output_file_id": "output"}
            if self.server.batch_end != "completed":
                row.pop("output_file_id")
        return row


def file_row(name: str) -> dict[str, Any]:
    """What a file is."""
    return {
        "id": name, "object": "file", "bytes": 1, "created_at": 0, "filename": "x", "purpose": "batch",
        "status": "processed",
    }  # fmt: skip


def encoded(step: Step) -> dict[str, str]:
    """The headers that say how an answer is packed."""
    return {"Content-Encoding": step["encoding"]} if "encoding" in step else {}


def message(body: dict[str, Any], text: str) -> dict[str, Any]:
    """An answer in one piece."""
    if "tools" in body:
        call = {"id": "x", "type": "function", "function": {"name": "answer", "arguments": text}}
        return {"role": "assistant", "content": None, "tool_calls": [call]}
    return {"role": "assistant", "content": text}


def said(step: Step) -> str:
    """The text of an answer."""
    return step["text"] if "text" in step else json.dumps({"facts": step.get("items", [])})


def item(subject: str, predicate: str, object: str, quote: str, stated: str = "yes") -> dict[str, str]:
    """A triple as a model writes it."""
    return {"quote": quote, "subject": subject, "predicate": predicate, "object": object, "stated": stated}
