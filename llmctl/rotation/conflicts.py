"""Keys that a rotation did not make, and that it must not pass over in silence."""

from __future__ import annotations

from llmctl.errors import ConflictError
from llmctl.rotation.find_key import Target
from llmctl.rotation.request import RotationRequest
from llmctl.rotation.snapshot import Key, State
from llmctl.rotation.tag import Tag, mark_of
from llmctl.safe.secret import Secret


def refuse_moved_active(state: State, target: Target, request: RotationRequest) -> None:
    """ConflictError where `--active` meant another key when this rotation began."""
    if not request.selector.active or state.pending(target.old_id):
        return
    for key, tag in _pending(state, target):
        if (
            tag.was_active
            if request.secret is None
            else tag.mark == mark_of(request.secret, tag.old_id)
        ):
            raise ConflictError(
                f"key {target.old_id} is the active one now, and a rotation of key {tag.old_id}, "
                f"with the new key {key.id}, is pending",
                hint=f"end that one: {ending(state, tag.old_id)}; to rotate {target.old_id} all "
                "the same, name it by KEY_ID",
            )


def ending(state: State, old_id: str) -> str:
    """The command that ends a pending rotation; there is no way back without the old key."""
    command = f"llmctl provider-keys rotate {old_id} --strategy replace"
    return f"{command} --finish" + (", or --abort" if state.key(old_id) else "")


def beside(state: State, target: Target, request: RotationRequest) -> list[str]:
    """What stays as it is: pending keys of other rotations, and copies of the new secret."""
    lines = [
        f"another rotation is pending: key {key.id} is to replace {tag.old_id}"
        for key, tag in _pending(state, target)
    ]
    if request.secret is not None:
        lines += [
            f"key {key.id} ({key.name}) has the new secret's mask, too, and stays as it is"
            for key in _copies(state, request.secret)
            if key.id != target.old_id
        ]
    return lines


def _pending(state: State, target: Target) -> list[tuple[Key, Tag]]:
    found = [(key, key.tag) for key in state.keys]
    return [(key, tag) for key, tag in found if tag is not None and tag.old_id != target.old_id]


def _copies(state: State, secret: Secret) -> list[Key]:
    return [key for key in state.keys if key.tag is None and secret.fits_mask(key.mask)]


def refuse_successor(state: State, old: Key, secret: Secret) -> None:
    """ConflictError where a key with the new secret seems to have the old key's place already.

    The old key is not in use, and that one is: a rotation's new key whose name somebody changed.
    """
    for key in _copies(state, secret):
        is_alike = (key.provider, key.state) == (old.provider, "ok") and key.id != old.id
        if is_alike and state.is_used(key) and not state.is_used(old):
            raise ConflictError(
                f"key {key.id} ({key.name}) has the new secret's mask and is in use, and key "
                f"{old.id} is not: it seems to have replaced it, under another name",
                hint=f"if so, end it: llmctl provider-keys delete {old.id} --replacement {key.id}; "
                f"if not, --strategy in-place gives {old.id} the secret",
            )


def renamed(mine: Key, old: Key) -> ConflictError:
    """The error for a new key whose tag is lost."""
    delete = "llmctl provider-keys delete"
    return ConflictError(
        f"somebody renamed this rotation's new key {mine.id} to {mine.name!r}; both keys are there",
        hint=f"to put it in the old one's place: {delete} {old.id} --replacement {mine.id}; "
        f"to go back: {delete} {mine.id} --replacement {old.id}",
    )
