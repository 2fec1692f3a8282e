"""Rotate by replacement: a new key takes over from the old one, which is then deleted."""

from __future__ import annotations

from llmctl.rotation.next_step import next_step
from llmctl.rotation.outcome import Outcome
from llmctl.rotation.prepared import PreparedRotation
from llmctl.rotation.reconcile import reconcile
from llmctl.rotation.rotation_run import RotationRun
from llmctl.rotation.snapshot import Key, Snapshot


def replace_key(rotation: PreparedRotation, *, read_again: bool) -> Outcome:
    """Begin or continue the rotation, and return the result.

    `read_again` if the project may have changed since the user was asked; the run holds what the
    user confirmed.
    """
    old_id = rotation.target.old_id
    run = rotation.start_run()
    end = reconcile(
        rotation.api,
        run,
        next_step,
        rotation.report,
        snapshot=None if read_again else rotation.snapshot,
        patience=rotation.patience,
    )
    new = end.key(str(run.new_id))
    is_kept = end.key(old_id) is not None
    pending = rotation.snapshot.pending(old_id)
    # If an earlier run has deleted the old key, the tag still says which one it was.
    last_known = run.old_key or (_key_in_tag(pending[0][0]) if pending else None)
    return Outcome(
        old=last_known,
        new=new,
        summary=_summary(end, run, new, is_kept=is_kept),
        was_active=run.was_active,
        moved=run.progress.moved,
        deleted=not is_kept,
        resumed=bool(pending),
        changed=bool(run.progress.done),
    )


def _summary(end: Snapshot, run: RotationRun, new: Key | None, *, is_kept: bool) -> str:
    name = f"{new.id} ({new.plain_name}, {new.mask})" if new else run.new_id
    if is_kept:
        return f"key {name} is in use; the old key {run.old_id} is kept until --finish"
    left = [key.id for key, _ in end.pending(run.old_id) if key.id != run.new_id]
    return f"key {name} has replaced {run.old_id}" + (
        f"; the key of another rotation still exists: {', '.join(left)}" if left else ""
    )


def _key_in_tag(new: Key) -> Key | None:
    """Return the old key as described by the new one's tag, which lacks its mask."""
    if new.tag is None:
        return None
    return Key(new.tag.old_id, new.plain_name, new.provider, "deleted", "")
