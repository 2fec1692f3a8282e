"""A run that stops after a write reports the new key, the steps done and how to continue."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from llmctl.errors import (
    ConflictError,
    DeniedError,
    ExitCode,
    InterruptedWriteError,
    LlmctlError,
    RejectedError,
    Terminated,
    UnavailableError,
    UnfinishedError,
    UnknownOutcomeError,
)
from llmctl.rotation.find_key import Selector
from llmctl.rotation.patience import Patience
from llmctl.rotation.request import Mode, RotationRequest
from llmctl.rotation.rotate import rotate
from llmctl.rotation.strategy import Strategy
from llmctl.safe.secret import Secret
from tests.rotation.model import NIL, Drop, Link, Model
from tests.rotation.test_decisions import NEW, OTHER, before_write, fresh, go, tagged

Before = Callable[[int, str, str], None]
ABORT = "llmctl provider-keys rotate key-0001 --strategy replace --abort"


@pytest.fixture(params=[False, True], ids=["older", "newer"])
def model(request: pytest.FixtureRequest) -> Model:
    return fresh(is_newer=request.param)


def stop_of(
    link: Link,
    mode: Mode = Mode.FULL,
    secret: str | None = NEW,
    strategy: Strategy = Strategy.REPLACE,
) -> tuple[BaseException, str]:
    """Return the exception that stops a run, and its message on standard error."""
    lines: list[str] = []
    known = None if secret is None else Secret(secret)
    request = RotationRequest(Selector("key-0001"), known, strategy, mode)
    with pytest.raises(BaseException) as raised:  # noqa: PT011
        rotate(link, request, lines.append, lambda question: False, patience=Patience(0))
    error = raised.value
    if isinstance(error, LlmctlError):
        lines += [error.message, str(error.hint)]
    return error, "\n".join(lines)


def raising(error: BaseException) -> Callable[[], None]:
    def action() -> None:
        raise error

    return action


STOPS: list[tuple[Callable[[], BaseException], int | None]] = [
    (lambda: UnavailableError("Busy."), ExitCode.UNFINISHED),
    (lambda: RejectedError("No."), ExitCode.UNFINISHED),
    (lambda: ConflictError("Held."), ExitCode.CONFLICT),
    (lambda: UnfinishedError("Not yet."), ExitCode.UNFINISHED),
    (lambda: LlmctlError("Odd."), ExitCode.INTERNAL),
    (lambda: Terminated(ExitCode.TERMINATED), ExitCode.TERMINATED),
    (lambda: InterruptedWriteError("cut", exit_code=ExitCode.INTERRUPTED), 130),
    (KeyboardInterrupt, None),
    (OverflowError, None),
]


@pytest.mark.parametrize(("stop", "code"), STOPS)
@pytest.mark.parametrize("kind", ["GET", "evaluation-2"])
def test_stop_partway(
    model: Model, stop: Callable[[], BaseException], code: int | None, kind: str
) -> None:
    """Stop before the second move, or while reading just before it."""

    def before(count: int, method: str, path: str) -> None:
        is_moved = "PATCH evaluations/evaluation-1/" in model.log
        if is_moved and (method == kind or kind in path):
            raise stop()

    error, text = stop_of(Link(model, before))
    assert getattr(error, "exit_code", None) == code
    last = " ".join(text.splitlines()[-2:])
    assert text.count("created a replacement for key key-0001") == 1
    assert text.count("made key-0002 the active key") == 1
    assert text.count("pinned evaluation evaluation-1 (evaluation-1) to key-0002") == 1
    assert " New key: key-0002." in last
    assert "run the same command again" in last.lower()


def test_new_key_is_named_as_soon_as_it_is_there(model: Model) -> None:
    lines: list[str] = []
    request = RotationRequest(Selector("key-0001"), Secret(NEW), Strategy.REPLACE)
    rotate(Link(model), request, lines.append, lambda question: False)
    assert "created a replacement for key key-0001: key-0002" in lines


def test_lost_answer_then_unavailable(model: Model) -> None:
    lost: list[str] = []

    def before(count: int, method: str, path: str) -> None:
        if lost:
            raise UnavailableError("Busy.")
        if method == "PATCH" and "evaluation-2" in path:
            lost.append(path)
            raise Drop(applied=False)

    error, _ = stop_of(Link(model, before))
    assert isinstance(error, UnknownOutcomeError)
    assert "Not confirmed: pin evaluation evaluation-2" in error.message
    assert "key-0002" in error.message
    assert "run the same command again" in str(error.hint)


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), OverflowError()])
def test_stop_while_a_lost_create_is_looked_for(model: Model, stop: BaseException) -> None:
    lost: list[str] = []

    def before(count: int, method: str, path: str) -> None:
        if lost:
            raise stop
        if method == "POST" and path.endswith("provider_keys/"):
            lost.append(path)
            raise Drop(applied=True)

    error, text = stop_of(Link(model, before))
    assert error is stop
    assert "Not confirmed: create a replacement" in text.splitlines()[-1]
    assert "Run the same command again" in text.splitlines()[-1]


def test_bug_during_a_write_may_have_written(model: Model) -> None:
    error, text = stop_of(Link(model, before_write("provider_keys/", raising(OverflowError()))))
    assert isinstance(error, OverflowError)
    assert "Not confirmed: create a replacement" in text.splitlines()[-1]


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), UnavailableError("Busy.")])
def test_run_that_wrote_nothing_lists_no_steps(model: Model, stop: BaseException) -> None:
    def before(count: int, method: str, path: str) -> None:
        if NIL in path:
            raise stop

    _, text = stop_of(Link(model, before))
    assert "stopped" not in text
    assert isinstance(stop, KeyboardInterrupt) or "Busy." in text.splitlines()


def test_conflict_after_a_lost_create_names_both(model: Model) -> None:
    """The create may still arrive, so the conflict must not hide it."""
    rival = tagged("0" * 8, was_active=False)

    def lose() -> None:
        model.add_key(OTHER, rival)
        raise Drop(applied=False)

    error, _text = stop_of(Link(model, before_write("provider_keys/", lose)))
    assert isinstance(error, ConflictError)
    assert "Not confirmed: create a replacement" in error.message


def undone_by(hint: str) -> Mode:
    """Return the mode that a hint names."""
    found = re.search(r"rotate key-0001 --strategy replace --(abort|finish)", str(hint))
    assert found is not None, hint
    assert str(hint).count("--abort") + str(hint).count("--finish") == 1
    return Mode.ROLLBACK if found[1] == "abort" else Mode.FINISH


@pytest.mark.parametrize("strategy", Strategy)
def test_hint_for_a_rotation_whose_old_key_is_gone_works(model: Model, strategy: Strategy) -> None:
    """Only the rename of its new key is left to do."""
    go(Link(model), mode=Mode.KEEP_OLD)
    model.remove_key("key-0001", "key-0002")
    model.active = "key-0002"
    error, _text = stop_of(Link(model), secret=OTHER, strategy=strategy)
    assert isinstance(error, ConflictError)
    mode = undone_by(str(error.hint))
    assert go(Link(model), None, mode).deleted
    assert model.facts()["keys"] == [("Main", NEW)]


def test_hint_of_an_abort_overtaken_by_the_rotation_works(model: Model) -> None:
    """The rotation deletes the old key after the abort's first write."""
    go(Link(model), mode=Mode.KEEP_OLD)

    def finish() -> None:
        model.remove_key("key-0001", "key-0002")
        model.active = "key-0002"

    error, _text = stop_of(Link(model, before_write("evaluation-1", finish)), Mode.ROLLBACK, None)
    assert isinstance(error, ConflictError)
    assert go(Link(model), None, undone_by(str(error.hint))).deleted


def test_abort_that_comes_too_late_is_an_error(model: Model) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)

    def finish() -> None:
        model.active = "key-0002"
        go(Link(model), None, Mode.FINISH)

    error, text = stop_of(Link(model, before_write("set_active", finish)), Mode.ROLLBACK, None)
    assert isinstance(error, ConflictError)
    assert "key-0001 is gone" in error.message
    assert "in use again" not in text


def refused_from(model: Model, moves: int) -> Before:
    """Revoke the new key at the provider after this many moves."""

    def before(count: int, method: str, path: str) -> None:
        moved = sum(line.startswith("PATCH evaluations/evaluation") for line in model.log)
        if moved == moves and "key-0002" in model.keys:
            revoke(model)

    return before


def revoke(model: Model) -> None:
    model.keys["key-0002"]["state"] = "invalid"
    model.revoked = NEW


def test_no_evaluation_is_moved_to_a_key_that_stopped_working(model: Model) -> None:
    for _ in range(3):
        model.add_evaluation("key-0001")
    link = Link(model, refused_from(model, 1), is_checked=False)
    error, _text = stop_of(link)
    assert isinstance(error, UnfinishedError)
    assert sum(line.startswith("PATCH evaluations/evaluation") for line in model.log) == 1
    assert "key-0002" in error.message
    assert "'invalid'" in error.message
    assert ABORT in str(error.hint)
    assert go(Link(model, is_checked=False), None, Mode.ROLLBACK).changed
    model.check()


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.KEEP_OLD])
def test_rerun_with_a_key_that_stopped_working_names_it(model: Model, mode: Mode) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    revoke(model)
    error, _text = stop_of(Link(model, is_checked=False), mode)
    assert isinstance(error, RejectedError)
    assert "key-0002" in error.message
    assert "'invalid'" in error.message
    assert "Invalid API key" in error.message
    assert ABORT in str(error.hint)


def test_pending_key_of_another_secret_is_not_overwritten(model: Model) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    model.keys["key-0002"] |= {"api_key_masked": "sk-x...zzzz", "state": "unknown"}
    with pytest.raises(ConflictError, match="another secret"):
        go(Link(model, is_checked=False))
    assert model.keys["key-0002"]["api_key_masked"] == "sk-x...zzzz"


def refusing(evaluation_id: str, error: LlmctlError) -> Before:
    """Refuse each change of one evaluation."""

    def before(count: int, method: str, path: str) -> None:
        if method == "PATCH" and evaluation_id in path:
            raise error

    return before


@pytest.mark.parametrize(
    "error",
    [
        RejectedError("Select a provider and model.", status=400),
        DeniedError("You do not have editor access to this resource.", status=403),
    ],
)
@pytest.mark.parametrize("evaluation_id", ["evaluation-1", "evaluation-2"])
def test_h08_evaluation_that_cannot_be_moved_does_not_stop_the_others(
    model: Model, evaluation_id: str, error: LlmctlError
) -> None:
    other_id = ({"evaluation-1", "evaluation-2"} - {evaluation_id}).pop()
    for _ in range(2):  # a rerun, too
        stop, text = stop_of(Link(model, refusing(evaluation_id, error)))
        assert isinstance(stop, UnfinishedError)
        assert f"evaluation {evaluation_id} ({evaluation_id}): {error.message}" in text
        keys = {
            each["id"]: each["model_configuration"]["provider_key_id"]
            for each in model.evaluations.values()
        }
        assert keys[evaluation_id] == "key-0001"
        assert keys[other_id] == model.active != "key-0001"
    assert go(Link(model)).deleted


def test_h08_rollback_moves_the_others_back(model: Model) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    error = RejectedError("Select a provider and model.", status=400)
    for _ in range(2):
        stop, text = stop_of(Link(model, refusing("evaluation-1", error)), Mode.ROLLBACK, None)
        assert isinstance(stop, UnfinishedError)
        assert "evaluation evaluation-1 (evaluation-1)" in text
        assert model.active == "key-0001"
        assert model.evaluations["evaluation-2"]["model_configuration"] == {
            "provider": "openai",
            "model": "m",
            "provider_key_id": "key-0001",
        }
    go(Link(model), None, Mode.ROLLBACK)
    assert len(model.keys) == 1


def test_stopped_rollback_does_not_suggest_itself(model: Model) -> None:
    go(Link(model), mode=Mode.KEEP_OLD)
    model.denied.add("evaluation-2")
    with pytest.raises(UnfinishedError) as raised:
        go(Link(model), None, Mode.ROLLBACK)
    assert str(raised.value.hint) == "fix the cause and run the same command again"
