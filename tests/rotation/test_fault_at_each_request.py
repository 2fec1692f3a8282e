"""At each request of each rotation, the request is lost or refused, or the sender is killed; one
rerun finishes it. The model makes every request and every fault affordable. Faults over HTTP, and
processes that are really killed, are in test_kill_at_every_point.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable
from typing import NamedTuple

import pytest

from llmctl.errors import ExitCode, Terminated, UnavailableError
from llmctl.rotation.request import Mode
from llmctl.rotation.strategy import Strategy
from llmctl.rotation.tag import KeyName, Tag, mask_fingerprint, secret_fingerprint
from llmctl.safe.secret import Secret
from tests.conftest import complete
from tests.rotation.model import Before, Dead, Drop, Link, Model, Object, mask
from tests.rotation.test_decisions import NEW, OLD, code, fresh, go

SAFE_CODES = {ExitCode.OK, ExitCode.UNAVAILABLE, ExitCode.UNKNOWN, ExitCode.UNFINISHED}
# A request that is lost on its way, one whose answer is, and one that is refused.
LOST: list[Callable[[], BaseException]] = [
    lambda: Drop(applied=False),
    lambda: Drop(applied=True),
]
FAULTS = [*LOST, lambda: UnavailableError("Request was throttled.", status=429)]


CREATE = "POST llm_analytics/provider_keys/"


def facts(names: dict[str, str], used: str) -> Object:
    """Return the facts of a project with these keys (secret to name), all use that of `used`."""
    return {
        "keys": sorted((name, secret) for secret, name in names.items()),
        "active": used,
        "evaluations": {"evaluation-1": used, "evaluation-2": used},
    }


ROTATED = facts({NEW: "Main"}, NEW)
OWING = facts({NEW: f"Main [revoke openai {mask(OLD)} key-0001]"}, NEW)
CANCELLED = facts({OLD: "Main"}, OLD)
KEPT_NAME = str(
    KeyName(
        "Main",
        Tag(
            "key-0001",
            secret_fingerprint(Secret(NEW), "key-0001"),
            was_active=True,
            old_mask_fingerprint=mask_fingerprint(mask(OLD)),
            is_kept=True,
        ),
    )
)
KEPT = facts({OLD: "Main [replaced by key-0002]", NEW: KEPT_NAME}, NEW)


class Run(NamedTuple):
    """A mode of rotation, and the facts it ends with; `is_second` if a new key was created next to
    the old one before."""

    strategy: Strategy
    end: Object
    mode: Mode = Mode.FULL
    is_second: bool = False
    revokes: bool = False

    def start(self, *, is_newer: bool) -> Model:
        """Return the project before the rotation."""
        model = fresh(is_newer=is_newer)
        if self.is_second:
            go(Link(model), mode=Mode.KEEP_OLD, revokes=self.revokes)
        return model

    def go(self, model: Model, before: Before = lambda number, method, path: None) -> Link:
        """Run it; the link counts its requests."""
        link = Link(model, before)
        go(
            link,
            None if self.is_second else NEW,
            self.mode,
            strategy=self.strategy,
            revokes=self.revokes,
        )
        return link


RUNS = {
    "in-place, revoking": Run(Strategy.IN_PLACE, OWING, revokes=True),
    "replace, revoking": Run(Strategy.REPLACE, OWING, revokes=True),
    "finish, revoking": Run(Strategy.REPLACE, OWING, Mode.FINISH, is_second=True, revokes=True),
    "abort, revoking": Run(
        Strategy.REPLACE, CANCELLED, Mode.ROLLBACK, is_second=True, revokes=True
    ),
    "in-place": Run(Strategy.IN_PLACE, ROTATED),
    "replace": Run(Strategy.REPLACE, ROTATED),
    "replace, kept old": Run(Strategy.REPLACE, KEPT, Mode.KEEP_OLD),
    "finish": Run(Strategy.REPLACE, ROTATED, Mode.FINISH, is_second=True),
    "abort": Run(Strategy.REPLACE, CANCELLED, Mode.ROLLBACK, is_second=True),
}

every_run = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
newer_generation = pytest.mark.parametrize(
    "is_newer", [complete(False, id="older"), pytest.param(True, id="newer")]
)


def at_each(run: Run, is_newer: bool, *faults: Callable[[], BaseException]) -> None:
    """Let the faults hit the requests from each one on, one after the other, and run it again."""
    model = run.start(is_newer=is_newer)
    count = run.go(model).count
    assert model.facts() == run.end
    for first in range(1, count + 1):
        model = run.start(is_newer=is_newer)
        planned = {number: fault() for number, fault in enumerate(faults, first)}
        case = [(number, repr(fault), vars(fault)) for number, fault in planned.items()]

        def before(number: int, method: str, path: str) -> None:
            if number in planned:  # noqa: B023 - called in this turn of the loop
                raise planned.pop(number)  # noqa: B023

        with contextlib.suppress(Dead, KeyboardInterrupt, Terminated):
            assert code(lambda: run.go(model, before)) in SAFE_CODES, case  # noqa: B023
        model.check()
        again = code(lambda: run.go(model))  # noqa: B023
        # Without the secret nobody can tell that a key which is gone was replaced by another.
        allowed = {ExitCode.OK, *([ExitCode.NOT_FOUND] if run.mode is Mode.FINISH else [])}
        assert again in allowed, case
        assert model.facts() == run.end, case
        assert model.log.count(CREATE) <= 1, case


@newer_generation
@every_run
def test_f01_fault_at_each_request(run: Run, is_newer: bool) -> None:
    for fault in FAULTS:
        at_each(run, is_newer, fault)


@newer_generation
@every_run
def test_f02_two_faults(run: Run, is_newer: bool) -> None:
    for first, second in itertools.product(LOST, FAULTS):
        at_each(run, is_newer, first, second)


@newer_generation
@every_run
@pytest.mark.parametrize("applied", [False, True], ids=["before", "after"])
def test_f03_end_at_each_request(run: Run, is_newer: bool, applied: bool) -> None:
    at_each(run, is_newer, lambda: Dead(applied=applied))
    at_each(run, is_newer, lambda: Dead(applied=applied, by=KeyboardInterrupt()))
    at_each(run, is_newer, lambda: Dead(applied=applied, by=Terminated(ExitCode.TERMINATED)))
