"""Swapping the secret of a key under its id: one write, and what was written read back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from llmctl.api.resources import PROVIDER_KEYS
from llmctl.errors import (
    ConflictError,
    InterruptedWriteError,
    NotFoundError,
    Terminated,
    UnfinishedError,
    UnknownOutcomeError,
)
from llmctl.rotation import steps
from llmctl.rotation.reconcile import CERTAIN, RERUN, TRIES, Report
from llmctl.rotation.snapshot import Api, Key, parse_key
from llmctl.rotation.steps import Step
from llmctl.safe.secret import Secret


def swap(api: Api, key: Key, secret: Secret, report: Report) -> Key:
    """Give the key the secret; the key as it is now.

    ConflictError where the mask is another's before a repetition or afterwards;
    UnknownOutcomeError where the answer was lost and the mask does not tell; UnfinishedError
    where the secret is swapped and cannot be read back.
    """
    step = steps.set_secret(key, secret)
    _write(api, key, secret, step, report)
    report(f"done: {step.text}")
    try:
        now = read_key(api, key)
    except CERTAIN as error:
        raise UnfinishedError(
            f"key {key.id} was given the new secret, but reading it back failed: {error.message}",
            hint=RERUN,
        ) from None
    except (KeyboardInterrupt, Terminated):
        report(f"interrupted before it was read back; {RERUN}")
        raise
    if secret.fits_mask(now.mask) is False:
        raise _overwritten(now)
    if now.state != "ok":
        raise ConflictError(
            f"key {key.id} has the state {now.state!r} after the write", hint="rotate it again"
        )
    return now


def read_key(api: Api, key: Key) -> Key:
    """The key as it is now. ConflictError where it is gone."""
    with _conflict_if_gone(key):
        return parse_key(api.get(PROVIDER_KEYS, key.id))


def _write(api: Api, key: Key, secret: Secret, step: Step, report: Report) -> None:
    """Send it until it is certain that it was done; it is the same however often it is done."""
    lost: UnknownOutcomeError | None = None
    for _ in range(TRIES):
        try:
            with _conflict_if_gone(key):
                step.send(api)
            return
        except InterruptedWriteError as error:
            error.hint = RERUN
            raise
        except CERTAIN as error:
            if lost is None:
                raise
            raise UnknownOutcomeError(
                f"an answer was lost ({step.text}), and then: {error.message}", hint=lost.hint
            ) from None
        except UnknownOutcomeError as error:
            lost = error
            lost.hint = f"{RERUN}; to look: llmctl provider-keys get {key.id}"
        try:
            if _has_landed(api, key, secret, lost):
                return
        except (KeyboardInterrupt, Terminated):
            report(f"interrupted after an answer was lost ({step.text}); {lost.hint}")
            raise
        report("the answer was lost and the old secret is still there; sending it again")
    assert lost is not None
    raise lost


@contextlib.contextmanager
def _conflict_if_gone(key: Key) -> Iterator[None]:
    try:
        yield
    except NotFoundError as error:
        if not error.is_of_object:
            raise
        raise ConflictError(
            f"key {key.id} was there a moment ago and is gone: somebody deleted or replaced it",
            hint="llmctl provider-keys list",
        ) from None


def _has_landed(api: Api, key: Key, secret: Secret, lost: UnknownOutcomeError) -> bool:
    try:
        found = read_key(api, key)
    except CERTAIN:
        raise lost from None
    if found.mask == key.mask:
        return False
    if secret.fits_mask(found.mask) is False:
        raise _overwritten(found)
    return True


def _overwritten(key: Key) -> ConflictError:
    return ConflictError(
        f"key {key.id} has the mask {key.mask} after the write: somebody else rotated it, too",
        hint="find out which secret is wanted, and rotate again with --expect-mask",
    )
