"""What stands in the cells of a table: times, states and people as a person reads them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rich.text import Text

from llmctl.output.columns import Column
from llmctl.output.command_lines import broken
from llmctl.output.sanitize import visible
from llmctl.output.text import cell_text
from llmctl.output.wrap import wrap

_GOOD = {"ok", "active", "true", "delivered"}
_BAD = {"invalid", "error", "failed"}
_DULL = {"false", "unknown", "paused"}
_STATES = {"state", "status", "enabled", "deleted"}


def heading(column: Column) -> str:
    """The column's heading; for times with the local time zone."""
    if not _is_time(column.key):
        return column.heading
    return f"{column.heading} ({datetime.now().astimezone():%Z})"


def row_cell(row: dict[str, Any], column: Column) -> Text:
    """The cell of a row in a column."""
    if column.cell is not None:
        return Text(visible(column.cell(row)))
    return value_cell(column.key, row.get(column.key))


def value_cell(key: str, value: Any, *, with_zone: bool = False) -> Text:
    """The cell of a field's value, on one line."""
    if value is None or value == [] or value == "":
        return Text("-", style="dim")
    if _is_time(key) and isinstance(value, str):
        return Text(_local_time(value, with_zone))
    text = _person(value) or cell_text(value)
    return Text(text, style=_style(text) if key in _STATES or isinstance(value, bool) else "")


def lines_below(text: str, width: int) -> list[str]:
    """A text under a row. A command at its end, behind a colon, stands on lines of its own."""
    said, colon, command = visible(text).partition(": llmctl ")
    if not colon:
        return wrap(said, width)
    lines = broken(f"llmctl {command}", width - 2)
    return [*wrap(f"{said}:", width), *(f"  {line}" for line in lines)]


def _person(value: Any) -> str | None:
    """A user of the API by name and address; None for anything else."""
    if not isinstance(value, dict) or not isinstance(value.get("email"), str):
        return None
    names = [value.get(key) for key in ("first_name", "last_name")]
    return visible(" ".join([*(str(name) for name in names if name), f"<{value['email']}>"]))


def _style(state: str) -> str:
    if state in _GOOD:
        return "green"
    if state in _BAD:
        return "red"
    return "dim" if state in _DULL else "yellow"


def _is_time(key: str) -> bool:
    return key.endswith(("_at", "_date"))


def _local_time(text: str, with_zone: bool) -> str:
    try:
        moment = datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError):
        return visible(text)
    return f"{moment:%Y-%m-%d %H:%M %Z}" if with_zone else f"{moment:%Y-%m-%d %H:%M}"
