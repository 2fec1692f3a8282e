"""What the user asks of a rotation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from llmctl.rotation.find_key import Selector
from llmctl.rotation.strategy import Strategy
from llmctl.safe.secret import Secret


class Mode(StrEnum):
    """What a run of the replace strategy is for: all of a rotation, or a part of it."""

    FULL = "full"
    KEEP_OLD = "keep-old"
    FINISH = "finish"
    ROLLBACK = "rollback"


@dataclass(frozen=True)
class RotationRequest:
    """What the user asked for. `secret` is None if the mode needs none.

    `expect_mask`, if given, is the mask that the old key must have.
    """

    selector: Selector
    secret: Secret | None
    strategy: Strategy = Strategy.IN_PLACE
    mode: Mode = Mode.FULL
    expect_mask: str | None = None
