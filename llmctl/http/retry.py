"""Retries, and the waits between them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from llmctl.errors import UnavailableError
from llmctl.http.failures import MORE_TIME, NetworkFailure
from llmctl.http.request import Request
from llmctl.http.response import Response

BACKOFF_SECONDS = 0.5
_RETRIED_STATUSES = {502, 503, 504}  # for reads


class Retry:
    """Sends again after network failures, rate limits and gateway errors, up to `retries` times.

    `report` is called with one line about each wait, and if `verbose` about each attempt.
    """

    def __init__(
        self,
        send: Callable[[Request, float], Response | NetworkFailure],
        *,
        origin: str,
        retries: int,
        report: Callable[[str], None],
        verbose: bool,
    ) -> None:
        self._send = send
        self._origin = origin
        self._attempts = 1 + retries
        self._report = report
        self._verbose = verbose
        self._closed_until = 0.0

    def send(self, request: Request, deadline: float) -> Response:
        """Return the response, whatever its status.

        Reads are sent again; writes only if the server cannot have acted on them (never sent, or
        429). No attempt starts after `deadline`, in seconds of the monotonic clock.

        ConfigError, UnavailableError or, after a write, UnknownOutcomeError if there is none.
        """
        for attempt in range(1, self._attempts + 1):
            self._wait_for_others(deadline)
            start = time.monotonic()
            outcome = self._send(request, deadline)
            if self._verbose:
                self._report(_line(request, outcome, time.monotonic() - start))
            pause = _pause(request, outcome, attempt)
            if pause is None or attempt == self._attempts or time.monotonic() + pause >= deadline:
                break
            self._report(f"{_reason(outcome)}; retrying in {pause:.1f} s")
            if isinstance(outcome, Response) and outcome.status == 429:
                self._closed_until = max(self._closed_until, time.monotonic() + pause)
            else:
                time.sleep(pause)
        if isinstance(outcome, NetworkFailure):
            raise outcome.as_error(request, self._origin)
        return outcome

    def _wait_for_others(self, deadline: float) -> None:
        """Wait while any exchange with the server is rate limited: the limit applies to all."""
        if self._closed_until >= deadline:
            message = "the server's rate limit lasts longer than the time limit"
            raise UnavailableError(message, hint=MORE_TIME, status=429)
        time.sleep(max(0.0, self._closed_until - time.monotonic()))


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
    # Jitter, so that jobs that failed together do not retry together.
    jitter = random.uniform(0.5, 1.0)  # noqa: S311
    return BACKOFF_SECONDS * float(2 ** (attempt - 1)) * jitter


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
    return "too many requests" if outcome.status == 429 else f"server error {outcome.status}"
