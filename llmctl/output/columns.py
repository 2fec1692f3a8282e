"""The columns that a table, TSV or CSV can show."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from llmctl.errors import Hint, UsageError
from llmctl.output.formats import OutputFormat
from llmctl.output.sanitize import typed

_WITH_COLUMNS = {OutputFormat.TABLE, OutputFormat.TSV, OutputFormat.CSV}


class Column(NamedTuple):
    """A field of the API, shown as a column.

    - `title`: the heading in a table; elsewhere, and if empty, the field's name.
    - `whole`: never wrap the cells.
    - `shown`: False for a column that appears only when `--columns` names it.
    - `in_table`, `in_text`: False for a column that, without `--columns`, does not appear in a
      table, or in TSV and CSV.
    - `at_end`: in a table it comes last and is dim, as ids do.
    - `rank`: a table that is too wide drops the columns of the highest rank; 0 always stays.
    - `least`: if that is not enough, cells are shortened, to this width at least; 0 is never.
      Keep the whole of rank 0 within 80 columns.
    - `below`: the value (a text, or a list of texts) goes on lines of its own below the row.
    - `null`: the field is an object that gets a block of its own below the other fields; this is
      shown instead if it is null.
    - `cell`: makes the text for a table from the whole row, if the plain value is not enough.
    - `compute`: returns the value from the whole row, if the API has no such field.
    """

    key: str
    title: str = ""
    whole: bool = False
    shown: bool = True
    in_table: bool = True
    in_text: bool = True
    at_end: bool = False
    rank: int = 0
    least: int = 0
    below: bool = False
    cell: Callable[[dict[str, Any]], str] | None = None
    null: Hint | None = None
    compute: Callable[[dict[str, Any]], Any] | None = None

    @property
    def heading(self) -> str:
        """The title, or else the field's name in words."""
        return self.title or self.key.replace("_", " ")

    def value(self, row: dict[str, Any]) -> Any:
        """Return the value in a row; None if there is none."""
        if self.compute is not None:
            return self.compute(row)
        return row[self.key] if self.key in row else _value_at(row, self.key.split("."))

    def is_in(self, row: dict[str, Any]) -> bool:
        """Return False if the row has no such field. A field of null or of an empty list counts."""
        return self.compute is not None or self.key in row or _is_in(row, self.key.split("."))


ID = Column("id", whole=True, at_end=True)


def select(
    columns: Sequence[Column], names: str | None, output: OutputFormat
) -> tuple[Column, ...]:
    """Return the columns that `--columns` names, comma-separated; by default those `shown`.

    A name is a field, a heading, or a path into a field: `active_provider_key.name`,
    `delivery_targets.0.value`. Raise UsageError if one is unknown or ambiguous, or if the format
    has no columns.
    """
    if names is None:
        shown = [column for column in columns if column.shown]
        if output is not OutputFormat.TABLE:
            return tuple(column for column in shown if column.in_text)
        in_table = (column for column in shown if column.in_table)
        return tuple(sorted(in_table, key=lambda column: column.at_end))
    if output not in _WITH_COLUMNS:
        raise UsageError(f"--columns works with table, tsv and csv, not with -o {output}")
    return tuple(
        find_column(columns, name.strip(), option="--columns") for name in names.split(",")
    )


def find_column(columns: Sequence[Column], name: str, *, option: str) -> Column:
    """Return the column for a field, a heading, or a path into a field.

    Raise UsageError, which names the option, if it is unknown or ambiguous.
    """
    field, dot, path = name.partition(".")
    wanted = _normal(field)
    found = [column for column in columns if column.key == wanted]
    found = found or [column for column in columns if _normal(column.heading) == wanted]
    if not found or (dot and not all(path.split("."))):
        raise UsageError(f"{option}: unknown column {typed(name)!r}", hint=_known(columns, wanted))
    if len(found) > 1:
        raise UsageError(
            f"{option}: several columns have the heading {typed(field)!r}",
            hint=Hint(f"use the name of a field: {', '.join(column.key for column in found)}"),
        )
    return Column(f"{found[0].key}.{path}") if dot else found[0]


def _known(columns: Sequence[Column], wanted: str) -> Hint:
    """Return the hint with the nearest column, if there is one, and with all columns."""
    import difflib

    fields = {_normal(column.heading): column.key for column in columns}
    fields |= {column.key: column.key for column in columns}
    nearest = difflib.get_close_matches(wanted, fields, n=1)
    names = Hint(f"columns: {', '.join(column.key for column in columns)}")
    return Hint(f"did you mean {fields[nearest[0]]}", also=names) if nearest else names


def _normal(name: str) -> str:
    """Return a field's name or a heading in one form, without a time zone behind it."""
    return re.sub(r" \(.*\)$", "", name).lower().replace(" ", "_").replace("-", "_")


def _value_at(value: Any, path: Sequence[str]) -> Any:
    """Return the value at a path: an object's field, a list's item by number, or the field of each
    item; None if there is none."""
    if not path:
        return value
    first, *rest = path
    if isinstance(value, dict):
        return _value_at(value.get(first), rest)
    if not isinstance(value, list):
        return None
    if not re.fullmatch("[0-9]{1,9}", first):
        return [_value_at(item, path) for item in value]
    return _value_at(value[int(first)], rest) if int(first) < len(value) else None


def _is_in(value: Any, path: Sequence[str]) -> bool:
    """Return False if there is nothing at a path. Below null and in a list that ends before, there
    may be."""
    if not path or value is None or value == []:
        return True
    first, *rest = path
    if isinstance(value, dict):
        return first in value and _is_in(value[first], rest)
    if not isinstance(value, list):
        return False
    if not re.fullmatch("[0-9]{1,9}", first):
        return any(_is_in(item, path) for item in value)
    return int(first) >= len(value) or _is_in(value[int(first)], rest)
