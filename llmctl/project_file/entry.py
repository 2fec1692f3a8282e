"""Check a table of a file against its kind, and make the entry.

Ranges, lengths and most choices are the server's to judge: they differ between servers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from llmctl.api.resources import Object
from llmctl.input.values import KEY_FIELDS
from llmctl.output.sanitize import typed
from llmctl.project_file.kinds import KINDS, Field, Kind, Type
from llmctl.project_file.model import Entry, Position, SecretSource
from llmctl.project_file.source import NO_SECRETS, Source, texts
from llmctl.project_file.toml_places import Path
from llmctl.safe.secret_forms import (
    is_uuid,
    may_be_secret,
    path_may_be_secret,
    starts_like_key,
)

# Fields of secrets, and the attributes of SecretSource.
_SECRET_FIELDS = {"api_key_env": "variable", "api_key_file": "file", "api_key_command": "command"}
_TYPES = {
    Type.STRING: (str, "text"),
    Type.INTEGER: (int, "a whole number"),
    Type.BOOLEAN: (bool, "true or false"),
    Type.ARRAY: (list, "an array"),
    Type.OBJECT: (dict, "a table"),
    Type.TIME: (str, "a time, such as 2026-01-05T09:00:00Z"),
}
# What the API refers to by ID, and the file by name.
_BY_NAME = {field.sent_as: field.name for kind in KINDS for field in kind.fields if field.sent_as}
_BY_NAME |= {
    "evaluation_id": "evaluation",
    "integration_id": "integration",
    "provider_key_id": "provider_key",
    "provider_key_name": "provider_key",
}
# Fields of responses that a kind, which takes others, does not take.
_MADE_BY_SERVER = (
    "api_key_masked",
    "created_at",
    "created_by",
    "deleted",
    "error_message",
    "last_used_at",
    "state",
    "updated_at",
)
# Names that belong in a field, and the field.
_INNER = {
    "prompt": "evaluation_config",
    "source": "evaluation_config",
    "model": "model_configuration",
    "provider": "model_configuration",
    "provider_key": "model_configuration",
}
_MISSPELT = 0.85  # as alike, or more: not a field of another server


def nearest(name: str, known: Collection[str]) -> str:
    """Return the end of a message with the nearest of the known names, if there is one."""
    close = _close(name, known, 0.6) or [each for each in known if name in each.split("_")]
    return f"; did you mean {close[0]}?" if close else ""


def required(names: Sequence[str]) -> str:
    """Return the message that names are missing."""
    *first, last = names
    return f"{', '.join(first)} and {last} are required" if first else f"{last} is required"


def _close(name: str, known: Collection[str], cutoff: float) -> list[str]:
    import difflib

    return difflib.get_close_matches(name, known, n=1, cutoff=cutoff)


class EntryReader:
    """Makes the entry of a table at a path."""

    def __init__(self, source: Source, kind: Kind, path: Path, used: Collection[Path]) -> None:
        self._source = source
        self._kind = kind
        self._path = path
        self._used = [each[len(path) :] for each in used if each[: len(path)] == path]
        self._fields = {field.name: field for field in kind.fields}
        self._has_secret = kind.table == "provider_keys"
        self._names = [
            *self._fields,
            *(() if kind.is_single else ("id",)),
            *(_SECRET_FIELDS if self._has_secret else ()),
        ]

    def read(self, table: Object) -> Entry:
        """Return the entry; what is wrong is added to the problems of the source."""
        values: Object = {}
        for name, value in table.items():
            if name in self._fields:
                values[name] = self._field(self._fields[name], value)
            elif name not in self._names and self._takes(name, self._names, self._kind.takes_more):
                values[name] = value
        self._require(table)
        if self._has_secret:
            self._refuse_keys(table)
        return Entry(
            self._kind,
            values,
            dict(self._positions(table)),
            self._id(table),
            self._secret(table) if self._has_secret else None,
            frozenset(_dotted(each[:end]) for each in self._used for end in (1, len(each))),
        )

    def _refuse(self, message: str, *path: str | int) -> None:
        self._source.refuse((*self._path, *path), message)

    def _refuse_keys(self, table: Object) -> None:
        """Refuse keys that variables put into the table."""
        for path, text in texts(table, ()):
            if starts_like_key(text):
                self._refuse(NO_SECRETS, *path)

    def _require(self, table: Object) -> None:
        missing = [each.name for each in self._kind.fields if each.is_required]
        missing = [name for name in missing if name not in table]
        if missing:
            self._refuse(required(missing))

    def _id(self, table: Object) -> str | None:
        if self._kind.is_single or "id" not in table:
            return None
        value = table["id"]
        if isinstance(value, str) and is_uuid(value):
            return value
        self._refuse("id must be a UUID", "id")
        return None

    def _secret(self, table: Object) -> SecretSource | None:
        given = {name: table[name] for name in _SECRET_FIELDS if name in table}
        for name in [*given][1:]:
            self._refuse(f"{' and '.join(given)} cannot be combined", name)
        for name, value in given.items():
            if not isinstance(value, str) or not value.strip():
                self._refuse(f"{name} must be text", name)
            elif _is_secret(name, value):
                self._refuse(NO_SECRETS, name)
            elif name == "api_key_env" and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
                self._refuse("api_key_env must be the name of an environment variable", name)
        return (
            SecretSource(**{_SECRET_FIELDS[name]: each for name, each in given.items()})
            if given
            else None
        )

    def _takes(
        self, name: str, known: Collection[str], takes_more: bool, *inside: str | int
    ) -> bool:
        """Return True for a field that is taken as it is; refuse any other."""
        if name in KEY_FIELDS:  # refused by the source
            return False
        is_extra = takes_more and not inside
        advice = self._advice(name, known) if not inside else nearest(name, known)
        if _BY_NAME.get(name) in known:
            advice = f"; write {_BY_NAME[name]} = NAME"
        elif is_extra and name == "set_as_active":
            advice = "; write [evaluation_config] active_provider_key = NAME"
        elif is_extra and name.endswith("_display"):
            advice = f"; write {typed(name.removesuffix('_display'))}"
        elif is_extra and name in _MADE_BY_SERVER:
            self._refuse(f"{name} is read-only", name)
            return False
        elif takes_more and not name.startswith("api_key_") and not _close(name, known, _MISSPELT):
            return True
        self._refuse(f"unknown field: {typed(name)}{advice}", *inside, name)
        return False

    def _advice(self, name: str, known: Collection[str]) -> str:
        """Return the end of the message that an entry has no field of this name."""
        label = self._kind.label
        if name == "name" and label:
            return f"; did you mean {label}?"
        inner = [each for each, field in _INNER.items() if field in self._fields]
        for each in _close(name, inner, _MISSPELT):
            return f"; did you mean {_INNER[each]}.{each}?"
        return nearest(name, known)

    def _field(self, field: Field, value: Any) -> Any:
        """Check the value of a field. Return it as an entry has it."""
        if value is None and field.is_nullable:
            return None
        if not self._check_type(field.type, value, field.name):
            return value
        if field.choices and value not in field.choices:
            self._refuse(f"{field.name} must be one of {', '.join(field.choices)}", field.name)
        if field.name == self._kind.label and not value.strip():
            self._refuse(f"{field.name} cannot be empty", field.name)
        if field.type is Type.ARRAY:
            return [self._element(each, field.name, index) for index, each in enumerate(value)]
        if field.name == "model_configuration":
            return self._model(value, field.name)
        if field.name == "evaluation_config":
            known = [each for each, field_name in _INNER.items() if field_name == field.name]
            for name in value:
                if name not in known:
                    self._takes(name, known, True, field.name)
        return value

    def _check_type(self, wanted: Type, value: Any, *path: str | int) -> bool:
        """Return True for a value of a type; refuse any other."""
        kind, noun = _TYPES[wanted]
        is_right = _is_integer(value) if wanted is Type.INTEGER else isinstance(value, kind)
        if wanted is Type.TIME:
            is_right = is_right and _is_time(value)
        if not is_right:
            found = _kind_of(value)
            other = f", not {found}" if wanted is not Type.TIME else ""
            self._refuse(f"{path[-1]} must be {noun}{other}", *path)
        return is_right

    def _check_texts(self, table: Object, names: Collection[str], *path: str | int) -> None:
        """Check that texts are in a table."""
        missing = [name for name in names if name not in table]
        if missing:
            self._refuse(required(missing), *path)
        for name in names:
            if name in table:
                self._check_type(Type.STRING, table[name], *path, name)

    def _element(self, value: Any, field: str, index: int) -> Any:
        """Check an element of an array of tables. Return it as an entry has it."""
        if not isinstance(value, dict):
            self._refuse(f"{field} must contain only tables", field, index)
            return value
        return self._target(value, field, index) if field == "delivery_targets" else value

    def _target(self, target: Object, *path: str | int) -> Object:
        """Check a recipient. The ID of an integration becomes text, as other references are."""
        texts = {"email": ["value"], "slack": ["channel"]}.get(str(target.get("type")), [])
        known = ["type", *texts]
        if target.get("type") == "slack":
            known.append("integration")
            if _is_integer(target.get("integration")):
                target = {**target, "integration": str(target["integration"])}
            texts = ["integration", *texts]
        if "integration_id" in target:
            texts = [name for name in texts if name != "integration"]  # it is explained
        self._check_texts(target, ["type", *texts], *path)
        for name in target:
            if name not in known:
                self._takes(name, known, True, *path)
        return target

    def _model(self, value: Object, field: str) -> Object:
        self._check_texts(value, ("provider", "model"), field)
        known = ["provider", "model", "provider_key"]
        for name in value:
            if name not in known:
                self._takes(name, known, True, field)
        if value.get("provider_key") is None:  # not pinned
            return {name: each for name, each in value.items() if name != "provider_key"}
        self._check_type(Type.STRING, value["provider_key"], field, "provider_key")
        return value

    def _positions(self, value: Any, path: Path = ()) -> Iterator[tuple[str, Position]]:
        yield _dotted(path), self._source.position((*self._path, *path))
        if isinstance(value, dict):
            for name, each in value.items():
                yield from self._positions(each, (*path, name))
        elif isinstance(value, list):
            for index, each in enumerate(value):
                yield from self._positions(each, (*path, index))


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))


def _is_secret(name: str, value: str) -> bool:
    """Return True if a secret may have been written in place of what tells where it is."""
    if name == "api_key_command":
        return len(value.split()) == 1 and path_may_be_secret(value)
    return path_may_be_secret(value) if name == "api_key_file" else may_be_secret(value)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return len(text) > len("2026-01-05")


def _kind_of(value: Any) -> str:
    """Return the type of a value in words; nothing of the value, which may be a secret."""
    if value is None:
        return "null"
    for each in (Type.BOOLEAN, Type.INTEGER, Type.STRING, Type.ARRAY, Type.OBJECT):
        kind, noun = _TYPES[each]
        if isinstance(value, kind):
            return noun
    return "a decimal number"
