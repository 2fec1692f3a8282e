"""A line of small bars: the trend of a number."""

from __future__ import annotations

import sys
from collections.abc import Sequence

_BLOCKS, _NO_BLOCK = "▁▂▃▄▅▆▇█", "·"
_ASCII, _NO_ASCII = "_.-~=+*#", " "


def sparkline(values: Sequence[float | None]) -> str:
    """Return one character per value, from the lowest to the highest; a dot for None."""
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    is_unicode = encoding.startswith("utf")
    marks, none = (_BLOCKS, _NO_BLOCK) if is_unicode else (_ASCII, _NO_ASCII)
    known = [value for value in values if value is not None]
    if not known:
        return ""
    lowest, span = min(known), max(known) - min(known)
    highest = len(marks) - 1

    def mark(value: float) -> str:
        return marks[round((value - lowest) / span * highest) if span else highest // 2]

    return "".join(none if value is None else mark(value) for value in values)
