"""Wait for the server to show a change just made, or for another rotation to end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

PAUSE_SECONDS = 1.0
PAUSES = 5


@dataclass
class Patience:
    """The number of one-second pauses that a run may make in total."""

    pauses: int = PAUSES
    sleep: Callable[[float], None] = time.sleep

    def pause(self) -> bool:
        """Wait one second; return False at once if no pause is left."""
        if self.pauses <= 0:
            return False
        self.pauses -= 1
        self.sleep(PAUSE_SECONDS)
        return True
