"""Roll back a pending rotation: the old key takes over again, and the new one is deleted."""

from __future__ import annotations

import dataclasses

from llmctl.errors import ConflictError, RejectedError
from llmctl.rotation import steps
from llmctl.rotation.conflicts import mark_is_lost
from llmctl.rotation.hints import LIST_KEYS
from llmctl.rotation.outcome import Outcome, nothing_pending
from llmctl.rotation.prepared import PreparedRotation
from llmctl.rotation.reconcile import reconcile
from llmctl.rotation.rotation_run import RotationRun, require_usable
from llmctl.rotation.snapshot import Key, Snapshot
from llmctl.rotation.steps import Step
from llmctl.rotation.tag import KeyName, Tag


def roll_back(rotation: PreparedRotation) -> Outcome:
    """Delete the pending keys and return the result."""
    target = rotation.target
    run = rotation.start_run()
    end = reconcile(
        rotation.api, run, next_rollback_step, rotation.report, patience=rotation.patience
    )
    old, is_active = end.key(target.old_id), end.active == target.old_id
    if not run.progress.done:
        return nothing_pending(old, target.old_id, was_active=is_active)
    return Outcome(
        old=old,
        new=None,
        summary=f"key {target.old_id} is in use again; the pending key was deleted",
        was_active=is_active,
        moved=run.progress.moved,
        resumed=True,
    )


def next_rollback_step(snapshot: Snapshot, run: RotationRun) -> Step | None:
    """Return the next write of the rollback; None if no pending key is left."""
    old = snapshot.key(run.old_id)
    pending = [
        (key, tag)
        for key, tag in snapshot.pending(run.old_id)
        if run.only_pending_id is None or key.id == run.only_pending_id
    ]
    ids = [key.id for key, _ in pending]
    run.old_key = old or run.old_key
    run.was_active = (
        run.was_active or snapshot.active in ids or any(tag.was_active for _, tag in pending)
    )
    # Older servers clear the active key when it is deleted, even if a replacement is given.
    active_key_is_lost = run.was_active and snapshot.active is None
    run.old_key_is_gone = old is None
    if pending:
        run.new_id = ids[0]
    if old is None:
        # After a write, or without a pending key, another client has just finished the rotation.
        kind = ConflictError if run.progress.done or not pending else RejectedError
        raise kind(
            f"key {run.old_id} is gone, so the rotation cannot be rolled back",
            hint=run.end_hint() if pending else LIST_KEYS,
        )
    _check_marks(old, pending, ids)
    if snapshot.active in ids or active_key_is_lost:
        return steps.activate(require_usable(old))
    if not pending:
        return _unmark_old(snapshot, old, ids, old.parts)
    for key_id in ids:
        evaluation = run.next_to_move(snapshot, key_id)
        if evaluation is not None:
            return steps.move(evaluation, require_usable(old))
    new, tag = pending[0]
    if tag.is_kept:  # first, so that no kept rotation ever lacks one of its two marks
        pending_name = dataclasses.replace(new.parts, tag=dataclasses.replace(tag, is_kept=False))
        return steps.mark(new, pending_name, f"pending for {old.id}")
    return _unmark_old(snapshot, old, ids, _with_owed_of(pending, old)) or steps.delete(
        new, old, what="the pending key"
    )


def _check_marks(old: Key, pending: list[tuple[Key, Tag]], ids: list[str]) -> None:
    for key, tag in pending:
        if tag.is_kept and old.parts.replaced_by not in ids:
            raise mark_is_lost(old, key.id, key)


def _with_owed_of(pending: list[tuple[Key, Tag]], old: Key) -> KeyName:
    """Return the old key's name with what the pending keys owe, but for the old secret."""
    owed = [each for key, _ in pending for each in key.parts.owed]
    return old.parts.owing(each for each in owed if (each.key_id, each.mask) != (old.id, old.mask))


def _unmark_old(snapshot: Snapshot, old: Key, ids: list[str], name: KeyName) -> Step | None:
    """Return the step that gives the old key its name without the mark; None if it has it.

    The mark stays if it names a new key that is not rolled back.
    """
    others = {key.id for key, _ in snapshot.pending(old.id)} - {*ids}
    if name.replaced_by not in others:
        name = dataclasses.replace(name, replaced_by=None)
    return None if name == old.parts else steps.mark(old, name, "in use again")
