"""Values of the file as requests send them: references by ID, and fields by their API names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from llmctl.api.compare import compare, same
from llmctl.api.provider_fields import provider_fields
from llmctl.api.resources import EVALUATION_DIRECTORIES, SLACK_INTEGRATIONS, Object
from llmctl.errors import UsageError
from llmctl.project_file.kinds import BY_TABLE, Comparison, Field, Kind
from llmctl.project_file.model import Entry, Project
from llmctl.rotation.tag import read_name

_READ_ONLY = ("provider_key", "provider_key_name")  # of a model configuration


class NewId(NamedTuple):
    """Stands for the ID of an object that is still to be created."""

    table: str
    name: str

    def __str__(self) -> str:
        return f"ID_OF_NEW_{BY_TABLE[self.table].resource.noun.upper().replace(' ', '_')}"


@dataclass(frozen=True)
class References:
    """The IDs of what the file refers to, in a project. `new` are the objects to be created."""

    project: Project
    new: frozenset[tuple[str, str]] = frozenset()

    def resolve(self, table: str, text: str) -> str | NewId:
        """Return the ID of the object with this name or ID.

        UsageError if there is none, or several.
        """
        resource = _REFERRED.get(table) or BY_TABLE[table].resource
        if resource.is_id(text):
            return text
        found = {id for id, name in self._named(table) if name.strip() == text.strip()}
        if len(found) == 1:
            return found.pop()
        if found:
            raise UsageError(f"several {resource.noun}s are named {text!r}: give an ID")
        if (table, text.strip()) in self.new:
            return NewId(table, text.strip())
        raise UsageError(f"the project has no {resource.noun} {text!r}")

    def _named(self, table: str) -> Iterable[tuple[str, str]]:
        if table in _REFERRED:
            return self.project.references.get(table, {}).items()
        return [(each.id, each.name) for each in self.project.of(table)]


_REFERRED = {
    "evaluation_directories": EVALUATION_DIRECTORIES,
    "integrations": SLACK_INTEGRATIONS,
}


def request_value(field: Field | None, value: Any, references: References) -> Any:
    """Return a value of the file as a request sends it. Without a `field`, it is sent as it is."""
    if field is None or value is None:
        return value
    if field.name == "model_configuration":
        model = {name: each for name, each in value.items() if name not in _READ_ONLY}
        key = value.get("provider_key")
        pinned = None if key is None else references.resolve("provider_keys", key)
        return {**model, "provider_key_id": pinned}
    if field.name == "delivery_targets":
        return [_target(each, references) for each in value]
    return references.resolve(field.refers_to, value) if field.refers_to else value


def _target(target: Any, references: References) -> Any:
    if not isinstance(target, dict) or "integration" not in target:
        return target
    found = references.resolve("integrations", str(target["integration"]))
    return {
        ("integration_id" if name == "integration" else name): (
            int(found) if name == "integration" and isinstance(found, str) else value
        )
        for name, value in target.items()
    }


def request_body(entry: Entry, references: References) -> Object:
    """Return all fields of an entry as a request sends them."""
    fields = fields_by_name(entry.kind)
    return {
        fields[name].key if name in fields else name: request_value(
            fields.get(name), value, references
        )
        for name, value in entry.values.items()
    }


def fields_by_name(kind: Kind) -> dict[str, Field]:
    """Return the fields of a kind by their names in the file."""
    return {field.name: field for field in kind.fields}


def writable(kind: Kind, row: Object) -> Object:
    """Return the fields of a stored object that a request can set, by their API names."""
    found = {field.key: row[field.key] for field in kind.fields if field.key in row}
    if kind.table == "provider_keys" and "name" in found:
        found["name"] = read_name(str(found["name"])).plain
    if kind.table == "evaluation_config":
        active = row.get("active_provider_key")
        found["key_id"] = active.get("id") if isinstance(active, dict) else None
    if isinstance(model := found.get("model_configuration"), dict):
        found["model_configuration"] = {
            name: value for name, value in model.items() if name not in _READ_ONLY
        }
    for field in kind.fields:
        if field.made_by_server and field.key in found:
            found[field.key] = _without(found[field.key], field.made_by_server)
    return found | (provider_fields(row) if kind.takes_more else {})


def _without(value: Any, names: tuple[str, ...]) -> Any:
    if isinstance(value, list):
        return [_without(each, names) for each in value]
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if name not in names}
    return value


def is_as_wanted(kind: Kind, key: str, wanted: Any, stored: Mapping[str, Any]) -> bool:
    """Return True if a stored object has what a request sends for a field."""
    if key not in stored:
        return wanted is None
    found = stored[key]
    field = next((each for each in kind.fields if each.key == key), None)
    if field is not None and field.defaults and isinstance(wanted, list):
        wanted = [
            dict(field.defaults) | each if isinstance(each, dict) else each for each in wanted
        ]
    is_merged = field is not None and field.comparison is Comparison.MERGED
    if is_merged or key == "model_configuration":
        return compare({key: wanted}, {key: found}).is_proof
    return _equal(wanted, found)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return same(one, other)
