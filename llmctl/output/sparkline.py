"""A line of small bars: how a number develops."""

from __future__ import annotations

import sys
from collections.abc import Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII = "_.-~=+*#"


def sparkline(values: Sequence[float | None]) -> str:
    """Return one character per value, from the lowest to the highest; a space for None."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    marks = _BLOCKS if encoding.startswith("utf") else _ASCII
    known = [value for value in values if value is not None]
    if not known:
        return ""
    lowest, span = min(known), max(known) - min(known)
    highest = len(marks) - 1

    def mark(value: float) -> str:
        return marks[round((value - lowest) / span * highest) if span else highest // 2]

    return "".join(" " if value is None else mark(value) for value in values)
