"""The limiter: a burst is not slowed, more requests wait for the window, for all clients."""

from __future__ import annotations

import time
from dataclasses import dataclass

from llmctl.http import LIMITS, RateLimit


@dataclass
class Clock:
    now: float = 1000.0

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_burst_below_the_limit_does_not_wait() -> None:
    limit = RateLimit(LIMITS, now=Clock().read)
    start = time.perf_counter()
    assert [limit.reserve() for _ in range(480)] == [0.0] * 480
    assert time.perf_counter() - start < 0.1
    assert limit.reserve() >= 60


def test_no_window_has_more_requests_than_the_server_allows() -> None:
    clock = Clock()
    limit = RateLimit(LIMITS, now=clock.read)
    starts = []
    for number in range(6_000):
        clock.sleep(limit.reserve())
        starts.append(clock.now)
        clock.sleep(0.01 if number % 3 else 0.3)
    for count, seconds in ((480, 60), (4_800, 3_600)):
        assert all(
            later - earlier > seconds
            for earlier, later in zip(starts, starts[count:], strict=False)
        )


def test_429_holds_back_all() -> None:
    clock = Clock()
    limit = RateLimit(now=clock.read)
    limit.close(30)
    assert (limit.closed_seconds, limit.reserve()) == (30, 30)
    clock.sleep(31)
    assert (limit.closed_seconds, limit.reserve()) == (0, 0)
