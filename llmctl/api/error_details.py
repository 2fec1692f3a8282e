"""The server's own words in an error response."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from llmctl.safe.strict_json import dumps

if TYPE_CHECKING:
    from llmctl.http import Response

MAX_CHARACTERS = 1_000  # shown of a server's text
# The server's detail.
PROJECT_NOT_FOUND = "Project not found."
ENDPOINT_NOT_FOUND = "Endpoint not found."  # for a route that it lacks


# How servers say that Hog code does not compile: inside a message, as Python shows an object.
_HOG_ERROR = re.compile(r"""\{'hog': ErrorDetail\(string=(['"])(.*)\1, code='[a-z_]+'\)\}""")


class ErrorDetails(NamedTuple):
    """The server's own words in an error response: message, request field and error code."""

    detail: str | None
    attr: str | None
    code: str | None


def error_details(response: Response) -> ErrorDetails:
    """Return the server's words: `detail` or `error`, else its whole response.

    In an `error` that lists the errors of each field, those are the first error's.
    """
    body = response.body if isinstance(response.body, dict) else {}

    def text(name: str) -> str | None:
        value = body.get(name)
        if not isinstance(value, str) or not value:
            return None
        return _short(_HOG_ERROR.sub(r"\2", value))

    detail = text("detail") or text("error")
    fields = body.get("error")
    if detail is None and isinstance(fields, dict):
        for field, errors in fields.items():
            if isinstance(errors, list) and errors and isinstance(errors[0], str):
                return ErrorDetails(_short(errors[0]), field, text("code"))
    return ErrorDetails(detail or _as_text(response.body), text("attr"), text("code"))


def is_closed(message: str) -> bool:
    """Return True if a 403 says that no personal API key may do this."""
    return "personal api key access" in message.lower()


def missing_scope(message: str) -> str | None:
    """Return the scope that a 403 names as missing, such as `evaluation:read`."""
    scope = re.search(r"scope '([a-z_*]+:[a-z]+)'", message)
    return scope[1] if scope else None


def _as_text(content: Any) -> str | None:
    """Return JSON of an unknown shape as it came, up to a length; None if it is empty."""
    if not content:
        return None
    return _short(content if isinstance(content, str) else dumps(content, ensure_ascii=False))


def _short(text: str) -> str:
    return text if len(text) <= MAX_CHARACTERS else f"{text[:MAX_CHARACTERS]}..."
