"""A rotation that was killed, and a newer secret long afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from llmctl.errors import ConflictError, ExitCode
from llmctl.rotation.find_key import Selector
from llmctl.rotation.request import Mode
from llmctl.rotation.strategy import Strategy
from tests.rotation.model import Before, Dead, Drop, Link, Model
from tests.rotation.test_decisions import (
    NEW,
    OLD,
    OTHER,
    after_create,
    before_write,
    code,
    fresh,
    go,
)

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
LATER = BEGUN + timedelta(days=30)
KILLS = {
    "activation": "",
    "move": "evaluations",
    "delete": "DELETE",
    "rename": "key-0002",
}


def left_behind(model: Model, kind: str = "", mode: Mode = Mode.FULL) -> None:
    """Kill a rotation after its create, before its first write of a kind; a month passes."""

    def die() -> None:
        raise Dead

    with pytest.raises(Dead):
        go(Link(model, before_write(kind, die) if kind else after_create(model, die)), OTHER, mode)
    model.time = LATER


@pytest.fixture(params=[False, True], ids=["older", "newer"])
def model(request: pytest.FixtureRequest) -> Model:
    return fresh(is_newer=request.param)


@pytest.mark.parametrize("kind", KILLS.values(), ids=KILLS)
@pytest.mark.parametrize("selector", [Selector("key-0001"), Selector(active=True)])
def test_i04_a_leftover_gets_the_newer_secret(model: Model, kind: str, selector: Selector) -> None:
    left_behind(model, kind)
    uses_at_takeover: list[int] = []

    def watch(number: int, method: str, path: str) -> None:
        if method == "PATCH" and path.endswith("key-0002/") and not uses_at_takeover:
            uses_at_takeover.append(len(moved_to_leftover(model)))

    before = len(moved_to_leftover(model))
    assert go(Link(model, watch), NEW, selector=selector).resumed
    assert uses_at_takeover == [before], "something was moved to the leftover's own secret"
    assert set(model.secrets.values()) == {NEW}
    assert [row["name"] for row in model.keys.values()] == ["Main"]
    model.check()


def moved_to_leftover(model: Model) -> list[str]:
    return [
        each["id"]
        for each in model.evaluations.values()
        if each["model_configuration"]["provider_key_id"] == "key-0002"
    ]


@pytest.mark.parametrize("kind", KILLS.values(), ids=KILLS)
def test_i04_takeover_survives_a_fault_at_each_request(model: Model, kind: str) -> None:
    is_newer = model.is_newer

    def start() -> Model:
        model = fresh(is_newer=is_newer)
        left_behind(model, kind)
        return model

    undisturbed = start()
    link = Link(undisturbed)
    go(link)
    faults: list[Callable[[], BaseException]] = [
        lambda: Drop(applied=False),
        lambda: Drop(applied=True),
        lambda: Dead(applied=False, by=KeyboardInterrupt()),
        lambda: Dead(applied=True, by=KeyboardInterrupt()),
    ]
    for fault in faults:
        for number in range(1, link.count + 1):
            model = start()
            with contextlib.suppress(KeyboardInterrupt):
                code(lambda: go(Link(model, once(number, fault))))  # noqa: B023
            model.check()
            assert code(lambda: go(Link(model))) == ExitCode.OK  # noqa: B023
            assert model.facts() == undisturbed.facts()


def once(number: int, fault: Callable[[], BaseException]) -> Before:
    def before(count: int, method: str, path: str) -> None:
        if count == number:
            raise fault()

    return before


@pytest.mark.parametrize(
    ("mode", "time"),
    [
        (Mode.FULL, BEGUN + timedelta(hours=24)),
        (Mode.FULL, None),
        (Mode.KEEP_OLD, LATER),
    ],
    ids=["recent", "clock unknown", "kept"],
)
def test_i04_no_leftover(model: Model, mode: Mode, time: datetime | None) -> None:
    if mode is Mode.KEEP_OLD:
        go(Link(model), OTHER, mode)
    else:
        left_behind(model)
    model.time = time
    before = model.facts()
    with pytest.raises(ConflictError, match="key-0002") as raised:
        go(Link(model))
    assert "--finish" in str(raised.value.hint)
    assert "--abort" in str(raised.value.hint)
    assert model.facts() == before


def test_i04_in_place_beside_a_leftover(model: Model) -> None:
    left_behind(model)
    before = model.facts()
    with pytest.raises(ConflictError, match="key-0002") as raised:
        go(Link(model), strategy=Strategy.IN_PLACE)
    assert "--finish" in str(raised.value.hint)
    assert model.facts() == before
    go(Link(model), strategy=Strategy.IN_PLACE, can_ask=True)
    assert set(model.secrets.values()) == {NEW}


def test_i04_rerun_of_the_leftover_itself(model: Model) -> None:
    left_behind(model)
    assert go(Link(model), OTHER).resumed
    assert set(model.secrets.values()) == {OTHER}
    assert OLD not in model.secrets.values()
