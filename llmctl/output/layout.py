"""Column widths for a table that is wider than the terminal. Widths are in terminal cells."""

from __future__ import annotations

from rich.cells import cell_len

from llmctl.output.wrap import pieces

GAP = 2
# Words up to the first length, such as ids, are not broken. If there is no room for that, the
# second length applies.
KEPT_WHOLE = (40, 12)
_NARROW = 6


def natural(column: list[str]) -> int:
    """Return the width of a column without any wrapping."""
    return max(map(cell_len, column), default=0)


def comfortable(column: list[str], longest: int) -> int:
    """Return the least width that breaks no word of at most `longest` cells."""
    words = [cell_len(piece) for text in column for piece in pieces(text)]
    return max([_NARROW, *(length for length in words if length <= longest)])


def total(widths: list[int], gap: int = GAP) -> int:
    """Return the width of a table with columns of these widths."""
    return sum(widths) + gap * (len(widths) - 1)


def stacked(floors: list[int], whole: list[bool]) -> list[int]:
    """Return the least widths if the first two columns are stacked in one.

    Only columns that are `whole` count for the width of that one.
    """
    if len(floors) < 3:
        return floors
    pair = [floor for floor, is_whole in zip(floors[:2], whole, strict=False) if is_whole]
    return [max(pair, default=_NARROW), *floors[2:]]


def fit(widths: list[int], floors: list[int], width: int) -> tuple[list[int], int]:
    """Return column widths for a table of at most `width`, if possible, and the gap between them.

    The widest column shrinks first, none below its floor; the gap shrinks last.
    """
    fitted = _shrink(widths, floors, width, GAP)
    if total(fitted) <= width:
        return fitted, GAP
    return _shrink(widths, floors, width, 1), 1


def _shrink(widths: list[int], floors: list[int], width: int, gap: int) -> list[int]:
    shrunk = [max(floor, min(own, width)) for own, floor in zip(widths, floors, strict=True)]
    while total(shrunk, gap) > width:
        spare = [(own, index) for index, own in enumerate(shrunk) if own > floors[index]]
        if not spare:
            break
        shrunk[max(spare)[1]] -= 1
    return shrunk
