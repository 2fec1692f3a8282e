"""A response after it was read and checked to be JSON."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin

from requests.structures import CaseInsensitiveDict

from llmctl.http.cancellation import Connection
from llmctl.safe import strict_json
from llmctl.safe.secret import Secret, without_secrets

if TYPE_CHECKING:
    import requests

MAX_BYTES = 32 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_MAX_WAIT = 10**9  # seconds (31 years): a longer wait is not plausible


class Response(NamedTuple):
    """The server's response to the request for `url`.

    `body` is the parsed JSON. If the content is not the API's, `problem` names what it is instead
    (an HTML page, not JSON) and `body` is None; a response without content has `is_empty`.
    `connection` is None in the sandbox.
    """

    status: int
    headers: Mapping[str, str] = MappingProxyType({})
    body: Any = None
    is_empty: bool = False
    problem: str | None = None
    url: str = ""
    connection: Connection | None = None

    @property
    def answered_at(self) -> datetime | None:
        """The server's clock when it responded, in whole seconds; None without a Date header."""
        return _parse_date(self.headers.get("Date", ""))

    @property
    def request_id(self) -> str | None:
        """The id that the server, or the gateway before it, gave to this exchange."""
        return self.headers.get("X-Request-Id") or None

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, from Retry-After; None if it is missing or has no meaning.

        A date is compared with the server's own clock, if the response shows it.
        """
        text = self.headers.get("Retry-After", "").strip()
        if re.fullmatch("[0-9]{1,10}", text):
            seconds = float(text)
        else:
            date = _parse_date(text)
            if date is None:
                return None
            now = self.answered_at or datetime.now(UTC)
            seconds = max(0.0, (date - now).total_seconds())
        return seconds if seconds < _MAX_WAIT else None

    @property
    def location(self) -> str | None:
        """The URL that this response redirects to, as far as it can be read; None if nowhere."""
        text = self.headers.get("Location")
        if text is None:
            return None
        try:
            return urljoin(self.url, text)
        except ValueError:
            return text


def read_response(response: requests.Response, url: str, secrets: Collection[Secret]) -> Response:
    """Read the content up to the size limit and parse it strictly.

    If the server repeats one of the `secrets` that it was sent, `***` takes its place: an error
    message would put it into a log. Network failures are the HTTP library's own exceptions.
    """
    status = response.status_code
    content, problem = _read_content(response)
    headers = CaseInsensitiveDict(without_secrets(secrets, dict(response.headers)))
    if problem is None and not content:
        return Response(status, headers, is_empty=True, url=url)
    body = None
    if problem is None:
        body, problem = _parse(content, response.headers.get("Content-Type", ""), secrets)
    return Response(status, headers, body, problem=problem, url=url)


def _parse_date(text: str) -> datetime | None:
    """Return the moment of an HTTP date; None if the text is not one."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    # An offset of -0000 means UTC, and is parsed to none at all.
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _read_content(response: requests.Response) -> tuple[bytes, str | None]:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "deflate", ""):
        return b"", "in an unsupported encoding"
    content = bytearray()
    while chunk := response.raw.read(_CHUNK_BYTES, decode_content=True):
        content += chunk
        if len(content) > MAX_BYTES:
            return b"", f"larger than {MAX_BYTES // 1024**2} MiB"
    return bytes(content), None


def _parse(
    content: bytes, content_type: str, secrets: Collection[Secret]
) -> tuple[Any, str | None]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        is_page = "html" in kind or content.lstrip()[:1] == b"<"
        return None, "an HTML page" if is_page else "not JSON"
    try:
        text: str = without_secrets(secrets, content.decode("utf-8"))
        body = strict_json.parse(text)
        # A secret can be spelt with escapes; looking for those in each string takes time.
        return without_secrets(secrets, body) if "\\" in text else body, None
    except UnicodeDecodeError:
        return None, "not UTF-8"
    except strict_json.BadJSONError as error:
        return None, f"not JSON ({error.reason})"
