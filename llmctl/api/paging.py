"""Which part of a list is read, and how fast."""

from __future__ import annotations

from typing import NamedTuple

CONCURRENCY = 8
RATE = 480  # requests a minute: what PostHog allows a key


class Paging(NamedTuple):
    """Which part of a list is wanted, how many pages at once, and how many a minute at most."""

    limit: int | None = None
    offset: int | None = None
    concurrency: int = CONCURRENCY
    rate: int = RATE


EVERYTHING = Paging()
