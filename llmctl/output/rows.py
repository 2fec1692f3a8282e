"""The rows that a printer shows: from the server, page by page, or already in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol


class RowSource(Protocol):
    """Rows that may arrive page by page.

    `total` is the server's count, if it is known yet; `is_paged` is true once a second page is
    known to exist; `missing` is how many rows the server counted but did not return.
    """

    @property
    def total(self) -> int | None: ...

    @property
    def is_paged(self) -> bool: ...

    @property
    def changed_while_reading(self) -> bool: ...

    @property
    def missing(self) -> int: ...

    def __iter__(self) -> Iterator[dict[str, Any]]: ...

    def remember(self) -> None:
        """Keep the ids of the rows that were read, for shell completion."""


class LocalRows(list[dict[str, Any]]):
    """Rows that are already in memory."""

    is_paged = False
    changed_while_reading = False
    missing = 0

    @property
    def total(self) -> int:
        """The number of rows."""
        return len(self)

    def remember(self) -> None:
        """Do nothing: shells do not complete the ids of these rows."""
