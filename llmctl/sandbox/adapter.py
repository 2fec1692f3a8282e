"""The sandbox in-process: a transport adapter for requests that calls the application."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPHeaderDict, HTTPResponse

from llmctl.sandbox.app import stored_generation, wsgi_application
from llmctl.sandbox.faults import PATIENCE, Dropped, TooLate, parse_rules, with_faults
from llmctl.sandbox.generation import DEFAULT, from_environment, ignored_note

FAULTS = "LLMCTL_SANDBOX_FAULTS"  # rules, separated by semicolons


class SandboxAdapter(BaseAdapter):
    """Sends requests to the sandbox in `database`, without a port.

    `report` is called with a note if the database has another generation than the variable names.
    """

    def __init__(self, database: Path, report: Callable[[str], None] = lambda _: None) -> None:
        super().__init__()
        asked = from_environment()
        texts = [text for text in os.environ.get(FAULTS, "").split(";") if text.strip()]
        rules = parse_rules(texts, source=FAULTS, may_kill=True)
        self._application = with_faults(wsgi_application(database, asked or DEFAULT), rules)
        if asked and (text := ignored_note(asked, stored_generation(database) or asked)):
            report(text)

    def send(
        self, request: requests.PreparedRequest, *args: Any, **options: Any
    ) -> requests.Response:
        """Return the same response as over HTTP."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], *_: Any
        ) -> Callable[..., Any]:
            started.append((status, headers))
            return lambda data: None

        timeout = options.get("timeout")
        patience = {PATIENCE: timeout} if isinstance(timeout, int | float) else {}
        try:
            content = self._application(_environ(request) | patience, start_response)
        except TooLate:
            raise requests.exceptions.ReadTimeout("too late") from TimeoutError()
        except Dropped:
            raise requests.exceptions.ConnectionError("dropped") from ConnectionResetError()
        try:
            body = b"".join(content)
        finally:
            if hasattr(content, "close"):
                content.close()
        status, headers = started[0]
        return _response(request, status, headers, body)

    def close(self) -> None:
        """Do nothing: each request closes what it opened."""


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    url = urlsplit(str(request.url))
    body = request.body or b""
    content = body.encode() if isinstance(body, str) else bytes(body)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote(url.path, encoding="latin-1"),
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": url.netloc,
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return environ


def _response(
    request: requests.PreparedRequest, status: str, headers: list[tuple[str, str]], body: bytes
) -> requests.Response:
    code, _, reason = status.partition(" ")
    raw = HTTPResponse(
        body=io.BytesIO(body),
        headers=HTTPHeaderDict(headers),
        status=int(code),
        reason=reason,
        preload_content=False,
        request_method=request.method,
    )
    response = requests.Response()
    response.status_code = int(code)
    response.reason = reason
    response.headers = CaseInsensitiveDict(raw.headers)
    response.raw = raw
    response.request = request
    response.url = str(request.url)
    return response
