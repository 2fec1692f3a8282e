"""At each request of each rotation, the request is lost or refused, or the sender is killed; one
rerun finishes it. The model makes every request and every fault affordable. Faults over HTTP, and
processes that are really killed, are in test_kill_at_every_point.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import NamedTuple

import pytest

from llmctl.errors import ExitCode, Terminated, UnavailableError
from llmctl.rotation.request import Mode
from llmctl.rotation.strategy import Strategy
from tests.rotation.model import Before, Dead, Drop, Link, Model
from tests.rotation.test_decisions import NEW, code, fresh, go

SAFE_CODES = {ExitCode.OK, ExitCode.UNAVAILABLE, ExitCode.UNKNOWN, ExitCode.UNFINISHED}
LOST: dict[str, Callable[[], BaseException]] = {
    "lost on its way": lambda: Drop(applied=False),
    "answer lost": lambda: Drop(applied=True),
}
FAULTS: dict[str, Callable[[], BaseException]] = LOST | {
    "refused": lambda: UnavailableError("Request was throttled.", status=429),
}
ENDS: dict[str, Callable[[bool], BaseException]] = {
    "KILL": lambda applied: Dead(applied=applied),
    "INT": lambda applied: Dead(applied=applied, by=KeyboardInterrupt()),
    "TERM": lambda applied: Dead(applied=applied, by=Terminated(ExitCode.TERMINATED)),
}


class Run(NamedTuple):
    """A mode of rotation; `is_second` if a new key was created next to the old one before."""

    strategy: Strategy
    mode: Mode = Mode.FULL
    is_second: bool = False

    def start(self, *, is_newer: bool) -> Model:
        """Return the project before the rotation."""
        model = fresh(is_newer=is_newer)
        if self.is_second:
            go(Link(model), mode=Mode.KEEP_OLD)
        return model

    def go(self, model: Model, before: Before = lambda number, method, path: None) -> Link:
        """Run it; the link counts its requests."""
        link = Link(model, before)
        go(link, None if self.is_second else NEW, self.mode, strategy=self.strategy)
        return link


RUNS = {
    "in-place": Run(Strategy.IN_PLACE),
    "replace": Run(Strategy.REPLACE),
    "replace, kept old": Run(Strategy.REPLACE, Mode.KEEP_OLD),
    "finish": Run(Strategy.REPLACE, Mode.FINISH, is_second=True),
    "abort": Run(Strategy.REPLACE, Mode.ROLLBACK, is_second=True),
}

every_run = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
every_generation = pytest.mark.parametrize("is_newer", [False, True], ids=["older", "newer"])


def at_each(run: Run, is_newer: bool, faults: Callable[[], list[BaseException]]) -> None:
    """Let the faults hit the requests from each one on, one after the other, and run it again."""
    model = run.start(is_newer=is_newer)
    count = run.go(model).count
    expected = model.facts()
    for first in range(1, count + 1):
        model = run.start(is_newer=is_newer)
        planned = dict(enumerate(faults(), first))

        def before(number: int, method: str, path: str) -> None:
            if number in planned:  # noqa: B023 - called in this turn of the loop
                raise planned.pop(number)  # noqa: B023

        with contextlib.suppress(Dead, KeyboardInterrupt, Terminated):
            assert code(lambda: run.go(model, before)) in SAFE_CODES, first  # noqa: B023
        model.check()
        again = code(lambda: run.go(model))  # noqa: B023
        # Without the secret nobody can tell that a key which is gone was replaced by another.
        allowed = {ExitCode.OK, *([ExitCode.NOT_FOUND] if run.mode is Mode.FINISH else [])}
        assert again in allowed, first
        assert model.facts() == expected, first


@every_generation
@every_run
@pytest.mark.parametrize("fault", FAULTS)
def test_f01_fault_at_each_request(run: Run, is_newer: bool, fault: str) -> None:
    at_each(run, is_newer, lambda: [FAULTS[fault]()])


@every_generation
@every_run
@pytest.mark.parametrize("first", LOST)
@pytest.mark.parametrize("second", FAULTS)
def test_f02_two_faults(run: Run, is_newer: bool, first: str, second: str) -> None:
    at_each(run, is_newer, lambda: [FAULTS[first](), FAULTS[second]()])


@every_generation
@every_run
@pytest.mark.parametrize("by", ENDS)
@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
def test_f03_end_at_each_request(run: Run, is_newer: bool, by: str, applied: bool) -> None:
    at_each(run, is_newer, lambda: [ENDS[by](applied)])
