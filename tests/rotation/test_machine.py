"""Any mix of rotations, faults, rivals and outside changes: no evaluation ever stops."""

from __future__ import annotations

import contextlib
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from llmctl.errors import ExitCode
from llmctl.rotation.find_key import Selector
from llmctl.rotation.request import Mode
from llmctl.rotation.strategy import Strategy
from tests.rotation.model import Dead, Drop, Link, Model
from tests.rotation.test_decisions import OLD, code, fresh, go, race

SECRETS = ["sk-aaa-0123456789", "sk-bbb-0123456780", "sk-ccc-0123456781"]
SAFE = {
    ExitCode.OK,
    ExitCode.NOT_FOUND,
    ExitCode.REJECTED,
    ExitCode.UNAVAILABLE,
    ExitCode.UNKNOWN,
    ExitCode.CONFLICT,
    ExitCode.UNFINISHED,
}

secrets = st.sampled_from(SECRETS)
modes = st.sampled_from([Mode.FULL, Mode.KEEP_OLD])
requests = st.integers(1, 30)
strategies = st.sampled_from(list(Strategy))


def failing(number: int, fault: Exception | BaseException) -> Any:
    def before(count: int, method: str, path: str) -> None:
        if count == number:
            raise fault

    return before


class Rotations(RuleBasedStateMachine):
    """Every client that can change a project's keys."""

    model: Model

    @initialize(is_newer=st.booleans())
    def start(self, is_newer: bool) -> None:
        self.model = fresh(is_newer=is_newer)

    def free_keys(self) -> list[str]:
        """Keys that no evaluation uses: outside changes to others would stop evaluations."""
        used = {
            each["model_configuration"]["provider_key_id"]
            for each in self.model.evaluations.values()
        }
        return [key for key in self.model.keys if key not in used and key != self.model.active]

    @property
    def old(self) -> Selector:
        """The key that `--active` selects."""
        return Selector(active=True)

    @rule(secret=secrets, mode=modes)
    def rotate(self, secret: str, mode: Mode) -> None:
        assert code(lambda: go(Link(self.model), secret, mode, self.old)) in SAFE

    @rule(secret=secrets)
    def rotate_in_place(self, secret: str) -> None:
        link = Link(self.model)
        result = code(lambda: go(link, secret, selector=self.old, strategy=Strategy.IN_PLACE))
        assert result in SAFE

    @rule(secret=secrets, mode=modes, strategy=strategies, number=requests, applied=st.booleans())
    def rotate_with_a_fault(
        self, secret: str, mode: Mode, strategy: Strategy, number: int, applied: bool
    ) -> None:
        if strategy is Strategy.IN_PLACE:
            mode = Mode.FULL
        link = Link(self.model, failing(number, Drop(applied=applied)))
        assert code(lambda: go(link, secret, mode, self.old, strategy)) in SAFE

    @rule(secret=secrets, mode=modes, number=requests)
    def rotate_and_die(self, secret: str, mode: Mode, number: int) -> None:
        with contextlib.suppress(Dead):
            code(lambda: go(Link(self.model, failing(number, Dead())), secret, mode, self.old))

    @rule()
    def finish(self) -> None:
        assert code(lambda: go(Link(self.model), None, Mode.FINISH, self.old)) in SAFE

    @rule(number=requests)
    def abort_with_a_fault(self, number: int) -> None:
        link = Link(self.model, failing(number, Drop(applied=True)))
        assert code(lambda: go(link, None, Mode.ROLLBACK, self.old)) in SAFE

    @rule(secret=secrets, other=secrets, order=st.lists(st.integers(0, 1), max_size=40))
    def race(self, secret: str, other: str, order: list[int]) -> None:
        if "key-0001" in self.model.keys:
            race(self.model, (secret, other), order)

    @precondition(lambda self: self.free_keys())
    @rule(data=st.data())
    def somebody_deletes_a_key(self, data: st.DataObject) -> None:
        self.model.remove_key(data.draw(st.sampled_from(self.free_keys())), None)

    @precondition(lambda self: self.free_keys())
    @rule(data=st.data(), state=st.sampled_from(["invalid", "error", "ok"]))
    def somebody_validates_a_key(self, data: st.DataObject, state: str) -> None:
        self.model.keys[data.draw(st.sampled_from(self.free_keys()))]["state"] = state

    @rule(data=st.data())
    def somebody_activates_a_key(self, data: st.DataObject) -> None:
        good = [key for key, row in self.model.keys.items() if row["state"] == "ok"]
        self.model.active = data.draw(st.sampled_from(good))

    @rule(data=st.data())
    def somebody_renames_a_key(self, data: st.DataObject) -> None:
        self.model.keys[data.draw(st.sampled_from(list(self.model.keys)))]["name"] = "Main"

    @rule(secret=secrets)
    def somebody_adds_a_key(self, secret: str) -> None:
        if len(self.model.keys) < 6:
            self.model.add_key(secret, "Main")

    @invariant()
    def evaluations_have_a_key_that_works(self) -> None:
        if hasattr(self, "model"):
            self.model.check()

    def teardown(self) -> None:
        """In the end, pending rotations can be rolled back, and a new rotation succeeds."""
        if not hasattr(self, "model"):
            return
        for key in list(self.model.keys):
            if key in self.model.keys and "[rotates" in self.model.keys[key]["name"]:
                selector = Selector(key)
                if code(lambda: go(Link(self.model), None, Mode.ROLLBACK, selector)):  # noqa: B023
                    end = code(lambda: go(Link(self.model), None, Mode.FINISH, selector))  # noqa: B023
                    if end == ExitCode.CONFLICT and key in self.model.keys:
                        self.model.keys[key]["name"] = "Main"  # somebody renamed the other one
        for row in self.model.keys.values():
            if "[replaced by" in row["name"]:  # somebody renamed the key that replaced it
                row["name"] = "Main"
        secret = "sk-final-abcdefgh"
        result = code(lambda: go(Link(self.model), secret, selector=self.old))
        assert result == ExitCode.OK, result
        assert self.model.facts()["active"] == secret
        assert OLD not in {
            self.model.secrets[key] for key in self.model.keys if key == self.model.active
        }


Rotations.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestRotations = Rotations.TestCase
