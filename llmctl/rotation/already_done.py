"""Detect that there is nothing to do: the rotation is done, or none is pending."""

from __future__ import annotations

from llmctl.errors import ConflictError, Hint, NotFoundError
from llmctl.rotation.find_key import RotationTarget, no_such_key
from llmctl.rotation.hints import LIST_KEYS
from llmctl.rotation.outcome import Outcome, nothing_pending
from llmctl.rotation.request import Mode, RotationRequest
from llmctl.rotation.snapshot import Key, Snapshot
from llmctl.rotation.strategy import Strategy
from llmctl.safe.secret import Secret


def outcome_if_done(
    snapshot: Snapshot, target: RotationTarget, request: RotationRequest
) -> Outcome | None:
    """Return the outcome if there is nothing to do, else None.

    Raise NotFoundError if the key to rotate does not exist, ConflictError if the old key does not
    have the expected mask.
    """
    key, pending = snapshot.key(target.old_id), snapshot.pending(target.old_id)
    is_in_place = request.strategy is Strategy.IN_PLACE
    if (
        key is None
        and not pending
        and (is_in_place or request.secret_follows or request.mode is Mode.ROLLBACK)
    ):
        raise no_such_key(target.old_id)
    if request.mode is Mode.ROLLBACK:
        if key is not None:
            _check_mask(key, request.expect_mask)
        return _nothing_to_roll_back(snapshot, target, key)
    if request.secret is not None:
        is_by_id = request.selector.key_id is not None
        makes_new_id = not is_in_place and not is_by_id
        successor = _find_successor(snapshot, target, request.secret, makes_new_id=makes_new_id)
        if successor is not None:
            return _has_mask_already(snapshot, successor)
    if request.mode is Mode.FINISH and not pending:
        if key is not None and request.secret is None:
            return nothing_pending(key, key.id, was_active=snapshot.is_active(key))
        raise NotFoundError(
            f"no rotation of key {target.old_id} is pending"
            + ("" if key else ", and the key is gone"),
            hint=LIST_KEYS,
        )
    if key is not None:
        _check_mask(key, request.expect_mask)
    return None


def _nothing_to_roll_back(
    snapshot: Snapshot, target: RotationTarget, key: Key | None
) -> Outcome | None:
    """Return the outcome if no rotation is pending and the key has no mark of one."""
    if key is None or snapshot.pending(target.old_id) or key.parts.replaced_by is not None:
        return None
    return nothing_pending(key, key.id, was_active=snapshot.is_active(key))


def _check_mask(key: Key, expected: str | None) -> None:
    if expected is not None and key.mask != expected:
        raise ConflictError(
            f"the mask of key {key.id} is {key.mask}, not {expected}; nothing was changed"
        )


def _has_mask_already(snapshot: Snapshot, key: Key) -> Outcome:
    what = "rotate" if key.parts.owed else "do"
    return Outcome(
        old=None,
        new=key,
        summary=f"nothing to {what}: key {key.id} ({key.plain_name}) already has the new secret's "
        f"mask ({key.mask})",
        was_active=snapshot.is_active(key),
        changed=False,
        known_by_mask=True,
    )


def _find_successor(
    snapshot: Snapshot, target: RotationTarget, secret: Secret, *, makes_new_id: bool
) -> Key | None:
    """Return the key that shows that the rotation to this secret is done, else None.

    `makes_new_id`: the key was not named by its id, so each run would create another one. Raise
    NotFoundError if masks cannot tell, or if the old key is gone without a successor.
    """
    if snapshot.pending(target.old_id):
        return None
    key = snapshot.key(target.old_id)
    if key is not None:
        fits = secret.fits_mask(key.mask)
        if fits is None and makes_new_id:
            raise NotFoundError(
                f"cannot tell from its mask ({key.mask}) whether key {key.id} already has this "
                "secret",
                hint=Hint(
                    "check when it was created",
                    ("provider-keys", "get", key.id),
                    also=Hint("to replace it anyway, give its ID"),
                ),
            )
        return key if key.state == "ok" and fits else None
    untagged = [each for each in snapshot.keys if each.tag is None and each.state == "ok"]
    fitting = [each for each in untagged if secret.fits_mask(each.mask)]
    if len(fitting) == 1:
        return fitting[0]
    unclear = [each for each in untagged if secret.fits_mask(each.mask) is None]
    if fitting or unclear:
        ids = ", ".join(each.id for each in [*fitting, *unclear])
        raise NotFoundError(
            f"there is no key {target.old_id}; cannot tell from the masks whether one of these "
            f"keys replaced it: {ids}",
            hint=Hint(
                "compare their names and creation times",
                ("provider-keys", "list", "--columns", "id,name,created_at"),
            ),
        )
    raise no_such_key(target.old_id)
