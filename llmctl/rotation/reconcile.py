"""Run a rotation: read, decide, do one write, read again, until nothing is left to do."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from functools import partial

from llmctl.api.provider_check import explain_refusal
from llmctl.errors import (
    ConflictError,
    DeniedError,
    Hint,
    LlmctlError,
    NotFoundError,
    OutdatedError,
    RejectedError,
    UnfinishedError,
    UnknownOutcomeError,
)
from llmctl.rotation.api import Api
from llmctl.rotation.callbacks import Report
from llmctl.rotation.hints import RERUN
from llmctl.rotation.patience import Patience
from llmctl.rotation.preflight import check_permissions
from llmctl.rotation.reader import read_snapshot, refresh, still_fits
from llmctl.rotation.rotation_run import OtherRotationPending, RotationRun
from llmctl.rotation.snapshot import Snapshot
from llmctl.rotation.steps import Step
from llmctl.rotation.stop import NOT_DONE, stop_error, stop_note

MAX_TRIES = 3  # of one step

Decide = Callable[[Snapshot, RotationRun], Step | None]


def reconcile(
    api: Api,
    run: RotationRun,
    decide: Decide,
    report: Report,
    *,
    snapshot: Snapshot | None = None,
    patience: Patience | None = None,
) -> Snapshot:
    """Do the steps that `decide` returns until it returns None; return the last snapshot.

    `snapshot` is the snapshot just read, if any. `patience` limits the wait for changes that the
    server does not show yet. Raise
    UnfinishedError if the run stopped partway, UnknownOutcomeError if the outcome of a write is
    unknown, else the error of the first step. Every error and interruption reports what was done.
    """
    try:
        patience = patience or Patience()
        return _loop(api, run, decide, report, snapshot, patience)
    except LlmctlError as error:
        raise stop_error(error, run) from error
    except BaseException:  # a signal or a bug
        if run.progress.has_written:
            report(stop_note(run))
        raise


def _loop(
    api: Api,
    run: RotationRun,
    decide: Decide,
    report: Report,
    snapshot: Snapshot | None,
    patience: Patience,
) -> Snapshot:
    is_checked = False
    tries: Counter[tuple[str, str, str]] = Counter()
    while True:
        snapshot, step = _decide_on_fresh(api, run, decide, snapshot, patience)
        sent = run.progress.unconfirmed
        if sent is not None and (step is None or step.identity != sent.identity):
            _record(run, sent, report)  # it is not requested again, so it was done
        run.progress.unconfirmed = None
        if step is None:
            return snapshot
        if not is_checked:
            check_permissions(api, snapshot, run, step)
            is_checked, snapshot = True, None  # the checks took time: read again
            continue
        if patience.is_for(step.identity) and patience.pause():
            snapshot = None  # reads may lag behind writes: read again before repeating the step
            continue
        if snapshot.stale == "all" and not still_fits(api, snapshot, step):
            snapshot = None
            continue
        tries[step.identity] += 1
        is_last_try = _is_last_try(
            tries[step.identity], run, step, is_confirmed=patience.is_for(step.identity)
        )
        if run.progress.done or step.kind == "move":
            patience.on_partial()
        is_current = partial(patience.is_recent, snapshot.read_at)
        try:
            is_confirmed = _send(api, run, step, report, is_current, is_last_try=is_last_try)
        except OutdatedError:
            if is_last_try:
                raise
            # The delete of a key moves whatever is still pinned to it.
            snapshot = dataclasses.replace(snapshot, stale="keys")
            continue
        snapshot = _after_confirmed(snapshot, step, patience) if is_confirmed else None


def _is_last_try(tries: int, run: RotationRun, step: Step, *, is_confirmed: bool) -> bool:
    """Return True for the last try. Raise UnfinishedError or ConflictError after that.

    If the server had confirmed the step, its reads may lag: nobody else is to be blamed.
    """
    if tries <= MAX_TRIES:
        return tries == MAX_TRIES
    if is_confirmed:
        message = f"the server confirmed this, but does not show it: {step.done_text}"
        raise UnfinishedError(message, hint=Hint(RERUN))
    message = f"another client keeps reverting this: {step.text}"
    raise ConflictError(message, hint=run.new_key_hint)


def _decide_on_fresh(
    api: Api, run: RotationRun, decide: Decide, snapshot: Snapshot | None, patience: Patience
) -> tuple[Snapshot, Step | None]:
    """Return the next step and the snapshot that it was decided on."""
    while True:
        snapshot = snapshot or read_snapshot(api, watched=run.watched, now=patience.now)
        if run.awaits_new_key(snapshot) and patience.pause():
            snapshot = None
            continue
        try:
            step = decide(snapshot, run)
        except LlmctlError as error:
            if snapshot.stale is None and not (
                isinstance(error, OtherRotationPending) and patience.pause()
            ):
                raise
            snapshot = None
            continue
        if snapshot.stale is None or (step is not None and step.kind == "move"):
            return snapshot, step
        # Only a move can be undone: anything else is decided on a fresh snapshot.
        snapshot = refresh(api, snapshot, watched=run.watched, now=patience.now)


def _after_confirmed(snapshot: Snapshot, step: Step, patience: Patience) -> Snapshot | None:
    """Return the snapshot after a write that can be undone; None if all must be read again."""
    patience.renew_for(step.identity)
    if step.kind == "move":
        return snapshot.after_move(step.subject, step.moves_to)
    return snapshot.after_activation(step.subject) if step.kind == "activate" else None


def _send(
    api: Api,
    run: RotationRun,
    step: Step,
    report: Report,
    is_current: Callable[[], bool],
    *,
    is_last_try: bool,
) -> bool:
    """Do one write; return True if it is confirmed. If not, the next snapshot decides.

    OutdatedError if it cannot be undone and was not sent, because `is_current` returned False.
    """
    # A second create would store the secret twice: it is sent once and then looked up.
    run.create_was_sent = run.create_was_sent or step.kind == "create"
    was_sent = run.delete_was_sent
    run.delete_was_sent = was_sent or (step.kind == "delete" and step.subject == run.old_id)
    run.progress.unconfirmed = step  # until its response arrives
    try:
        answer = step.send(api, is_current)
    except OutdatedError:
        run.progress.unconfirmed, run.delete_was_sent = None, was_sent
        raise
    except UnknownOutcomeError:
        if is_last_try:
            raise
        report(f"tried to {step.text}, but the response was lost; checking the server")
        return False
    except NOT_DONE as error:
        run.progress.unconfirmed = None
        may_have_changed = isinstance(error, NotFoundError | RejectedError)
        if may_have_changed and not is_last_try and step.kind not in ("create", "set-secret"):
            return False  # by another client: the next snapshot decides
        if step.kind == "move" and isinstance(error, RejectedError | DeniedError):
            run.refused_moves[step.subject] = error.message
            report(f"could not {step.text}: {error.message}")
            return False
        raise _explained(api, step, error) from None
    if step.kind == "create" and answer is not None:
        run.new_id = str(answer.get("id"))
    _record(run, step, report)
    run.gone_ids.update([step.subject] if step.kind == "delete" else [])
    return True


def _explained(api: Api, step: Step, error: LlmctlError) -> LlmctlError:
    """Return the error that says which step was refused, and whether the provider is at fault."""
    subject = f"could not {step.text}"
    if step.validation is not None and isinstance(error, RejectedError):
        explained = explain_refusal(api, error, dict(step.validation), subject)
        if explained is not error:
            return explained
    if step.kind == "set-secret":
        return error.restated(f"{subject}: {error.message}", error.hint)
    return error


def _record(run: RotationRun, step: Step, report: Report) -> None:
    run.progress.done.append(step)
    run.progress.unconfirmed = None
    created = f": {run.new_id}" if step.kind == "create" else ""
    report(f"{step.done_text}{created}")
