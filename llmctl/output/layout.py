"""How wide the columns of a table get when the screen is narrower than the data."""

from __future__ import annotations

from rich.cells import cell_len

from llmctl.output.wrap import pieces

GAP = 2
# Words up to the first length, an id for instance, are kept whole if there is room; if not, those
# up to the second.
KEPT_WHOLE = (40, 12)
_NARROW = 6


def natural(column: list[str]) -> int:
    """How wide a column is if nothing in it is wrapped."""
    return max(map(cell_len, column), default=0)


def comfortable(column: list[str], longest: int) -> int:
    """How narrow a column may get before a word in it breaks that is not longer than `longest`."""
    words = [cell_len(piece) for text in column for piece in pieces(text)]
    return max([_NARROW, *(length for length in words if length <= longest)])


def total(widths: list[int], gap: int = GAP) -> int:
    """The width of a table with such columns."""
    return sum(widths) + gap * (len(widths) - 1)


def stacked(floors: list[int], whole: list[bool]) -> list[int]:
    """The floors if the first two columns share one; only what is `whole` asks for room there."""
    if len(floors) < 3:
        return floors
    pair = [floor for floor, is_whole in zip(floors[:2], whole, strict=False) if is_whole]
    return [max(pair, default=_NARROW), *floors[2:]]


def fit(widths: list[int], floors: list[int], width: int) -> tuple[list[int], int]:
    """Widths that fit into `width`, and the gap between them.

    The widest column gives first, none below its floor; then the gaps.
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
