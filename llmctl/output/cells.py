"""The cells of a table: times, states and people in a readable form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from llmctl.errors import Hint, command_line
from llmctl.output.columns import Column
from llmctl.output.command_lines import broken
from llmctl.output.sanitize import visible
from llmctl.output.text import cell_text
from llmctl.output.wrap import wrap

_GOOD = {"ok", "active", "true", "delivered"}
_BAD = {"invalid", "error", "failed"}
_DULL = {"false", "unknown", "paused"}
_STATES = {"state", "status", "enabled", "deleted"}


def heading_and_cells(column: Column, rows: Sequence[dict[str, Any]]) -> tuple[str, list[Text]]:
    """Return the heading of a column, and its cell for each row.

    The time zone is in the heading; if it differs between rows (summer time), it is in each cell.
    """
    if column.cell is not None:
        return column.heading, [Text(visible(column.cell(row))) for row in rows]
    values = [column.value(row) for row in rows]
    moments = map(_local_time, values if _is_time(column.key) else ())
    zones = {f"{moment:%Z}" for moment in moments if moment is not None}
    in_heading = zones.pop() if len(zones) == 1 else None
    cells = [value_cell(column.key, value, with_zone=in_heading is None) for value in values]
    return f"{column.heading} ({in_heading})" if in_heading else column.heading, cells


def value_cell(key: str, value: Any, *, with_zone: bool = False) -> Text:
    """Return the cell for the value of the field `key`, on one line."""
    if value is None or value == [] or value == "":
        return Text("-", style="dim")
    moment = _local_time(value) if _is_time(key) else None
    if moment is not None:
        return Text(f"{moment:%Y-%m-%d %H:%M %Z}" if with_zone else f"{moment:%Y-%m-%d %H:%M}")
    text = _person(value) or cell_text(value)
    return Text(text, style=_style(text) if key in _STATES or isinstance(value, bool) else "")


def lines_below(text: str | Hint, width: int) -> list[str]:
    """Return the lines of a text below a row; the command of a hint has lines of its own."""
    if isinstance(text, str) or not text.command:
        return wrap(visible(str(text)), width)
    lines = broken(visible(command_line(text.command)), width - 2)
    following = lines_below(text.also, width) if text.also else []
    return [*wrap(f"{visible(text.text)}:", width), *(f"  {line}" for line in lines), *following]


def _person(value: Any) -> str | None:
    """Return name and email address if the value is a user of the API, else None."""
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


def _local_time(value: object) -> datetime | None:
    """Return a time of the API in the local zone, as it applies on that date; None if it is none.

    The time is returned unchanged if TZ names an unknown zone, or one more than a day from UTC.
    """
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None:
        return None
    try:
        local = moment.astimezone()
    except (OverflowError, OSError):
        return None
    except ValueError:
        return moment
    return local if local.tzname() else moment
