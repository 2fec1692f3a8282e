"""Reads that lag behind writes: recent changes are not visible yet, and no other client is
blamed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from llmctl.errors import ConflictError, LlmctlError, UnavailableError, UnfinishedError
from llmctl.rotation.find_key import Selector
from llmctl.rotation.outcome import Outcome
from llmctl.rotation.patience import Patience
from llmctl.rotation.request import Mode, RotationRequest
from llmctl.rotation.rotate import rotate
from llmctl.rotation.strategy import Strategy
from llmctl.safe.secret import Secret
from tests.rotation.model import Link, Model, mask
from tests.rotation.test_decisions import NEW, OLD, OTHER, fresh, go


@dataclass
class Lagging(Link):
    """Each read shows the server as it was `lag` seconds ago; only pauses take time."""

    lag: float = 2.0
    now: float = 0.0
    past: list[tuple[float, Model]] = field(default_factory=list)

    def _do(self, method: str, path: str, body: Any = None, query: Any = None) -> Any:
        if method != "GET":
            self.past.append((self.now + self.lag, copy.deepcopy(self.model)))
            return super()._do(method, path, body, query)
        server = next((old for until, old in self.past if until > self.now), self.model)
        return server.handle(method, path, {}, {})

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def run(
    link: Lagging, strategy: Strategy, mode: Mode = Mode.FULL, secret: str | None = NEW
) -> Outcome:
    known = None if secret is None else Secret(secret)
    request = RotationRequest(Selector("key-0001"), known, strategy, mode)
    patience = Patience(20, link.sleep)
    return rotate(link, request, lambda text: None, lambda question: False, patience=patience)


@pytest.fixture(params=[False, True], ids=["older", "newer"])
def model(request: pytest.FixtureRequest) -> Model:
    return fresh(is_newer=request.param)


@pytest.mark.parametrize("strategy", Strategy)
def test_h04_rotation_waits_for_reads_that_lag(model: Model, strategy: Strategy) -> None:
    expected = fresh(is_newer=model.is_newer)
    go(Link(expected), strategy=strategy)
    assert run(Lagging(model), strategy).changed
    assert model.facts() == expected.facts()


def test_h04_rollback_waits_for_reads_that_lag(model: Model) -> None:
    before = model.facts()
    go(Link(model), mode=Mode.KEEP_OLD)
    assert run(Lagging(model), Strategy.REPLACE, Mode.ROLLBACK, None).changed
    assert model.facts() == before


def test_h04_old_secret_that_is_still_shown_accuses_nobody(model: Model) -> None:
    with pytest.raises(UnfinishedError, match="the server still shows the old one"):
        run(Lagging(model, lag=1000), Strategy.IN_PLACE)
    assert go(Link(model), strategy=Strategy.IN_PLACE).known_by_mask


def test_h04_replacement_that_is_not_shown_accuses_nobody(model: Model) -> None:
    with pytest.raises(LlmctlError) as raised:
        run(Lagging(model, lag=1000), Strategy.REPLACE)
    assert "another client" not in raised.value.message
    assert go(Link(model)).deleted


@dataclass
class Stopped(Link):
    """The process stops for 40 s before each write of a kind, at most `stops` times."""

    kind: str = "DELETE"
    stops: int = 1
    meanwhile: Callable[[], None] = lambda: None
    now: float = 0.0

    def _stop(self, method: str) -> None:
        if method == self.kind and self.stops:
            self.stops -= 1
            self.now += 40
            self.meanwhile()

    def update(self, *args: Any, **options: Any) -> Any:
        self._stop("PATCH" if "api_key" in args[2] else "")
        return super().update(*args, **options)

    def delete(self, *args: Any, **options: Any) -> None:
        self._stop("DELETE")
        super().delete(*args, **options)

    def rotate(self, strategy: Strategy, mode: Mode = Mode.FULL) -> Outcome:
        secret = None if mode is Mode.ROLLBACK else Secret(NEW)
        request = RotationRequest(Selector("key-0001"), secret, strategy, mode)
        patience = Patience(0, now=lambda: self.now)
        return rotate(self, request, lambda text: None, lambda question: False, patience=patience)


KINDS = [(Strategy.REPLACE, "DELETE"), (Strategy.IN_PLACE, "PATCH")]


@pytest.mark.parametrize(("strategy", "kind"), KINDS)
def test_h11_newer_secret_given_while_the_process_was_stopped(
    model: Model, strategy: Strategy, kind: str
) -> None:
    def colleague() -> None:
        model.active = "key-0001"
        model.secrets["key-0001"] = OTHER
        model.keys["key-0001"]["api_key_masked"] = mask(OTHER)

    with pytest.raises(ConflictError, match="changed by another client"):
        Stopped(model, kind=kind, meanwhile=colleague).rotate(strategy)
    assert model.secrets["key-0001"] == OTHER
    assert model.active == "key-0001"


@pytest.mark.parametrize(("strategy", "kind"), KINDS)
def test_h11_process_stopped_and_nothing_changed(
    model: Model, strategy: Strategy, kind: str
) -> None:
    expected = fresh(is_newer=model.is_newer)
    go(Link(expected, is_checked=False), strategy=strategy)
    Stopped(model, kind=kind, is_checked=False, stops=2).rotate(strategy)
    assert model.facts() == expected.facts()


@pytest.mark.parametrize(
    ("strategy", "kind", "error"),
    [(*KINDS[0], UnfinishedError), (*KINDS[1], UnavailableError)],
)
def test_h11_process_stopped_again_and_again(
    model: Model, strategy: Strategy, kind: str, error: type[LlmctlError]
) -> None:
    with pytest.raises(error, match="too old"):
        Stopped(model, kind=kind, stops=100).rotate(strategy)
    assert model.secrets["key-0001"] == OLD
    model.check()


def test_h11_process_stopped_before_a_rollback_deletes(model: Model) -> None:
    before = model.facts()
    go(Link(model, is_checked=False), mode=Mode.KEEP_OLD)

    def colleague() -> None:
        model.active = "key-0002"

    Stopped(model, meanwhile=colleague).rotate(Strategy.REPLACE, Mode.ROLLBACK)
    assert model.facts() == before
