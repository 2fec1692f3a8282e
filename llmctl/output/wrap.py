"""Wrap text at natural places, and never inside a character.

Widths are in terminal cells: a CJK character takes two, a combining accent none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from rich.cells import cell_len

# Where a line may end, the best place first: after a space, then after punctuation of JSON.
_PLACES = ("(?<= )", "(?<=,)", r"(?<=[:{\[])")
_ANY_PLACE = re.compile("|".join(_PLACES))
_MARK = re.compile(r" \([^()]+\)$")
_JOINER = "\u200d"


def wrap(text: str, width: int) -> list[str]:
    """Return the lines of `text`, each of at most `width` cells."""
    return [line.rstrip(" ") for line in _fill(text, max(1, width), _PLACES)]


def shorten(text: str, width: int, ellipsis: str) -> str:
    """Return `text` in at most `width` cells, with the ellipsis for what is left out.

    A mark in parentheses at the end stays.
    """
    if cell_len(text) <= width:
        return text
    mark = _MARK.search(text)
    end = ellipsis + (mark[0] if mark and cell_len(mark[0]) <= width * 2 // 3 else "")
    left = width - cell_len(end)
    kept = ""
    for character in characters(text):
        left -= cell_len(character)
        if left < 0:
            break
        kept += character
    return kept.rstrip(" ") + end


def pieces(text: str) -> list[str]:
    """Return the pieces that `wrap` keeps whole if it can."""
    return [piece.rstrip(" ") for piece in _ANY_PLACE.split(text)]


def _fill(text: str, width: int, places: tuple[str, ...]) -> list[str]:
    if cell_len(text.rstrip(" ")) <= width:
        return [text]
    lines: list[str] = []
    parts: list[str] = []  # of the current line
    used = 0
    for piece in re.split(places[0], text) if places else characters(text):
        wide = cell_len(piece)
        if not parts or used + wide - (len(piece) - len(piece.rstrip(" "))) > width:
            *whole, last = _fill(piece, width, places[1:]) if places else [piece]
            lines += ["".join(parts), *whole] if parts else whole
            parts, used, wide = [], 0, cell_len(last)
            piece = last
        parts.append(piece)
        used += wide
    return [*lines, "".join(parts)]


def characters(text: str) -> Iterator[str]:
    """Yield user-perceived characters: with their accents; joined emoji and flags whole."""
    start = 0
    for end, (left, right) in enumerate(pairwise(text), start=1):
        if not _belong_together(left, right, end - start):
            yield text[start:end]
            start = end
    yield text[start:]


def _belong_together(left: str, right: str, length: int) -> bool:
    """Return True if `right` continues the character of the `length` code points up to `left`."""
    if _JOINER in (left, right) or "\U0001f3fb" <= right <= "\U0001f3ff":  # skin tones
        return True
    if _is_flag_half(left) and _is_flag_half(right):
        return length % 2 == 1
    return cell_len(right) == 0


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
