"""Runs a rotation: read, decide, one write, read again. All errors of a half-way stop end here."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from llmctl.errors import (
    ConfigError,
    ConflictError,
    DeniedError,
    InterruptedWriteError,
    LlmctlError,
    NotFoundError,
    RejectedError,
    Terminated,
    UnavailableError,
    UnfinishedError,
    UnknownOutcomeError,
)
from llmctl.rotation.job import Disputed, Job
from llmctl.rotation.preflight import check_rights
from llmctl.rotation.state import Api, State
from llmctl.rotation.steps import Step

TRIES = 3
RERUN = "run the same command again, in a minute: it looks at the server and goes on from there"

Decide = Callable[[State, Job], Step | None]
Report = Callable[[str], None]


def drive(
    api: Api,
    job: Job,
    decide: Decide,
    report: Report,
    *,
    state: State | None = None,
    patience: int = 5,
) -> State:
    """Do what `decide` says until it says nothing; the last state.

    `state` is what was read just now, if it was. `patience` is how many seconds to wait for
    another rotation that has lost to go away.
    UnfinishedError where it stopped half-way, UnknownOutcomeError where it cannot be known what
    was done, else the error of the first step.
    """
    try:
        return _loop(api, job, decide, report, state, patience)
    except (UnknownOutcomeError, InterruptedWriteError) as error:
        error.message += "" if job.new_id is None else f"; the new key is {job.new_id}"
        error.hint = f"{RERUN}; to look: llmctl provider-keys list"
        raise
    except (UnavailableError, DeniedError, RejectedError, NotFoundError, ConfigError) as error:
        if job.lost is not None:
            raise UnknownOutcomeError(
                f"an answer was lost ({job.lost.text}), and then: {error.message}",
                hint=f"{RERUN}; to look: llmctl provider-keys list",
            ) from None
        if not job.done:
            raise
        raise half_way(error, job) from None
    except (KeyboardInterrupt, Terminated):
        if job.done:
            report(f"stopped half-way, after: {_done(job)}; {RERUN}")
        raise


def _loop(
    api: Api, job: Job, decide: Decide, report: Report, state: State | None, patience: int
) -> State:
    tries: Counter[tuple[str, str, str]] = Counter()
    is_checked = False
    while True:
        state, step = _next_step(api, job, decide, state, patience)
        if job.lost is not None and (step is None or step.identity != job.lost.identity):
            _record(job, job.lost, report)
        job.lost = None
        if step is None:
            return state
        if not is_checked:
            check_rights(api, state, job, step)
            is_checked, state = True, None  # the checks took their time: look again
            continue
        tries[step.identity] += 1
        if tries[step.identity] > TRIES:
            raise ConflictError(
                f"somebody else undoes this again and again: {step.text}", hint=job.new_key_hint
            )
        is_certain = _send(api, job, step, report, is_last_try=tries[step.identity] == TRIES)
        state = _known_after(state, step) if is_certain else None


def _next_step(
    api: Api, job: Job, decide: Decide, state: State | None, patience: int
) -> tuple[State, Step | None]:
    """What comes next, and the state that says so; `state` is what is known, if anything is."""
    while True:
        state = state or State(api, watched=job.watched)
        try:
            step = decide(state, job)
        except Disputed:
            if patience <= 0:
                raise
            patience -= 1
            time.sleep(1)
            state = None
            continue
        if state.is_whole or (step is not None and step.kind == "move"):
            return state, step
        # What cannot be undone is decided from all of the state.
        state = state.refreshed(watched=job.watched)


def _known_after(state: State, step: Step) -> State | None:
    """The state after a write that can be undone; None where all of it must be read again."""
    if step.kind == "move":
        return state.after_move()
    return state.after_activation(step.subject) if step.kind == "activate" else None


def _send(api: Api, job: Job, step: Step, report: Report, *, is_last_try: bool) -> bool:
    """One write; whether it is certain that it was done, else the next reading decides."""
    # A second create would be a second copy of the secret: sent once, then looked for.
    job.has_created = job.has_created or step.kind == "create"
    job.has_deleted = job.has_deleted or (step.kind, step.subject) == ("delete", job.old_id)
    try:
        answer = step.send(api)
    except UnknownOutcomeError:
        if is_last_try:
            raise
        job.lost = step
        report(f"the answer was lost, looking at the server for: {step.text}")
        return False
    except (NotFoundError, RejectedError):
        if is_last_try or step.kind in ("create", "set-secret"):
            raise
        return False  # somebody changed it meanwhile: the next reading says what that means
    if step.kind == "create" and answer is not None:
        job.new_id = str(answer.get("id"))
    _record(job, step, report)
    job.deleted.update([step.subject] if step.kind == "delete" else [])
    return True


def _record(job: Job, step: Step, report: Report) -> None:
    if step.kind == "move":
        job.moved.append(step.subject)
    job.done.append(step)
    report(f"done: {step.text}")


def half_way(error: LlmctlError, job: Job) -> UnfinishedError:
    """The error for a stop after at least one write: what was done, what stopped it."""
    new = f"; the new key is {job.new_id}" if job.new_id else ""
    return UnfinishedError(
        f"stopped half-way: {error.message.rstrip('.')}; done so far: {_done(job)}{new}",
        hint="mend the cause and run the same command again"
        + ("" if job.has_deleted or job.new_id is None else f", or go back with: {job.undo}"),
        status=error.status,
        attr=error.attr,
        server_code=error.server_code,
    )


def _done(job: Job) -> str:
    return "; ".join(step.text for step in job.done)
