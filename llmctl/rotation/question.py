"""The question before a rotation, and the facts that help to answer it."""

from __future__ import annotations

from llmctl.rotation.dependents import describe_dependents, listed, read_dependents
from llmctl.rotation.leftover import age_of
from llmctl.rotation.prepared import PreparedRotation
from llmctl.rotation.request import Mode
from llmctl.rotation.snapshot import Evaluation, Key
from llmctl.rotation.stopped import stopped_before
from llmctl.rotation.strategy import Strategy

_FROM_COMMAND = "a secret from the command"


def question(rotation: PreparedRotation) -> str:
    """Return the question, which names the key that changes or goes."""
    old_id, old = rotation.target.old_id, rotation.old_key
    key = named(old) if old is not None else f"key {old_id}"
    if rotation.request.mode is Mode.ROLLBACK:
        only = rotation.target.only_pending_id
        new = ", ".join(named(each) for each in _pending(rotation) if only in (None, each.id))
        return f"Move everything back to {key}, and delete the new key {new}?"
    if rotation.request.mode is Mode.FINISH:
        if old is None:
            return f"Finish the rotation of {key}, which is gone already?"
        new = ", ".join(named(each) for each in _pending(rotation))
        return f"Delete the old key {key}, and keep the new key {new}?"
    if rotation.leftover is not None:
        left = named(rotation.leftover)
        return f"Give the new secret to {left}, and replace {key} with it?"
    if _pending(rotation):
        last = "keep" if rotation.request.mode is Mode.KEEP_OLD else "delete"
        return f"Go on with the new key {named(_pending(rotation)[0])}, and {last} {key}?"
    if rotation.request.strategy is Strategy.IN_PLACE:
        return f"Replace the secret of {key}?"
    if rotation.request.mode is Mode.KEEP_OLD:
        return f"Create a new key, move everything to it, and keep {key} until --finish?"
    return f"Create a new key, move everything to it, and delete {key}?"


def facts(rotation: PreparedRotation, *, brief: bool) -> list[str]:
    """Return what uses the key, what changes, and whether there is a way back, one line each.

    If `brief`, nobody is asked: only what a log should show.
    """
    old = rotation.old_key
    lines = describe_uses(rotation)
    if rotation.leftover is not None:
        lines.append(_about_leftover(rotation.leftover, rotation))
    if brief:
        return lines
    if old is not None and rotation.request.mode in (Mode.FULL, Mode.KEEP_OLD):
        lines.append(f"secret: {old.mask} now, then {_new_mask(rotation)}")
    if rotation.request.revokes and rotation.request.mode is not Mode.KEEP_OLD:
        lines.append("then: the revoke command runs for the old secret")
    if rotation.request.recovers:
        lines.append(_recovery(stopped_before(rotation)))
    lines.append(_way_back(rotation))
    return lines


def describe_uses(rotation: PreparedRotation) -> list[str]:
    """Return the keys to replace or delete, and what uses them, one line each."""
    snapshot, old = rotation.snapshot, rotation.old_key
    if rotation.request.strategy is Strategy.REPLACE:
        snapshot.read_evaluations()  # they are moved: raise DeniedError before the question
    dependents = read_dependents(rotation.api, snapshot.read_evaluations)
    keys = [] if old is None else [old]
    if rotation.request.mode is Mode.ROLLBACK:
        keys += _pending(rotation)
    lines = [line for key in keys for line in describe_dependents(snapshot, key, dependents.found)]
    return [*lines, *dependents.unread]


def named(key: Key) -> str:
    """Return a key as `NAME (ID, MASK)`."""
    return f"{key.plain_name} ({key.id}, {key.mask})"


def _pending(rotation: PreparedRotation) -> list[Key]:
    return [key for key, _ in rotation.snapshot.pending(rotation.target.old_id)]


def _new_mask(rotation: PreparedRotation) -> str:
    secret = rotation.request.secret
    return _FROM_COMMAND if secret is None else secret.mask


def _recovery(stopped: list[Evaluation]) -> str:
    if not stopped:
        return "then: no evaluation is started, because the key stopped none"
    return f"then: {listed(stopped)} will be started, which can cost money"


def _way_back(rotation: PreparedRotation) -> str:
    mode, strategy = rotation.request.mode, rotation.request.strategy
    if mode is Mode.ROLLBACK:
        return "cannot be undone: PostHog deletes the new secret; to use it, rotate again"
    if mode is Mode.FINISH:
        return "cannot be undone: the old secret cannot be read back"
    if mode is Mode.KEEP_OLD:
        return "can be undone with --rollback, until --finish deletes the old key"
    if strategy is Strategy.REPLACE or rotation.leftover is not None:
        return "cannot be undone once it has finished; with --keep-old, the old key is kept"
    return "cannot be undone: the old secret cannot be read back"


def _about_leftover(leftover: Key, rotation: PreparedRotation) -> str:
    age = age_of(leftover, rotation.snapshot)
    days = age.days if age is not None else 0
    return (
        f"an earlier rotation was started {days} days ago and not finished: its new key "
        f"{leftover.id} ({leftover.mask}) gets the new secret before anything uses it"
        + ("" if rotation.request.secret else ", unless the command gives the same one")
    )
