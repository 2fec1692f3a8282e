"""Commands for people to copy: broken where a shell lets a line go on."""

from __future__ import annotations

import re
from collections.abc import Iterable

WIDTH = 78


def broken(command: str, width: int = WIDTH) -> list[str]:
    """The command's lines of at most `width`, broken before options and ids alone."""
    return fill(re.split(r" (?=--?[a-z]|[0-9a-f]{8}-)", command), width)


def fill(parts: Iterable[str], width: int = WIDTH) -> list[str]:
    """Parts of a command on lines, each but the last with a backslash at its end.

    A line is longer than `width` where one part is.
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
