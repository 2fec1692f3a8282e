"""Differences for people: of two texts, and in colours."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from llmctl.output.color import wants_color
from llmctl.output.messages import note
from llmctl.output.sanitize import log_line, visible

RED, GREEN, YELLOW, BOLD, DIM = 31, 32, 33, 1, 2
_STYLES = {"-": RED, "+": GREEN}
GAP = "@@"  # stands for lines that are the same


def difference_lines(before: str, after: str, *, context: int = 3) -> Iterator[str]:
    """Yield the lines that differ, and some lines around them, as `diff -u` does.

    Each begins with `-`, `+` or a space; GAP is between parts that are far from each other.
    """
    import difflib

    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=context)
    for number, line in enumerate(lines):
        if number > 2 or (number == 2 and not line.startswith(GAP)):  # the names of files
            yield GAP if line.startswith(GAP) else line


def show_difference(before: str, after: str) -> None:
    """Print the difference of two texts on standard error."""
    for line in difference_lines(before, after):
        if line != GAP:
            note(line, wrap=False, style=_STYLES.get(line[0]))


def styled_text(lines: Iterable[tuple[str, int | None]]) -> str:
    """Return lines with their styles, the numbers of escape sequences, for standard output.

    The lines may come from anywhere: they are made safe. Without colours, the text is plain.
    """
    has_color = wants_color(is_terminal=sys.stdout.isatty())
    shown = []
    for text, style in lines:
        line = log_line(visible(text.expandtabs(4)))
        shown.append(f"\x1b[{style}m{line}\x1b[0m" if has_color and style and line else line)
    return "".join(f"{line}\n" for line in shown)
