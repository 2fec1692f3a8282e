"""A request before it is sent, and an answer after it was read and checked to be JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urljoin

from requests.structures import CaseInsensitiveDict

from llmctl.safe import strict_json
from llmctl.safe.secret import Secret

if TYPE_CHECKING:
    import requests

MAX_ANSWER_BYTES = 32 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024

Query = tuple[tuple[str, str], ...]


class Request(NamedTuple):
    """A method, a path below the origin (each segment already safe), a query, a JSON body."""

    method: str
    path: str
    query: Query = ()
    body: Any = None

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    @property
    def target(self) -> str:
        """Path and query, as in the request line."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def secrets(self) -> list[Secret]:
        """The secrets in the body."""
        values = self.body.values() if isinstance(self.body, dict) else ()
        return [value for value in values if isinstance(value, Secret)]

    def encoded_body(self) -> bytes | None:
        """The body's bytes. The one place where a secret in a body becomes text."""
        if self.body is None:
            return None
        text = json.dumps(self.body, allow_nan=False, default=_reveal)
        return text.encode("ascii")


class Answer(NamedTuple):
    """What the server said.

    `body` is the parsed JSON. Where the content is not the API's, `problem` says why in our own
    words and `body` is None; an answer without content has `is_empty`.
    """

    status: int
    headers: Mapping[str, str] = MappingProxyType({})
    body: Any = None
    is_empty: bool = False
    problem: str | None = None

    @property
    def answered_at(self) -> datetime | None:
        """The server's time when it answered, in whole seconds, where it said so."""
        try:
            return parsedate_to_datetime(self.headers.get("Date", ""))
        except (ValueError, TypeError, OverflowError):
            return None

    @property
    def request_id(self) -> str | None:
        """What the server, or the gateway before it, calls this exchange."""
        return self.headers.get("X-Request-Id") or None

    @property
    def retry_after(self) -> float | None:
        """Seconds that the server asks to wait; None where it says nothing that has a meaning."""
        text = self.headers.get("Retry-After", "").strip()
        if text.isascii() and text.isdigit() and len(text) < 10:
            return float(text)
        try:
            moment: float = parsedate_to_datetime(text).timestamp()
        except (ValueError, TypeError, OverflowError):
            return None
        return max(0.0, moment - time.time())

    def location(self, url: str) -> str | None:
        """Where the answer to `url` redirects to, as far as it can be read; None if nowhere."""
        text = self.headers.get("Location")
        if text is None:
            return None
        try:
            return urljoin(url, text)
        except ValueError:
            return text


def read_answer(response: requests.Response, secrets: Collection[Secret]) -> Answer:
    """Read the content up to the size limit and parse it strictly.

    Where the server repeats one of the `secrets` that it was sent, it reads `***`: an error text
    would put it into a log. Network faults come out as the HTTP library's own exceptions.
    """
    content, problem = _read_content(response)
    headers = _without(secrets, dict(response.headers))
    if problem is None and not content:
        return Answer(response.status_code, CaseInsensitiveDict(headers), is_empty=True)
    body = None
    if problem is None:
        body, problem = _parse(content, response.headers.get("Content-Type", ""), secrets)
    return Answer(response.status_code, CaseInsensitiveDict(headers), body, problem=problem)


def _without(secrets: Collection[Secret], value: Any) -> Any:
    """The value with the secrets hidden in every text of it."""
    if isinstance(value, str):
        for secret in secrets:
            value = secret.hide_in(value)
        return value
    if isinstance(value, dict):
        return {_without(secrets, key): _without(secrets, item) for key, item in value.items()}
    return [_without(secrets, item) for item in value] if isinstance(value, list) else value


def _read_content(response: requests.Response) -> tuple[bytes, str | None]:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "deflate", ""):
        return b"", "in an encoding that was not asked for"
    content = bytearray()
    while chunk := response.raw.read(_CHUNK_BYTES, decode_content=True):
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            return b"", f"larger than {MAX_ANSWER_BYTES // 1024**2} MiB"
    return bytes(content), None


def _parse(
    content: bytes, content_type: str, secrets: Collection[Secret]
) -> tuple[Any, str | None]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        is_page = "html" in kind or content.lstrip()[:1] == b"<"
        return None, "an HTML page" if is_page else "not JSON"
    try:
        text: str = _without(secrets, content.decode("utf-8"))
        body = strict_json.parse(text)
        # A secret can be spelt with escapes; to look for those in each text of a page takes time.
        return _without(secrets, body) if "\\" in text else body, None
    except UnicodeDecodeError:
        return None, "not UTF-8"
    except strict_json.BadJSONError as error:
        return None, f"not JSON ({error.reason})"


def _reveal(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError(f"a request body cannot hold {type(value).__name__}")
