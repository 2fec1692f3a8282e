"""Reading several pages of a long list in parallel, at a limited rate, in order."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, NamedTuple

from llmctl.api.page import Page
from llmctl.errors import UnavailableError

if TYPE_CHECKING:
    from llmctl.http import QueryParams

# A few pages are not worth it. The largest size was measured (tests/benchmarks/page_sizes.py): a
# row costs the server half as much on a page of 500 as on one of 100, and hardly less on larger
# ones, which only take more memory. Up to 100 requests the server's own size is kept: many pages
# in parallel are faster than a few large ones.
MIN_PAGES = 4
MAX_REQUESTS = 100
MAX_SIZE = 500
MAX_RATE = 1_000_000  # requests per minute: no server reaches this rate


class Plan(NamedTuple):
    """The pages that follow the first one: rows `start` to `end`, `size` on each.

    `query` holds the other parameters of each request.
    """

    start: int
    end: int
    size: int
    query: QueryParams

    def pages(self) -> Iterator[tuple[int, QueryParams]]:
        """Yield the number of rows and the query of each page, sorted as in the server's links."""
        for offset in range(self.start, self.end, self.size):
            paging = {"limit": str(self.size), "offset": str(offset)}
            query = tuple(sorted({**dict(self.query), **paging}.items()))
            yield min(self.size, self.end - offset), query


def make_plan(first: Page, query: QueryParams, limit: int | None) -> Plan | None:
    """Return the pages to read in parallel; None if the links must be followed instead.

    That is the case if few pages follow, if the first page's link does not use limit and offset, or
    if a parameter is repeated.
    """
    if first.following is None or first.total is None or not first.rows:
        return None
    asked, following = dict(query), dict(first.following)
    if len(asked) < len(query):
        return None
    paging = {name: following.pop(name, "") for name in ("limit", "offset")}
    rest = {name: text for name, text in asked.items() if name not in paging}
    if following != rest or not all(text.isascii() and text.isdigit() for text in paging.values()):
        return None
    size, start = int(paging["limit"]), int(paging["offset"])
    begin = int(asked.get("offset", "0"))
    end = first.total if limit is None else min(first.total, begin + limit)
    if size != len(first.rows) or start != begin + size or end - start <= MIN_PAGES * size:
        return None
    wanted = -(-(end - start) // MAX_REQUESTS)
    size = max(size, min(MAX_SIZE, -(-wanted // 100) * 100))
    return Plan(start, end, size, tuple(rest.items()))


def read_ahead(
    read: Callable[[QueryParams], Page], plan: Plan, concurrency: int, rate: int
) -> Iterator[Page]:
    """Yield the planned pages in order, with up to `concurrency` requests in flight.

    Stop early after a page of another size: the list has shrunk, or the server caps its pages. From
    there on, the links are followed. `rate` is the maximum number of requests per minute.
    """
    pace = Pace(rate)
    if concurrency == 1:
        pages = ((rows, pace.then(read, query)) for rows, query in plan.pages())
    else:
        pages = _several(read, plan, concurrency, pace)
    with contextlib.closing(pages):
        for rows, page in pages:
            yield page
            if len(page.rows) != rows:
                return


def _several(
    read: Callable[[QueryParams], Page], plan: Plan, concurrency: int, pace: Pace
) -> Generator[tuple[int, Page], None, None]:
    """Yield the planned number of rows and the page, in order.

    After a rate limit the rest is read one page at a time.
    """
    from concurrent.futures import Future, ThreadPoolExecutor, wait

    at_once = concurrency
    waiting: deque[tuple[int, QueryParams, Future[Page]]] = deque()
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="page")

    def first() -> tuple[int, Page]:
        nonlocal at_once
        rows, query, future = waiting.popleft()
        try:
            return rows, future.result()
        except UnavailableError as error:
            if error.status != 429:
                raise
        at_once = 1
        wait([future for *_, future in waiting])
        return rows, pace.then(read, query)

    try:
        for rows, query in plan.pages():
            waiting.append((rows, query, pool.submit(pace.then, read, query)))
            while len(waiting) >= at_once:
                yield first()
        while waiting:
            yield first()
    finally:
        # Do not wait for requests in flight: a signal or an error ends the command.
        pool.shutdown(wait=False, cancel_futures=True)


class Pace:
    """Lets at most `rate` requests start within any `seconds`, across all threads."""

    def __init__(self, rate: int, *, seconds: float = 60.0) -> None:
        self._rate = min(rate, MAX_RATE)
        self._seconds = seconds
        self._starts: deque[float] = deque(maxlen=self._rate)
        self._lock = threading.Lock()

    def then(self, read: Callable[[QueryParams], Page], query: QueryParams) -> Page:
        """Wait for a turn, then read."""
        with self._lock:
            now = time.monotonic()
            if len(self._starts) == self._rate:
                time.sleep(max(0.0, self._starts[0] + self._seconds - now))
            self._starts.append(time.monotonic())
        return read(query)
