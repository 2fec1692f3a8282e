"""The cells of a table: times, ages, states and people in a readable form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from llmctl.errors import Hint, command_line
from llmctl.output.columns import Column
from llmctl.output.command_lines import broken
from llmctl.output.sanitize import visible
from llmctl.output.text import cell_text
from llmctl.output.wrap import wrap

NOTHING = "-"  # for a value that is null or empty
# Unit, its length in seconds, and the number from which on the next unit is used.
_UNITS = (("m", 60, 60), ("h", 3600, 48), ("d", 86_400, 731), ("y", 31_557_600, None))
_GOOD = {"ok", "active", "true", "delivered", "generated"}
_BAD = {"invalid", "error", "failed"}
_DULL = {"false", "unknown", "paused"}
_STATES = {"state", "status", "delivery_status", "enabled", "deleted"}


def cells_of(column: Column, rows: Sequence[dict[str, Any]]) -> list[Text]:
    """Return the cell of a column for each row. A time is shown as its age."""
    now = datetime.now(UTC)
    return [_cell(column, row, now) for row in rows]


def value_cell(key: str, value: Any, *, now: datetime | None = None) -> Text:
    """Return the cell for the value of the field `key`, on one line.

    A time is shown in the local zone; with `now`, as its age.
    """
    if value is None or value == [] or value == "":
        return Text(NOTHING, style="dim")
    moment = _local_time(value) if _is_time(key) else None
    if moment is not None:
        return Text(f"{moment:%Y-%m-%d %H:%M %Z}" if now is None else age(moment, now))
    text = _person(value) or cell_text(value)
    return Text(text, style=_style(text) if key in _STATES or isinstance(value, bool) else "")


def age(moment: datetime, now: datetime) -> str:
    """Return how long ago a time was, as `3h` or `12d`; `in 3h` if it is in the future."""
    seconds = (now - moment).total_seconds()
    for unit, length, most in _UNITS:
        count = int(abs(seconds) // length)
        if count and (most is None or count < most):
            return f"{count}{unit}" if seconds > 0 else f"in {count}{unit}"
    return "now"


def _cell(column: Column, row: dict[str, Any], now: datetime) -> Text:
    value = column.value(row)
    if column.cell is None:
        cell = value_cell(column.key, value, now=now)
    else:
        text = visible(column.cell(row))
        state = _style(str(value)) if column.key in _STATES else ""
        cell = Text(text, style="dim" if text == NOTHING else state)
    if column.at_end:
        cell.style = "dim"
    return cell


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
    return key.endswith(("_at", "_date", "_start", "_end"))


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
