"""The error that a run ends with: what was done, what is not confirmed, why, and what to do."""

from __future__ import annotations

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
        return error.restated(message, _check_hint())
    is_partial = isinstance(error, EvaluationsNotMoved)
    if is_partial or (isinstance(error, NOT_DONE) and progress.done):
        return UnfinishedError(message, hint=_fix_hint(run), **error.details)
    if progress.has_written:
        again = "run the same command again: it continues from there"
        then = Hint(f"then {again}" if error.hint else again)
        return error.restated(message, followed_by(error.hint, then))
    return error.restated(message, error.hint or run.new_key_hint)


def stop_note(run: RotationRun) -> str:
    """Return the note to print before a signal or a bug ends a run that has written."""
    return _sentences("stopped partway.", run.progress.describe(run.own_id), RERUN.capitalize())


def _message(error: LlmctlError, run: RotationRun) -> str:
    if run.progress.has_written:
        described = run.progress.describe(run.own_id)
        return _sentences("stopped partway.", described, f"Reason: {error.message}")
    if run.own_id is not None and isinstance(error, NOT_DONE):
        described = run.progress.describe(run.own_id)
        return f"stopped before the first write. {described} Reason: {error.message}"
    return error.message


def _sentences(*texts: str) -> str:
    return " ".join(text for text in texts if text)


def _check_hint() -> Hint:
    return Hint(RERUN, also=Hint("to check", LIST_KEYS.command))


def _fix_hint(run: RotationRun) -> Hint:
    hint = Hint("fix the cause and run the same command again")
    if run.own_id and run.can_roll_back and not run.is_rollback:
        return followed_by(hint, run.end_hint("or "))
    return hint
