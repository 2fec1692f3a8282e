"""Limits on reading a list: which part of it, and how fast."""

from __future__ import annotations

from typing import NamedTuple

from llmctl.output.criteria import Criteria, Filter

CONCURRENCY = 8
RATE = 480  # requests per minute: PostHog's limit for a key


class Paging(NamedTuple):
    """The part of a list to read, how many pages in parallel, and how many per minute at most.

    `size` is the number of rows on a page; None for the server's own. `limit` and `offset` count
    the rows that pass the `criteria`.
    """

    limit: int | None = None
    offset: int | None = None
    concurrency: int = CONCURRENCY
    rate: int = RATE
    size: int | None = None
    criteria: Criteria = Criteria()

    def matching(self, condition: Filter) -> Paging:
        """Return the same with one more condition."""
        filters = (*self.criteria.filters, condition)
        return self._replace(criteria=self.criteria._replace(filters=filters))


# In few requests: the server has no maximum, and a smaller page is followed by its link.
EVERYTHING = Paging(size=1_000)
