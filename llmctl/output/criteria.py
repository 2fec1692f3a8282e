"""The rows of a list to show, and their order: `--filter` and `--sort`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from llmctl.errors import UsageError
from llmctl.output.columns import Column, find_column
from llmctl.output.sanitize import typed
from llmctl.output.text import cell_text

Row = dict[str, Any]


class Filter(NamedTuple):
    """A condition on a field: its value, or an item of its list, equals one of `values`.

    `*` in a value matches any text. With `is_negated` none may match. A row without the field never
    passes; null is equal to `null` and to the empty text. Errors name the `option`.
    """

    column: Column
    values: tuple[str, ...]
    is_negated: bool = False
    option: str = "--filter"

    def fits(self, row: Row) -> bool:
        """Return True if the row passes."""
        found = _texts(self.column.value(row))
        matches = any(_matches(value, text) for value in self.values for text in found)
        return matches is not self.is_negated and self.column.is_in(row)


class Criteria(NamedTuple):
    """The conditions that all have to pass, and the field to sort by, if any."""

    filters: tuple[Filter, ...] = ()
    sort: Column | None = None
    is_descending: bool = False

    @property
    def exact(self) -> dict[str, str]:
        """The fields that have to equal a plain lower-case word, with that word."""
        return {
            each.column.key: each.values[0]
            for each in self.filters
            if len(each.values) == 1
            and not each.is_negated
            and re.fullmatch("[a-z][a-z_]*", each.values[0])
            and each.values[0] != "null"
        }

    def select(
        self, rows: Iterable[Row], *, limit: int | None = None, offset: int | None = None
    ) -> Iterator[Row]:
        """Yield at most `limit` of the rows that pass, from `offset` on, sorted.

        Without a sort, rows are yielded as they arrive. UsageError if no row has one of the fields:
        nothing was yielded then.
        """
        found = self._passing(rows)
        if self.sort is not None:
            found = iter(_sorted(found, self.sort, is_descending=self.is_descending))
        start = offset or 0
        return islice(found, start, None if limit is None else start + limit)

    def _passing(self, rows: Iterable[Row]) -> Iterator[Row]:
        wanted = [(each.option, each.column) for each in self.filters]
        if self.sort is not None:
            wanted.append(("--sort", self.sort))
        unseen, is_empty = wanted, True
        for row in rows:
            is_empty = False
            if unseen:
                unseen = [each for each in unseen if not each[1].is_in(row)]
            if all(each.fits(row) for each in self.filters):
                yield row
        if unseen and not is_empty:
            option, column = unseen[0]
            raise UsageError(f"{option}: no row has the field {typed(column.key)}")


def parse_criteria(
    columns: Sequence[Column], filters: Sequence[str] | None, sort: str | None
) -> Criteria:
    """Return the criteria in the texts of the options. UsageError if a field is unknown."""
    column = None
    if sort is not None:
        column = find_column(columns, sort.removeprefix("-"), option="--sort")
    conditions = tuple(_parse_filter(columns, text) for text in filters or ())
    return Criteria(conditions, column, (sort or "").startswith("-"))


def _parse_filter(columns: Sequence[Column], text: str) -> Filter:
    field, equals, value = text.partition("=")
    if not equals:
        raise UsageError("--filter must be FIELD=VALUE or FIELD!=VALUE, such as name=*chat*")
    column = find_column(columns, field.removesuffix("!").strip(), option="--filter")
    return Filter(column, (value,), is_negated=field.endswith("!"))


def _texts(value: Any) -> list[str]:
    """Return the texts that a value equals."""
    if value is None:
        return ["", "null"]
    if isinstance(value, bool):
        return [str(value).lower(), str(value)]
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [cell_text(value), *(text for item in value for text in _texts(item))]
    return [cell_text(value)]


def _matches(pattern: str, text: str) -> bool:
    """Return True if the text has the parts of the pattern between its stars, in that order."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == first
    *middle, last = rest
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


def _sorted(rows: Iterable[Row], column: Column, *, is_descending: bool) -> list[Row]:
    """Return the rows by the values of a column; those without a value last, in either direction.

    Rows with equal values keep their order.
    """
    collected = list(rows)
    with_value = [row for row in collected if column.value(row) is not None]
    without = [row for row in collected if column.value(row) is None]
    with_value.sort(key=lambda row: _sort_key(column.value(row)), reverse=is_descending)
    return with_value + without


def _sort_key(value: Any) -> tuple[int, Any]:
    """Return a key that puts booleans first, then numbers, times, texts and other values."""
    from datetime import datetime

    from llmctl.safe.strict_json import Number

    if isinstance(value, bool):
        return (0, value)
    if isinstance(value, int):
        return (1, value)
    if isinstance(value, float | Number):
        return (1, float(value))
    if not isinstance(value, str):
        return (4, cell_text(value))
    try:
        moment = datetime.fromisoformat(value) if "T" in value else None
    except ValueError:
        moment = None
    if moment is not None and moment.tzinfo is not None:
        return (2, moment)
    return (3, (value.casefold(), value))
