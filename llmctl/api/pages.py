"""Lists: one page after the other, as the server links them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, Protocol

from llmctl.api import id_cache
from llmctl.api.paging import Paging
from llmctl.api.resources import Resource
from llmctl.errors import UnavailableError

MAX_PAGES = 1_000  # that are reached by links alone

Object = dict[str, Any]
Pairs = tuple[tuple[str, str], ...]


class Page(NamedTuple):
    """Rows, how many there are in all, the next page's query, and the server's time, as far as the
    server said so."""

    rows: list[dict[str, Any]]
    total: int | None
    following: Pairs | None
    time: datetime | None = None


class PageReader(Protocol):
    """The part of the client that reads one page."""

    def page(self, resource: Resource, query: Pairs) -> Page: ...


class Rows:
    """The rows of a list, page after page, in the server's order.

    The first page says how many there are; where many more follow, several of them are asked for
    at once. `total`, how many of them are asked for, and `is_paged` are known from the first page
    on. `moved`: the list changed while it was read, by its count or by a row that came twice, so
    that rows may be missing; the row is shown once. So may those be that the server counts and
    did not give: `missing` is how many.
    """

    def __init__(
        self, client: PageReader, resource: Resource, query: Pairs, paging: Paging
    ) -> None:
        self._client = client
        self.resource = resource
        self._query = query
        self._paging = paging
        self.total: int | None = None
        self.is_paged = False
        self.moved = False
        self.missing = 0
        self.ids: id_cache.Ids = {}
        self._count: int | None = None
        self._is_read = False

    def __iter__(self) -> Iterator[Object]:
        left = self._paging.limit
        came = 0
        before: set[object] = set()
        for page in self._pages():
            self._note(page)
            rows = [row for row in page.rows if row.get("id") not in before]
            if len(rows) < len(page.rows):  # pushed over the edge between two pages
                self.moved = True
            for row in rows if left is None else rows[:left]:
                id_cache.note_row(self.ids, row)
                came += 1
                yield row
            if left is not None:
                left -= len(rows)
                if left <= 0:
                    return
            before = {row["id"] for row in page.rows if "id" in row} if page.following else set()
        if self.total is not None and came < self.total and not self.moved:
            self.missing = self.total - came
            self.moved = True
        self._is_read = not self.missing

    def chosen(
        self, fits: Callable[[Object], bool], *, limit: int | None, offset: int | None
    ) -> Chosen:
        """Those that fit, where the server cannot choose: `limit` from the `offset`-th on."""
        return Chosen(self, fits, limit=limit, offset=offset)

    @property
    def is_whole(self) -> bool:
        """Whether all that the server has was asked for, and has come."""
        return self._is_read and not self._query

    def _note(self, page: Page) -> None:
        known = self._count
        self.moved = self.moved or (known is not None and page.total != known)
        self._count = page.total
        self.total = page.total
        if page.total is not None:
            behind = max(0, page.total - (self._paging.offset or 0))
            self.total = behind if self._paging.limit is None else min(behind, self._paging.limit)
        self.is_paged = page.following is not None

    def _pages(self) -> Iterator[Page]:
        self._count, self.moved, self.missing = None, False, 0
        page = self._client.page(self.resource, self._query)
        yield page
        if page.following is None:
            return
        from llmctl.api.read_ahead import make_plan, read_ahead

        plan = make_plan(page, self._query, self._paging.limit)
        if plan is not None:
            for page in read_ahead(self._read, plan, self._paging.concurrency, self._paging.rate):
                yield page
        yield from self._linked(page)

    def _read(self, query: Pairs) -> Page:
        return self._client.page(self.resource, query)

    def _linked(self, page: Page) -> Iterator[Page]:
        """The pages behind `page`, one link after the other."""
        seen = {self._query}
        while page.following is not None:
            if not page.rows:
                raise UnavailableError("the server's pages do not end: one is empty")
            if page.following in seen or len(seen) >= MAX_PAGES:
                raise UnavailableError("the server's pages do not end: a link leads back")
            seen.add(page.following)
            page = self._read(page.following)
            yield page


class Chosen:
    """Rows that were chosen from a list. How many there are in all is not known."""

    total = None

    def __init__(
        self, rows: Rows, fits: Callable[[Object], bool], *, limit: int | None, offset: int | None
    ) -> None:
        self._rows = rows
        self._fits = fits
        self._start = offset or 0
        self._stop = None if limit is None else self._start + limit

    @property
    def is_paged(self) -> bool:
        """Whether the list itself goes on behind its first page."""
        return self._rows.is_paged

    @property
    def moved(self) -> bool:
        """Whether the list changed while it was read."""
        return self._rows.moved

    @property
    def missing(self) -> int:
        """How many rows of the list the server counts and did not give."""
        return self._rows.missing

    def __iter__(self) -> Iterator[Object]:
        return islice(filter(self._fits, self._rows), self._start, self._stop)
