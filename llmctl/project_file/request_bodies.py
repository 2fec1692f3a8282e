"""The bodies of requests: values of a file with references by ID and the API's field names."""

from __future__ import annotations

from typing import Any, NamedTuple

from llmctl.api.provider_fields import provider_fields
from llmctl.api.resources import SLACK_INTEGRATIONS, Object
from llmctl.errors import UsageError
from llmctl.project_file.comparison import differs, normalized
from llmctl.project_file.kinds import BY_TABLE, Field, Kind
from llmctl.project_file.model import ABSENT, Entry, Stored
from llmctl.project_file.references import References
from llmctl.rotation.tag import read_name

_KEY_NAMES = ("provider_key", "provider_key_name")  # the ID is sent


class NewId(NamedTuple):
    """A placeholder for the ID of an object that is not created yet."""

    table: str
    name: str

    def __str__(self) -> str:
        return f"NEW_{BY_TABLE[self.table].resource.noun.upper().replace(' ', '_')}_ID"


def resolve(references: References, table: str, reference: str) -> str | NewId:
    """Return the ID of the object that a reference names. UsageError if there is none."""
    if table not in BY_TABLE:
        found_id, problem = references.find_id(table, reference)
        if found_id is None:
            raise UsageError(problem)
        return found_id
    found = references.find(table, reference)
    if isinstance(found, str):
        raise UsageError(found)
    return found.id if isinstance(found, Stored) else NewId(table, found.name.strip())


def request_value(field: Field | None, value: Any, references: References) -> Any:
    """Return a value of the file as a request sends it; unchanged without a `field`."""
    if field is None or value is None:
        return value
    if field.name == "model_configuration" and isinstance(value, dict):
        model = {name: each for name, each in value.items() if name not in _KEY_NAMES}
        key = value.get("provider_key")
        pinned = None if key is None else resolve(references, "provider_keys", key)
        return {**model, "provider_key_id": pinned}
    if field.name == "delivery_targets" and isinstance(value, list):
        return [_target(each, references) for each in value]
    return resolve(references, field.refers_to, value) if field.refers_to else value


def _target(target: Any, references: References) -> Any:
    if not isinstance(target, dict) or target.get("integration") is None:
        return target
    found = resolve(references, "integrations", str(target["integration"]))
    return {
        ("integration_id" if name == "integration" else name): (
            int(str(found)) if name == "integration" else value
        )
        for name, value in target.items()
    }


def request_body(entry: Entry, values: Object, references: References) -> Object:
    """Return values of an entry as a request sends them."""
    fields = {field.name: field for field in entry.kind.fields}
    return {
        fields[name].key if name in fields else name: request_value(
            fields.get(name), value, references
        )
        for name, value in values.items()
    }


def writable(kind: Kind, row: Object, generation: str) -> Object:
    """Return the writable fields of a stored object, as requests send them."""
    found = {
        field.key: row[field.key]
        for field in kind.fields
        if field.key in row and field.only in ("", generation)
    }
    if kind.table == "provider_keys":
        return {**found, "name": read_name(str(row.get("name"))).plain, **provider_fields(row)}
    if kind.table == "evaluation_config":
        active = row.get("active_provider_key")
        return {"key_id": active.get("id") if isinstance(active, dict) else None}
    if isinstance(model := found.get("model_configuration"), dict):
        found["model_configuration"] = {
            name: value for name, value in model.items() if name not in _KEY_NAMES
        }
    if isinstance(targets := found.get("delivery_targets"), list):
        found["delivery_targets"] = [_with_number(each) for each in targets]
    return found


def _with_number(target: Any) -> Any:
    """Return a recipient with its integration's ID as a number. Servers may store a string."""
    given = target.get("integration_id") if isinstance(target, dict) else None
    if isinstance(given, str) and SLACK_INTEGRATIONS.is_id(given):
        return {**target, "integration_id": int(given)}
    return target


def fits(kind: Kind, key: str, found: Object, wanted: Any) -> bool:
    """Return True if a stored object already has the value that a request sends for `key`."""
    old = found.get(key, ABSENT)
    field = _field(kind, key)
    return bool(old == wanted) if field is None else not differs(field, old, wanted)


def is_equal(kind: Kind, key: str, one: Object, other: Object) -> bool:
    """Return True if two stored objects have the same value for `key`."""
    field, values = _field(kind, key), (one.get(key, ABSENT), other.get(key, ABSENT))
    if field is None:
        return bool(values[0] == values[1])
    before, after = (normalized(field, value) for value in values)
    return not differs(field, before, after) and not differs(field, after, before)


def _field(kind: Kind, key: str) -> Field | None:
    return next((field for field in kind.fields if field.key == key), None)
