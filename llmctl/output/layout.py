"""How wide the columns of a table get when the screen is narrower than the data."""

from __future__ import annotations

from rich.cells import cell_len

GAP = 2
_SHORT_WORD = 12  # a word of this length is kept whole while there is any room
_NARROW = 6


def natural(column: list[str]) -> int:
    """How wide a column is if nothing in it is wrapped."""
    return max((cell_len(line) for text in column for line in text.split("\n")), default=0)


def comfortable(column: list[str]) -> int:
    """How narrow a column may get before a short word in it breaks."""
    words = [cell_len(word) for text in column for word in text.split()]
    return max([_NARROW, *(length for length in words if length <= _SHORT_WORD)])


def total(widths: list[int], gap: int = GAP) -> int:
    """The width of a table with such columns."""
    return sum(widths) + gap * (len(widths) - 1)


def fit(widths: list[int], floors: list[int], width: int) -> tuple[list[int], int]:
    """Widths that fit into `width`, and the gap between them.

    The widest column gives first, none below its floor; then the gaps. What is still too wide
    stays so: a terminal wraps it in one place, where columns of one letter wrap in all.
    """
    fitted = _shrink(widths, floors, width, GAP)
    if total(fitted) <= width:
        return fitted, GAP
    return _shrink(widths, floors, width, 1), 1


def _shrink(widths: list[int], floors: list[int], width: int, gap: int) -> list[int]:
    shrunk = list(widths)
    while total(shrunk, gap) > width:
        spare = [(own, index) for index, own in enumerate(shrunk) if own > floors[index]]
        if not spare:
            break
        shrunk[max(spare)[1]] -= 1
    return shrunk
