"""Limits on reading a list: which part of it, and how fast."""

from __future__ import annotations

from typing import NamedTuple

CONCURRENCY = 8
RATE = 480  # requests per minute: PostHog's limit for a key


class Paging(NamedTuple):
    """The part of a list to read, how many pages in parallel, and how many per minute at most."""

    limit: int | None = None
    offset: int | None = None
    concurrency: int = CONCURRENCY
    rate: int = RATE


EVERYTHING = Paging()
