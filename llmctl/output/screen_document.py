"""A document on a screen, wrapped at its width. A pipe gets the same lines unwrapped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.text import Text

from llmctl.output.cells import value_cell
from llmctl.output.document import Bar
from llmctl.output.layout import GAP, natural
from llmctl.output.markdown import markdown_lines
from llmctl.output.sanitize import visible
from llmctl.output.table import Screen, wrapped
from llmctl.output.wrap import shorten

_BAR, _SHORTEST = 24, 8  # cells of a bar of 100 percent
_SHARE = 8  # cells of a percentage, with a gap before it
_INDENT = "  "


class ScreenDocument:
    """A `Document` as plain text, with colours if standard output shows them."""

    def __init__(self) -> None:
        self._screen = Screen()
        self._lines: list[Text] = []
        self._is_below_heading = False

    def text(self) -> str:
        """Return the document, with a line end."""
        return self._screen.render(self._lines)

    def title(self, text: str) -> None:
        """Add the title."""
        self._add(wrapped(Text(visible(text), "bold"), self._screen.width))

    def heading(self, text: str) -> None:
        """Add the heading of a section, with a line below it."""
        lines = wrapped(Text(visible(text), "bold"), self._screen.width)
        width = max((cell_len(line.plain) for line in lines), default=0)
        self._add([*lines, Text(self._screen.rule * width, "dim")])
        self._is_below_heading = True

    def problem(self, heading: str, details: Iterable[str]) -> None:
        """Add something that went wrong, and the details, one line each."""
        width = self._screen.width
        lines = wrapped(Text(visible(heading), "bold red"), width)
        for text in details:
            lines += wrapped(Text(visible(text), "red"), width, _INDENT)
        self._add(lines)

    def fields(self, fields: Iterable[tuple[str, object]]) -> None:
        """Add the names of fields and their values; a time is shown in the local zone."""
        pairs = ((name.replace("_", " "), value_cell(name, value)) for name, value in fields)
        self._add(list(self._screen.fields(pairs)))

    def bars(self, bars: Sequence[Bar]) -> None:
        """Add a bar chart."""
        numbers = ["" if bar.number is None else str(bar.number) for bar in bars]
        room = self._screen.width - natural(numbers) - _SHARE - 2 * GAP  # for labels and bars
        longest = max(_SHORTEST, room - _SHORTEST)
        labels = [shorten(visible(bar.label), longest, self._screen.ellipsis) for bar in bars]
        label_width = natural(labels)
        bar_width = max(_SHORTEST, min(room - label_width, _BAR))
        lines = []
        for bar, label, number in zip(bars, labels, numbers, strict=True):
            line = Text(label).append(" " * (label_width - cell_len(label) + GAP))
            drawn = "" if bar.percent is None else self._bar(bar.percent, bar_width)
            share = "" if bar.percent is None else f"{bar.percent:.1f}%"
            line.append(f"{drawn:<{bar_width}}", bar.style)
            gap = " " * GAP
            lines.append(line.append(f"{share:>{_SHARE}}{gap}{number:>{natural(numbers)}}"))
        self._add(lines)

    def markdown(self, text: str) -> None:
        """Add a text in Markdown."""
        self._add(markdown_lines(text, self._screen))

    def numbered(self, texts: Iterable[str]) -> None:
        """Add a numbered list."""
        lines: list[Text] = []
        for number, text in enumerate(texts, start=1):
            mark = f"{number}. "
            found = wrapped(Text(visible(text)), self._screen.width, " " * len(mark))
            found[0] = Text(mark).append_text(found[0][len(mark) :])
            lines += found
        self._add(lines)

    def _bar(self, percent: float, width: int) -> str:
        eighths = round(max(0.0, min(percent, 100.0)) / 100 * width * 8)
        if not self._screen.is_unicode:
            return "#" * round(eighths / 8)
        return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()

    def _add(self, lines: Sequence[Text]) -> None:
        if self._lines and lines and not self._is_below_heading:
            self._lines.append(Text())
        self._lines += lines
        self._is_below_heading = False
