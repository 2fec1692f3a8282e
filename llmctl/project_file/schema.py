"""The JSON Schema of a project file, made from its kinds. Editors complete and check files with it.

It accepts every file that `check` accepts: references, duplicates and what the server judges are
beyond a schema. It keeps to the keywords of draft 4, which every editor knows.
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
    "api_key_env": "The environment variable that holds the secret, should the key be missing.",
    "api_key_file": "The file that holds the secret, should the key be missing.",
    "api_key_command": "The command that prints the secret, should the key be missing.",
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
            "target": _owner("The only project that the file may be applied to."),
            "vars": {
                "description": "Values for ${vars.NAME}; those in [vars.PROFILE] are for one "
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
    """Return the schema of a single table, or of one of several."""
    properties = {field.name: _field(kind, field) for field in kind.fields}
    if not kind.is_single:
        properties["id"] = {"description": "Its ID, if the name is not unique.", **_TEXT}
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
            alternatives.append({"description": "Null.", "enum": ["null"]})
    described = {"description": field.explanation + _only(field)}
    return described | (schema if len(alternatives) == 1 else {"anyOf": alternatives})


def _only(field: Field) -> str:
    return {"v1": " Older servers only.", "v3": " Newer servers only.", "": ""}[field.only]


def _or_variable(schema: Object) -> Object:
    return {"anyOf": [schema, _VARIABLE]}


def _object(required: tuple[str, ...] = (), **properties: Any) -> Object:
    """Return the schema of an object of the API, which may have more fields."""
    return {"type": "object", "properties": properties, **_required(required)}


def _required(names: Iterable[str]) -> Object:
    found = [*names]
    return {"required": found} if found else {}


def _said(description: str) -> Object:
    return {"description": description}


_FILTERS: Object = {
    "items": _or_variable(
        _object(
            key=_said("The property, such as $ai_model."),
            value=_said("The value, or an array of values."),
            operator=_said("How they are compared, such as exact."),
            type=_said("The kind of property, such as event."),
        )
    )
}
_TARGETS: Object = {
    "items": {
        "oneOf": [
            _object(
                ("type", "value"),
                type={"enum": ["email"]},
                value=_said("The address.") | _TEXT,
            ),
            _object(
                ("type", "integration", "channel"),
                type={"enum": ["slack"]},
                integration=_said("The Slack integration, by name or ID.")
                | {"type": ["string", "integer"]},
                channel=_said("The channel.") | _TEXT,
            ),
            _object(("type",), type=_TEXT | {"not": {"enum": ["email", "slack"]}}),
            _VARIABLE,
        ]
    }
}
# The inside of fields, as far as it is known.
_KNOWN: dict[tuple[str, str], Object] = {
    ("provider_keys", "provider"): {"examples": [*PROVIDERS]},
    ("evaluations", "evaluation_type"): {"examples": ["llm_judge", "hog", "sentiment"]},
    ("evaluations", "output_type"): {
        "examples": ["boolean", "sentiment", "numeric", "categorical"]
    },
    ("evaluations", "target"): {"examples": ["generation", "trace", "session"]},
    ("evaluations", "evaluation_config"): _object(
        prompt=_said("The criteria of a judge."), source=_said("Hog code.")
    ),
    ("evaluations", "conditions"): {
        "items": _or_variable(
            _object(
                rollout_percentage=_said("The percentage of events to evaluate."),
                properties=_said("The filters of the events."),
            )
        )
    },
    ("evaluations", "model_configuration"): _object(
        ("provider", "model"),
        provider=_said("The provider of the model.") | _TEXT,
        model=_said("The model.") | _TEXT,
        provider_key=_said("The name of the provider key to use instead of the active one.")
        | _TEXT,
    ),
    ("evaluation_reports", "delivery_targets"): _TARGETS,
    ("clustering_config", "event_filters"): _FILTERS,
    ("clustering_jobs", "event_filters"): _FILTERS,
}
