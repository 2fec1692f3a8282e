"""What one run of a rotation wants, and what it has seen and done so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from llmctl.errors import RejectedError, UnfinishedError
from llmctl.rotation.state import Key
from llmctl.rotation.steps import Step
from llmctl.rotation.tag import mark_of
from llmctl.secret import Secret


@dataclass
class Job:
    """One run.

    `secret` is None for a run that finishes or takes back what another began. `only_id` names the
    one pending key that is to be taken back. `old` is the old key as it was when the user agreed,
    and then as it was last seen. `had_active`: some key was the active one before the old key was
    deleted. `lost` is a write whose answer did not come; `deleted` are keys certainly gone.
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
    def undo(self) -> str:
        """The command that goes back."""
        return f"llmctl provider-keys rotate {self.old_id} --strategy replace --abort"

    @property
    def new_key_hint(self) -> str | None:
        """What to do with the new key of a run that cannot go on."""
        if self.new_id is None:
            return None
        return f"key {self.new_id} is this rotation's new key; take it back with: {self.undo}"


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
