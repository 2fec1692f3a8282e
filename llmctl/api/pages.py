"""Lists: page after page, by the server's links or several at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from llmctl.api.completion_cache import ListedIds
from llmctl.api.page import Page
from llmctl.api.paging import Paging
from llmctl.api.resources import Object
from llmctl.errors import UnavailableError

if TYPE_CHECKING:
    from llmctl.http import QueryParams

MAX_PAGES = 1_000  # reached by links alone
MAX_REMEMBERED = 100_000  # ids: more than are inserted while a list is read


class Rows:
    """The rows of a list in the server's order, from its first page on; to be iterated once.

    `read` reads a further page. The first page says how many rows there are; if many more follow,
    several pages are read in parallel. `total` is how many of the requested rows there are and
    `time` the server's clock: None if it did not say. Known at the end of the iteration:
    `changed_while_reading`, by the count or by a row that came again (it is yielded once), so that
    rows may be missing; and `missing`, how many rows the server counted and did not send. `ids`
    collects their ids, unless it is None.
    """

    def __init__(
        self,
        first: Page,
        query: QueryParams,
        paging: Paging,
        read: Callable[[QueryParams], Page],
        ids: ListedIds | None,
    ) -> None:
        self._first = first
        self._query = query
        self._paging = paging
        self._read = read
        self.time = first.time
        self.is_paged = first.following is not None
        self.total = _requested(first.total, paging)
        self.changed_while_reading = False
        self.missing = 0
        self._ids = ids
        self._is_complete = False

    def __iter__(self) -> Iterator[Object]:
        left = self._paging.limit
        count = self._first.total
        yielded = 0
        seen = _Seen()
        for page in self._pages():
            if count is not None and page.total != count:
                self.changed_while_reading = True
            count = page.total
            self.total = _requested(count, self._paging)
            rows = seen.new_rows(page)
            if len(rows) < len(page.rows):
                self.changed_while_reading = True
            for row in rows if left is None else rows[:left]:
                if self._ids is not None:
                    self._ids.add(row)
                yielded += 1
                yield row
            if left is not None:
                left -= len(rows)
                if left <= 0:
                    return
        if self.total is not None and yielded < self.total and not self.changed_while_reading:
            self.missing = self.total - yielded
            self.changed_while_reading = True
        self._is_complete = not self.missing

    def remember(self) -> None:
        """Keep the ids of the rows that were read, for shell completion."""
        if self._ids is not None:
            self._ids.store(is_whole=self._is_complete and not self._query)

    def _pages(self) -> Iterator[Page]:
        page = self._first
        yield page
        if page.following is None:
            return
        from llmctl.api.read_ahead import make_plan, read_ahead

        plan = make_plan(page, self._query, self._paging.limit)
        if plan is not None:
            for page in read_ahead(self._read, plan, self._paging.concurrency, self._paging.rate):
                yield page
        yield from self._linked(page)

    def _linked(self, page: Page) -> Iterator[Page]:
        """Yield the pages behind `page`, one link after the other."""
        seen = {self._query}
        while page.following is not None:
            if not page.rows:
                raise UnavailableError("pagination loop: an empty page links to a next one")
            if page.following in seen:
                raise UnavailableError("pagination loop: a page links back to an earlier one")
            if len(seen) >= MAX_PAGES:
                raise UnavailableError(f"the list has more than {MAX_PAGES} pages")
            seen.add(page.following)
            page = self._read(page.following)
            yield page


class _Seen:
    """The ids on the pages so far, of at most the last MAX_REMEMBERED: memory stays bounded."""

    def __init__(self) -> None:
        self._ids: set[object] = set()
        self._order: deque[object] = deque()

    def new_rows(self, page: Page) -> list[Object]:
        """Return the rows that were on no page before, and remember them."""
        rows = [row for row in page.rows if row.get("id") not in self._ids]
        for key in {row["id"]: None for row in rows if "id" in row}:
            if len(self._order) == MAX_REMEMBERED:
                self._ids.remove(self._order.popleft())
            self._ids.add(key)
            self._order.append(key)
        return rows


class SelectedRows:
    """The rows of a list that pass the criteria of `paging`, in their order."""

    def __init__(self, rows: Rows, paging: Paging) -> None:
        self._rows = rows
        self._paging = paging
        self.time = rows.time

    @property
    def total(self) -> int | None:
        """How many rows there are; None if it is not known, as with a filter."""
        if self._paging.criteria.filters:
            return None
        return _requested(self._rows.total, self._paging)

    @property
    def is_paged(self) -> bool:
        """True if the whole list has more than one page."""
        return self._rows.is_paged

    @property
    def changed_while_reading(self) -> bool:
        """True if the whole list changed while it was read."""
        return self._rows.changed_while_reading

    @property
    def missing(self) -> int:
        """How many rows of the whole list the server counted and did not send."""
        return self._rows.missing

    def remember(self) -> None:
        """Keep the ids of all rows that were read."""
        self._rows.remember()

    def __iter__(self) -> Iterator[Object]:
        paging = self._paging
        return paging.criteria.select(self._rows, limit=paging.limit, offset=paging.offset)


def _requested(count: int | None, paging: Paging) -> int | None:
    """Return how many of `count` rows were requested."""
    if count is None:
        return None
    behind = max(0, count - (paging.offset or 0))
    return behind if paging.limit is None else min(behind, paging.limit)
