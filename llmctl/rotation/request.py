"""The user's request for a rotation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from llmctl.rotation.find_key import Selector
from llmctl.rotation.strategy import Strategy
from llmctl.safe.secret import Secret


class Mode(StrEnum):
    """The part of a rotation that a run of the replace strategy does."""

    FULL = "full"
    KEEP_OLD = "keep-old"
    FINISH = "finish"
    ROLLBACK = "rollback"


@dataclass(frozen=True)
class RotationRequest:
    """The user's request. `secret` is None if the mode needs none.

    `expect_mask`, if given, is the mask that the old key must have. A pending rotation older than
    `stale_after` is a leftover. `can_ask`: somebody at a terminal answers questions.
    `revokes`: the old secret is to be revoked once nothing uses it.
    """

    selector: Selector
    secret: Secret | None
    strategy: Strategy = Strategy.IN_PLACE
    mode: Mode = Mode.FULL
    expect_mask: str | None = None
    stale_after: timedelta = timedelta(hours=24)
    can_ask: bool = False
    revokes: bool = False
