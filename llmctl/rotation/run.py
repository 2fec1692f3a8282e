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
from llmctl.rotation import steps
from llmctl.rotation.decide import Disputed, Job
from llmctl.rotation.state import CONFIG, EVALUATIONS, KEYS, Api, Key, State
from llmctl.rotation.steps import Step
from llmctl.rotation.tag import mask_fits
from llmctl.secret import Secret

NIL_ID = "00000000-0000-0000-0000-000000000000"
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
        error.hint = RERUN
        raise
    except (UnavailableError, DeniedError, RejectedError, NotFoundError, ConfigError) as error:
        if job.lost is not None:
            raise UnknownOutcomeError(
                f"an answer was lost ({job.lost.text}), and then: {error.message}", hint=RERUN
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
        state = state or State(api)
        try:
            step = decide(state, job)
        except Disputed:
            if patience <= 0:
                raise
            patience -= 1
            time.sleep(1)
            state = None
            continue
        if job.lost is not None and (step is None or step.identity != job.lost.identity):
            _record(job, job.lost, report)
        job.lost = None
        if step is None:
            return state
        if not is_checked:
            preflight(api, state, job, step)
            is_checked = True
        tries[step.identity] += 1
        if tries[step.identity] > TRIES:
            raise ConflictError(f"somebody else undoes this again and again: {step.text}")
        if step.kind == "create" and job.old is not None and job.secret is not None:
            check_secret(api, job.old, job.secret)
        _send(api, job, step, report, is_last_try=tries[step.identity] == TRIES)
        state = None


def _send(api: Api, job: Job, step: Step, report: Report, *, is_last_try: bool) -> None:
    """One write. Where its outcome is unknown, the next reading of the state decides."""
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
        return
    except NotFoundError:
        if is_last_try or step.kind == "create":
            raise
        return  # gone meanwhile: the next reading says what that means
    if step.kind == "create" and answer is not None:
        job.new_id = str(answer.get("id"))
    _record(job, step, report)


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
        + (f", or go back with: {job.undo}" if job.undo else ""),
        status=error.status,
        attr=error.attr,
        server_code=error.server_code,
    )


def _done(job: Job) -> str:
    return "; ".join(step.text for step in job.done)


def preflight(api: Api, state: State, job: Job, first: Step) -> None:
    """Whether the key may do all that will be needed, by requests that change nothing.

    DeniedError names every right that is missing. Rights on single evaluations cannot be tested.
    """
    probes: list[tuple[str, Callable[[], object]]] = []
    if first.kind != "create":  # creating starts with a check that needs the same right
        probes.append(("write provider keys", lambda: api.patch(f"{KEYS}{NIL_ID}/", {})))
    if job.was_active:
        path = f"{CONFIG}set_active_key/"
        probes.append(("set the active key", lambda: api.post(path, {})))
    keys = [job.old_id, *([job.new_id] if job.new_id else [])]
    if any(state.pinned(key_id) for key_id in keys):
        probes.append(("write evaluations", lambda: api.patch(f"{EVALUATIONS}{NIL_ID}/", {})))
    refused: list[tuple[str, DeniedError]] = []
    for what, probe in probes:
        try:
            probe()
        except (NotFoundError, RejectedError):
            continue
        except UnknownOutcomeError as error:
            raise _nothing_done(error) from None
        except DeniedError as error:
            refused.append((what, error))
    if refused:
        named = "; ".join(f"{what}: {error.message}" for what, error in refused)
        raise DeniedError(
            f"the key lacks rights that the rotation needs, and nothing was changed: {named}",
            hint=refused[0][1].hint,
            status=refused[0][1].status,
        )


def _nothing_done(error: UnknownOutcomeError) -> UnavailableError:
    """A lost answer to a request that could not change anything."""
    message = "a check before the rotation got no answer, and nothing was changed"
    return UnavailableError(message, hint="try again", status=error.status)


def check_secret(api: Api, old: Key, secret: Secret) -> None:
    """Let the provider judge the new secret before it is stored.

    RejectedError where it is invalid, UnavailableError where the provider cannot say.
    """
    try:
        answer = steps.check(old, secret).send(api) or {}
    except NotFoundError:
        return  # an older server: creating the key checks it as well
    except UnknownOutcomeError as error:
        raise _nothing_done(error) from None
    judge(answer)


def judge(answer: dict[str, object]) -> None:
    """RejectedError where the provider calls a secret invalid, UnavailableError where it cannot
    say; nothing where it is ok."""
    state, message = answer.get("state"), answer.get("error_message")
    if state == "ok":
        return
    if state == "invalid":
        raise RejectedError(f"the provider does not accept the secret: {message}")
    raise UnavailableError(
        f"the provider could not judge the secret ({state}): {message}", hint="try again later"
    )


def in_place(
    api: Api, key: Key, secret: Secret, report: Report, *, expect_mask: str | None = None
) -> tuple[Key, bool]:
    """Swap the secret of a key under its id; the key as it is now, and whether it was written.

    ConflictError where the key's mask is not `expect_mask`, or is another's afterwards;
    UnknownOutcomeError where the answer was lost and the mask says nothing.
    """
    check_mask(key, expect_mask)
    if mask_fits(key.mask, secret) and key.state == "ok":
        return key, False
    step = steps.set_secret(key, secret)
    for attempt in range(1, TRIES + 1):
        try:
            step.send(api)
            break
        except UnknownOutcomeError as error:
            error.hint = RERUN
            try:
                found = _read(api, key.id)
            except UnavailableError:
                raise error from None
            if found.mask != key.mask and mask_fits(found.mask, secret):
                break
            if attempt == TRIES:
                raise
            report("the answer was lost and the old secret is still there; sending it again")
        except InterruptedWriteError as error:
            error.hint = RERUN
            raise
    report(f"done: {step.text}")
    now = _read(api, key.id)
    if mask_fits(now.mask, secret) is False:
        raise ConflictError(
            f"key {key.id} has the mask {now.mask} after the write: somebody else rotated it, too",
            hint="find out which secret is wanted, and rotate again with --expect-mask",
        )
    if now.state != "ok":
        raise ConflictError(
            f"key {key.id} has the state {now.state!r} after the write", hint="rotate it again"
        )
    return now, True


def check_mask(key: Key, expected: str | None) -> None:
    """ConflictError where the key is not the one that the caller has in mind."""
    if expected is not None and key.mask != expected:
        raise ConflictError(
            f"the mask of key {key.id} is {key.mask}, not {expected}; nothing was changed"
        )


def _read(api: Api, key_id: str) -> Key:
    from llmctl.rotation.state import parse_key

    return parse_key(api.get(f"{KEYS}{key_id}/"))
