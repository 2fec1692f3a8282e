"""The columns that a table, TSV or CSV can show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from llmctl.errors import Hint


class Column(NamedTuple):
    """A field of the API, shown as a column.

    - `title`: the heading in a table; elsewhere, and if empty, the field's name.
    - `whole`: never wrap the cells.
    - `shown`: False for a column that appears only when `--columns` names it.
    - `below`: the value (a text, or a list of texts) goes on lines of its own below the row.
    - `null`: the field is an object that gets a block of its own below the other fields; this is
      shown instead if it is null.
    - `cell`: makes the text for a table from the whole row, if the plain value is not enough.
    """

    key: str
    title: str = ""
    whole: bool = False
    shown: bool = True
    below: bool = False
    cell: Callable[[dict[str, Any]], str] | None = None
    null: Hint | None = None

    @property
    def heading(self) -> str:
        """The title, or else the field's name in words."""
        return self.title or self.key.replace("_", " ")
