"""Deleting a key that may be in use: what depends on it goes to a replacement, or stops."""

from __future__ import annotations

from functools import cached_property

from llmctl.errors import ConflictError, RejectedError, UsageError
from llmctl.rotation import steps
from llmctl.rotation.dependents import dependents, taggers
from llmctl.rotation.find_key import gone
from llmctl.rotation.plan import plan
from llmctl.rotation.reconcile import Report, drive
from llmctl.rotation.rotation_run import Job
from llmctl.rotation.snapshot import Api, Key, State
from llmctl.rotation.steps import Step


class Removal:
    """One key to delete, and the key that takes over what hangs on it.

    NotFoundError where either is missing; UsageError or RejectedError where the replacement
    cannot take over: no server checks its state.
    """

    def __init__(self, api: Api, key_id: str, replacement_id: str | None) -> None:
        self._api = api
        self._state = State(api)
        self._key = _find(self._state, key_id)
        self._replacement = None
        if replacement_id is not None:
            self._replacement = _find(self._state, replacement_id)
            _check(self._key, self._replacement)

    @cached_property
    def dependents(self) -> list[str]:
        """What hangs on the key, one line each."""
        return dependents(self._api, self._state, self._key)

    @cached_property
    def stops_something(self) -> bool:
        """Whether the key is in use, or may be, and nothing takes over."""
        if self._replacement is not None:
            return False
        return self._state.is_used(self._key) or taggers(self._api, self._key.id) != []

    @property
    def consequence(self) -> str:
        """What the question must say."""
        if self._replacement is not None:
            return f", with {self._replacement.id} in its place"
        return ", and stop what uses it" if self.stops_something else ""

    def plan(self) -> list[Step]:
        """The writes in order."""
        return plan(self._state, Job(self._key.id), self._decide)

    def run(self, report: Report) -> None:
        """Do it; a lost answer is looked up."""
        drive(self._api, Job(self._key.id), self._decide, report)

    def _decide(self, state: State, job: Job) -> Step | None:
        key = state.key(job.old_id)
        if self._replacement is None:
            if key is not None and not self.stops_something and state.is_used(key):
                raise ConflictError(f"key {key.id} came into use meanwhile; nothing was changed")
            return steps.delete(key, None, what="key") if key is not None else None
        # Older servers leave no active key behind, even with a replacement.
        is_lost = key is None and job.had_active and state.active is None
        if key is None and not is_lost:
            return None
        replacement = _find(state, self._replacement.id)
        _check(key or self._key, replacement)  # it may have stopped working since the last look
        if key is None or state.active == key.id:
            job.was_active = True
            return steps.activate(replacement)
        job.had_active = state.active is not None
        return steps.delete(key, replacement, what="key")


def _find(state: State, key_id: str) -> Key:
    key = state.key(key_id)
    if key is None:
        raise gone(key_id)
    return key


def _check(key: Key, replacement: Key) -> None:
    if replacement.id == key.id:
        raise UsageError("--replacement is the key that is to be deleted")
    if replacement.provider != key.provider:
        raise UsageError(f"--replacement is a key of {replacement.provider}, not of {key.provider}")
    if replacement.state != "ok":
        raise RejectedError(
            f"the replacement {replacement.id} has the state {replacement.state!r}, and would stop "
            "what it takes over"
        )
