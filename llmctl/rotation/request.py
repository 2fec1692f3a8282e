"""What is asked of a rotation, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from llmctl.rotation.find_key import Selector
from llmctl.rotation.snapshot import Key
from llmctl.rotation.strategy import Strategy
from llmctl.safe.secret import Secret


class Way(StrEnum):
    """What a run of the replace strategy is for."""

    ALL = "all"
    KEEP_OLD = "keep-old"
    FINISH = "finish"
    BACK = "back"


@dataclass(frozen=True)
class RotationRequest:
    """What the user asked for. `secret` is None where the way needs none."""

    selector: Selector
    secret: Secret | None
    strategy: Strategy = Strategy.IN_PLACE
    way: Way = Way.ALL
    expect_mask: str | None = None


@dataclass
class Outcome:
    """What came of it. `summary` is for people.

    `retired` is the key whose secret this run took out of use, where that is certain.
    `is_told_by_mask`: that nothing is to do is only known by the mask, which another secret may
    have as well.
    """

    old: Key | None
    new: Key | None
    summary: str
    was_active: bool | None = False
    moved: list[str] = field(default_factory=list)
    deleted: bool = False
    resumed: bool = False
    changed: bool = True
    retired: Key | None = None
    is_told_by_mask: bool = False

    def shown(self) -> dict[str, Any]:
        """The result for output. `id` is the key that is in use now."""
        in_use = self.new or self.old
        return {
            "id": in_use.id if in_use else None,
            "old_key": self.old.shown() if self.old else None,
            "new_key": self.new.shown() if self.new else None,
            "was_active": self.was_active,
            "moved_evaluations": self.moved,
            "deleted": self.deleted,
            "resumed": self.resumed,
            "changed": self.changed,
        }
