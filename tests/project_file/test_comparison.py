"""When a value on the server is another one than that in the file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from llmctl.project_file.comparison import differs
from llmctl.project_file.kinds import Comparison, Field, Type
from llmctl.project_file.model import ABSENT
from llmctl.safe import strict_json

TINY = strict_json.parse("0.1000000000000000055511151231257827")


def field(comparison: Comparison) -> Field:
    return Field("field", Type.STRING, "", comparison)


@pytest.mark.parametrize(
    ("old", "new", "is_different"),
    [
        (" a", "a", True),
        ([{"value": "a"}], [{"value": "a "}], True),
        (1, 1.0, False),
        (0.1, TINY, False),
        (0.1, 0.2, True),
        (2**60, 2**60 + 1, True),
        (1, "1", True),
        (1, True, True),
        (0, False, True),
        ([True], [1], True),
        (None, ABSENT, False),
        (ABSENT, None, False),
        (ABSENT, False, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ([1, 2], [1], True),
        ([], [1], True),
        ({}, [], True),
    ],
)
def test_values(old: Any, new: Any, is_different: bool) -> None:
    assert differs(field(Comparison.VALUE), old, new) == is_different


@pytest.mark.parametrize(
    ("old", "new", "is_different"),
    [
        ("a", " a\n", False),
        ("a b", "a  b", True),
        ("", ABSENT, True),
    ],
)
def test_texts(old: Any, new: Any, is_different: bool) -> None:
    assert differs(field(Comparison.TEXT), old, new) == is_different


@pytest.mark.parametrize(
    ("old", "new", "is_different"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ({"a": 1}, {"a": 1, "b": False}, False),
        ({"a": 1}, {"a": 1, "b": True}, True),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, False),
        ([{"a": 1, "b": 2}], [{"a": 1}], True),  # an array is stored as it is sent
    ],
)
def test_merged_objects(old: Any, new: Any, is_different: bool) -> None:
    assert differs(field(Comparison.MERGED), old, new) == is_different


def test_instants() -> None:
    moment = field(Comparison.INSTANT)
    assert not differs(moment, "2026-01-05T09:00:00Z", "2026-01-05T10:00:00+01:00")
    assert differs(moment, "2026-01-05T09:00:00Z", "2026-01-05T09:00:01Z")
    assert differs(moment, None, "2026-01-05T09:00:00Z")


def test_decimals() -> None:
    assert not differs(field(Comparison.VALUE), 1.5, Decimal("1.50"))
