"""Rotate in place: write a new secret under the same id, then read the key back."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from functools import partial

from llmctl.api.provider_check import explain_refusal
from llmctl.api.resources import PROVIDER_KEYS
from llmctl.errors import (
    ConflictError,
    Hint,
    InterruptedWriteError,
    NotFoundError,
    OutdatedError,
    RejectedError,
    Terminated,
    UnfinishedError,
    UnknownOutcomeError,
)
from llmctl.rotation import steps
from llmctl.rotation.api import Api
from llmctl.rotation.callbacks import Report
from llmctl.rotation.conflicts import end_hint
from llmctl.rotation.find_key import no_such_key
from llmctl.rotation.hints import LIST_KEYS, RERUN
from llmctl.rotation.outcome import Outcome
from llmctl.rotation.patience import Patience
from llmctl.rotation.prepared import PreparedRotation
from llmctl.rotation.reader import parse_key
from llmctl.rotation.reconcile import MAX_TRIES
from llmctl.rotation.snapshot import Key
from llmctl.rotation.steps import Step
from llmctl.rotation.stop import NOT_DONE
from llmctl.safe.secret import Secret


def rotate_in_place(rotation: PreparedRotation, *, read_again: bool) -> Outcome:
    """Write the new secret and return the result. `read_again` if the key may have changed."""
    secret = rotation.request.secret
    assert secret is not None
    key = key_without_rotation(rotation)
    was_active = rotation.snapshot.is_active(key)
    step = set_secret(rotation, key, secret)
    read_at = rotation.snapshot.read_at
    if read_again:
        read_at = rotation.patience.now()
        _refuse_if_changed(key, _read_key(rotation.api, key))
    now = _replace_secret(rotation, key, secret, step, read_at)
    return Outcome(
        old=key,
        new=now,
        summary=f"key {key.id} ({key.plain_name}) has the new secret: its mask was {key.mask} and "
        f"is now {now.mask}",
        was_active=was_active,
    )


def set_secret(rotation: PreparedRotation, key: Key, secret: Secret) -> Step:
    """Return the write; with the secret, the key's name gets what is then to be revoked."""
    # Where masks cannot tell, the key may have the new secret already: that is not to be revoked.
    owed = [] if secret.fits_mask(key.mask) is None else rotation.request.owed_for(key)
    # Another key that replaced this one would have been refused: the mark is of one that is gone.
    name = dataclasses.replace(key.parts, replaced_by=None).owing(owed)
    return steps.set_secret(key, secret, name)


def key_without_rotation(rotation: PreparedRotation) -> Key:
    """Return the key. Raise ConflictError if a rotation of it is pending, NotFoundError if gone."""
    snapshot, target = rotation.snapshot, rotation.target
    key = snapshot.key(target.old_id)
    pending = snapshot.pending(target.old_id)
    if pending:
        raise ConflictError(
            f"a rotation of key {target.old_id} is pending, with the new key {pending[0][0].id}",
            hint=end_hint(snapshot, target.old_id),
        )
    if key is None:
        raise no_such_key(target.old_id)
    return key


def _refuse_if_changed(key: Key, now: Key) -> None:
    """Raise ConflictError if the key has changed since it was read."""
    if (now.mask, now.provider) != (key.mask, key.provider):
        raise ConflictError(
            f"key {key.id} was changed by another client: its mask is now {now.mask}; this run "
            "changed nothing"
        )


def _replace_secret(
    rotation: PreparedRotation, key: Key, secret: Secret, step: Step, read_at: float
) -> Key:
    """Write the secret and return the key as read back. It was read at `read_at` before.

    Reads may lag behind writes: while the key has its old mask, it is read again.

    Raise ConflictError if another client rotated it, UnknownOutcomeError if the response was lost
    and the mask does not show what happened, UnfinishedError if the secret was written but not read
    back.
    """
    api, report, patience = rotation.api, rotation.report, rotation.patience
    rotation.progress.unconfirmed = step
    _write(api, key, secret, step, report, patience, read_at)
    rotation.progress.unconfirmed = None
    rotation.progress.done.append(step)
    report(step.done_text)
    try:
        now = _read_key(api, key)
        while _is_stale(now, key, secret, step) and patience.pause():
            now = _read_key(api, key)
    except NOT_DONE as error:
        raise UnfinishedError(
            f"{step.done_text}, but could not read it back: {error.message}", hint=Hint(RERUN)
        ) from None
    except (KeyboardInterrupt, Terminated):
        report(f"interrupted before the key was read back; {RERUN}")
        raise
    if _is_stale(now, key, secret, step):
        raise UnfinishedError(
            f"{step.done_text}, but the server still shows the old one ({now.mask})",
            hint=Hint(RERUN),
        )
    if secret.fits_mask(now.mask) is False:
        raise _overwritten(now)
    if now.state != "ok":
        raise ConflictError(
            f"key {key.id} has the state {now.state!r} after the write",
            hint=Hint("rotate it again"),
        )
    return now


def _is_stale(now: Key, before: Key, secret: Secret, step: Step) -> bool:
    """Return True if the key still has its old name, or a mask that does not fit the secret."""
    name = (step.body or {}).get("name", before.name)
    has_old_name = now.name == before.name != name
    return has_old_name or (now.mask == before.mask and secret.fits_mask(now.mask) is False)


def _read_key(api: Api, key: Key) -> Key:
    with _conflict_if_gone(key):
        return parse_key(api.get(PROVIDER_KEYS, key.id))


def _write(
    api: Api,
    key: Key,
    secret: Secret,
    step: Step,
    report: Report,
    patience: Patience,
    read_at: float,
) -> None:
    """Send the step until it is confirmed; sending it twice is harmless."""
    lost: UnknownOutcomeError | None = None
    hint = Hint(RERUN, also=Hint("to check", ("provider-keys", "get", key.id)))
    for _ in range(MAX_TRIES):
        try:
            with _conflict_if_gone(key):
                check = partial(_was_written, api, key, secret, lost)
                _send_while_recent(api, step, check, patience, read_at)
            return
        except InterruptedWriteError as error:
            raise error.restated(error.message, Hint(RERUN)) from None
        except NOT_DONE as error:
            if lost is None and isinstance(error, RejectedError):
                what = f"key {key.id} ({key.plain_name})"
                raise explain_refusal(api, error, dict(step.validation or {}), what) from None
            if lost is None:
                raise
            raise UnknownOutcomeError(
                f"a response was lost ({step.text}), and the retry failed: {error.message}",
                hint=hint,
            ) from None
        except UnknownOutcomeError as error:
            lost = error.restated(error.message, hint)
        read_at = patience.now()
        try:
            if _was_written(api, key, secret, lost):
                return
        except (KeyboardInterrupt, Terminated):
            report(f"interrupted after a response was lost ({step.text}); {RERUN}")
            raise
        report(
            "the response was lost and the old secret is still stored; sending the new one again"
        )
    assert lost is not None
    raise lost


def _send_while_recent(
    api: Api, step: Step, is_done: Callable[[], bool], patience: Patience, read_at: float
) -> None:
    """Send the step. If the key was read too long ago, `is_done` reads it again before.

    OutdatedError if it is too old each time.
    """
    for tries_left in reversed(range(MAX_TRIES + 1)):
        try:
            step.send(api, partial(patience.is_recent, read_at))
            return
        except OutdatedError:
            if tries_left == 0:
                raise
        read_at = patience.now()
        if is_done():
            return


@contextlib.contextmanager
def _conflict_if_gone(key: Key) -> Iterator[None]:
    try:
        yield
    except NotFoundError as error:
        if not error.is_of_object:
            raise
        raise ConflictError(
            f"key {key.id} is gone: another client has just deleted or replaced it",
            hint=LIST_KEYS,
        ) from None


def _was_written(api: Api, key: Key, secret: Secret, lost: UnknownOutcomeError | None) -> bool:
    """Return True if the key's mask changed to that of the secret. Raise `lost` if unreadable.

    Without a lost response nothing was sent: raise ConflictError if the key has changed.
    """
    if lost is None:
        _refuse_if_changed(key, _read_key(api, key))
        return False
    try:
        found = _read_key(api, key)
    except NOT_DONE:
        raise lost from None
    if found.mask == key.mask:
        return False
    if secret.fits_mask(found.mask) is False:
        raise _overwritten(found)
    return True


def _overwritten(key: Key) -> ConflictError:
    return ConflictError(
        f"key {key.id} has the mask {key.mask} after the write: another client rotated it at "
        "the same time",
        hint=Hint("find out which secret is correct, then rotate again with --expect-mask"),
    )
