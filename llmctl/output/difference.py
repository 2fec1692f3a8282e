"""The difference between two texts, on standard error."""

from __future__ import annotations

from llmctl.output.messages import note

_STYLES = {"-": 31, "+": 32}  # red, green


def show_difference(before: str, after: str) -> None:
    """Print the lines that differ, and three lines around them, as `diff -u` does."""
    import difflib

    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="")
    for line in list(lines)[2:]:  # without the names of files
        if not line.startswith("@@"):
            note(line, wrap=False, style=_STYLES.get(line[0]))
