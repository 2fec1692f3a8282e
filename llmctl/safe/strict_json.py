"""JSON as the standard says it, without what lenient parsers let through.

A key that stands twice, NaN and numbers beyond a double would be read differently by the next
program; nesting and digits without end would stop this one.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

MAX_DIGITS = 1000
MAX_DEPTH = 100
MAX_VALUES = 1_000_000  # that are in one text: each takes a hundred times its shortest form
_PUNCTUATION = ("[", "{", ",", ":")


class BadJSONError(ValueError):
    """Why a text is not JSON: `reason`, and `line` and `column` (from 1) where known."""

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column

    @property
    def where(self) -> str:
        """` (line L, column C)`, or nothing where it is not known."""
        return f" (line {self.line}, column {self.column})" if self.line else ""


def parse(text: str) -> Any:
    """The value of a JSON text; BadJSONError otherwise."""
    if sum(map(text.count, _PUNCTUATION)) > MAX_VALUES:  # those in its strings count as well
        raise BadJSONError(f"it may hold more than {MAX_VALUES} values")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_bounded,
        )
    except json.JSONDecodeError as error:
        raise BadJSONError(error.msg, error.lineno, error.colno) from None
    except RecursionError:
        raise BadJSONError("it is nested too deeply") from None
    _refuse_depth(value)
    return value


def _refuse_depth(value: Any) -> None:
    """What the parser's own stack still held would overflow that of the next function."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return
    raise BadJSONError("it is nested too deeply")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise BadJSONError("an object has the same key twice")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise BadJSONError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise BadJSONError("a number is too large")
    return number


def _bounded(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise BadJSONError("a number has too many digits")
    return int(digits)
