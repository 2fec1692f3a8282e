"""Shared by tests: a server that records requests and sends planned responses, and the command as a
function."""

from __future__ import annotations

import contextlib
import io
import json
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

KEY = "phx_CANARYcanary0123456789"
PROVIDER_KEY = "sk-proj-NEWCANARY-0123456789"
PROJECT = "42"

JOB_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
JOB = {
    "id": JOB_ID,
    "name": "GPT-4",
    "analysis_level": "trace",
    "event_filters": [],
    "enabled": True,
    "created_at": "2026-08-11T12:00:00.123456Z",
    "updated_at": "2026-08-11T12:00:00Z",
}


@dataclass(frozen=True)
class Sent:
    """A request as the server saw it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @property
    def line(self) -> str:
        return f"{self.method} {self.target}"


@dataclass
class Reply:
    """A response to send. `body` is sent as JSON unless it is bytes already."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    reason: str | None = None

    def content(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer on a kept connection takes 40 ms
    server: _Server

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = Sent(self.command, self.path, dict(self.headers), self.rfile.read(length))
        reply = self.server.recording.answer(sent)
        content = reply.content()
        if "Date" in reply.headers:
            self.send_response_only(reply.status, reply.reason)
        else:
            self.send_response(reply.status, reply.reason)
        headers = {"Content-Type": "application/json"} if content else {}
        for name, value in (headers | reply.headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = answer  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


class _Server(ThreadingHTTPServer):
    def __init__(self, recording: RecordingServer) -> None:
        self.recording = recording
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that hangs up early is what some tests are about


class RecordingServer:
    """An HTTP server on loopback: `replies` in order (the last one repeats), requests in `sent`.

    With `tls` it speaks https.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.replies: list[Reply | Callable[[Sent], Reply]] = []
        self.sent: list[Sent] = []
        self._server = _Server(self)
        self.port = self._server.server_address[1]
        self.origin = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        if tls:
            # The handshake is left to the connection's own thread.
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, sent: Sent) -> Reply:
        """Record a request, and return the response to it."""
        self.sent.append(sent)
        planned = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return planned if isinstance(planned, Reply) else planned(sent)

    def reply(self, *replies: Reply | Callable[[Sent], Reply] | Any) -> None:
        """Plan the responses; a plain value is a 200 with that JSON."""
        self.replies = [
            reply if isinstance(reply, Reply) or callable(reply) else Reply(body=reply)
            for reply in replies
        ]

    @property
    def lines(self) -> list[str]:
        return [sent.line for sent in self.sent]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def storing(row: dict[str, Any]) -> Callable[[Sent], Reply]:
    """The responses of a server that has `row` in place of any object, and stores what it is sent.

    Lists are empty.
    """

    def reply(sent: Sent) -> Reply:
        last = sent.path.strip("/").split("/")[-1]
        is_object = last.count("-") == 4
        if sent.method == "GET":
            return Reply(200, row if is_object else page([]))
        fields = dict(sent.json or {})
        secret = fields.pop("api_key", None)
        if secret is not None:
            fields["api_key_masked"] = f"{secret[:4]}...{secret[-4:]}"
        is_create = sent.method == "POST" and not last.startswith("set_")
        return Reply(201 if is_create else 200, row | fields)

    return reply


def page(rows: list[Any], *, count: int | None = None, following: str | None = None) -> Any:
    """A page of a list as the API wraps it."""
    total = len(rows) if count is None else count
    return {"count": total, "next": following, "previous": None, "results": rows}


class _Stream(io.StringIO):
    def __init__(self, text: str = "", *, is_terminal: bool) -> None:
        super().__init__(text)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def call(
    argv: list[str], *, stdin: bytes = b"", is_terminal: bool = False, typed: str | None = None
) -> tuple[int, str, str]:
    """Run llmctl in this process without fixtures: exit code, standard output, standard error.

    With `is_terminal`, both outputs claim to be one; standard input does so only if `typed` has the
    answers to questions.
    """
    from llmctl.app import main

    out, err = _Stream(is_terminal=is_terminal), _Stream(is_terminal=is_terminal)
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    if typed is not None:
        sys.stdin = _Stream(typed, is_terminal=True)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(argv)
    finally:
        sys.stdin = before
    return int(code), out.getvalue(), err.getvalue()


@contextlib.contextmanager
def serving(database: Path, *faults: str) -> Iterator[str]:
    """The sandbox in `database` over HTTP, from a thread of this process: its origin."""
    from waitress.wasyncore import close_all

    from llmctl.sandbox.app import wsgi_application
    from llmctl.sandbox.faults import parse_rules, with_faults
    from llmctl.sandbox.server import open_server

    rules = parse_rules(faults, source="a test")
    sockets: dict[int, Any] = {}
    application = with_faults(wsgi_application(database), rules)
    server = open_server(application, 0, sockets)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.task_dispatcher.shutdown()  # first: its threads use what is closed next
        server.trigger.pull_trigger(lambda: close_all(sockets))
        thread.join()
