"""The error that a run ends with: what was done, what is not confirmed, why, and what to do."""

from __future__ import annotations

from typing import Any, TypeVar

from llmctl.errors import (
    ConfigError,
    DeniedError,
    Hint,
    InterruptedWriteError,
    LlmctlError,
    NotFoundError,
    RejectedError,
    UnavailableError,
    UnfinishedError,
    UnknownOutcomeError,
)
from llmctl.rotation.hints import LIST_KEYS, RERUN, followed_by
from llmctl.rotation.rotation_run import EvaluationsNotMoved, RotationRun

# The errors that prove that the request was not carried out.
NOT_DONE = (ConfigError, DeniedError, NotFoundError, RejectedError, UnavailableError)

Error = TypeVar("Error", bound=LlmctlError)


def stop_error(error: LlmctlError, run: RotationRun) -> LlmctlError:
    """Return the error to end the run with.

    UnknownOutcomeError if the outcome of a write is unknown, UnfinishedError if something was done,
    else an error of the same kind.
    """
    progress = run.progress
    message = _message(error, run)
    if isinstance(error, NOT_DONE) and progress.unconfirmed is not None:
        return UnknownOutcomeError(message, hint=_check_hint())
    if isinstance(error, UnknownOutcomeError | InterruptedWriteError):
        return restate(error, message, _check_hint())
    is_partial = isinstance(error, EvaluationsNotMoved)
    if is_partial or (isinstance(error, NOT_DONE) and progress.done):
        return UnfinishedError(
            message,
            hint=_fix_hint(run),
            status=error.status,
            attr=error.attr,
            server_code=error.server_code,
        )
    if progress.has_written:
        again = "run the same command again: it continues from there"
        then = Hint(f"then {again}" if error.hint else again)
        return restate(error, message, followed_by(error.hint, then))
    return restate(error, message, error.hint or run.new_key_hint)


def stop_note(run: RotationRun) -> str:
    """Return the note to print before a signal or a bug ends a run that has written."""
    return f"stopped partway; {run.progress.describe(run.own_id)}; {RERUN}"


def restate(error: Error, message: str, hint: Hint | None) -> Error:
    """Return an error of the same kind, with another message and hint."""
    if isinstance(error, InterruptedWriteError):
        return type(error)(message, hint=hint, exit_code=error.exit_code)
    details: dict[str, Any] = {
        "status": error.status,
        "attr": error.attr,
        "server_code": error.server_code,
    }
    if isinstance(error, NotFoundError):
        details["is_of_object"] = error.is_of_object
    return type(error)(message, hint=hint, **details)


def _message(error: LlmctlError, run: RotationRun) -> str:
    if run.progress.has_written:
        return f"stopped partway; {run.progress.describe(run.own_id)}; reason: {error.message}"
    if run.own_id is not None and isinstance(error, NOT_DONE):
        described = run.progress.describe(run.own_id)
        return f"stopped before the first write; {described}; reason: {error.message}"
    return error.message


def _check_hint() -> Hint:
    return Hint(RERUN, also=Hint("to check", LIST_KEYS.command))


def _fix_hint(run: RotationRun) -> Hint:
    hint = Hint("fix the cause and run the same command again")
    if run.own_id and run.can_roll_back:
        return followed_by(hint, run.end_hint("or "))
    return hint
