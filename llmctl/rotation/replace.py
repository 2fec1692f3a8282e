"""Rotate by replacement: a new key takes over from the old one, which is then deleted."""

from __future__ import annotations

from llmctl.rotation.dependents import describe_dependents
from llmctl.rotation.leftover import age_of
from llmctl.rotation.next_step import next_step
from llmctl.rotation.outcome import Outcome, retired_key
from llmctl.rotation.prepared import PreparedRotation
from llmctl.rotation.reconcile import reconcile
from llmctl.rotation.request import Mode
from llmctl.rotation.rotation_run import RotationRun
from llmctl.rotation.snapshot import Key, Snapshot


def replace_key(rotation: PreparedRotation) -> Outcome:
    """Ask, begin or continue the rotation, and return the result."""
    old_id = rotation.target.old_id
    old = rotation.old_key
    if old is not None:
        for line in describe_dependents(rotation.api, rotation.snapshot, old):
            rotation.report(line)
    question = _question(rotation.request.mode, old_id, old)
    if rotation.leftover is not None:
        rotation.report(_about(rotation.leftover, rotation.snapshot))
    was_asked = rotation.confirm(question)
    run = rotation.start_run()
    end = reconcile(
        rotation.api,
        run,
        next_step,
        rotation.report,
        # The project may have changed while the user was asked; `run` holds what the user
        # confirmed.
        snapshot=None if was_asked else rotation.snapshot,
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
        retired=None if is_kept else retired_key(last_known, new, end),
    )


def _about(leftover: Key, snapshot: Snapshot) -> str:
    age = age_of(leftover, snapshot)
    days = age.days if age is not None else 0
    return (
        f"an earlier rotation was begun {days} days ago and not finished: its new key "
        f"{leftover.id} ({leftover.mask}) gets the new secret before anything uses it"
    )


def _question(mode: Mode, old_id: str, old: Key | None) -> str:
    name = f"key {old_id}" + (f" ({old.name}, {old.mask})" if old else "")
    if mode is Mode.KEEP_OLD:
        return f"Create a replacement for {name} and switch to it?"
    return f"{'Replace' if mode is Mode.FULL else 'Finish replacing'} {name}?"


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
