"""The server's rate limit, which counts the requests of one personal API key to one host."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

# Requests within so many seconds: PostHog's limits, and a second for the way to the server.
LIMITS = ((480, 61.0), (4_800, 3_601.0))


class RateLimit:
    """Spreads requests so that the server's limit is not exceeded.

    Clients for the same host and key share one. `limits` are numbers of requests within so many
    seconds. `wait_timeout` is how long a request waits, in seconds, while the server answers 429;
    None if the time limit of the request includes these waits.
    """

    def __init__(
        self,
        limits: Sequence[tuple[int, float]] = (),
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.wait_timeout: float | None = None
        self.sleep = sleep
        self._now = now
        self._windows = [(deque[float](maxlen=count), seconds) for count, seconds in limits]
        self._closed_until = 0.0
        self._lock = threading.Lock()

    def close(self, seconds: float) -> None:
        """Let no request start for so long: the server's limit applies to all of them."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._now() + seconds)

    @property
    def closed_seconds(self) -> float:
        """Seconds until the server's limit ends, as far as it said."""
        return max(0.0, self._closed_until - self._now())

    def reserve(self) -> float:
        """Take the next turn and return the seconds until then."""
        with self._lock:
            now = self._now()
            turn = max(now, self._closed_until)
            for starts, seconds in self._windows:
                if len(starts) == starts.maxlen:
                    turn = max(turn, starts[0] + seconds)
            for starts, _ in self._windows:
                starts.append(turn)
            return turn - now
