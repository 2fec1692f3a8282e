"""Convert JSON values to TOML and back.

TOML has no null: `"null"` stands for it, and the word itself is written with a backslash in front.
Numbers keep their digits.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from llmctl.api.resources import Object
from llmctl.output.sanitize import is_unsafe
from llmctl.project_file.toml_places import Path
from llmctl.safe import strict_json

_NULL = "null"


class Digits(str):
    """A float as written in TOML: `parse_float` for tomllib, converted by `decode`."""

    __slots__ = ()


def to_toml(name: str, value: Any) -> str | None:
    """Return a field as TOML; None if TOML cannot represent its value."""
    import tomli_w

    encoded = encode(value)
    plain = strict_json.dumps(value)
    text = tomli_w.dumps({name: encoded}, multiline_strings="\\n" in plain and "\\r" not in plain)
    text = escaped(text)
    try:
        return text if is_same(parse(text)[name], value) else None
    except ValueError:
        return None


def parse(text: str) -> Object:
    """Return the values of a TOML text as JSON values.

    ValueError if it is not TOML, or JSON cannot represent a value.
    """
    import tomllib

    try:
        found = tomllib.loads(text.replace("\r\n", "\n"), parse_float=Digits)
        # JSON has limits of its own, such as that of nesting.
        decoded: Object = strict_json.parse(strict_json.dumps(decode(found)))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return decoded


def encode(value: Any) -> Any:
    """Return a JSON value for a TOML writer."""
    if value is None:
        return _NULL
    if isinstance(value, str):
        return f"\\{value}" if re.fullmatch(rf"\\*{_NULL}", value) else value
    if isinstance(value, strict_json.Number):
        return Decimal(str(value))
    if isinstance(value, list):
        return [encode(each) for each in value]
    if isinstance(value, dict):
        return {key: encode(each) for key, each in value.items()}
    return value


def decode(value: Any, path: Path = (), refuse: Callable[[Path, str], None] | None = None) -> Any:
    """Return the JSON value of what tomllib read at a path; times become strings.

    `refuse` is called for values that JSON cannot represent; without it, they raise ValueError.
    """
    if isinstance(value, Digits):
        try:
            return _number(value)
        except ValueError as error:
            if refuse is None:
                raise
            refuse(path, str(error))
            return None
    if value == _NULL:
        return None
    if isinstance(value, str):
        return value[1:] if re.fullmatch(rf"\\+{_NULL}", value) else value
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list):
        return [decode(each, (*path, index), refuse) for index, each in enumerate(value)]
    if isinstance(value, dict):
        return {key: decode(each, (*path, key), refuse) for key, each in value.items()}
    return value


def escaped(toml: str) -> str:
    """Return the same TOML with characters escaped that could mislead a reader."""
    return re.sub(r"[^ -~\n\t]", _escape, toml)


def is_same(one: Any, other: Any) -> bool:
    """Return True if two JSON values are equal; 1, 1.0 and true are different."""
    return _plain(one) == _plain(other)


def _number(digits: Digits) -> Any:
    text = digits.replace("_", "").removeprefix("+")
    if text.lstrip("-") in ("nan", "inf"):
        raise ValueError(f"{text} is not a JSON number")
    return strict_json.parse(text)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return f"\\U{ord(character):08x}" if is_unsafe(character) else character


def _plain(value: Any) -> str:
    return strict_json.dumps(value, sort_keys=True)
