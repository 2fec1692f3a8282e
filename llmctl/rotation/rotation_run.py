"""One run of a rotation: its task, and what it has seen and done so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from llmctl.errors import Hint, RejectedError, UnfinishedError
from llmctl.rotation import hints
from llmctl.rotation.find_key import RotationTarget
from llmctl.rotation.leftover import find_leftover
from llmctl.rotation.progress import Progress
from llmctl.rotation.request import Mode, RotationRequest
from llmctl.rotation.snapshot import Evaluation, Key, Snapshot
from llmctl.rotation.tag import Owed, Tag, secret_fingerprint
from llmctl.safe.secret import Secret


@dataclass
class RotationRun:
    """One run.

    `secret` is None for a run that finishes or rolls back what another run began; `is_rollback`
    tells the latter. `only_pending_id` names the one pending key to roll back. `old_key` is the old
    key as the user confirmed it, then as it was last seen; `was_active`: it was the active one.
    `had_active_key`: the project had an active key before the old key was deleted.
    `create_was_sent`, `delete_was_sent`: this run tried to create the new key or to delete the old
    one. `has_seen_new_key`: the server listed it. `old_key_is_gone`: the last snapshot lacked it.
    `gone_ids` are keys known to be gone. `refused_moves` maps evaluations that could not be moved
    to the server's reason. `leftover` is the id and tag of a pending key that this run takes over.
    `owed_for` returns what is to be revoked once nothing uses the secret of a key any more.
    `moves_evaluations` is False if the server moves them. `evaluations` are as the run last read
    them; None if it did not.
    """

    old_id: str
    secret: Secret | None = None
    keep_old: bool = False
    only_pending_id: str | None = None
    new_id: str | None = None
    old_key: Key | None = None
    was_active: bool = False
    had_active_key: bool = False
    create_was_sent: bool = False
    delete_was_sent: bool = False
    has_seen_new_key: bool = False
    is_rollback: bool = False
    old_key_is_gone: bool = False
    progress: Progress = field(default_factory=Progress)
    gone_ids: set[str] = field(default_factory=set)
    refused_moves: dict[str, str] = field(default_factory=dict)
    leftover: tuple[str, Tag] | None = None
    owed_for: Callable[[Key], list[Owed]] = lambda key: []
    moves_evaluations: bool = True
    evaluations: tuple[Evaluation, ...] | None = None

    @property
    def fingerprint(self) -> str | None:
        """The fingerprint of this run's secret; None without a secret."""
        return None if self.secret is None else secret_fingerprint(self.secret, self.old_id)

    @property
    def watched(self) -> tuple[str | None, ...]:
        """The keys to look up by id when a list lacks them."""
        return tuple(key_id for key_id in (self.old_id, self.new_id) if key_id not in self.gone_ids)

    @property
    def own_id(self) -> str | None:
        """The id of the new key; None if it is not known or gone."""
        return None if self.new_id in self.gone_ids else self.new_id

    @property
    def can_roll_back(self) -> bool:
        """True if the old key still exists."""
        return not self.old_key_is_gone and self.old_id not in self.gone_ids

    def awaits_new_key(self, snapshot: Snapshot) -> bool:
        """Return True if the snapshot lacks a key that this run created: reads may lag."""
        new_id = self.own_id
        return self.create_was_sent and new_id is not None and snapshot.key(new_id) is None

    def next_to_move(self, snapshot: Snapshot, key_id: str) -> Evaluation | None:
        """Return an evaluation that is still pinned to the key; None if there is none.

        An evaluation that could not be moved does not stop the others. Raise EvaluationsNotMoved
        with the reasons if only such evaluations are left.
        """
        self.evaluations = snapshot.evaluations
        pinned = snapshot.pinned(key_id)
        movable = [each for each in pinned if each.id not in self.refused_moves]
        if movable or not pinned:
            return next(iter(movable), None)
        refused = "; ".join(
            f"evaluation {each.id} ({each.name}): {self.refused_moves[each.id]}" for each in pinned
        )
        raise EvaluationsNotMoved(
            f"key {key_id} was kept: some evaluations could not be moved from it: {refused}"
        )

    def end_hint(self, lead: str = "") -> Hint:
        """Return the command that ends the pending rotation without its secret.

        That is a rollback, or finishing the rotation if the old key is gone.
        """
        if self.can_roll_back:
            return hints.abort(f"{lead}cancel the rotation", self.old_id)
        return hints.finish(f"{lead}finish the rotation", self.old_id)

    @property
    def new_key_hint(self) -> Hint | None:
        """The hint for the new key of a run that cannot continue; None without one."""
        if self.own_id is None:
            return None
        return Hint(f"key {self.own_id} is this rotation's new key", also=self.end_hint())


def start_run(
    request: RotationRequest, target: RotationTarget, snapshot: Snapshot, progress: Progress
) -> RotationRun:
    """Return a run that has done nothing yet."""
    old = snapshot.key(target.old_id)
    is_rollback = request.mode is Mode.ROLLBACK
    leftover = find_leftover(snapshot, target, request)
    return RotationRun(
        target.old_id,
        secret=request.secret,
        keep_old=request.mode is Mode.KEEP_OLD,
        is_rollback=is_rollback,
        only_pending_id=target.only_pending_id if is_rollback else None,
        old_key=old,
        was_active=old is not None and not is_rollback and snapshot.active == old.id,
        leftover=None if leftover is None or leftover.tag is None else (leftover.id, leftover.tag),
        owed_for=request.owed_for,
        progress=progress,
    )


class EvaluationsNotMoved(UnfinishedError):
    """Some evaluations could not be moved, so their key was kept."""


class OtherRotationPending(UnfinishedError):
    """Another rotation's key still exists. The run that lost deletes it soon, unless it was
    killed."""


def require_usable(old: Key) -> Key:
    """Return the old key. Raise RejectedError unless evaluations can use it again."""
    if old.state != "ok":
        words = ("provider-keys", "update", old.id, "--api-key-env", "VARIABLE")
        raise RejectedError(
            f"cannot roll back to the old key {old.id}: it has the state {old.state!r}",
            hint=Hint("give it a working secret", words),
        )
    return old
