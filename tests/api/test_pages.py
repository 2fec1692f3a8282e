"""Long lists: every row once and in order, pages in parallel, and lists that change."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from llmctl.api.page import Page
from llmctl.api.read_ahead import Pace
from llmctl.errors import ExitCode
from tests.conftest import Result, Run, complete
from tests.support import JOB, RecordingServer, Reply, Sent, page

IDS = ["clustering-jobs", "list", "-o", "ids"]


class Listing:
    """A list and its pages: `cap` is the largest one. `change` may alter the list before each page;
    `busiest` is the most requests that were in flight at once."""

    def __init__(self, server: RecordingServer, count: int, *, cap: int = 10**9) -> None:
        self.rows = [f"row-{number:06}" for number in range(count)]
        self.change: Callable[[int, int], Reply | None] = lambda number, offset: None
        self.busiest = 0
        self._server, self._cap = server, cap
        self._now, self._number, self._lock = 0, 0, threading.Lock()
        server.reply(self.answer)

    def answer(self, sent: Sent) -> Reply:
        with self._lock:
            self._now += 1
            self._number += 1
            self.busiest = max(self.busiest, self._now)
            reply = self._page(sent)
        time.sleep(0.002)  # so that others can come meanwhile
        with self._lock:
            self._now -= 1
        return reply

    def _page(self, sent: Sent) -> Reply:
        query = {name: texts[0] for name, texts in parse_qs(urlsplit(sent.target).query).items()}
        limit = min(int(query.pop("limit", 100)), self._cap)
        offset = int(query.pop("offset", 0))
        changed = self.change(self._number, offset)
        if changed is not None:
            return changed
        rest = "".join(f"&{name}={text}" for name, text in sorted(query.items()))
        following = None
        if offset + limit < len(self.rows):
            following = f"{self._server.origin}/api/x/?limit={limit}&offset={offset + limit}{rest}"
        rows = [JOB | {"id": key, "state": "ok"} for key in self.rows[offset : offset + limit]]
        return Reply(200, page(rows, count=len(self.rows), following=following))


def ids(result: Result) -> list[str]:
    assert result.code == 0, result.err
    return result.out.split()


@pytest.mark.parametrize("count", [0, 99, 100, 101, 500, 501, 1234, 10_000])
def test_all_rows_in_order(run: Run, server: RecordingServer, count: int) -> None:
    listing = Listing(server, count)
    assert ids(run(*IDS)) == listing.rows
    assert len(server.sent) == max(1, -(-count // 100))


def test_pages_in_parallel(run: Run, server: RecordingServer) -> None:
    listing = Listing(server, 3000)
    run(*IDS)
    assert 1 < listing.busiest <= 8
    listing.busiest = 0
    run(*IDS, "--concurrency", "3")
    assert 1 < listing.busiest <= 3
    listing.busiest = 0
    assert ids(run(*IDS, "--concurrency", "1")) == listing.rows
    assert listing.busiest == 1


def test_few_pages_follow_the_links(run: Run, server: RecordingServer) -> None:
    listing = Listing(server, 480)
    assert ids(run(*IDS)) == listing.rows
    assert listing.busiest == 1


def test_long_lists_take_larger_pages(run: Run, server: RecordingServer) -> None:
    listing = Listing(server, 30_000)
    assert ids(run(*IDS)) == listing.rows
    assert len(server.sent) == 101
    assert "limit=300&offset=100" in " ".join(server.lines)


def test_limit_and_offset(run: Run, server: RecordingServer) -> None:
    listing = Listing(server, 3000, cap=100)
    words = ["--offset", "50", "--limit", "1234"]
    assert ids(run(*IDS, *words)) == listing.rows[50:1284]
    assert len(server.sent) <= 14


def test_server_that_caps_its_pages(run: Run, server: RecordingServer) -> None:
    listing = Listing(server, 20_100, cap=100)
    assert ids(run(*IDS)) == listing.rows


def test_filters_go_along(run: Run, server: RecordingServer) -> None:
    Listing(server, 1000)
    words = ["evaluations", "list", "--search", "x", "-o", "ids"]
    assert len(ids(run(*words))) == 1000
    assert all("search=x" in line for line in server.lines)


def test_page_that_fails(run: Run, server: RecordingServer) -> None:
    listing = Listing(server, 2000)
    listing.change = lambda number, offset: Reply(400, {"detail": "No."}) if offset == 700 else None
    result = run(*IDS)
    assert result.out.split() == listing.rows[:700]
    assert "(700 of 2000 printed)" in result.err
    assert run(*IDS[:2], "-o", "json").out == ""


CHANGED = "the list changed while it was read, so rows may be missing; run the command again\n"
AT_ONCE = pytest.mark.parametrize("concurrency", ["1", "8"])


def at_request(listing: Listing, at: int, change: Callable[[list[str]], object]) -> None:
    """Let `change` alter the rows just before request number `at` is answered."""

    def act(number: int, offset: int) -> None:
        if number == at:
            change(listing.rows)

    listing.change = act


def insert(count: int, *, at_end: bool = False) -> Callable[[list[str]], None]:
    """Insert rows at the start, as in a list of newest rows first, or at the end (`at_end`)."""

    def change(rows: list[str]) -> None:
        rows[len(rows) if at_end else 0 : 0] = [f"new-{number:06}" for number in range(count)]

    return change


def delete_first(rows: list[str]) -> None:
    del rows[0]


def swap(rows: list[str]) -> None:
    """The count stays the same."""
    insert(150)(rows)
    del rows[-150:]


def move_first_to_end(rows: list[str]) -> None:
    """As when the field that the list is sorted by changes."""
    rows.append(rows.pop(0))


@AT_ONCE
@pytest.mark.parametrize("output", ["ids", complete("jsonl"), "json", complete("csv")])
def test_l02_rows_inserted_before_those_to_read(
    run: Run, server: RecordingServer, output: str, concurrency: str
) -> None:
    """More than a page of them, so that rows of several earlier pages come again."""
    listing = Listing(server, 300)
    before = list(listing.rows)
    at_request(listing, 2, insert(150))
    result = run(*IDS[:2], "-o", output, "--concurrency", concurrency)
    shown = re.findall(r"(?:row|new)-[0-9]{6}", result.out)
    assert len(shown) == len(set(shown)) == 350
    assert [key for key in shown if key in before] == before
    assert result.err == CHANGED


@AT_ONCE
@pytest.mark.parametrize("count", [1, complete(99), complete(100), 1500])
@pytest.mark.parametrize("words", [[], ["--limit", "2500", "--offset", "50"]])
def test_l02_long_list(
    run: Run, server: RecordingServer, words: list[str], count: int, concurrency: str
) -> None:
    listing = Listing(server, 3000, cap=100)
    at_request(listing, 3, insert(count))
    result = run(*IDS, *words, "--concurrency", concurrency)
    shown = ids(result)
    assert len(shown) == len(set(shown))
    assert not words or len(shown) == 2500
    assert result.err == CHANGED


@AT_ONCE
@pytest.mark.parametrize("count", [300, complete(1000)])
@pytest.mark.parametrize("change", [delete_first, swap, move_first_to_end])
def test_l02_other_changes(
    run: Run,
    server: RecordingServer,
    change: Callable[[list[str]], None],
    count: int,
    concurrency: str,
) -> None:
    listing = Listing(server, count)
    at_request(listing, 2, change)
    result = run(*IDS, "--concurrency", concurrency)
    shown = ids(result)
    assert len(shown) == len(set(shown))
    assert result.err == CHANGED


def test_l02_rows_inserted_at_the_end(run: Run, server: RecordingServer) -> None:
    listing = Listing(server, 300)
    at_request(listing, 2, insert(150, at_end=True))
    result = run(*IDS)
    assert ids(result) == listing.rows
    assert result.err == CHANGED


def test_l02_filtered_list(run: Run, server: RecordingServer) -> None:
    listing = Listing(server, 300)
    at_request(listing, 2, insert(150))
    result = run("provider-keys", "list", "--state", "ok", "-o", "ids")
    assert len(ids(result)) == len(set(ids(result))) == 350
    assert result.err == CHANGED


@AT_ONCE
def test_row_added_while_reading(run: Run, server: RecordingServer, concurrency: str) -> None:
    listing = Listing(server, 1000)
    before = list(listing.rows)
    at_request(listing, 3, insert(1))
    result = run(*IDS, "--concurrency", concurrency)
    shown = ids(result)
    assert len(set(shown)) == len(shown)
    if concurrency == "1":
        assert shown == before
    else:  # pages that were asked for at once may be of before and of after, in any order
        assert len(set(before) - set(shown)) <= 1
    assert result.err == CHANGED


def test_row_deleted_while_reading(run: Run, server: RecordingServer) -> None:
    listing = Listing(server, 1000)
    at_request(listing, 3, delete_first)
    result = run(*IDS)
    # One is gone, and of those behind it one may be missed, where pages had moved up.
    assert len(set(ids(result))) == len(ids(result)) >= 998
    assert result.err == CHANGED


def test_no_warning_about_an_unchanged_list(run: Run, server: RecordingServer) -> None:
    Listing(server, 1000)
    assert run(*IDS).err == ""


def test_429_pauses_all_requests(run: Run, server: RecordingServer) -> None:
    listing = Listing(server, 1000)
    times: list[float] = []

    def throttle(number: int, offset: int) -> Reply | None:
        times.append(time.monotonic())
        if number != 2:
            return None
        return Reply(429, {"detail": "Request was throttled."}, {"Retry-After": "1"})

    listing.change = throttle
    result = run(*IDS, "--concurrency", "2")
    assert ids(result) == listing.rows
    assert "too many requests; retrying in 1.0 s" in result.err
    # The one that was on its way beside it may still have come.
    assert sum(0.2 < moment - times[1] < 0.95 for moment in times) == 0


def test_pace() -> None:
    pace = Pace(rate=2, seconds=0.2)
    empty = Page([], 0, None)
    start = time.monotonic()
    for _ in range(5):
        assert pace.then(lambda query: empty, ()) is empty
    assert time.monotonic() - start >= 0.4


def test_huge_rate(run: Run, server: RecordingServer) -> None:
    listing = Listing(server, 1000)
    assert ids(run(*IDS, "--rate", "1" + "0" * 30)) == listing.rows


def test_sandbox_pages_are_read_in_sequence(run: Run) -> None:
    assert len(ids(run(*IDS, "-p", "sandbox", "--concurrency", "8"))) == 3


def test_bad_numbers(run: Run, server: RecordingServer) -> None:
    for words in (["--concurrency", "0"], ["--concurrency", "33"], ["--rate", "0"]):
        assert run(*IDS, *words).code == ExitCode.USAGE
    assert server.sent == []


def test_link_with_more_than_limit_and_offset_is_followed(
    run: Run, server: RecordingServer
) -> None:
    """If a server does not page by offset, its links are followed."""
    rows = [JOB | {"id": f"row-{number}"} for number in range(12)]

    def answer(sent: Sent) -> Reply:
        cursor = int(parse_qs(urlsplit(sent.target).query).get("cursor", ["0"])[0])
        link = f"{server.origin}/?limit=1&offset=1&cursor={cursor + 1}" if cursor < 11 else None
        return Reply(200, page(rows[cursor : cursor + 1], count=12, following=link))

    server.reply(answer)
    assert ids(run(*IDS)) == [str(row["id"]) for row in rows]


def test_server_that_takes_one_at_a_time(run: Run, server: RecordingServer) -> None:
    """Parallel requests get all rows, too, no matter how often they are rate limited."""
    listing = Listing(server, 1500)
    lock = threading.Lock()
    busy = 0

    def one_by_one(sent: Sent) -> Reply:
        nonlocal busy
        with lock:
            busy += 1
            others = busy - 1
        time.sleep(0.03)
        with lock:
            busy -= 1
        if others:
            return Reply(429, {"detail": "Request was throttled."}, {"Retry-After": "0"})
        return listing.answer(sent)

    server.reply(one_by_one)
    result = run(*IDS, "--concurrency", "8")
    assert ids(result) == listing.rows
    assert "too many requests" in result.err


def test_rate_limit_beyond_the_deadline_of_another_page(run: Run, server: RecordingServer) -> None:
    """One request is told to wait beyond the deadline of another that started earlier."""
    listing = Listing(server, 1000)
    slow = {100: (0.8, None), 200: (1.1, "1"), 400: (0.05, "2")}

    def throttle(sent: Sent) -> Reply:
        offset = int(parse_qs(urlsplit(sent.target).query).get("offset", ["0"])[0])
        seconds, after = slow.pop(offset, (0, None))
        time.sleep(seconds)
        if after is None:
            return listing.answer(sent)
        return Reply(429, {"detail": "Request was throttled."}, {"Retry-After": after})

    server.reply(throttle)
    assert ids(run(*IDS, "--concurrency", "3", "--timeout", "2.5")) == listing.rows


@pytest.mark.parametrize("given", [0, 50])
def test_list_shorter_than_its_count(run: Run, server: RecordingServer, given: int) -> None:
    """A page in the middle is too short and has no link to the next one."""
    listing = Listing(server, 5000, cap=100)

    def cut(number: int, offset: int) -> Reply | None:
        if offset != 2000:
            return None
        rows = [JOB | {"id": key} for key in listing.rows[2000 : 2000 + given]]
        return Reply(200, page(rows, count=5000))

    listing.change = cut
    for words, missing in (
        ([], 3000 - given),
        (["--limit", "2500"], 500 - given),
        (["--offset", "1000"], 3000 - given),
        (["--limit", "2000"], 0),
    ):
        result = run(*IDS, *words)
        assert result.code == 0
        said = f"{missing} rows are missing; run the command again\n"
        assert result.err == (said if missing else "")


def test_offset_behind_the_end(run: Run, server: RecordingServer) -> None:
    Listing(server, 10)
    assert run(*IDS, "--offset", "20") == Result(0, "", "")
