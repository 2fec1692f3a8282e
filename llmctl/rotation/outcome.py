"""The result of a rotation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from llmctl.rotation.snapshot import Key
from llmctl.rotation.tag import Owed


@dataclass
class Outcome:
    """The result. `summary` is a sentence for the user.

    `resumed`: an earlier run had begun the rotation. `was_active` is None if access is denied.
    `known_by_mask`: only the mask shows that there is nothing to do, and another secret may have
    the same mask.
    """

    old: Key | None
    new: Key | None
    summary: str
    was_active: bool | None = False
    moved: list[str] = field(default_factory=list)
    deleted: bool = False
    resumed: bool = False
    changed: bool = True
    known_by_mask: bool = False

    def without(self, settled: Sequence[Owed]) -> Outcome:
        """Return the outcome once the secrets of its keys are revoked."""
        old, new = _without(self.old, settled), _without(self.new, settled)
        return replace(self, old=old, new=new, changed=self.changed or bool(settled))

    def as_output(self) -> dict[str, Any]:
        """Return the result as it is printed. `id` is the key that is in use now."""
        in_use = self.new or self.old
        return {
            "id": in_use.id if in_use else None,
            "old_key": self.old.as_output() if self.old else None,
            "new_key": self.new.as_output() if self.new else None,
            "was_active": self.was_active,
            "moved_evaluations": self.moved,
            "deleted": self.deleted,
            "resumed": self.resumed,
            "changed": self.changed,
        }


def _without(key: Key | None, settled: Sequence[Owed]) -> Key | None:
    if key is None:
        return None
    parts = key.parts
    for owed in settled:
        parts = parts.without(owed)
    return replace(key, name=str(parts))


def nothing_pending(old: Key | None, old_id: str, *, was_active: bool | None) -> Outcome:
    """Return the outcome of a run that found no rotation to finish or to roll back."""
    return Outcome(
        old=old,
        new=None,
        summary=f"nothing to do: no rotation of key {old_id} is pending",
        was_active=was_active,
        changed=False,
    )
