"""Commands to copy and paste, wrapped with backslashes as shells accept them."""

from __future__ import annotations

import re
from collections.abc import Iterable

WIDTH = 78


def broken(command: str, width: int = WIDTH) -> list[str]:
    """Return the command in lines of at most `width`, broken only before options and ids."""
    return fill(re.split(r" (?=--?[a-z]|[0-9a-f]{8}-)", command), width)


def fill(parts: Iterable[str], width: int = WIDTH) -> list[str]:
    """Join the parts of a command into lines; all but the last end with a backslash.

    A line is longer than `width` only if a single part is.
    """
    first, *rest = parts
    lines = [first]
    for number, part in enumerate(rest, start=1):
        room = width if number == len(rest) else width - len(" \\")
        if len(f"{lines[-1]} {part}".split("\n")[0]) > room:
            lines[-1] += " \\"
            lines.append("   ")
        lines[-1] += f" {part}"
    return lines
