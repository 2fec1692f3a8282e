"""A rerun of a finished rotation finds the work done: exit 0, and nothing is written."""

from __future__ import annotations

import pytest

from llmctl.errors import ExitCode
from llmctl.rotation.find_key import Selector
from llmctl.rotation.request import Mode
from llmctl.rotation.strategy import Strategy
from tests.rotation.model import Link, Model
from tests.rotation.test_decisions import NEW, code, fresh, go

BY = {
    "--active": Selector(active=True),
    "--name": Selector(name="Main", provider="openai"),
    "--name alone": Selector(name="Main"),
    "the new id": Selector("key-0002"),
}


@pytest.fixture(params=[False, True], ids=["older", "newer"])
def model(request: pytest.FixtureRequest) -> Model:
    return fresh(is_newer=request.param)


def writes(model: Model) -> list[str]:
    return [line for line in model.log if not line.startswith("GET")]


@pytest.mark.parametrize("selector", BY.values(), ids=BY)
def test_h09_finish_run_twice(model: Model, selector: Selector) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    assert go(Link(model), None, Mode.FINISH, selector).deleted
    model.log.clear()
    again = go(Link(model), None, Mode.FINISH, selector)
    assert (again.changed, writes(model)) == (False, [])


def test_h09_finish_of_an_id_that_is_gone(model: Model) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    go(Link(model), None, Mode.FINISH)
    assert code(lambda: go(Link(model), None, Mode.FINISH)) == ExitCode.NOT_FOUND
    assert not go(Link(model), NEW, Mode.FINISH).changed  # the secret shows which key it is now


@pytest.mark.parametrize("selector", [Selector("key-0001"), BY["--name"]], ids=["id", "--name"])
def test_h09_in_place_twice_without_the_right_to_read_the_active_key(
    model: Model, selector: Selector
) -> None:
    model.unreadable.add("evaluation_config")
    assert go(Link(model), selector=selector, strategy=Strategy.IN_PLACE).changed
    model.log.clear()
    again = go(Link(model), selector=selector, strategy=Strategy.IN_PLACE)
    assert (again.changed, again.was_active, writes(model)) == (False, None, [])
