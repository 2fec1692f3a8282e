"""An object of the API as TOML to edit, and the fields that were changed in it.

TOML has no null: `"null"` stands for it, and the word itself gets a backslash in front.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from llmctl.output.sanitize import is_unsafe, visible
from llmctl.output.text import json_text
from llmctl.safe import strict_json
from llmctl.safe.secret_forms import starts_like_key

Object = dict[str, Any]

_NULL = "null"
_INTRODUCTION = """\
# Save and close the editor to see the difference. Nothing is sent before you
# confirm it. A field that you delete stays as it is. Null is written "null"
# (and the word null "\\\\null")."""


class BadDocumentError(ValueError):
    """The edited text cannot be used; the message says why."""


class Document:
    """The text of an object: `fields` to edit, everything else as comments.

    `fields` maps names to comments on their values. `title` names the object in the first line.
    """

    def __init__(self, title: str, found: Object, fields: Mapping[str, str]) -> None:
        texts = {name: _to_toml(name, found[name]) for name in fields if name in found}
        self._found = found
        self._texts = {name: text for name, text in texts.items() if text is not None}
        # Compared as they are read back: numbers may be written differently.
        self._before = _parse("\n".join(_tables_last(self._texts.values())))
        self._addable = fields.keys() - texts.keys()
        self.text = self._render(title, fields)

    def changes(self, text: str) -> Object:
        """Return the fields that differ from the object. BadDocumentError if the text is unusable.

        The texts of keys are refused: they were pasted in the wrong place.
        """
        changes = {
            name: value
            for name, value in _parse(text).items()
            if name not in self._before or not _is_same(value, self._before[name])
        }
        for name in [*changes]:
            if name not in self._before and name not in self._addable:
                if name not in self._found:
                    raise BadDocumentError(f"unknown field: {visible(name)}")
                if not _is_same(changes.pop(name), self._found[name]):
                    raise BadDocumentError(f"{visible(name)} is read-only here")
        if starts_like_key(strict_json.dumps(changes, ensure_ascii=False)):
            raise BadDocumentError("a field contains what looks like a secret")
        return changes

    def difference(self, changes: Object) -> tuple[str, str]:
        """Return the changed fields as TOML, as they are and as they would be."""
        before = [self._texts[name] for name in changes if name in self._texts]
        after = [_to_toml(name, value) or "" for name, value in changes.items()]
        return "".join(before), "".join(after)

    def changed_since(self, now: Object) -> list[str]:
        """Return the names of the editable fields that differ in the object as it is now."""
        names = [*self._texts, *self._addable]
        return [
            name
            for name in names
            if (name in now) != (name in self._found)
            or not _is_same(now.get(name), self._found.get(name))
        ]

    def _render(self, title: str, fields: Mapping[str, str]) -> str:
        fixed = [
            f"#   {visible(name)} = {json_text(value, indent=None)}"
            for name, value in self._found.items()
            if name not in self._texts
        ]
        head = "\n".join([f"# {visible(title)}", "#", _INTRODUCTION, "#", "# Read-only:", *fixed])
        blocks = [
            "".join(f"# {line}\n" for line in fields[name].splitlines()) + text
            for name, text in self._texts.items()
        ]
        return "\n".join([f"{head}\n", *_tables_last(blocks)])


def _tables_last(blocks: Iterable[str]) -> list[str]:
    """Return the fields in an order that TOML can hold: what follows a table belongs to it."""
    return sorted(blocks, key=lambda block: re.search(r"^\[", block, re.MULTILINE) is not None)


def _to_toml(name: str, value: Any) -> str | None:
    """Return a field as TOML; None if TOML cannot hold its value."""
    import tomli_w

    encoded = _encode(value)
    plain = strict_json.dumps(value)
    text = tomli_w.dumps({name: encoded}, multiline_strings="\\n" in plain and "\\r" not in plain)
    text = re.sub(r"[^ -~\n\t]", _escape, text)
    try:
        return text if _is_same(_parse(text)[name], value) else None
    except BadDocumentError:
        return None


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return f"\\U{ord(character):08x}" if is_unsafe(character) else character


def _encode(value: Any) -> Any:
    if value is None:
        return _NULL
    if isinstance(value, str):
        return f"\\{value}" if re.fullmatch(rf"\\*{_NULL}", value) else value
    if isinstance(value, strict_json.Number):
        return Decimal(str(value))
    if isinstance(value, list):
        return [_encode(each) for each in value]
    if isinstance(value, dict):
        return {key: _encode(each) for key, each in value.items()}
    return value


def _decode(value: Any) -> Any:
    if value == _NULL:
        return None
    if isinstance(value, str):
        return value[1:] if re.fullmatch(rf"\\+{_NULL}", value) else value
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list):
        return [_decode(each) for each in value]
    if isinstance(value, dict):
        return {key: _decode(each) for key, each in value.items()}
    return value


def _parse(text: str) -> Object:
    """Return the values of a TOML text as JSON has them. BadDocumentError if it is not TOML."""
    import tomllib

    try:
        found = tomllib.loads(text.replace("\r\n", "\n"), parse_float=_number)
        # JSON has limits of its own, such as that of nesting.
        decoded: Object = strict_json.parse(strict_json.dumps(_decode(found)))
    except RecursionError:
        raise BadDocumentError("it is nested too deeply") from None
    except ValueError as error:  # TOMLDecodeError and BadJSONError as well
        raise BadDocumentError(f"not valid TOML: {visible(str(error))}") from None
    return decoded


def _number(digits: str) -> Any:
    return strict_json.parse(digits.replace("_", "").removeprefix("+"))


def _is_same(one: Any, other: Any) -> bool:
    """Return True if two JSON values are equal; 1, 1.0 and true are different."""
    return _plain(one) == _plain(other)


def _plain(value: Any) -> str:
    return strict_json.dumps(value, sort_keys=True)
