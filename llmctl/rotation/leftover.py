"""Leftovers: rotations that were started long ago with another secret, and never finished."""

from __future__ import annotations

from datetime import datetime, timedelta

from llmctl.rotation.find_key import RotationTarget
from llmctl.rotation.request import Mode, RotationRequest
from llmctl.rotation.snapshot import Key, Snapshot
from llmctl.rotation.strategy import Strategy
from llmctl.rotation.tag import Tag, secret_fingerprint


def find_leftover(
    snapshot: Snapshot, target: RotationTarget, request: RotationRequest
) -> Key | None:
    """Return the new key of a leftover that this rotation takes over; None if there is none.

    In place, the user is asked first. If the secret is not known yet, the rotation may turn
    out to be the request's own, which then simply goes on. A kept rotation is no leftover: it ended
    as it was meant to. Without the server's clock, or without a time of creation, a pending
    rotation counts as recent.
    """
    pending = snapshot.pending(target.old_id)
    if not pending or request.mode not in (Mode.FULL, Mode.KEEP_OLD):
        return None
    if request.strategy is Strategy.IN_PLACE and not request.can_ask:
        return None
    new, tag = pending[0]
    if tag.is_kept or _has_rotation_to(request, target, pending):
        return None
    age = age_of(new, snapshot)
    return new if age is not None and age > request.stale_after else None


def _has_rotation_to(
    request: RotationRequest, target: RotationTarget, pending: list[tuple[Key, Tag]]
) -> bool:
    """Return True if one of the pending rotations is to the request's own secret."""
    if request.secret is None:
        return not request.secret_follows
    fingerprint = secret_fingerprint(request.secret, target.old_id)
    return any(tag.fingerprint == fingerprint for _, tag in pending)


def age_of(key: Key, snapshot: Snapshot) -> timedelta | None:
    """Return the age of a key by the server's clock; None if unknown."""
    try:
        created = datetime.fromisoformat(key.created_at)
    except ValueError:
        return None
    if snapshot.time is None or created.tzinfo is None:
        return None
    return snapshot.time - created
