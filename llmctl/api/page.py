"""One page of a list, and the query of the next one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

from llmctl.api.resources import Object
from llmctl.api.urls import same_origin
from llmctl.errors import UnavailableError

if TYPE_CHECKING:
    from llmctl.http import QueryParams, Response


class Page(NamedTuple):
    """Rows of a list.

    `total` is the number of rows on all pages, `following` the query of the next page, `time` the
    server's clock: each None if the server did not say.
    """

    rows: list[Object]
    total: int | None
    following: QueryParams | None
    time: datetime | None = None


def parse_page(response: Response, origin: str) -> Page:
    """Return the page in a response whose body is an object, or an array of all rows.

    UnavailableError if it is not a page, or if its link to the next page leaves `origin`.
    """
    body = response.body
    if isinstance(body, list):
        body = {"results": body, "count": len(body)}
    rows, total, link = body.get("results"), body.get("count"), body.get("next")
    is_page = isinstance(rows, list) and all(is_object(row) for row in rows)
    if not is_page or not isinstance(link, str | None):
        message = f"unexpected response from {origin}: expected a list"
        raise UnavailableError(message, status=response.status)
    following = None if link is None else _query(link, origin)
    return Page(rows, total if isinstance(total, int) else None, following, response.answered_at)


def is_object(value: object) -> bool:
    """Return True for an object of the API: a dict whose id, if it has one, is a str or an int."""
    return isinstance(value, dict) and isinstance(value.get("id", ""), str | int)


def _query(link: str, origin: str) -> QueryParams:
    """Return only the query of a link: its host and path are not used."""
    parts = same_origin(link, origin)
    if parts is None:
        raise UnavailableError(f"the link to the next page leaves {origin}; it was not followed")
    return tuple(parse_qsl(parts.query))
