"""Comparing what was sent with what the server has, by meaning."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmctl.api.compare import compare
from llmctl.safe.secret import Secret, SecretToCome

UUID = "01990000-ABCD-7000-8000-000000000011"
SECRET = Secret("sk-proj-CANARYsecret0123")
SHORT = Secret("sk-123456789")

SAME: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"name": " a b\n"}, {"name": "a b"}),
    ({"name": 5}, {"name": "5"}),
    ({"name": 0.5}, {"name": "0.5"}),
    ({"starts_at": "2026-12-24T09:00:00+01:00"}, {"starts_at": "2026-12-24T08:00:00Z"}),
    ({"starts_at": "2026-12-24T09:00+0100"}, {"starts_at": "2026-12-24T08:00:00Z"}),
    ({"starts_at": "2026-12-24 09:00:00.5+01"}, {"starts_at": "2026-12-24T08:00:00.500000Z"}),
    ({"starts_at": "2026-1-5 9:00"}, {"starts_at": "2026-01-05T09:00:00Z"}),
    ({"starts_at": "2026-01-05"}, {"starts_at": "2026-01-05T00:00:00Z"}),
    ({"starts_at": "20260105T090000Z"}, {"starts_at": "2026-01-05T09:00:00Z"}),
    ({"starts_at": "2026-W02-1"}, {"starts_at": "2026-01-05T00:00:00Z"}),
    ({"starts_at": None}, {"starts_at": None}),
    ({"evaluation": UUID}, {"evaluation": UUID.lower()}),
    ({"evaluation": UUID.replace("-", "")}, {"evaluation": UUID.lower()}),
    ({"evaluation": f"urn:uuid:{UUID}"}, {"evaluation": UUID.lower()}),
    ({"trigger_threshold": 100}, {"trigger_threshold": 100.0}),
    ({"trigger_threshold": "0100"}, {"trigger_threshold": 100}),
    ({"max_sample_size": 10**40}, {"max_sample_size": 10**40}),
    ({"f": [0.1234567890123456789]}, {"f": [0.12345678901234568]}),
    ({"enabled": "yes"}, {"enabled": True}),
    ({"enabled": 0}, {"enabled": False}),
    ({"f": {"a": 1}}, {"f": {"a": 1, "by the server": 2}}),
    ({"f": [{"a": [{}]}]}, {"f": [{"a": [{"b": 1}]}]}),
    ({"f": {"a": 1, "bytecode": [1]}}, {"f": {"a": 1, "bytecode": [2]}}),
    ({"f": [{"bytecode": [1], "bytecode_error": None}]}, {"f": [{}]}),
    ({"azure_endpoint": "https://x"}, {"azure_endpoint_display": "https://x"}),
    ({"base_url": "https://x"}, {"base_url_display": "https://x"}),
    ({"api_key": SECRET}, {"api_key_masked": "sk-p...0123"}),
    ({"api_key": SHORT}, {"api_key_masked": "sk-1...6789"}),
    ({"key_id": UUID}, {"active_provider_key": {"id": UUID.lower(), "name": "n"}}),
    ({"set_as_active": False}, {}),
    ({}, {"a": 1}),
]
DIFFERENT: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"name": "a"}, {"name": "A"}, 'name: sent "a", the server has "A"'),
    ({"name": "null"}, {"name": None}, 'name: sent "null", the server has null'),
    ({"enabled": True}, {"enabled": 1}, "enabled: sent true, the server has 1"),
    ({"enabled": 2}, {"enabled": True}, "enabled: sent 2, the server has true"),
    ({"n": 2**53 + 1}, {"n": 2**53}, "sent 9007199254740993, the server has 9007199254740992"),
    ({"n": None}, {"n": 0}, "n: sent null, the server has 0"),
    ({"n": "NaN"}, {"n": 0}, 'n: sent "NaN", the server has 0'),
    (
        {"starts_at": "2026-12-24T09:00:00"},
        {"starts_at": "2026-12-24T08:00:00Z"},
        'sent "2026-12-24T09:00:00", the server has "2026-12-24T08:00:00Z"',
    ),
    ({"f": []}, {"f": {}}, "f: sent [], the server has {}"),
    ({"f": [1]}, {"f": [1, 2]}, "f: sent [1], the server has [1, 2]"),
    ({"f": [1, {"a": 1}]}, {"f": [1, {}]}, "f[1].a: sent 1, the server has nothing"),
    ({"f": {"a": {"b": [1]}}}, {"f": {"a": {"b": [2]}}}, "f.a.b[0]: sent 1, the server has 2"),
    ({"f": "x" * 999}, {"f": ""}, f'sent "{"x" * 199}..., the server has ""'),
    ({"azure_endpoint": "https://x"}, {"azure_endpoint_display": None}, "the server has null"),
    (
        {"api_key": SECRET},
        {"api_key_masked": "sk-x...yyyy"},
        'api_key: sent "sk-p...0123", the server has "sk-x...yyyy"',
    ),
    ({"api_key": SECRET}, {"api_key_masked": "********"}, 'the server has "********"'),
    ({"api_key": SHORT}, {"api_key_masked": "sk-x...yyyy"}, 'sent "****", the server has'),
    ({"key_id": UUID}, {"active_provider_key": None}, f'sent "{UUID}", the server has null'),
    ({"key_id": "a"}, {"active_provider_key": {"id": "b"}}, 'sent "a", the server has "b"'),
]


@pytest.mark.parametrize(("sent", "found"), SAME, ids=str)
def test_same(sent: dict[str, Any], found: dict[str, Any]) -> None:
    result = compare(sent, found)
    assert (result.different, result.not_shown, result.is_proof) == ([], [], True)


@pytest.mark.parametrize(("sent", "found", "said"), DIFFERENT, ids=str)
def test_different(sent: dict[str, Any], found: dict[str, Any], said: str) -> None:
    result = compare(sent, found)
    assert said in "; ".join(map(str, result.different))
    assert len(result.different) == 1
    assert not result.is_proof


def test_not_shown() -> None:
    sent = {"new": 1, "api_key": SECRET, "key_id": UUID, "name": None}
    result = compare(sent, {"api_key": None, "id": UUID})
    assert (result.different, result.not_shown) == ([], [*sent])


@pytest.mark.parametrize("mask", ["****", "********", "", None])
@pytest.mark.parametrize("secret", [SHORT, SecretToCome()])
def test_mask_that_fits_many_secrets(secret: Secret, mask: str | None) -> None:
    result = compare({"api_key": secret}, {"api_key_masked": mask})
    assert (result.different, result.not_shown, result.is_proof) == ([], [], False)


def test_set_as_active_is_not_part_of_the_key() -> None:
    result = compare({"set_as_active": True}, {"set_as_active": True})
    assert (result.different, result.not_shown, result.is_proof) == ([], [], False)


def test_no_key_is_shown() -> None:
    texts = ["phx_0123456789abcdefgh", "sk-proj-0123456789abcdef", 'plain"secret\\0123']
    sent = {"name": f"a {texts[0]} b", "f": [texts[1]], "g": texts[2], "s": Secret(texts[2])}
    result = compare(sent, {"name": texts[1], "f": [], "g": "", "s_masked": "a...b"})
    shown = "; ".join(map(str, result.different))
    assert len(result.different) == 4
    assert "secret" not in shown
    assert not any(text in shown for text in texts)
    assert 'name: sent "a *** b", the server has "***"' in shown


def test_secret_that_the_response_hides() -> None:
    """Responses have `***` in place of a secret that was sent."""
    sent = {"name": f"key {SECRET.reveal()}", "api_key": SECRET}
    found = {"name": "key ***", "api_key_masked": "sk-p...0123"}
    assert compare(sent, found).is_proof


names = st.text(max_size=6).filter(lambda name: name not in ("key_id", "set_as_active"))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(names, values, max_size=4)
examples = settings(max_examples=25)


@examples
@given(objects)
def test_any_object_contains_itself(sent: dict[str, Any]) -> None:
    assert compare(sent, copy.deepcopy(sent)).is_proof


@examples
@given(objects, st.data())
def test_servers_may_add_fields_anywhere(sent: dict[str, Any], data: st.DataObject) -> None:
    def extended(value: Any) -> Any:
        if isinstance(value, list):
            return [extended(each) for each in value]
        if not isinstance(value, dict):
            return value
        return data.draw(objects) | {name: extended(each) for name, each in value.items()}

    assert compare(sent, extended(sent)).is_proof


@examples
@given(objects, names, values, values)
def test_change_is_found_anywhere(sent: dict[str, Any], name: str, value: Any, other: Any) -> None:
    if compare({"x": value}, {"x": other}).is_proof:
        return
    stored = {**sent, name: [{"a": other}]}
    result = compare({**sent, name: [{"a": value}]}, stored)
    assert result.different
    assert all(each.field.startswith(f"{name}[0].a") for each in result.different)


@examples
@given(objects, st.lists(names))
def test_missing_fields_are_not_shown(sent: dict[str, Any], gone: list[str]) -> None:
    found = {name: value for name, value in sent.items() if name not in gone}
    result = compare(sent, found)
    left = [name for name in sent if name not in found and f"{name}_display" not in found]
    assert (result.different, result.not_shown) == ([], left)


@examples
@given(st.datetimes(timezones=st.timezones()))
def test_times_are_compared_as_moments(moment: Any) -> None:
    from datetime import UTC

    try:
        stored = moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
        sent = moment.isoformat()
    except OverflowError:
        return
    assert compare({"starts_at": sent}, {"starts_at": stored}).is_proof


@examples
@given(objects, objects)
def test_any_two_objects(sent: dict[str, Any], found: dict[str, Any]) -> None:
    result = compare(sent, found)
    assert result.is_proof == (not result.different and not result.not_shown)
    assert all(str(each) for each in result.different)
