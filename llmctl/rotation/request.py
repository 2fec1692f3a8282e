"""The user's request for a rotation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from llmctl.rotation.find_key import Selector
from llmctl.rotation.snapshot import Key
from llmctl.rotation.strategy import Strategy
from llmctl.rotation.tag import Owed
from llmctl.safe.secret import Secret


class Mode(StrEnum):
    """The part of a rotation that a run of the replace strategy does."""

    FULL = "full"
    KEEP_OLD = "keep-old"
    FINISH = "finish"
    ROLLBACK = "rollback"


@dataclass(frozen=True)
class RotationRequest:
    """The user's request. `secret` is None if the mode needs none, or if it `secret_follows`, from
    a command that runs after the question.

    `expect_mask`, if given, is the mask that the old key must have. A pending rotation older than
    `stale_after` is a leftover. `can_ask`: a user at a terminal answers questions.
    `revokes`: the old secret is to be revoked once nothing uses it; `shared`: the number and the
    fingerprint of the projects that share it. `recovers`: then start the evaluations that the key
    stopped.
    """

    selector: Selector
    secret: Secret | None
    strategy: Strategy = Strategy.IN_PLACE
    mode: Mode = Mode.FULL
    expect_mask: str | None = None
    stale_after: timedelta = timedelta(hours=24)
    can_ask: bool = False
    revokes: bool = False
    secret_follows: bool = False
    recovers: bool = False
    shared: tuple[int, str] = (1, "")

    def owed_for(self, key: Key) -> list[Owed]:
        """Return what is to be revoked once nothing uses the secret of a key any more.

        Only old secrets are shared; a key with a tag is another rotation's new one.
        """
        if not self.revokes:
            return []
        shared = self.shared if key.tag is None else (1, "")
        return [Owed.of(key.provider, key.mask, key.id, *shared)]
