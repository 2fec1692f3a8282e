"""Keys that may conflict with a rotation: those of other rotations, and copies of the new
secret."""

from __future__ import annotations

from llmctl.errors import ConflictError, Hint
from llmctl.rotation import hints
from llmctl.rotation.find_key import RotationTarget
from llmctl.rotation.request import RotationRequest
from llmctl.rotation.snapshot import Key, Snapshot
from llmctl.rotation.tag import Tag, secret_fingerprint
from llmctl.safe.secret import Secret


def refuse_if_active_key_changed(
    snapshot: Snapshot, target: RotationTarget, request: RotationRequest
) -> None:
    """Raise ConflictError if `--active` meant another key when this rotation began."""
    if not request.selector.active or snapshot.pending(target.old_id):
        return
    for key, tag in _other_pending(snapshot, target):
        if (
            tag.was_active
            if request.secret is None
            else tag.fingerprint == secret_fingerprint(request.secret, tag.old_id)
        ):
            raise ConflictError(
                f"key {target.old_id} is now the active one, and a rotation of key {tag.old_id} "
                f"to the new key {key.id} is pending",
                hint=hints.followed_by(
                    end_hint(snapshot, tag.old_id),
                    Hint(f"to rotate {target.old_id} anyway, give its ID"),
                ),
            )


def end_hint(snapshot: Snapshot, old_id: str) -> Hint:
    """Return how to end a pending rotation. Without the old key it cannot be rolled back."""
    finish = hints.finish("finish that rotation", old_id)
    if snapshot.key(old_id) is None:
        return finish
    return hints.followed_by(finish, hints.abort("or cancel it", old_id))


def conflict_notes(
    snapshot: Snapshot, target: RotationTarget, request: RotationRequest
) -> list[str]:
    """Return a line for each pending key of another rotation and each copy of the new secret.

    The rotation leaves these keys unchanged.
    """
    lines = [
        f"another rotation is pending: key {key.id} will replace {tag.old_id}"
        for key, tag in _other_pending(snapshot, target)
    ]
    if request.secret is not None:
        lines += [
            f"key {key.id} ({key.plain_name}) also has the new secret's mask; it is not changed"
            for key in _copies(snapshot, request.secret)
            if key.id != target.old_id
        ]
    return lines


def refuse_if_replaced(snapshot: Snapshot, old: Key, secret: Secret) -> None:
    """Raise ConflictError if a key with the new secret seems to have replaced the old one.

    It is in use and the old key is not: a rotation's new key that another client renamed.
    """
    for key in _copies(snapshot, secret):
        is_alike = (key.provider, key.state) == (old.provider, "ok") and key.id != old.id
        if is_alike and snapshot.is_used(key) and not snapshot.is_used(old):
            raise ConflictError(
                f"key {key.id} ({key.plain_name}) has the new secret's mask and is in use, but key "
                f"{old.id} is not: it seems to have replaced {old.id} under another name",
                hint=hints.followed_by(
                    hints.delete("if so, delete the old key", old.id, key.id),
                    Hint(f"if not, give {old.id} the secret with --strategy in-place"),
                ),
            )


def new_key_renamed(new: Key, old: Key) -> ConflictError:
    """Return the error for a rotation's new key that has lost its tag."""
    return ConflictError(
        f"another client renamed this rotation's new key {new.id} to {new.name!r}; both keys exist",
        hint=hints.followed_by(
            hints.delete("to finish", old.id, new.id),
            hints.delete("to roll back", new.id, old.id),
        ),
    )


def mark_is_lost(old: Key, new_id: str, new: Key | None) -> ConflictError:
    """Return the error for a kept rotation of which only one key still has its mark."""
    name = f" ({new.name})" if new else ""
    return ConflictError(
        f"key {old.id} ({old.name}) was kept when key {new_id}{name} replaced it, but one of the "
        "two names has lost its mark: someone renamed a key",
        hint=hints.followed_by(
            hints.delete("to finish, delete the old key", old.id, new_id),
            hints.delete("to go back, delete the new key", new_id, old.id),
        ),
    )


def refuse_if_mark_is_lost(snapshot: Snapshot, target: RotationTarget) -> None:
    """Raise ConflictError if a kept old key names a new key that no longer names it.

    The target may be either of the two. A mark for a key that is gone means nothing.
    """
    for old in snapshot.keys:
        new = snapshot.key(old.parts.replaced_by) if old.parts.replaced_by else None
        if new is None or target.old_id not in (old.id, new.id):
            continue
        if new.tag is None or new.tag.old_id != old.id:
            raise mark_is_lost(old, new.id, new)


def _other_pending(snapshot: Snapshot, target: RotationTarget) -> list[tuple[Key, Tag]]:
    found = [(key, key.tag) for key in snapshot.keys]
    return [(key, tag) for key, tag in found if tag is not None and tag.old_id != target.old_id]


def _copies(snapshot: Snapshot, secret: Secret) -> list[Key]:
    return [key for key in snapshot.keys if key.tag is None and secret.fits_mask(key.mask)]
