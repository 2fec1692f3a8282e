"""A line of small bars: the trend of a number."""

from __future__ import annotations

from collections.abc import Sequence

from llmctl.output.encoding import is_unicode

_BLOCKS, _NO_BLOCK = "▁▂▃▄▅▆▇█", "·"
_ASCII, _NO_ASCII = "_.-~=+*#", " "


def sparkline(values: Sequence[float | None]) -> str:
    """Return one character per value, from the lowest to the highest; a dot for None."""
    marks, none = (_BLOCKS, _NO_BLOCK) if is_unicode() else (_ASCII, _NO_ASCII)
    known = [value for value in values if value is not None]
    if not known:
        return ""
    lowest, span = min(known), max(known) - min(known)
    highest = len(marks) - 1

    def mark(value: float) -> str:
        return marks[round((value - lowest) / span * highest) if span else highest // 2]

    return "".join(none if value is None else mark(value) for value in values)
