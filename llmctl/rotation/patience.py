"""The time that a run takes: pauses while the server catches up, and the age of what was read."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

PAUSE_SECONDS = 1.0
PAUSES = 5
MAX_AGE = 5.0  # seconds between a reading and a write that cannot be undone


def now() -> float:
    """Return the seconds of a clock that goes on while the machine sleeps, if it has one."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def _nothing() -> None:
    pass


@dataclass
class Patience:
    """The number of one-second pauses that a run may make after each write, and its clock.

    `on_partial` is called when stopping would leave the rotation partly done: from then on, a rate
    limit is waited out.
    """

    pauses: int = PAUSES
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = now
    on_partial: Callable[[], None] = _nothing

    def __post_init__(self) -> None:
        self._left = self.pauses
        self._confirmed: set[object] = set()

    def renew_for(self, write: object) -> None:
        """Allow all the pauses again, after the first of equal writes, which may not show yet."""
        if write not in self._confirmed:
            self._confirmed.add(write)
            self._left = self.pauses

    def is_for(self, write: object) -> bool:
        """Return True if the server has confirmed a write like this."""
        return write in self._confirmed

    def is_recent(self, moment: float) -> bool:
        """Return True if what was read then may still decide a write that cannot be undone."""
        return self.now() - moment <= MAX_AGE

    def pause(self) -> bool:
        """Wait one second; return False at once if no pause is left."""
        if self._left <= 0:
            return False
        self._left -= 1
        self.sleep(PAUSE_SECONDS)
        return True
