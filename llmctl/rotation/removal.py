"""Delete a key that may be in use: its dependents move to a replacement, or stop."""

from __future__ import annotations

from functools import cached_property

from llmctl.errors import (
    ConfigError,
    ConflictError,
    DeniedError,
    Hint,
    RejectedError,
    UsageError,
)
from llmctl.rotation import steps
from llmctl.rotation.api import Api
from llmctl.rotation.callbacks import Report
from llmctl.rotation.dependents import Dependents, describe_dependents, read_dependents
from llmctl.rotation.find_key import no_such_key
from llmctl.rotation.key_resolution import use_of
from llmctl.rotation.plan import plan
from llmctl.rotation.reader import read_snapshot
from llmctl.rotation.reconcile import reconcile
from llmctl.rotation.rotation_run import RotationRun
from llmctl.rotation.snapshot import Key, Snapshot
from llmctl.rotation.steps import Step


class Removal:
    """A key to delete, and the key that takes over its dependents, if any.

    Raise NotFoundError if either does not exist, UsageError or RejectedError if the replacement
    cannot take over: no server checks its state, ConflictError if the key remembers a secret to
    revoke, unless it `is_revoked`.
    """

    def __init__(
        self, api: Api, key_id: str, replacement_id: str | None, *, is_revoked: bool = False
    ) -> None:
        self._api = api
        self._snapshot = read_snapshot(api)
        self._key = _get(self._snapshot, key_id)
        if not is_revoked:
            _refuse_if_owing(self._key)
        self._replacement = None
        if replacement_id is not None:
            self._replacement = _get(self._snapshot, replacement_id)
            _check_replacement(self._key, self._replacement)

    @cached_property
    def dependents(self) -> list[str]:
        """The key and what depends on it, one line each."""
        found, unread = self._dependents.found, self._dependents.unread
        lines = [*describe_dependents(self._snapshot, self._key, found), *unread]
        if self._key.tag is not None:
            lines.append(f"it is the new key of a pending rotation of {self._key.tag.old_id}")
        if self._key.parts.replaced_by is not None:
            lines.append(
                f"it was kept when {self._key.parts.replaced_by} replaced it: the way back"
            )
        else:
            lines += [
                f"a rotation of it is pending: its new key is {new.id} ({new.mask})"
                for new, _ in self._snapshot.pending(self._key.id)
            ]
        return lines

    @cached_property
    def _dependents(self) -> Dependents:
        return read_dependents(
            self._api, self._snapshot.read_evaluations, tolerated=(DeniedError, ConfigError)
        )

    @cached_property
    def is_used(self) -> bool | None:
        """True if the key is the active one or something is pinned to it; None if unknown."""
        is_active = self._snapshot.is_active(self._key)
        if is_active or use_of(self._key.id, self._dependents.found, None).pinned:
            return True
        return None if is_active is None or self._dependents.unread else False

    @property
    def stops_something(self) -> bool:
        """True if the key is, or may be, in use and has no replacement."""
        return self._replacement is None and self.is_used is not False

    @property
    def described(self) -> str:
        """The key's name and id, for the question."""
        return _described(self._key)

    @property
    def consequence(self) -> str:
        """What happens to the dependents, as the end of the question `Delete provider key X?`."""
        if self._replacement is not None:
            return f" and replace it with {_described(self._replacement)}"
        return " and stop everything that uses it" if self.stops_something else ""

    def plan(self) -> list[Step]:
        """Return the writes in order."""
        return plan(self._snapshot, self._start_run(), self._next_step)

    def run(self, report: Report) -> None:
        """Delete the key. If a response is lost, check whether the write was done."""
        reconcile(self._api, self._start_run(), self._next_step, report)

    def _start_run(self) -> RotationRun:
        return RotationRun(self._key.id, moves_evaluations=False)

    def _next_step(self, snapshot: Snapshot, run: RotationRun) -> Step | None:
        key = snapshot.key(run.old_id)
        if self._replacement is None:
            if key is not None and not self.stops_something and snapshot.is_used(key):
                raise ConflictError(f"key {key.id} is in use now; nothing was changed")
            return steps.delete(key, None, what="provider key") if key is not None else None
        # Older servers leave no active key behind, even if a replacement is given.
        active_key_is_lost = key is None and run.had_active_key and snapshot.active is None
        if key is None and not active_key_is_lost:
            return None
        replacement = _get(snapshot, self._replacement.id)
        _check_replacement(key or self._key, replacement)  # it may have stopped working since
        if key is None or snapshot.active == key.id:
            run.was_active = True
            return steps.activate(replacement)
        run.had_active_key = snapshot.active is not None
        return steps.delete(key, replacement, what="provider key")


def _refuse_if_owing(key: Key) -> None:
    """Raise ConflictError if the key's name is all that remembers a secret to revoke."""
    if key.parts.owed:
        masks = ", ".join(f"{owed.mask} ({owed.provider})" for owed in key.parts.owed)
        raise ConflictError(
            f"the old secret {masks} of key {key.id} is still to be revoked; nothing was changed",
            hint=Hint("revoke it, then add --revoked"),
        )


def _get(snapshot: Snapshot, key_id: str) -> Key:
    key = snapshot.key(key_id)
    if key is None:
        raise no_such_key(key_id)
    return key


def _described(key: Key) -> str:
    return f"provider key {key.plain_name!r} ({key.id})"


def _check_replacement(key: Key, replacement: Key) -> None:
    if replacement.id == key.id:
        raise UsageError("--replacement must not be the key to delete")
    if replacement.provider != key.provider:
        raise UsageError(
            f"--replacement is a key for {replacement.provider}, not for {key.provider}"
        )
    if replacement.state != "ok":
        raise RejectedError(
            f"the replacement {replacement.id} has the state {replacement.state!r}: "
            f"everything that uses {key.id} would stop"
        )
