"""The JSON Schema of project files, made from their kinds, for completion and checks in editors.

It accepts every file that `check` accepts; it cannot check references, duplicates and the server's
own rules. It uses only keywords of draft 4, which every editor supports.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from llmctl.api.resources import PROVIDERS, Object
from llmctl.project_file.kinds import KINDS, Field, Kind, Type

_ANY = Object()
_TEXT: Object = {"type": "string"}
_VARIABLE: Object = {"$ref": "#/definitions/variable"}
_TEXT_WITH_VARIABLE: Object = {"type": "string", "pattern": r"\$\{vars\."}
_TYPES: dict[Type, Object] = {
    Type.STRING: _TEXT,
    Type.INTEGER: {"type": "integer"},
    Type.BOOLEAN: {"type": "boolean"},
    Type.ARRAY: {"type": "array"},
    Type.OBJECT: {"type": "object"},
    Type.TIME: _TEXT,  # editors pass a date-time of TOML as a string
}
_SECRET_SOURCES = {
    "api_key_env": "Environment variable with the secret, for creating the key.",
    "api_key_file": "File with the secret, for creating the key.",
    "api_key_command": "Command that prints the secret, for creating the key.",
}


def make_schema() -> Object:
    """Return the schema."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "llmctl project file",
        "description": "The configuration of a PostHog project's LLM analytics. "
        "See `llmctl help as-code`.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "source": _owner("The project that the file was exported from."),
            "target": _owner("The only project that the file can be applied to."),
            "vars": {
                "description": "Values of ${vars.NAME}; [vars.PROFILE] overrides them for one "
                "profile.",
                "type": "object",
            },
            **{kind.table: _table(kind) for kind in KINDS},
        },
        "definitions": {
            "variable": {
                "description": "A variable from --var, [vars.PROFILE] or [vars].",
                "type": "string",
                "pattern": r"^\$\{vars\.[A-Za-z0-9_-]+\}$",
            }
        },
    }


def _owner(description: str) -> Object:
    return {
        "description": description,
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "host": {"description": "us, eu or a URL.", "type": "string"},
            "project": {"description": "The project's number.", "type": ["string", "integer"]},
        },
    }


def _table(kind: Kind) -> Object:
    if kind.is_single:
        return _entry(kind)
    return {"description": kind.explanation, "type": "array", "items": _entry(kind)}


def _entry(kind: Kind) -> Object:
    """Return the schema of one table."""
    properties = {field.name: _field(kind, field) for field in kind.fields}
    if not kind.is_single:
        properties["id"] = {"description": "The ID, if the name is not unique.", **_TEXT}
    schema: Object = {
        "description": kind.explanation,
        "type": "object",
        "additionalProperties": kind.takes_more,
        "properties": properties,
        **_required(field.name for field in kind.fields if field.is_required),
    }
    return _with_secret_sources(schema) if kind.table == "provider_keys" else schema


def _with_secret_sources(schema: Object) -> Object:
    sources = {name: {"description": text, **_TEXT} for name, text in _SECRET_SOURCES.items()}
    given = [{"required": [name]} for name in sources]
    return schema | {
        "properties": schema["properties"] | sources | {"api_key": {"not": {}}},
        "oneOf": [*given, {"not": {"anyOf": given}}],
    }


def _field(kind: Kind, field: Field) -> Object:
    known = _KNOWN.get((kind.table, field.name), _ANY)
    schema = _TYPES[field.type] | known
    alternatives = [schema]
    if field.choices:
        alternatives = [{"enum": [*field.choices]}, _TEXT_WITH_VARIABLE]
    elif schema["type"] != "string":
        alternatives.append(_VARIABLE)
        if field.is_nullable:
            alternatives.append({"description": "No value.", "enum": ["null"]})
    described = {"description": field.explanation + _only(field)}
    return described | (schema if len(alternatives) == 1 else {"anyOf": alternatives})


def _only(field: Field) -> str:
    return {"v1": " Older servers only.", "v3": " Newer servers only.", "": ""}[field.only]


def _or_variable(schema: Object) -> Object:
    return {"anyOf": [schema, _VARIABLE]}


def _object(required: tuple[str, ...] = (), **properties: Any) -> Object:
    """Return the schema of an object that may have more fields."""
    return {"type": "object", "properties": properties, **_required(required)}


def _required(names: Iterable[str]) -> Object:
    found = [*names]
    return {"required": found} if found else {}


def _described(description: str) -> Object:
    return {"description": description}


_FILTERS: Object = {
    "items": _or_variable(
        _object(
            key=_described("The property, such as $ai_model."),
            value=_described("The value, or an array of values."),
            operator=_described("The operator, such as exact."),
            type=_described("The type of the property, such as event."),
        )
    )
}
_TARGETS: Object = {
    "items": {
        "oneOf": [
            _object(
                ("type", "value"),
                type={"enum": ["email"]},
                value=_described("The address.") | _TEXT,
            ),
            _object(
                ("type", "integration", "channel"),
                type={"enum": ["slack"]},
                integration=_described("The Slack integration, by name or ID.")
                | {"type": ["string", "integer"]},
                channel=_described("The channel.") | _TEXT,
            ),
            _object(("type",), type=_TEXT | {"not": {"enum": ["email", "slack"]}}),
            _VARIABLE,
        ]
    }
}
# Known fields inside the values.
_KNOWN: dict[tuple[str, str], Object] = {
    ("provider_keys", "provider"): {"examples": [*PROVIDERS]},
    ("evaluations", "evaluation_type"): {"examples": ["llm_judge", "hog", "sentiment"]},
    ("evaluations", "output_type"): {
        "examples": ["boolean", "sentiment", "numeric", "categorical"]
    },
    ("evaluations", "target"): {"examples": ["generation", "trace", "session"]},
    ("evaluations", "evaluation_config"): _object(
        prompt=_described("The prompt, for llm_judge."), source=_described("The Hog code, for hog.")
    ),
    ("evaluations", "conditions"): {
        "items": _or_variable(
            _object(
                rollout_percentage=_described("The percentage of events to evaluate."),
                properties=_described("Filters for the events."),
            )
        )
    },
    ("evaluations", "model_configuration"): _object(
        ("provider", "model"),
        provider=_described("The provider of the model.") | _TEXT,
        model=_described("The model.") | _TEXT,
        provider_key=_described("The name of the provider key to use instead of the active one.")
        | _TEXT,
    ),
    ("evaluation_reports", "delivery_targets"): _TARGETS,
    ("clustering_config", "event_filters"): _FILTERS,
    ("clustering_jobs", "event_filters"): _FILTERS,
}
