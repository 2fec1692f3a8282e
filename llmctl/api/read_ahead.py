"""Pages of a long list, several at once: which to ask for, how fast, and handing on in order."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, NamedTuple

from llmctl.errors import UnavailableError

if TYPE_CHECKING:
    from llmctl.api.pages import Page, Pairs

# A few pages are not worth it. The largest size was measured (tests/benchmarks/page_sizes.py): a
# row costs the server half as much on a page of 500 as on one of 100, and hardly less on larger
# ones, which only take more memory. Up to 100 requests the server's own size is kept: many pages
# at once are faster than few large ones.
MIN_PAGES = 4
MAX_REQUESTS = 100
MAX_SIZE = 500
MAX_RATE = 1_000_000  # requests a minute: more come from nowhere


class Plan(NamedTuple):
    """The pages that follow the first one: rows `start` to `end`, `size` on each.

    `query` is what else belongs to each request.
    """

    start: int
    end: int
    size: int
    query: Pairs

    def pages(self) -> Iterator[tuple[int, Pairs]]:
        """How many rows each page must have, and its query, as the server's own links have it."""
        for offset in range(self.start, self.end, self.size):
            paging = {"limit": str(self.size), "offset": str(offset)}
            query = tuple(sorted({**dict(self.query), **paging}.items()))
            yield min(self.size, self.end - offset), query


def make_plan(first: Page, query: Pairs, limit: int | None) -> Plan | None:
    """What to ask for at once after the first page; None where links must be followed instead.

    That is so where little follows, and where the first page's link is not what limit and offset
    make it.
    """
    if first.following is None or first.total is None or not first.rows:
        return None
    asked, following = dict(query), dict(first.following)
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
    read: Callable[[Pairs], Page], plan: Plan, concurrency: int, rate: int
) -> Iterator[Page]:
    """The planned pages in order, up to `concurrency` of them on their way.

    It stops early behind a page that is not as planned: the list has shrunk, or the server gives
    smaller pages than it was asked for. Links lead on from there.
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
    read: Callable[[Pairs], Page], plan: Plan, concurrency: int, pace: Pace
) -> Generator[tuple[int, Page], None, None]:
    """Each page in order, and how many rows it must have.

    A server that refuses them as too many at once gets them one by one from there on.
    """
    from concurrent.futures import Future, ThreadPoolExecutor, wait

    at_once = concurrency
    waiting: deque[tuple[int, Pairs, Future[Page]]] = deque()
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
        # What is still on its way is not waited for: a signal or an error ends the command.
        pool.shutdown(wait=False, cancel_futures=True)


class Pace:
    """Lets at most `rate` requests start within any `seconds`, whichever thread they are of."""

    def __init__(self, rate: int, *, seconds: float = 60.0) -> None:
        self._rate = min(rate, MAX_RATE)
        self._seconds = seconds
        self._starts: deque[float] = deque(maxlen=self._rate)
        self._lock = threading.Lock()

    def then(self, read: Callable[[Pairs], Page], query: Pairs) -> Page:
        """Wait for a turn, then read."""
        with self._lock:
            now = time.monotonic()
            if len(self._starts) == self._rate:
                time.sleep(max(0.0, self._starts[0] + self._seconds - now))
            self._starts.append(time.monotonic())
        return read(query)
