"""The key that evaluations and taggers use, from rows as servers send them."""

from __future__ import annotations

from typing import Any

import pytest

from llmctl.rotation.key_resolution import (
    is_stopped_by_key,
    key_used_by,
    may_be_stopped,
    use_of,
    without_key,
)
from llmctl.rotation.reader import read_evaluations, read_taggers
from llmctl.rotation.snapshot import Evaluation, Key
from tests.rotation.model import Link, Model

ACTIVE = Key("key-0001", "Main", "openai", "ok", "")


def model_of(provider: str = "openai", key_id: str | None = None) -> dict[str, Any]:
    return {"provider": provider, "model": "m", "provider_key_id": key_id}


def evaluations(*rows: dict[str, Any]) -> tuple[Evaluation, ...]:
    model = Model()
    for number, row in enumerate(rows):
        name = f"evaluation-{number}"
        shared = {"id": name, "name": name, "enabled": True, "evaluation_type": "llm_judge"}
        model.evaluations[name] = shared | row
    return read_evaluations(Link(model, is_checked=False))


@pytest.mark.parametrize(
    ("row", "used"),
    [
        ({"model_configuration": model_of()}, "key-0001"),
        ({"model_configuration": model_of("anthropic")}, None),
        ({"model_configuration": model_of("anthropic", "key-0009")}, "key-0009"),
        ({"model_configuration": None}, "key-0001"),
        ({}, "key-0001"),
        ({"evaluation_type": "hog", "model_configuration": model_of(key_id="key-2")}, "key-2"),
        ({"evaluation_type": "new", "model_configuration": model_of()}, "key-0001"),
    ],
)
def test_key_that_is_used(row: dict[str, Any], used: str | None) -> None:
    (evaluation,) = evaluations(row)
    assert key_used_by(evaluation, ACTIVE) == used
    if evaluation.key_id is None:
        assert key_used_by(evaluation, None) is None


@pytest.mark.parametrize("kind", ["hog", "sentiment"])
def test_evaluations_that_need_no_key(kind: str) -> None:
    row = {"evaluation_type": kind}
    assert evaluations(row, row | {"model_configuration": model_of()}) == ()


def test_use_of_a_key_and_those_without_one() -> None:
    found = evaluations(
        {"model_configuration": model_of(key_id="key-0001"), "enabled": False},
        {"model_configuration": model_of()},
        {"model_configuration": model_of("anthropic")},
        {"model_configuration": model_of("anthropic", "key-0009")},
    )
    use = use_of("key-0001", found, ACTIVE)
    assert ([each.id for each in use.pinned], [each.id for each in use.unpinned]) == (
        ["evaluation-0"],
        ["evaluation-1"],
    )
    assert without_key(found, "openai") == [found[2]]
    assert without_key(found, None) == [found[1], found[2]]
    assert str(found[0]) == "evaluation evaluation-0 (evaluation-0)"


@pytest.mark.parametrize(
    ("row", "is_stopped", "is_unclear"),
    [
        ({"status": "error", "status_reason": "provider_key_invalid"}, True, False),
        ({"status": "error", "status_reason": "provider_key_required"}, True, False),
        ({"status": "error", "status_reason": "model_not_found"}, False, False),
        ({"status": "paused", "status_reason": None, "status_reason_detail": None}, False, False),
        ({"status": "paused", "status_reason": None}, False, True),
        ({}, False, True),
    ],
)
def test_stopped_and_paused(row: dict[str, Any], is_stopped: bool, is_unclear: bool) -> None:
    stopped, enabled = evaluations(row | {"enabled": False}, row)
    assert (is_stopped_by_key(stopped), may_be_stopped(stopped)) == (is_stopped, is_unclear)
    assert not is_stopped_by_key(enabled)
    assert not may_be_stopped(enabled)


def test_taggers() -> None:
    rows: list[dict[str, Any]] = [
        {"id": "0", "tagger_type": "llm", "model_configuration": None},
        {"id": "1", "tagger_type": "hog", "model_configuration": None},
        {"id": "2", "model_configuration": model_of("gemini")},
    ]
    named = [row | {"name": "Topics", "enabled": False} for row in rows]
    found = read_taggers(Link(Model(tagged=named), is_checked=False))
    assert [(each.id, each.provider) for each in found] == [("0", None), ("2", "gemini")]
    assert not may_be_stopped(found[0])
    assert str(found[0]) == "tagger 0 (Topics)"
    assert read_taggers(Link(Model(), is_checked=False)) == ()
