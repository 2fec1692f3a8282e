"""The traffic function: one exchange with the server, its tries and its deadline included."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import requests

from llmctl import __version__
from llmctl.errors import ExitCode, InterruptedWriteError, Terminated, UnavailableError
from llmctl.http.cancellation import Guard, GuardedAdapter, watch
from llmctl.http.failures import Fault, describe
from llmctl.http.messages import Answer, Request, read_answer
from llmctl.safe.secret import Secret

BACKOFF_SECONDS = 0.5
_GRACE_SECONDS = 1.0  # the deadline is ours to call; the socket's is for a thread left behind
LONGER = "--timeout SECONDS gives it longer"
_WORTH_ANOTHER_READ = {502, 503, 504}


class _Bearer(requests.auth.AuthBase):
    """An auth object: a header or the URL's userinfo would lose to an entry in `.netrc`."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return prepared


class _Session(requests.Session):
    """Sees no redirect: one that is not followed would still be read whole, whatever its size."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class Transport:
    """Exchanges with one origin, with one key.

    `timeout` bounds each exchange in seconds, its tries included, of which there are up to
    `retries` after the first. `report` takes one line about each wait, and with `verbose` about
    each request. `sandbox` is the path of the embedded server's database.
    """

    def __init__(
        self,
        origin: str,
        key: Secret,
        *,
        timeout: float,
        retries: int,
        report: Callable[[str], None],
        verbose: bool = False,
        sandbox: Path | None = None,
    ) -> None:
        self.origin = origin
        self.timeout = timeout
        self._tries = 1 + retries
        self._closed_until = 0.0
        self._report = report
        self._verbose = verbose
        self._auth = _Bearer(key)
        self._secrets = {key}  # that the server was told, in this run
        self._is_sandbox = sandbox is not None
        self._session = _Session()
        if origin.startswith("http://"):
            # Plain http goes to this machine only; a proxy would be handed the key.
            self._session.trust_env = False
        self._session.mount(origin, _sandbox(sandbox) if sandbox else GuardedAdapter())

    def exchange(self, request: Request, *, end: float, check: str) -> Answer:
        """The server's answer, whatever its status; an error where there is none by `end`, in
        seconds of the monotonic clock.

        Reads are tried again; writes only where nothing can have been done (never sent, or 429).
        `check` is the command to name where the outcome stays unknown.
        """
        for attempt in range(1, self._tries + 1):
            self._wait_for_others(end)
            start = time.monotonic()
            outcome = self._try(request, end, check)
            if self._verbose:
                self._report(_line(request, outcome, time.monotonic() - start))
            wait = _pause(request, outcome, attempt)
            if wait is None or attempt == self._tries or time.monotonic() + wait >= end:
                break
            self._report(f"{_why(outcome)}; trying again in {wait:.1f} s")
            if isinstance(outcome, Answer) and outcome.status == 429:
                self._closed_until = max(self._closed_until, time.monotonic() + wait)
            else:
                time.sleep(wait)
        if isinstance(outcome, Fault):
            raise outcome.as_error(request, self.origin, check)
        return outcome

    def _wait_for_others(self, end: float) -> None:
        """Where one exchange was told to slow down, all that run beside it do."""
        if self._closed_until >= end:
            raise UnavailableError(
                "the server asks to wait longer than there is time", hint=LONGER, status=429
            )
        time.sleep(max(0.0, self._closed_until - time.monotonic()))

    def _try(self, request: Request, end: float, check: str) -> Answer | Fault:
        """One attempt, in a thread of its own so that no phase of it outlives the deadline."""
        if self._is_sandbox:
            try:
                return self._send(request, self.timeout)
            except requests.exceptions.RequestException as error:  # a fault on demand
                return describe(error, sent=True)
        guard = Guard()
        outcomes: list[Answer | Fault] = []

        def work() -> None:
            watch(guard)
            try:
                left = max(0.0, end - time.monotonic())
                outcomes.append(self._send(request, left + _GRACE_SECONDS))
            except Exception as error:
                outcomes.append(describe(error, sent=guard.sent))

        if request.is_write:
            # A connection kept from before may be dead, and the write would be lost with it.
            self._session.get_adapter(self.origin).close()
        thread = threading.Thread(target=work, daemon=True)
        try:
            thread.start()
            thread.join(max(0.0, end - time.monotonic()))
        except (KeyboardInterrupt, Terminated) as signal:
            guard.stop()
            if request.is_write and guard.sent:
                raise _interrupted(request, signal, check) from None
            raise
        if not outcomes:
            guard.stop()
            reason = f"it took longer than {self.timeout:g} s"
            return Fault(reason, sent=guard.sent, is_final=True, hint=LONGER)
        return outcomes[0]

    def _send(self, request: Request, seconds: float) -> Answer:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": f"llmctl/{__version__}",
        }
        self._secrets.update(request.secrets)
        body = request.encoded_body()
        if body is not None:
            headers["Content-Type"] = "application/json"
        with self._session.request(
            request.method,
            self.origin + request.target,
            data=body,
            headers=headers,
            auth=self._auth,
            timeout=seconds,
            allow_redirects=False,
            stream=True,
        ) as response:
            return read_answer(response, self._secrets)


def _sandbox(database: Path) -> requests.adapters.BaseAdapter:
    from llmctl.sandbox.extra import require_extra

    require_extra()
    from llmctl.sandbox.adapter import SandboxAdapter

    return SandboxAdapter(database)


def _interrupted(request: Request, signal: BaseException, check: str) -> InterruptedWriteError:
    return InterruptedWriteError(
        f"interrupted after the {request.method} was sent: it may or may not have happened",
        hint=f"see what the server has: {check}",
        exit_code=signal.exit_code if isinstance(signal, Terminated) else ExitCode.INTERRUPTED,
    )


def _pause(request: Request, outcome: Answer | Fault, attempt: int) -> float | None:
    """Seconds to wait before the next try; None where there should be none."""
    if isinstance(outcome, Fault):
        can_repeat = not outcome.is_final and not outcome.is_config
        can_repeat = can_repeat and not (request.is_write and outcome.sent)
    else:
        can_repeat = outcome.status == 429 or (
            outcome.status in _WORTH_ANOTHER_READ and not request.is_write
        )
    if not can_repeat:
        return None
    if isinstance(outcome, Answer) and outcome.retry_after is not None:
        return outcome.retry_after
    # Jitter, so that jobs that failed together do not come back together.
    jitter = random.uniform(0.5, 1.0)  # noqa: S311
    return BACKOFF_SECONDS * float(2 ** (attempt - 1)) * jitter


def _line(request: Request, outcome: Answer | Fault, seconds: float) -> str:
    if isinstance(outcome, Fault):
        result = outcome.reason
    else:
        named = f", request id {outcome.request_id}" if outcome.request_id else ""
        result = f"{outcome.status}{named}"
    return f"{request.method} {request.target}: {result} ({seconds:.2f} s)"


def _why(outcome: Answer | Fault) -> str:
    if isinstance(outcome, Fault):
        return outcome.reason
    return "too many requests" if outcome.status == 429 else f"the server answered {outcome.status}"
