"""The columns that a table, TSV or CSV can show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from llmctl.errors import Hint, UsageError
from llmctl.output.formats import OutputFormat
from llmctl.output.sanitize import visible

_WITH_COLUMNS = {OutputFormat.TABLE, OutputFormat.TSV, OutputFormat.CSV}


class Column(NamedTuple):
    """A field of the API, shown as a column.

    - `title`: the heading in a table; elsewhere, and if empty, the field's name.
    - `whole`: never wrap the cells.
    - `shown`: False for a column that appears only when `--columns` names it.
    - `in_table`: False for one that appears without that in TSV and CSV, but not in a table.
    - `below`: the value (a text, or a list of texts) goes on lines of its own below the row.
    - `null`: the field is an object that gets a block of its own below the other fields; this is
      shown instead if it is null.
    - `cell`: makes the text for a table from the whole row, if the plain value is not enough.
    """

    key: str
    title: str = ""
    whole: bool = False
    shown: bool = True
    in_table: bool = True
    below: bool = False
    cell: Callable[[dict[str, Any]], str] | None = None
    null: Hint | None = None

    @property
    def heading(self) -> str:
        """The title, or else the field's name in words."""
        return self.title or self.key.replace("_", " ")


def select(
    columns: Sequence[Column], names: str | None, output: OutputFormat
) -> tuple[Column, ...]:
    """Return the columns that `--columns` names, comma-separated; by default those `shown`.

    Raise UsageError if one is unknown, or if the format has no columns.
    """
    if names is None:
        is_table = output is OutputFormat.TABLE
        shown = (column for column in columns if column.shown)
        return tuple(column for column in shown if column.in_table or not is_table)
    if output not in _WITH_COLUMNS:
        raise UsageError(f"--columns works with table, tsv and csv, not with -o {output}")
    by_key = {column.key: column for column in columns}
    selected = [name.strip() for name in names.split(",")]
    unknown = [name for name in selected if name not in by_key]
    if unknown:
        raise UsageError(
            f"--columns: unknown column {visible(unknown[0])!r}",
            hint=Hint(f"columns: {', '.join(by_key)}"),
        )
    return tuple(by_key[name] for name in selected)
