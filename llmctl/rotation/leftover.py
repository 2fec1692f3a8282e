"""Leftovers: rotations that were begun long ago with another secret, and never finished."""

from __future__ import annotations

from datetime import datetime, timedelta

from llmctl.rotation.find_key import RotationTarget
from llmctl.rotation.request import Mode, RotationRequest
from llmctl.rotation.snapshot import Key, Snapshot
from llmctl.rotation.tag import secret_fingerprint


def find_leftover(
    snapshot: Snapshot, target: RotationTarget, request: RotationRequest
) -> Key | None:
    """Return the new key of a leftover that this rotation takes over; None if there is none.

    A kept rotation is no leftover: it ended as it was meant to. Without the server's clock, or
    without a time of creation, a pending rotation counts as recent.
    """
    pending = snapshot.pending(target.old_id)
    if not pending or request.secret is None or request.mode not in (Mode.FULL, Mode.KEEP_OLD):
        return None
    new, tag = pending[0]
    fingerprint = secret_fingerprint(request.secret, target.old_id)
    if tag.is_kept or any(each.fingerprint == fingerprint for _, each in pending):
        return None
    age = age_of(new, snapshot)
    return new if age is not None and age > request.stale_after else None


def age_of(key: Key, snapshot: Snapshot) -> timedelta | None:
    """Return the age of a key by the server's clock; None if unknown."""
    try:
        created = datetime.fromisoformat(key.created_at)
    except ValueError:
        return None
    if snapshot.time is None or created.tzinfo is None:
        return None
    return snapshot.time - created
