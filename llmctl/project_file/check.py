"""Check the tables of a file against the kinds, and make its entries.

Ranges, lengths and most choices are the server's to judge: they differ between servers.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from llmctl.api.resources import Object
from llmctl.input.values import KEY_FIELDS
from llmctl.output.sanitize import typed
from llmctl.output.text import json_text
from llmctl.project_file.kinds import KINDS, Field, Kind, Type
from llmctl.project_file.model import Entry, Position, SecretSource
from llmctl.project_file.source import NO_SECRETS, Source
from llmctl.project_file.toml_places import Path
from llmctl.safe.secret_forms import is_uuid, may_be_secret, path_may_be_secret

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
_ALIKE = 0.8  # a field that is one of another server's is not a misspelt one


def nearest(name: str, known: Iterable[str], alike: float = 0.6) -> str:
    """Return the end of a message with the nearest of the known names, if there is one."""
    for each in difflib.get_close_matches(name, known, n=1, cutoff=alike):
        return f"; did you mean {each}?"
    return ""


def read_tables(
    sources: Sequence[Source], variables: Sequence[Collection[Path]]
) -> tuple[tuple[Entry, ...], frozenset[str]]:
    """Return the entries of all sources, kind by kind, and the names of the tables.

    `variables` are the paths in each source where a variable stood. What is wrong is added to the
    problems of the sources.
    """
    entries: list[Entry] = []
    tables = set()
    for kind in KINDS:
        found: list[tuple[Source, Path, Entry]] = []
        for source, used in zip(sources, variables, strict=True):
            if kind.table in source.values:
                tables.add(kind.table)
                found += _read_table(source, kind, used)
        _refuse_duplicates(kind, found)
        entries += [entry for _, _, entry in found]
    return tuple(entries), frozenset(tables)


def _read_table(
    source: Source, kind: Kind, used: Collection[Path]
) -> Iterator[tuple[Source, Path, Entry]]:
    value, path = source.values[kind.table], (kind.table,)
    if kind.is_single:
        if isinstance(value, dict):
            yield source, path, _EntryReader(source, kind, path, used).read(value)
        else:
            source.refuse(path, f"{kind.table} must be a table: [{kind.table}]")
        return
    if not isinstance(value, list):
        source.refuse(path, f"{kind.table} must be an array of tables: [[{kind.table}]]")
        return
    for index, each in enumerate(value):
        at = (kind.table, index)
        if isinstance(each, dict):
            yield source, at, _EntryReader(source, kind, at, used).read(each)
        else:
            source.refuse(at, f"each of {kind.table} must be a table")


def _refuse_duplicates(kind: Kind, found: Iterable[tuple[Source, Path, Entry]]) -> None:
    """Refuse a second entry of the same object: the same name without IDs, or the same ID."""
    names: dict[str, list[tuple[str | None, Position]]] = {}
    ids: dict[str, Position] = {}
    for source, path, entry in found:
        label = entry.values.get(kind.label, "" if kind.is_single else None)
        if not isinstance(label, str):
            continue
        at = (*path, kind.label) if kind.label else path
        here = source.position(at)
        shown = f"{kind.table} {json_text(label, indent=None)}" if label else f"[{kind.table}]"
        others = names.setdefault(label.strip(), [])
        if entry.id is not None and entry.id.lower() in ids:
            source.refuse((*path, "id"), f"the same id as in {ids[entry.id.lower()]}")
        elif others and (entry.id is None or others[0][0] is None):
            advice = "" if kind.is_single else "; where a name is not unique, each needs its id"
            source.refuse(at, f"{shown} is there twice; first in {others[0][1]}{advice}")
        others.append((entry.id, here))
        if entry.id is not None:
            ids.setdefault(entry.id.lower(), here)


class _EntryReader:
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
        values: Object = {}
        for name, value in table.items():
            if name in self._fields:
                values[name] = self._field(self._fields[name], value)
            elif name not in self._names and self._takes(name, self._names, self._kind.takes_more):
                values[name] = value
        self._require(table)
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

    def _require(self, table: Object) -> None:
        missing = [each.name for each in self._kind.fields if each.is_required]
        missing = [name for name in missing if name not in table]
        if missing:
            self._refuse(f"{', '.join(missing)}: required in {self._kind.table}")

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
        where = (*inside, name)
        if name in KEY_FIELDS:  # refused by the source
            return False
        if _BY_NAME.get(name) in known:
            self._refuse(f"{name}: write {_BY_NAME[name]} = NAME", *where)
        elif takes_more and not inside and name == "set_as_active":
            self._refuse("set_as_active: write [evaluation_config] active_provider_key", *where)
        elif takes_more and not inside and name in _MADE_BY_SERVER:
            self._refuse(f"{name} is set by the server", *where)
        elif takes_more and not inside and name.endswith("_display"):
            self._refuse(f"{typed(name)}: write {typed(name.removesuffix('_display'))}", *where)
        elif takes_more and not name.startswith("api_key_") and not nearest(name, known, _ALIKE):
            return True
        else:
            self._refuse(
                f"{self._kind.table} has no field {typed(name)}{nearest(name, known)}", *where
            )
        return False

    def _field(self, field: Field, value: Any) -> Any:
        """Check the value of a field. Return it as an entry has it."""
        if value is None and field.is_nullable:
            return None
        if not self._check_type(field.type, value, field.name):
            return value
        if field.choices and value not in field.choices:
            self._refuse(f"{field.name} must be {' or '.join(field.choices)}", field.name)
        if field.name == self._kind.label and not value.strip():
            self._refuse(f"{field.name} cannot be empty", field.name)
        if field.type is Type.ARRAY:
            for index, each in enumerate(value):
                if not isinstance(each, dict):
                    self._refuse(f"each of {field.name} must be a table", field.name, index)
                elif field.name == "delivery_targets":
                    self._check_target(each, field.name, index)
        if field.name == "model_configuration":
            return self._model(value, field.name)
        return value

    def _check_type(self, wanted: Type, value: Any, *path: str | int) -> bool:
        """Return True for a value of a type; refuse any other."""
        kind, noun = _TYPES[wanted]
        is_right = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if is_right and wanted is Type.TIME:
            is_right = _is_time(value)
        if not is_right:
            self._refuse(f"{path[-1]} must be {noun}, not {_kind_of(value)}", *path)
        return is_right

    def _check_parts(self, value: Object, required: Collection[str], *path: str | int) -> None:
        """Check that texts are there in a table."""
        missing = [name for name in required if name not in value]
        if missing:
            self._refuse(f"{', '.join(missing)}: required in {path[0]}", *path)
        for name in required:
            if name in value:
                self._check_type(Type.STRING, value[name], *path, name)

    def _check_target(self, target: Object, *path: str | int) -> None:
        match target.get("type"):
            case "email":
                self._check_parts(target, ("value",), *path)
                known = ["type", "value"]
            case "slack":
                self._check_parts(target, ("channel",), *path)
                known = ["type", "integration", "channel"]
                name = target.get("integration")
                if name is None and "integration_id" not in target:
                    self._refuse("integration: required in delivery_targets", *path)
                elif name is not None and (isinstance(name, bool) or not isinstance(name, int)):
                    self._check_type(Type.STRING, name, *path, "integration")
            case _:
                self._check_parts(target, ("type",), *path)
                return
        for name in target.keys() - {*known}:
            self._takes(name, known, True, *path)

    def _model(self, value: Object, field: str) -> Object:
        self._check_parts(value, ("provider", "model"), field)
        known = ["provider", "model", "provider_key"]
        for name in value.keys() - {*known}:
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
