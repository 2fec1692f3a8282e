"""Lists: one page after the other, as the server links them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Protocol

from llmctl.errors import UnavailableError

MAX_PAGES = 10_000

Object = dict[str, Any]
Pairs = tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True)
class Page:
    """Rows, how many there are in all, the next page's query, and the server's time, as far as the
    server said so."""

    rows: list[Object]
    count: int | None
    following: Pairs | None
    time: datetime | None = None


class PageReader(Protocol):
    """The part of the client that reads one page."""

    def page(self, path: str, query: Pairs) -> Page: ...


class Rows:
    """The rows of a list, page after page. `total` and `is_paged` are known from the first page on.

    `moved`: the server's count changed between two pages, so that rows may be there twice or not.
    """

    def __init__(self, client: PageReader, path: str, query: Pairs, limit: int | None) -> None:
        self._client = client
        self._path = path
        self._query = query
        self._limit = limit
        self.total: int | None = None
        self.is_paged = False
        self.moved = False

    def __iter__(self) -> Iterator[Object]:
        left = self._limit
        for rows in self._pages():
            yield from rows if left is None else rows[:left]
            if left is not None:
                left -= len(rows)
                if left <= 0:
                    return

    def _pages(self) -> Iterator[list[Object]]:
        query: Pairs | None = self._query
        seen: set[Pairs] = set()
        counts: set[int | None] = set()
        self.moved = False
        while query is not None:
            if query in seen or len(seen) >= MAX_PAGES:
                raise UnavailableError("the server's pages do not end: a link leads back")
            seen.add(query)
            page = self._client.page(self._path, query)
            counts.add(page.count)
            self.moved = len(counts) > 1
            self.total = page.count
            if self._limit is not None and page.count is not None:
                self.total = min(page.count, self._limit)
            self.is_paged = page.following is not None
            yield page.rows
            if not page.rows and page.following is not None:
                raise UnavailableError("the server's pages do not end: one is empty")
            query = page.following
