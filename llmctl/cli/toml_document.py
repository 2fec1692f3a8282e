"""An object of the API as TOML to edit, and the fields that were changed in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from llmctl.api.resources import Object
from llmctl.output.sanitize import visible
from llmctl.output.text import json_text
from llmctl.project_file.toml_values import is_same, parse, to_toml
from llmctl.safe import strict_json
from llmctl.safe.secret_forms import starts_like_key

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
        texts = {name: to_toml(name, found[name]) for name in fields if name in found}
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
            if name not in self._before or not is_same(value, self._before[name])
        }
        for name in [*changes]:
            if name not in self._before and name not in self._addable:
                if name not in self._found:
                    raise BadDocumentError(f"unknown field: {visible(name)}")
                if not is_same(changes.pop(name), self._found[name]):
                    raise BadDocumentError(f"{visible(name)} is read-only here")
        if starts_like_key(strict_json.dumps(changes, ensure_ascii=False)):
            raise BadDocumentError("a field contains what looks like a secret")
        return changes

    def difference(self, changes: Object) -> tuple[str, str]:
        """Return the changed fields as TOML, as they are and as they would be."""
        before = [self._texts[name] for name in changes if name in self._texts]
        after = [to_toml(name, value) or "" for name, value in changes.items()]
        return "".join(before), "".join(after)

    def changed_since(self, now: Object) -> list[str]:
        """Return the names of the editable fields that differ in the object as it is now."""
        names = [*self._texts, *self._addable]
        return [
            name
            for name in names
            if (name in now) != (name in self._found)
            or not is_same(now.get(name), self._found.get(name))
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


def _parse(text: str) -> Object:
    """Return the values of a TOML text as JSON has them. BadDocumentError if it is not TOML."""
    try:
        return parse(text)
    except ValueError as error:
        raise BadDocumentError(f"not valid TOML: {visible(str(error))}") from None
