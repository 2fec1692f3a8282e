"""Tables on a terminal, rendered with rich."""

from __future__ import annotations

import io
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from llmctl.errors import Hint
from llmctl.output import layout
from llmctl.output.cells import cells_of, lines_below, value_cell
from llmctl.output.color import wants_color
from llmctl.output.columns import Column
from llmctl.output.encoding import is_unicode
from llmctl.output.sanitize import log_line, visible
from llmctl.output.text import cell_text
from llmctl.output.wrap import pieces, shorten, wrap

Object = dict[str, Any]
Cell = list[Text]  # stacked vertically


class Item(NamedTuple):
    """A line of a checklist: its status, name and finding, and what to do, if anything."""

    status: str
    name: str
    text: str
    hint: Hint | None = None


# Status -> its mark, the mark in ASCII, and its style.
_MARKS = {
    "ok": ("✓", "ok", "green"),
    "warning": ("!", "!", "yellow"),
    "failed": ("✗", "x", "red"),
    "skipped": ("-", "-", "dim"),
}

_UNLIMITED = 100_000  # in a pipe, a table is read by a program: wrap nothing
_MINIMUM_WIDTH = 40
_INDENT = "  "
_ID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Screen:
    """Renders for the width, colours and encoding of standard output.

    `width` is in cells; `is_unicode` is False if standard output cannot show lines and blocks.
    """

    def __init__(self) -> None:
        is_terminal = sys.stdout.isatty()
        self.width = _UNLIMITED
        if is_terminal:
            self.width = max(_MINIMUM_WIDTH, shutil.get_terminal_size().columns)
        self._color = wants_color(is_terminal=is_terminal)
        self.is_unicode = is_unicode()
        self.rule, self.ellipsis = ("─", "…") if self.is_unicode else ("-", "...")

    def rows(self, rows: list[Object], columns: Sequence[Column], *, are_chosen: bool) -> str:
        """Return a table with one row per object.

        If it is too wide for the screen, shorten long cells and drop columns, unless the user has
        chosen them. If that is not enough, stack two columns in one; if that is still too wide,
        show each object field by field.
        """
        across = [column for column in columns if not column.below] or list(columns)
        notes = [self._below(row, [each for each in columns if each not in across]) for row in rows]
        shown = {column: cells_of(column, rows) for column in across}
        if not are_chosen:
            fitting = self._on_one_line(shown)
            if fitting is not None:
                return self.render(self._table(*fitting, notes))
            across.sort(key=lambda column: not column.at_end and column is not columns[0])
        headings = [column.heading for column in across]
        cells = [list(row) for row in zip(*(shown[column] for column in across), strict=True)]
        texts = list(zip(*([Text(title) for title in headings], *cells), strict=True))
        for longest in layout.KEPT_WHOLE:
            floors = [_floor(*each, longest) for each in zip(across, texts, strict=True)]
            if layout.total(floors) <= self.width:
                return self.render(self._table(headings, cells, floors, notes))
            stacked = layout.stacked(floors, [column.whole for column in across])
            if layout.total(stacked, gap=1) <= self.width:
                return self.render(self._table(headings, cells, stacked, notes))
        return self.render(self._records(headings, cells, notes))

    def item(self, item: Object, blocks: dict[str, str]) -> str:
        """Return an object field by field.

        `blocks`: fields that get a block of their own, with the text to show for null.
        """
        fields = {key: value for key, value in item.items() if key not in blocks}
        lines = self._object(fields)
        for key, null_text in blocks.items():
            value = item.get(key)
            lines.append(Text())
            if isinstance(value, dict):
                lines += [Text(key.replace("_", " "), style="bold"), *self._object(value)]
            elif key in item:
                shown = null_text if value is None else cell_text(value)
                lines += map(Text, wrap(shown, self.width))
        return self.render(lines)

    def checklist(self, title: str, items: Sequence[Item]) -> str:
        """Return a title, and a line for each item with its mark; what to do is below it."""
        lines = [Text(title, style="bold")]
        marks = [self._mark(item.status) for item in items]
        names = [Text(item.name) for item in items]
        widths = [max(map(len, marks)), layout.natural([name.plain for name in names])]
        indent = " " * (sum(widths) + 2 * layout.GAP)
        widths.append(max(_MINIMUM_WIDTH // 2, self.width - len(indent)))
        for item, mark, name in zip(items, marks, names, strict=True):
            text = Text(visible(item.text), style="dim" if item.status == "skipped" else "")
            lines += side_by_side([[mark], [name], [text]], widths, layout.GAP)
            if item.hint is not None:
                below = lines_below(item.hint, widths[-1])
                lines += [Text(indent + line, style="dim") for line in below]
        return self.render(lines)

    def notes(self, texts: Iterable[str]) -> str:
        """Return texts below a table, each on lines of its own."""
        lines = (line for text in texts for line in wrap(visible(text), self.width))
        return self.render(Text(line, style="dim") for line in lines)

    def _mark(self, status: str) -> Text:
        mark, ascii_mark, style = _MARKS[status]
        return Text(mark if self.is_unicode else ascii_mark, style=style)

    def _on_one_line(
        self, shown: dict[Column, list[Text]]
    ) -> tuple[list[str], list[list[Text]], list[int]] | None:
        """Return headings, cells and widths of a table with one line per row; None if too wide."""
        for highest in sorted({column.rank for column in shown}, reverse=True):
            columns = [column for column in shown if column.rank <= highest]
            floors = [_shortest(column, shown[column]) for column in columns]
            if layout.total(floors) > self.width:
                continue
            naturals = [_longest(column, shown[column]) for column in columns]
            widths, _ = layout.fit(naturals, floors, self.width)
            columnwise = [
                [self._shortened(cell, width) for cell in shown[column]]
                for column, width in zip(columns, widths, strict=True)
            ]
            headings = [column.heading for column in columns]
            return headings, [list(row) for row in zip(*columnwise, strict=True)], widths
        return None

    def _shortened(self, cell: Text, width: int) -> Text:
        return Text(shorten(cell.plain, width, self.ellipsis), style=cell.style)

    def _table(
        self,
        headings: list[str],
        cells: list[list[Text]],
        floors: list[int],
        notes: list[list[Text]],
    ) -> Iterator[Text]:
        """Yield the lines of a table; if `floors` has one less, stack the first two columns."""
        shared = len(headings) - len(floors) + 1
        titles = [Text(title, style="bold") for title in headings]
        head, *body = [
            [list(row[:shared]), *([each] for each in row[shared:])] for row in (titles, *cells)
        ]
        naturals = [
            layout.natural([text.plain for cell in column for text in cell])
            for column in zip(head, *body, strict=True)
        ]
        widths, gap = layout.fit(naturals, floors, self.width)
        yield from side_by_side(head, widths, gap, at_bottom=True)
        yield Text(self.rule * layout.total(widths, gap))
        is_loose = shared > 1 or any(notes)
        for number, (row, lines) in enumerate(zip(body, notes, strict=True)):
            if number and is_loose:
                yield Text()
            yield from side_by_side(row, widths, gap)
            yield from lines

    def _records(
        self, headings: list[str], cells: list[list[Text]], notes: list[list[Text]]
    ) -> Iterator[Text]:
        for number, (row, lines) in enumerate(zip(cells, notes, strict=True)):
            if number:
                yield Text()
            yield from self.fields(zip(headings, row, strict=True))
            yield from lines

    def _object(self, item: Object) -> list[Text]:
        fields = ((visible(key), value_cell(key, value)) for key, value in item.items())
        return list(self.fields(fields))

    def fields(self, fields: Iterable[tuple[str, Text]]) -> Iterator[Text]:
        """Yield names and values side by side, or the value below if a word in it is too long."""
        shown = list(fields)
        label = layout.natural([name for name, _ in shown]) + layout.GAP
        for name, value in shown:
            title = Text(name, style="bold")
            if layout.natural(pieces(value.plain)) <= self.width - label:
                widths = [label - layout.GAP, self.width - label]
                yield from side_by_side([[title], [value]], widths, layout.GAP)
            else:
                yield title
                yield from wrapped(value, self.width, _INDENT)

    def _below(self, row: Object, columns: list[Column]) -> list[Text]:
        found = [column.value(row) or [] for column in columns]
        texts = [text for each in found for text in (each if isinstance(each, list) else [each])]
        width = self.width - len(_INDENT)
        return [Text(_INDENT + line) for text in texts for line in lines_below(text, width)]

    def render(self, lines: Iterable[Text]) -> str:
        """Return the lines as text, with their colours if standard output shows them."""
        buffer = io.StringIO()
        console = Console(
            file=buffer,
            width=_UNLIMITED,
            force_terminal=self._color,
            no_color=not self._color,
            color_system="standard" if self._color else None,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
        )
        for line in lines:
            line.rstrip()
            harmless = log_line(line.plain)
            console.print(line if harmless == line.plain else Text(harmless), soft_wrap=True)
        return buffer.getvalue()


def side_by_side(
    row: list[Cell], widths: list[int], gap: int, *, at_bottom: bool = False
) -> Iterator[Text]:
    """Yield the lines of a row: its cells side by side, each in its width."""
    columns = [
        [line for text in cell for line in wrapped(text, width)]
        for cell, width in zip(row, widths, strict=True)
    ]
    if at_bottom:
        height = max(map(len, columns))
        columns = [[Text()] * (height - len(lines)) + lines for lines in columns]
    for parts in zip_longest(*columns, fillvalue=Text()):
        line = Text()
        margin = 0  # no spaces at the end: in a pipe, the last width is a very large one
        for part, width in zip(parts, widths, strict=True):
            line.append(" " * margin).append_text(part)
            margin = width - cell_len(part.plain) + gap
        yield line


def wrapped(text: Text, width: int, indent: str = "") -> list[Text]:
    """Return the lines of `text`, each of at most `width` cells, with their styles."""
    lines = wrap(text.plain, width - len(indent))
    if not text.spans:
        return [Text(indent).append(line, style=text.style) for line in lines]
    bounds, end = [0], 0
    for line in lines:
        start = text.plain.index(line, end)  # behind the spaces at which the line before ends
        end = start + len(line)
        bounds += [start, end]
    parts = text.divide(bounds[1:])
    return [Text(indent).append_text(part) for part in parts[1 : 2 * len(lines) : 2]]


def _longest(column: Column, cells: Iterable[Text]) -> int:
    """Return the width of a column in which no cell is shortened."""
    return layout.natural([column.heading, *(cell.plain for cell in cells)])


def _shortest(column: Column, cells: Iterable[Text]) -> int:
    """Return the least width of a column with one line per cell. Ids are never shortened."""
    if not column.least:
        return _longest(column, cells)
    ids = [cell.plain for cell in cells if _ID.fullmatch(cell.plain)]
    floor = layout.natural([column.heading, *ids])
    return max(floor, min(_longest(column, cells), column.least))


def _floor(column: Column, cells: Iterable[Text], longest: int) -> int:
    """Return the least width of a column."""
    texts = [cell.plain for cell in cells]
    return layout.natural(texts) if column.whole else layout.comfortable(texts, longest)
