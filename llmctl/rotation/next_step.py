"""Decide on the next write of a rotation. Nothing here talks to the server."""

from __future__ import annotations

import dataclasses

from llmctl.errors import ConflictError, Hint, NotFoundError, UnfinishedError, UnknownOutcomeError
from llmctl.rotation import hints, steps
from llmctl.rotation.conflicts import end_hint, mark_is_lost, new_key_renamed, refuse_if_replaced
from llmctl.rotation.hints import LIST_KEYS
from llmctl.rotation.rotation_run import OtherRotationPending, RotationRun, require_usable
from llmctl.rotation.snapshot import Key, Snapshot
from llmctl.rotation.steps import Step
from llmctl.rotation.tag import MAX_NAME, KeyName, Tag, fitting_name, mask_fingerprint
from llmctl.safe.secret import Secret

Pending = list[tuple[Key, Tag]]


def next_step(snapshot: Snapshot, run: RotationRun) -> Step | None:
    """Return the next write of the rotation; None if it is done.

    Raise ConflictError if another client rotates the key or has changed it.
    """
    old = snapshot.key(run.old_id)
    _note_old_key(snapshot, run, old)
    own_key = snapshot.key(run.new_id) if run.new_id else None
    if own_key is not None and own_key.tag is None:
        if old is not None:
            raise new_key_renamed(own_key, old)
        return _repair_new_key(run, own_key, None)
    pending = snapshot.pending(run.old_id)
    if not pending:
        return _step_without_pending(snapshot, run, old)
    (new, tag), *others = pending
    fingerprint = run.fingerprint or _only_fingerprint(pending)
    if tag.fingerprint != fingerprint:
        own = [key for key, each in pending if each.fingerprint == fingerprint]
        if (new.id, tag) == run.leftover and not own:
            return _take_over(run, new, old)
        return _give_way(snapshot, run, new, own)
    run.new_id, run.has_seen_new_key = new.id, True
    run.was_active = run.was_active or tag.was_active
    repair = _repair_new_key(run, new, old)
    if repair is not None:
        return repair
    for key, each in others:
        if each.fingerprint == fingerprint:
            return _remove_pending(snapshot, run, key, new, what="a duplicate of the new key,")
    if old is None:
        return _step_without_old(snapshot, run, new)
    return _switch_over(snapshot, run, old, new, tag, others)


def _note_old_key(snapshot: Snapshot, run: RotationRun, old: Key | None) -> None:
    """Record the old key in the run. Raise ConflictError if it now has another secret."""
    run.old_key_is_gone = old is None
    if old is None:
        return
    before = run.old_key or old
    if (before.mask, before.provider) != (old.mask, old.provider):
        raise ConflictError(
            f"key {old.id} was changed by another client: its mask is now {old.mask}",
            hint=run.new_key_hint,
        )
    run.old_key = old
    run.was_active = run.was_active or snapshot.active == old.id
    run.had_active_key = snapshot.active is not None


def _remove_pending(
    snapshot: Snapshot, run: RotationRun, key: Key, into: Key, *, what: str
) -> Step:
    """Delete a pending key that is not the active one, after moving what is pinned to it."""
    evaluation = run.next_to_move(snapshot, key.id)
    if evaluation is not None:
        return steps.move(evaluation, into)
    return steps.delete(key, into, what=what)


def _delete_cleared_active_key(snapshot: Snapshot, run: RotationRun) -> bool:
    """Return True if deleting the old key left no active key, as on older servers."""
    had_one = run.was_active or (run.had_active_key and run.delete_was_sent)
    return had_one and snapshot.active is None


def _step_without_pending(snapshot: Snapshot, run: RotationRun, old: Key | None) -> Step | None:
    if old is None and run.secret is not None:
        successor = _only_key_with(snapshot, run.secret)
        if successor is not None:
            run.new_id = successor.id
            return None
    if run.new_id is None and run.create_was_sent:
        raise UnknownOutcomeError(
            "the new key was sent but the response was lost; the server does not list it (yet)"
        )
    if run.new_id is not None and run.create_was_sent and not run.has_seen_new_key:
        raise UnfinishedError(
            f"the server does not show this run's new key ({run.new_id}), although it created it",
            hint=Hint(hints.RERUN),
        )
    if run.new_id is not None:
        if old is not None and run.was_active and snapshot.active is None:
            return steps.activate(require_usable(old))
        run.gone_ids.add(run.new_id)
        raise ConflictError(
            f"this run's new key is gone ({run.new_id}): "
            + ("the old key is unchanged" if old else _what_replaced_old_key(snapshot, run)),
            hint=Hint("check the keys", LIST_KEYS.command),
        )
    if old is None:
        raise NotFoundError(f"there is no key {run.old_id}", hint=LIST_KEYS)
    return _begin(snapshot, run, old)


def _begin(snapshot: Snapshot, run: RotationRun, old: Key) -> Step:
    fingerprint = run.fingerprint
    if run.secret is None or fingerprint is None:
        raise NotFoundError(
            f"no rotation of key {old.id} is pending", hint=Hint("rotate the key first")
        )
    if run.was_active and snapshot.active not in (None, old.id):
        raise ConflictError(
            f"another client made {snapshot.active} the active key; nothing was changed"
        )
    refuse_if_replaced(snapshot, old, run.secret)
    tag = Tag(old.id, fingerprint, run.was_active, mask_fingerprint(old.mask))
    name = KeyName(old.plain_name, tag).owing((*old.parts.owed, *run.owed_for(old)))
    if run.keep_old:  # both names must fit once the new key, whose id is as long, is in use
        kept = KeyName(old.plain_name, replaced_by=old.id, owed=old.parts.owed)
        fitting_name(kept, old.id)
        fitting_name(dataclasses.replace(name, tag=dataclasses.replace(tag, is_kept=True)), old.id)
    return steps.create(old, name, run.secret)


def _take_over(run: RotationRun, new: Key, old: Key | None) -> Step:
    """Give the new key of an abandoned rotation this run's secret, before anything uses it."""
    assert run.secret is not None
    assert run.fingerprint is not None
    assert new.tag is not None
    tag = dataclasses.replace(new.tag, fingerprint=run.fingerprint)
    if old is not None:
        tag = dataclasses.replace(tag, old_mask_fingerprint=mask_fingerprint(old.mask))
    owed = [] if old is None else [*old.parts.owed, *run.owed_for(old)]
    name = dataclasses.replace(new.parts, tag=tag).owing((*run.owed_for(new), *owed))
    what = f"the secret of key {new.id}, which another rotation left behind"
    return dataclasses.replace(
        steps.set_secret(new, run.secret, name),
        text=f"replace {what}",
        done_text=f"replaced {what}",
    )


def _what_replaced_old_key(snapshot: Snapshot, run: RotationRun) -> str:
    active = snapshot.key(snapshot.active) if snapshot.active and run.was_active else None
    if active is None:
        return "the old key is gone, too"
    return f"another rotation finished first, with key {active.id} ({active.name}, {active.mask})"


def _only_fingerprint(pending: Pending) -> str:
    fingerprints = {tag.fingerprint for _, tag in pending}
    if len(fingerprints) > 1:
        ids = ", ".join(key.id for key, _ in pending)
        raise ConflictError(
            f"several rotations of the key are pending: {ids}",
            hint=hints.abort("cancel one", "PENDING_ID"),
        )
    return fingerprints.pop()


def _give_way(snapshot: Snapshot, run: RotationRun, winner: Key, own: list[Key]) -> Step:
    if own and (winner.state == "ok" or not snapshot.pinned(own[0].id)):
        return _remove_pending(snapshot, run, own[0], winner, what="this run's own key")
    raise ConflictError(
        f"another rotation of key {run.old_id} is in progress, with key {winner.id} "
        f"({winner.mask})",
        hint=hints.followed_by(Hint("wait until it ends"), end_hint(snapshot, run.old_id)),
    )


def _repair_new_key(run: RotationRun, new: Key, old: Key | None) -> Step | None:
    """Return the step that makes the new key usable; None if it already is.

    Raise ConflictError if it has another secret.
    """
    if run.secret is not None and run.secret.fits_mask(new.mask) is False:
        raise ConflictError(
            f"another client gave the new key {new.id} another secret: its mask is now {new.mask}",
            hint=run.new_key_hint if new.tag else Hint("", ("provider-keys", "get", new.id)),
        )
    return None if new.state == "ok" else _write_secret_again(run, new, old)


def _write_secret_again(run: RotationRun, new: Key, old: Key | None) -> Step:
    """Write the secret again, so that the server validates it again."""
    if run.secret is None:
        hint = Hint("run the rotation again with the secret")
        raise UnfinishedError(
            f"the new key {new.id} has the state {new.state!r}"
            + ("" if old is None else ", so the old key was kept"),
            hint=hint if old is None else hints.followed_by(hint, run.end_hint("or ")),
        )
    what = f"the secret of the new key {new.id} again, because its state is {new.state!r}"
    return dataclasses.replace(
        steps.set_secret(new, run.secret), text=f"write {what}", done_text=f"wrote {what}"
    )


def _switch_over(
    snapshot: Snapshot, run: RotationRun, old: Key, new: Key, tag: Tag, others: Pending
) -> Step | None:
    """Make the new key active, move what is pinned to the old one, and delete that."""
    if tag.old_mask_fingerprint not in ("", mask_fingerprint(old.mask)):
        raise ConflictError(
            f"key {old.id} was changed since its rotation began: its mask is now {old.mask}",
            hint=run.new_key_hint,
        )
    if tag.is_kept and old.parts.replaced_by != new.id:
        raise mark_is_lost(old, new.id, new)
    owing = new.parts.owing((*old.parts.owed, *run.owed_for(old)))
    if owing != new.parts:
        return steps.mark(new, owing, "the one that remembers what to revoke")
    if run.was_active and snapshot.active != new.id:
        if snapshot.active in (None, old.id):
            return steps.activate(new)
        raise ConflictError(
            f"another client made {snapshot.active} the active key", hint=run.new_key_hint
        )
    evaluation = run.next_to_move(snapshot, old.id)
    if evaluation is not None:
        return steps.move(evaluation, new)
    if run.keep_old:
        return _mark_as_kept(old, new, tag)
    if others:
        other = others[0][0]
        raise OtherRotationPending(
            f"key {other.id} of another rotation of {old.id} still exists, so the old key was not "
            "deleted; the new one is in use",
            hint=hints.followed_by(
                hints.abort("cancel the other rotation", other.id), Hint("then run this again")
            ),
        )
    # The old key may have been renamed since: the new one gets its latest name.
    renamed = dataclasses.replace(new.parts, plain=old.plain_name)
    if renamed != new.parts and len(str(renamed)) <= MAX_NAME:
        return steps.rename(new, renamed)
    return steps.delete(old, new, what="the old key")


def _mark_as_kept(old: Key, new: Key, tag: Tag) -> Step | None:
    """Mark both keys, the old one first: until both are marked the rotation is pending."""
    if old.parts.replaced_by != new.id:
        kept = dataclasses.replace(old.parts, replaced_by=new.id)
        return steps.mark(old, kept, f"replaced by {new.id}")
    if not tag.is_kept:
        kept = dataclasses.replace(new.parts, tag=dataclasses.replace(tag, is_kept=True))
        return steps.mark(new, kept, f"the one that replaces {old.id}")
    return None


def _step_without_old(snapshot: Snapshot, run: RotationRun, new: Key) -> Step:
    """Return the next step once the old key is gone, deleted by this rotation or by another
    client."""
    if _delete_cleared_active_key(snapshot, run):
        return steps.activate(new)
    winner = _key_of_finished_rotation(snapshot, run, new)
    if winner is not None and new.id != snapshot.active and not snapshot.pinned(new.id):
        return steps.delete(new, winner, what="this run's own key")
    if winner is None and (not run.was_active or snapshot.active == new.id):
        return steps.rename(new, dataclasses.replace(new.parts, tag=None))
    other_id = winner.id if winner is not None else snapshot.active
    raise ConflictError(
        f"the old key {run.old_id} is gone, and another client replaced it with key {other_id}; "
        f"this rotation's new key {new.id} still exists",
        hint=hints.followed_by(
            Hint("to keep it", ("provider-keys", "update", new.id, "--name", new.plain_name)),
            hints.delete("to delete it", new.id, other_id),
        ),
    )


def _key_of_finished_rotation(snapshot: Snapshot, run: RotationRun, new: Key) -> Key | None:
    """Return the key that replaced the old one in another rotation; None if none did.

    It has the old key's name, and is the active key if the old one was.
    """
    if run.delete_was_sent:
        return None
    named = [
        key
        for key in snapshot.keys
        if key.tag is None
        and (key.plain_name, key.provider, key.state) == (new.plain_name, new.provider, "ok")
    ]
    if run.was_active:
        return next((key for key in named if key.id == snapshot.active), None)
    copies = [key for key in named if run.secret and run.secret.fits_mask(key.mask)]
    if copies:
        return copies[0]  # this rotation was done already, and `new` is a late duplicate
    return named[0] if named and run.create_was_sent else None


def _only_key_with(snapshot: Snapshot, secret: Secret) -> Key | None:
    """Return the only key whose mask fits: another run has finished the same rotation."""
    untagged = [key for key in snapshot.keys if key.tag is None and key.state == "ok"]
    fitting = [key for key in untagged if secret.fits_mask(key.mask)]
    return fitting[0] if len(fitting) == 1 else None
