"""Tables on a terminal. The only module, with the progress bar's, that imports rich."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from llmctl.output import layout
from llmctl.output.text import cell_text
from llmctl.sanitize import visible

if TYPE_CHECKING:
    from llmctl.output.view import Column

Object = dict[str, Any]

_UNLIMITED = 100_000  # a table in a pipe is for a program: nothing is wrapped
_MINIMUM_WIDTH = 40
_GOOD = {"ok", "active", "true", "delivered"}
_BAD = {"invalid", "error", "failed"}
_DULL = {"false", "unknown", "paused"}
_STATES = {"state", "status", "enabled", "deleted"}


class Screen:
    """Renders for standard output as it is: its width, its colours, its characters."""

    def __init__(self) -> None:
        is_terminal = sys.stdout.isatty()
        self._width = _UNLIMITED
        if is_terminal:
            self._width = max(_MINIMUM_WIDTH, shutil.get_terminal_size().columns)
        self._color = _wants_color(is_terminal)
        encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
        self._box = box.SIMPLE_HEAD if encoding.startswith("utf") else box.ASCII2

    def rows(self, rows: list[Object], columns: Sequence[Column]) -> str:
        """A table, one row an object; too wide for the screen, the first two columns share one."""
        texts = [[_heading(column), *(_cell(row, column) for row in rows)] for column in columns]
        floors = [_floor(column, each) for column, each in zip(columns, texts, strict=True)]
        is_stacked = layout.total(floors) > self._width and len(columns) > 2
        if is_stacked:
            ids = [
                floor for floor, column in zip(floors[:2], columns, strict=False) if column.whole
            ]
            texts = [[Text("\n").join(pair) for pair in zip(*texts[:2], strict=True)], *texts[2:]]
            floors = [max(ids, default=1), *floors[2:]]
        naturals = [layout.natural(_plain(column)) for column in texts]
        widths, gap = layout.fit(naturals, floors, self._width)
        table = Table(
            box=self._box,
            show_edge=False,
            pad_edge=False,
            padding=(0, gap - 1, 0, 0),
            leading=int(is_stacked),
            header_style="bold",
        )
        for column, width in zip(texts, widths, strict=True):
            table.add_column(column[0], width=width, overflow="fold")
        for row in zip(*(column[1:] for column in texts), strict=True):
            table.add_row(*row)
        return self._render(table, width=layout.total(widths, gap))

    def item(self, item: Object, blocks: dict[str, str]) -> str:
        """Field by field. `blocks`: fields shown as a block of their own, and what null means."""
        parts: list[RenderableType] = [self._fields(item, leave_out=set(blocks))]
        for key, null_text in blocks.items():
            value = item.get(key)
            parts.append(Text(""))
            if isinstance(value, dict):
                parts += [Text(key.replace("_", " "), style="bold"), self._fields(value)]
            elif key in item:
                parts.append(Text(null_text if value is None else cell_text(value)))
        return self._render(Group(*parts))

    def _fields(self, item: Object, *, leave_out: set[str] | None = None) -> Table:
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, layout.GAP, 0, 0))
        table.add_column(style="bold" if self._color else "", no_wrap=True)
        table.add_column(overflow="fold")
        for key, value in item.items():
            if key not in (leave_out or set()):
                table.add_row(Text(visible(key)), _value(key, value, with_zone=True))
        return table

    def _render(self, renderable: RenderableType, *, width: int = 0) -> str:
        buffer = io.StringIO()
        console = Console(
            file=buffer,
            width=max(self._width, width),
            force_terminal=self._color,
            no_color=not self._color,
            color_system="standard" if self._color else None,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
        )
        console.print(renderable, crop=False)
        lines = buffer.getvalue().splitlines()
        return "".join(f"{line.rstrip()}\n" for line in lines)


def _floor(column: Column, texts: list[Text]) -> int:
    """How narrow a column may get."""
    plain = _plain(texts)
    return layout.natural(plain) if column.whole else layout.comfortable(plain)


def _plain(column: list[Text]) -> list[str]:
    return [text.plain for text in column]


def _wants_color(is_terminal: bool) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal and os.environ.get("TERM", "dumb") != "dumb"


def _heading(column: Column) -> Text:
    if not _is_time(column.key):
        return Text(column.heading)
    return Text(f"{column.heading} ({datetime.now().astimezone():%Z})")


def _cell(row: Object, column: Column) -> Text:
    if column.cell is not None:
        return Text(visible(column.cell(row)))
    return _value(column.key, row.get(column.key))


def _value(key: str, value: Any, *, with_zone: bool = False) -> Text:
    if value is None or value == [] or value == "":
        return Text("-", style="dim")
    if _is_time(key) and isinstance(value, str):
        return Text(_local_time(value, with_zone))
    text = _person(value) or cell_text(value)
    return Text(text, style=_style(text) if key in _STATES or isinstance(value, bool) else "")


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
