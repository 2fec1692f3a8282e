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
    UnavailableError,
    UnfinishedError,
    UnknownOutcomeError,
)
from llmctl.rotation.preflight import check_rights
from llmctl.rotation.rotation_run import Disputed, Job
from llmctl.rotation.snapshot import Api, State
from llmctl.rotation.steps import Step

TRIES = 3
RERUN = "run the same command again, in a minute: it looks at the server and goes on from there"
# What the server or the way to it says: the request that it answers was certainly not done.
CERTAIN = (ConfigError, DeniedError, NotFoundError, RejectedError, UnavailableError)

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
    was done, else the error of the first step. Whatever stops it, what was done is told.
    """
    try:
        return _loop(api, job, decide, report, state, patience)
    except LlmctlError as error:
        raise _stopped(error, job) from None
    except BaseException:  # a signal, or what nobody thought of
        if _has_written(job):
            report(f"stopped half-way{_so_far(job)}; {RERUN}")
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
        state = _known_after(state, step, job) if is_certain else None


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


def _known_after(state: State, step: Step, job: Job) -> State | None:
    """The state after a write that can be undone; None where all of it must be read again."""
    if step.kind == "move":
        return state.after_move(watched=job.watched)
    return state.after_activation(step.subject) if step.kind == "activate" else None


def _send(api: Api, job: Job, step: Step, report: Report, *, is_last_try: bool) -> bool:
    """One write; whether it is certain that it was done, else the next reading decides."""
    # A second create would be a second copy of the secret: sent once, then looked for.
    job.has_created = job.has_created or step.kind == "create"
    job.has_deleted = job.has_deleted or (step.kind, step.subject) == ("delete", job.old_id)
    job.lost = step  # until its answer is here
    try:
        answer = step.send(api)
    except UnknownOutcomeError:
        if is_last_try:
            raise
        report(f"the answer was lost, looking at the server for: {step.text}")
        return False
    except CERTAIN as error:
        job.lost = None
        is_changed = isinstance(error, NotFoundError | RejectedError)
        if is_changed and not is_last_try and step.kind not in ("create", "set-secret"):
            return False  # by somebody, meanwhile: the next reading says what that means
        if step.kind == "set-secret":
            error.message = f"could not {step.text}: {error.message}"
        raise
    if step.kind == "create" and answer is not None:
        job.new_id = str(answer.get("id"))
    _record(job, step, report)
    job.deleted.update([step.subject] if step.kind == "delete" else [])
    return True


def _record(job: Job, step: Step, report: Report) -> None:
    if step.kind == "move":
        job.moved.append(step.subject)
    job.done.append(step)
    job.lost = None
    made = f": {job.new_id}" if step.kind == "create" else ""
    report(f"done: {step.text}{made}")


def _stopped(error: LlmctlError, job: Job) -> LlmctlError:
    """The error to end with: it names what was done, the new key and the way on."""
    message, far = error.message, _so_far(job)
    if far and (_has_written(job) or str(job.own_id) not in message):
        message = f"{message.rstrip('.')}{far}"
    if isinstance(error, CERTAIN) and job.lost is not None:
        error = UnknownOutcomeError(message)
    if isinstance(error, UnknownOutcomeError | InterruptedWriteError):
        error.hint = f"{RERUN}; to look: llmctl provider-keys list"
    elif isinstance(error, CERTAIN) and job.done:
        return half_way(error, job)
    elif _has_written(job):
        first = f"{error.hint}; once that is settled, " if error.hint else ""
        error.hint = f"{first}run the same command again: it goes on from there"
    else:
        error.hint = error.hint or job.new_key_hint
    error.message = message
    return error


def half_way(error: LlmctlError, job: Job) -> UnfinishedError:
    """The error for a stop after at least one write: what was done, what stopped it."""
    return UnfinishedError(
        f"stopped half-way: {error.message.rstrip('.')}{_so_far(job)}",
        hint="mend the cause and run the same command again"
        + (f", or {job.way_out}" if job.own_id and job.has_way_back else ""),
        status=error.status,
        attr=error.attr,
        server_code=error.server_code,
    )


def _has_written(job: Job) -> bool:
    return bool(job.done) or job.lost is not None


def _so_far(job: Job) -> str:
    """What a message must say of what was done before it."""
    text = ""
    if job.done:
        text += f"; done so far: {'; '.join(step.text for step in job.done)}"
    if job.lost is not None:
        text += f"; not known whether done: {job.lost.text}"
    return text + (f"; the new key is {job.own_id}" if job.own_id else "")
