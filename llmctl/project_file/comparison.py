"""Compare values in the file with those on the server, by each field's comparison.

References in the values must be in the same form on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from llmctl.api.compare import as_number, as_time
from llmctl.project_file.kinds import Comparison, Field
from llmctl.project_file.model import ABSENT


class Part(NamedTuple):
    """A difference at its deepest path, such as `evaluation_config.prompt`."""

    path: str
    old: Any
    new: Any


def differs(field: Field, old: Any, new: Any) -> bool:
    """Return True if the values of the server and the file differ; `old` may be ABSENT."""
    return next(parts(field, old, new), None) is not None


def parts(field: Field, old: Any, new: Any) -> Iterator[Part]:
    """Yield the differences. Arrays of different lengths differ as a whole."""
    if field.comparison is Comparison.INSTANT and isinstance(old, str) and isinstance(new, str):
        moment = as_time(new)
        if moment is not None and moment == as_time(old):
            return
    old = normalized(field, old)
    new = normalized(field, new)
    is_text = field.comparison in (Comparison.TEXT, Comparison.MERGED)
    keeps_rest = field.comparison is Comparison.MERGED
    yield from _parts(field.name, old, new, is_text=is_text, keeps_rest=keeps_rest)


def normalized(field: Field, value: Any) -> Any:
    """Return a value without the fields that servers add, and with their defaults filled in."""
    if field.made_by_server and isinstance(value, dict):
        return {key: each for key, each in value.items() if key not in field.made_by_server}
    if (field.made_by_server or field.defaults) and isinstance(value, list):
        return [
            dict(field.defaults)
            | {key: each for key, each in element.items() if key not in field.made_by_server}
            if isinstance(element, dict)
            else element
            for element in value
        ]
    return value


def _parts(path: str, old: Any, new: Any, *, is_text: bool, keeps_rest: bool) -> Iterator[Part]:
    """Yield the differences of two values.

    `is_text`: ignore space around text. `keeps_rest`: ignore fields that only the server has. Null
    equals no value; in objects that servers fill in, so does false.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        more = [] if keeps_rest else [key for key in old if key not in new]
        for key in [*new, *more]:
            before, after = old.get(key, ABSENT), new.get(key, ABSENT)
            if keeps_rest and before is ABSENT and after is False:
                continue  # an option that is off, and unknown to this server
            yield from _parts(
                f"{path}.{key}", before, after, is_text=is_text, keeps_rest=keeps_rest
            )
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _parts(f"{path}[{number}]", before, after, is_text=is_text, keeps_rest=False)
    elif not _is_same(old, new, is_text=is_text):
        yield Part(path, old, new)


def _is_same(old: Any, new: Any, *, is_text: bool) -> bool:
    if old in (None, ABSENT) or new in (None, ABSENT):
        return old in (None, ABSENT) and new in (None, ABSENT)
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, str) and isinstance(new, str):
        return old.strip() == new.strip() if is_text else old == new
    if isinstance(old, str) or isinstance(new, str):
        return False
    one, other = as_number(old), as_number(new)
    if one is None or other is None:
        return bool(old == new)
    are_whole = isinstance(old, int) and isinstance(new, int)
    # Databases store no more digits of a fraction than a float has.
    return one == other or (not are_whole and float(one) == float(other))
