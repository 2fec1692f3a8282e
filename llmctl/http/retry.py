"""Retries, and the waits between them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from llmctl.errors import OutdatedError, UnavailableError
from llmctl.http.network_failure import MORE_TIME, NetworkFailure
from llmctl.http.rate_limit import RateLimit
from llmctl.http.request import Request
from llmctl.http.response import Response

BACKOFF_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 60.0
NOTED_SECONDS = 3.0  # a longer wait is reported
_RETRIED_STATUSES = {408, 421, 425, 502, 503, 504}  # for reads; 429 for writes as well


class Retry:
    """Sends again after network failures, rate limits and gateway errors, up to `retries` times.

    `report` is called with one line about each wait, and if `verbose` about each attempt. Waits for
    the rate limit that `rate_limit` permits count neither as retries nor towards the deadline.
    """

    def __init__(
        self,
        send: Callable[[Request, float], Response | NetworkFailure],
        *,
        origin: str,
        retries: int,
        report: Callable[[str], None],
        verbose: bool,
        rate_limit: RateLimit,
    ) -> None:
        self._send = send
        self._origin = origin
        self._attempts = 1 + retries
        self._report = report
        self._verbose = verbose
        self._rate_limit = rate_limit

    def send(self, request: Request, deadline: float) -> Response:
        """Return the response, whatever its status.

        Reads are sent again; writes only if the server cannot have acted on them (never sent, or
        429). No attempt starts after `deadline`, in seconds of the monotonic clock.

        ConfigError, UnavailableError or, after a write, UnknownOutcomeError if there is none.
        """
        attempt, waits = 1, 0
        limited_since: float | None = None
        while True:
            deadline += self._wait_for_turn(deadline)
            if request.is_current is not None and not request.is_current():
                raise OutdatedError("what this was decided on is too old; it was not sent")
            start = time.monotonic()
            outcome = self._send(request, deadline)
            if self._verbose:
                self._report(_line(request, outcome, time.monotonic() - start))
            pause = _pause(request, outcome, attempt + waits)
            if pause is None:
                break
            is_limited = isinstance(outcome, Response) and outcome.status == 429
            limited_since = (limited_since or start) if is_limited else None
            left = 0.0 if limited_since is None else self._patience_left(limited_since)
            if left > pause:
                waits += 1
                pause = pause or _backoff(waits)  # if the server says 0
                self._report(
                    f"rate limited; waiting up to {left:.0f} s; next attempt in {pause:.1f} s"
                )
            elif attempt == self._attempts or time.monotonic() + pause >= deadline:
                break
            else:
                attempt += 1
                self._report(f"{_reason(outcome)}; retrying in {pause:.1f} s")
            if is_limited:
                self._rate_limit.close(pause)
            else:
                time.sleep(pause)
        if isinstance(outcome, NetworkFailure):
            raise outcome.as_error(request, self._origin)
        return outcome

    def _patience_left(self, since: float) -> float:
        return (self._rate_limit.wait_timeout or 0.0) - (time.monotonic() - since)

    def _wait_for_turn(self, deadline: float) -> float:
        """Wait until the rate limit permits a request; return by how much the deadline moves.

        UnavailableError if the server's limit lasts too long.
        """
        closed, patience = self._rate_limit.closed_seconds, self._rate_limit.wait_timeout
        left = max(0.0, deadline - time.monotonic()) if patience is None else patience
        if closed > 0 and closed >= left:
            message = "the server's rate limit lasts longer than the time limit"
            raise UnavailableError(message, hint=MORE_TIME, status=429)
        seconds = self._rate_limit.reserve()
        if seconds > closed + NOTED_SECONDS:
            self._report(f"close to the server's rate limit; waiting {seconds:.1f} s")
        if seconds > 0:
            self._rate_limit.sleep(seconds)
        return seconds if patience is not None else max(0.0, seconds - closed)


def _pause(request: Request, outcome: Response | NetworkFailure, attempt: int) -> float | None:
    """Return the seconds to wait before the next attempt; None if there should be none."""
    if isinstance(outcome, NetworkFailure):
        can_repeat = not outcome.is_final and not outcome.is_config
        can_repeat = can_repeat and not (request.is_write and outcome.sent)
    else:
        can_repeat = outcome.status == 429 or (
            outcome.status in _RETRIED_STATUSES and not request.is_write
        )
    if not can_repeat:
        return None
    if isinstance(outcome, Response) and outcome.retry_after is not None:
        return outcome.retry_after
    return _backoff(attempt)


def _backoff(attempt: int) -> float:
    # Jitter, so that jobs that failed together do not retry together.
    jitter = random.uniform(0.5, 1.0)  # noqa: S311
    return min(MAX_BACKOFF_SECONDS, BACKOFF_SECONDS * float(2 ** (attempt - 1)) * jitter)


def _line(request: Request, outcome: Response | NetworkFailure, seconds: float) -> str:
    if isinstance(outcome, NetworkFailure):
        result = outcome.reason
    else:
        request_id = f", request id {outcome.request_id}" if outcome.request_id else ""
        result = f"{outcome.status}{request_id}"
    return f"{request.method} {request.target}: {result} ({seconds:.2f} s)"


def _reason(outcome: Response | NetworkFailure) -> str:
    if isinstance(outcome, NetworkFailure):
        return outcome.reason
    if outcome.status == 429:
        return "too many requests"
    return f"{'server error' if outcome.status >= 500 else 'status'} {outcome.status}"
