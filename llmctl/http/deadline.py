"""The deadline of one attempt. It covers every phase, from the name lookup on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

import requests

from llmctl.errors import ExitCode, Hint, InterruptedWriteError, Terminated
from llmctl.http.cancellation import Cancellation
from llmctl.http.failures import describe, located
from llmctl.http.network_failure import MORE_TIME, NetworkFailure
from llmctl.http.request import Request
from llmctl.http.response import Response

_GRACE_SECONDS = 1.0  # the deadline is enforced here; the socket's timeout ends an abandoned thread


class SendOnce(Protocol):
    """The layer below: sends once and passes the outcome on."""

    def __call__(
        self,
        request: Request,
        seconds: float,
        cancellation: Cancellation,
        done: Callable[[Response | Exception], None],
    ) -> None: ...


class Deadline:
    """Makes each attempt in its own thread and abandons the thread at the deadline.

    `timeout`, in seconds, and `has_client_cert` are only used in messages.
    """

    def __init__(self, send: SendOnce, *, timeout: float, has_client_cert: bool = False) -> None:
        self._send = send
        self._timeout = timeout
        self._has_client_cert = has_client_cert

    def send(self, request: Request, deadline: float) -> Response | NetworkFailure:
        """Return the response, or the reason for having none by `deadline`, in seconds of the
        monotonic clock.

        InterruptedWriteError if a signal arrives after a write was sent.
        """
        cancellation = Cancellation()
        outcomes: list[Response | Exception] = []
        left = max(0.0, deadline - time.monotonic())
        arguments = (request, left + _GRACE_SECONDS, cancellation, outcomes.append)
        thread = threading.Thread(target=self._send, args=arguments, daemon=True)
        try:
            thread.start()
            thread.join(max(0.0, deadline - time.monotonic()))
        except (KeyboardInterrupt, Terminated) as signal:
            cancellation.cancel()
            if request.is_write and cancellation.sent:
                raise _interrupted(request, signal) from None
            raise
        if not outcomes:
            cancellation.cancel()
            reason = located(f"timed out after {self._timeout:g} s", cancellation)
            return NetworkFailure(reason, sent=cancellation.sent, is_final=True, hint=MORE_TIME)
        outcome = outcomes[0]
        if isinstance(outcome, Response):
            return outcome
        return describe(outcome, cancellation, has_client_cert=self._has_client_cert)


class InProcess:
    """Replaces `Deadline` for the sandbox, which runs in this process without a network.

    `timeout` is how many seconds the sandbox's own faults may delay a response.
    """

    def __init__(self, send: SendOnce, *, timeout: float) -> None:
        self._send = send
        self._timeout = timeout

    def send(self, request: Request, deadline: float) -> Response | NetworkFailure:
        """Return the response, or the network failure that the sandbox simulates.

        InterruptedWriteError if a signal arrives during a write.
        """
        outcomes: list[Response | Exception] = []
        cancellation = Cancellation()
        cancellation.sent = True
        try:
            self._send(request, self._timeout, cancellation, outcomes.append)
        except (KeyboardInterrupt, Terminated) as signal:
            if request.is_write:
                raise _interrupted(request, signal) from None
            raise
        outcome = outcomes[0]
        if isinstance(outcome, Response):
            return outcome
        if isinstance(outcome, requests.RequestException):
            return describe(outcome, cancellation)
        raise outcome


def _interrupted(request: Request, signal: BaseException) -> InterruptedWriteError:
    return InterruptedWriteError(
        f"interrupted after the {request.method} was sent: it may or may not have happened",
        hint=Hint("check whether it happened", request.verify_command),
        exit_code=signal.exit_code if isinstance(signal, Terminated) else ExitCode.INTERRUPTED,
    )
