"""The JSON Schema accepts every file that llmctl accepts, and every export."""

from __future__ import annotations

from typing import Any

import tomli_w
from hypothesis import event, given, settings
from hypothesis import strategies as st

from llmctl.errors import UsageError
from llmctl.project_file.document import parse
from llmctl.project_file.kinds import KINDS, Field, Kind, Type
from llmctl.project_file.source import Text
from llmctl.sandbox.generation import Generation
from tests.project_file import states
from tests.project_file.harness import exported
from tests.project_file.server import Server
from tests.project_file.test_schema import errors

NAMES = ("a", "b", "c")
VARIABLES: dict[str, Any] = {
    "text": "a",
    "level": "ace",
    "number": 1,
    "yes": True,
    "list": [],
    "object": {"type": "email", "value": "a@example.com"},
}
_REFERENCES = st.sampled_from(sorted(VARIABLES)).map(lambda name: f"${{vars.{name}}}")
_ANY = st.recursive(
    st.sampled_from(["", "null", "\\null", "$${vars.a}", 0, 1.5, True, *NAMES]) | _REFERENCES,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "value",
                    "integration",
                    "channel",
                    "key",
                    "provider_key",
                    "model",
                    "prompt",
                    "properties",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=4,
)
_TARGETS = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["email", "slack", "tr${vars.level}"])},
        optional={"value": _ANY, "integration": _ANY, "channel": _ANY, "more": _ANY},
    )
    | _ANY,
    max_size=2,
)
_OF_TYPE: dict[Type, st.SearchStrategy[Any]] = {
    Type.STRING: st.sampled_from(NAMES) | _REFERENCES,
    Type.INTEGER: st.integers(-1, 100),
    Type.BOOLEAN: st.booleans(),
    Type.ARRAY: st.lists(_ANY, max_size=2) | _TARGETS,
    Type.OBJECT: st.dictionaries(
        st.sampled_from(["prompt", "provider", "other"]), _ANY, max_size=2
    ),
    Type.TIME: st.datetimes() | st.just("2026-01-01T00:00:00Z"),
}


def _value(field: Field) -> st.SearchStrategy[Any]:
    usual = _OF_TYPE[field.type]
    if field.choices:
        usual = st.sampled_from([*field.choices, "tr${vars.level}"])
    return usual | _ANY if field.name != "name" else usual


def _entry(kind: Kind) -> st.SearchStrategy[dict[str, Any]]:
    required = {field.name: _value(field) for field in kind.fields if field.is_required}
    optional = {field.name: _value(field) for field in kind.fields if not field.is_required}
    rare = {
        name: st.just("01990000-0000-7000-8000-000000000021") | _ANY
        for name in ("id", "api_key", "api_key_env", "api_key_file", "other")
    }
    usual = st.fixed_dictionaries(required, optional=optional)
    return usual | st.fixed_dictionaries(required, optional=optional | rare)


def _table(kind: Kind) -> st.SearchStrategy[Any]:
    return _entry(kind) if kind.is_single else st.lists(_entry(kind), max_size=2) | _ANY


_OWNERS = st.fixed_dictionaries(
    {"host": st.sampled_from(["us", "https://example.com"]), "project": st.just("1") | st.just(1)}
)
_DOCUMENTS = st.fixed_dictionaries(
    {"vars": st.just(VARIABLES)},
    optional={"source": _OWNERS | _ANY, "target": _OWNERS}
    | {kind.table: _table(kind) for kind in KINDS},
)


def compare(document: dict[str, Any]) -> None:
    """Check that the schema accepts a document if llmctl does."""
    text = tomli_w.dumps(document)
    try:
        parse([Text("llm.toml", text)], {}, None)
    except UsageError:
        event("refused")
        return
    event("accepted")
    assert errors(text) == []


@given(_DOCUMENTS)
def test_documents(document: dict[str, Any]) -> None:
    compare(document)


@given(st.data())
def test_fields_one_by_one(data: st.DataObject) -> None:
    """A file of one object with one optional field is accepted more often than a whole file."""
    kind = data.draw(st.sampled_from(KINDS))
    entry: dict[str, Any] = {}
    for field in kind.fields:
        if field.is_required:
            entry[field.name] = field.choices[0] if field.choices else "a"
    field = data.draw(st.sampled_from(kind.fields))
    entry[field.name] = data.draw(_value(field))
    table = entry if kind.is_single else [entry]
    compare({"vars": VARIABLES, kind.table: table})


def test_exports(generation: Generation) -> None:
    @settings(settings.get_profile("projects"))
    @given(states.servers(generation))
    def check(server: Server) -> None:
        assert errors(exported(server)) == []

    check()
