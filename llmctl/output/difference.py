"""The difference between two texts, on standard error."""

from __future__ import annotations

import sys

from llmctl.output.color import wants_color
from llmctl.output.messages import note

_COLORS = {"-": "\x1b[31m", "+": "\x1b[32m"}


def show_difference(before: str, after: str) -> None:
    """Print the lines that differ, and three lines around them, as `diff -u` does."""
    import difflib

    is_colored = wants_color(is_terminal=sys.stderr is not None and sys.stderr.isatty())
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="")
    for line in list(lines)[2:]:  # without the names of files
        if not line.startswith("@@"):
            note(line, wrap=False, color=_COLORS.get(line[0], "") if is_colored else "")
