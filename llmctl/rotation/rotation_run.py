"""What one run of a rotation wants, and what it has seen and done so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from llmctl.errors import RejectedError, UnfinishedError
from llmctl.rotation.snapshot import Key
from llmctl.rotation.steps import Step
from llmctl.rotation.tag import mark_of
from llmctl.safe.secret import Secret


@dataclass
class Job:
    """One run.

    `secret` is None for a run that finishes or takes back what another began. `only_id` names the
    one pending key that is to be taken back. `old` is the old key as it was when the user agreed,
    and then as it was last seen. `had_active`: some key was the active one before the old key was
    deleted. `is_old_gone`: it was not there at the last look. `lost` is a write of which nobody
    knows whether it was done; `deleted` are keys certainly gone.
    """

    old_id: str
    secret: Secret | None = None
    keep_old: bool = False
    only_id: str | None = None
    new_id: str | None = None
    old: Key | None = None
    was_active: bool = False
    had_active: bool = False
    has_created: bool = False
    has_deleted: bool = False
    is_old_gone: bool = False
    lost: Step | None = None
    moved: list[str] = field(default_factory=list)
    done: list[Step] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)

    def mark(self) -> str | None:
        """The fingerprint of this run's secret."""
        return None if self.secret is None else mark_of(self.secret, self.old_id)

    @property
    def watched(self) -> tuple[str | None, ...]:
        """The keys whose absence from a list must be looked into."""
        return tuple(key_id for key_id in (self.old_id, self.new_id) if key_id not in self.deleted)

    @property
    def own_id(self) -> str | None:
        """The new key, where it is known and was not deleted by this run."""
        return None if self.new_id in self.deleted else self.new_id

    @property
    def has_way_back(self) -> bool:
        """Whether there still is an old key to go back to."""
        return not self.is_old_gone and self.old_id not in self.deleted

    @property
    def way_out(self) -> str:
        """What ends a pending rotation without its secret: going back, or else the rest of it."""
        command = f"llmctl provider-keys rotate {self.old_id} --strategy replace"
        if self.has_way_back:
            return f"take it back with: {command} --abort"
        return f"finish it with: {command} --finish"

    @property
    def new_key_hint(self) -> str | None:
        """What to do with the new key of a run that cannot go on."""
        if self.own_id is None:
            return None
        return f"key {self.own_id} is this rotation's new key; {self.way_out}"


class Disputed(UnfinishedError):
    """Another rotation's key is still there; whoever lost removes it soon, unless it died."""


def usable(old: Key) -> Key:
    """The old key if evaluations can go back to it."""
    if old.state != "ok":
        raise RejectedError(
            f"the old key {old.id} has the state {old.state!r}, so nothing can go back to it",
            hint=f"llmctl provider-keys update {old.id} --api-key-env VARIABLE gives it a secret",
        )
    return old
