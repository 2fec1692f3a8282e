"""The log of `sandbox serve`: a line for each request on standard error."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, unquote_plus

from llmctl.output.messages import note
from llmctl.safe.secret import MASK
from llmctl.safe.secret_forms import may_be_secret
from llmctl.sandbox.app import WSGIApplication
from llmctl.sandbox.faults import FIRED, Dropped

_KEY_FIELDS = ("api_key", "personal_api_key", "token")


def with_log(application: WSGIApplication) -> WSGIApplication:
    """Return the application that logs method, path, query, status and the rule that applied.

    What may be a secret is masked.
    """
    lock = threading.Lock()  # one line at a time

    def logged(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        target = _target(environ)
        status = "no response"

        def start(line: str, *details: Any) -> Any:
            nonlocal status
            status = line.partition(" ")[0]
            return start_response(line, *details)

        try:
            content: Iterable[bytes] = application(environ, start)
        except Dropped:
            raise
        except Exception:
            status = "500"  # of the server itself
            raise
        finally:
            rule = f" (rule {environ[FIRED]})" if FIRED in environ else ""
            with lock:
                note(f"{_masked(environ['REQUEST_METHOD'])} {target} {status}{rule}", wrap=False)
        return content

    return logged


def _target(environ: dict[str, Any]) -> str:
    """Return the path and the query of a request, without secrets."""
    path = quote(environ["PATH_INFO"], safe="/@:", encoding="latin-1")  # as WSGI decodes it
    path = "/".join(map(_masked, path.split("/")))
    query = "&".join(map(_masked_pair, environ.get("QUERY_STRING", "").split("&")))
    return f"{path}?{query}" if query else path


def _masked_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    is_key = unquote_plus(name).lower() in _KEY_FIELDS
    return _masked(name) + equals + (MASK if is_key and value else _masked(value))


def _masked(text: str) -> str:
    return MASK if may_be_secret(unquote_plus(text)) else text
