"""Strict JSON: RFC 8259, without the leniency of `json.loads`, and with numbers unchanged.

Duplicate keys, NaN, and numbers beyond a double could be read differently by other programs;
unlimited nesting and digits would exhaust this one.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable
from typing import Any, NoReturn

MAX_DIGITS = 1000
MAX_DEPTH = 100
MAX_VALUES = 1_000_000  # in one text: each may take a hundred times the memory of its text
_PUNCTUATION = ("[", "{", ",", ":")
_MARK = os.urandom(16).hex()  # no string of a server or a user contains it
_MARKED = re.compile(f'"{_MARK}([^"]*)"')


class BadJSONError(ValueError):
    """A text is not JSON. `line` and `column` count from 1; None if unknown."""

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column

    @property
    def where(self) -> str:
        """` (line L, column C)`, or an empty text if unknown."""
        return f" (line {self.line}, column {self.column})" if self.line else ""


class Number:
    """A number that Python would write differently: `1E5`, `-0`, `0.1234567890123456789`.

    `dumps` and `str` write it unchanged. It compares and hashes as a float.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    __repr__ = __str__

    def __float__(self) -> float:
        return float(self._text)

    def __eq__(self, other: object) -> bool:
        return float(self) == (float(other) if isinstance(other, Number) else other)

    def __hash__(self) -> int:
        return hash(float(self))


def dumps(value: Any, *, default: Callable[[Any], Any] = str, **options: Any) -> str:
    """Return JSON text. `default` and `options` are those of `json.dumps`."""

    def encode(item: Any) -> Any:
        return f"{_MARK}{item}" if isinstance(item, Number) else default(item)

    text = json.dumps(value, default=encode, **options)
    return _MARKED.sub(r"\1", text) if _MARK in text else text


def parse(text: str) -> Any:
    """Return the value of a JSON text, or raise BadJSONError."""
    if sum(map(text.count, _PUNCTUATION)) > MAX_VALUES:  # also counts those inside strings
        raise BadJSONError(f"it may contain more than {MAX_VALUES} values")
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
    """Refuse nesting that the parser can handle, but later recursive functions cannot."""
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


def _finite(digits: str) -> float | Number:
    number = float(digits)
    if not math.isfinite(number):
        raise BadJSONError("a number is too large")
    return number if repr(number) == digits else Number(digits)


def _bounded(digits: str) -> int | Number:
    if len(digits) > MAX_DIGITS:
        raise BadJSONError("a number has too many digits")
    return Number(digits) if digits == "-0" else int(digits)
