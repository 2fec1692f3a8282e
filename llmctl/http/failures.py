"""Network failures in llmctl's own words, and the effect of each on the request."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator

import requests
import urllib3

from llmctl.config.installer import install_command
from llmctl.errors import Hint
from llmctl.http.ca_bundle import ca_bundle_problem
from llmctl.http.cancellation import Cancellation
from llmctl.http.network_failure import NetworkFailure
from llmctl.http.tls_failures import tls_failure


def describe(
    error: Exception, progress: Cancellation, *, has_client_cert: bool = False
) -> NetworkFailure:
    """Return the failure behind an exception; its text is never used, as it can hold the key.

    `progress` is how far the exchange got. `has_client_cert`: a client certificate was available.
    """
    causes = list(_chain(error))

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    # requests raises a bare OSError if the file of certificate authorities does not exist.
    is_local = not has(requests.RequestException, urllib3.exceptions.HTTPError) and has(OSError)
    problem = ca_bundle_problem() if is_local or tls else None
    if problem:
        return NetworkFailure(problem, is_config=True)
    if has(requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL):
        # The origin was checked before, so it is the proxy's address.
        return NetworkFailure(
            "the proxy set in the environment cannot be used",
            is_config=True,
            hint=Hint(
                "set it to http://HOST:PORT; a SOCKS proxy needs another package: "
                + install_command("requests[socks]")
            ),
        )
    failure = tls_failure(tls, progress, has_client_cert) if tls else None
    failure = failure or _refused_by_proxy(causes)
    failure = failure or NetworkFailure(_reason(causes), sent=progress.sent)
    return failure._replace(reason=located(failure.reason, progress))


def located(reason: str, progress: Cancellation) -> str:
    """Add the proxy to a reason: it failed itself, or the connection goes through it."""
    if progress.is_at_proxy:
        return f"the proxy {progress.proxy} failed: {reason}"
    return f"{reason} (through the proxy {progress.proxy})" if progress.proxy else reason


_FINAL_REFUSALS = {*range(400, 500)} - {408, 425, 429}


def _refused_by_proxy(causes: list[BaseException]) -> NetworkFailure | None:
    """Return the failure if a proxy refused to connect to the server, else None."""
    texts = [str(cause) for cause in causes if isinstance(cause, OSError)]
    refusals = [re.match(r"Tunnel connection failed: ([0-9]{3})\b", text) for text in texts]
    status = next((int(refusal[1]) for refusal in refusals if refusal), None)
    if status is None:
        return None
    hint = None
    if status == 407:
        hint = Hint(
            "set HTTPS_PROXY with a valid user name and password: http://USER:PASSWORD@HOST:PORT"
        )
    return NetworkFailure(f"it returned {status}", is_final=status in _FINAL_REFUSALS, hint=hint)


_REASONS: list[tuple[tuple[type[BaseException], ...], str]] = [
    ((socket.gaierror, urllib3.exceptions.NameResolutionError), "unknown host name"),
    ((ConnectionRefusedError,), "connection refused"),
    ((ssl.SSLError, requests.exceptions.SSLError), "TLS handshake failed"),
    ((requests.exceptions.Timeout, TimeoutError), "timed out"),
    ((urllib3.exceptions.IncompleteRead,), "incomplete response"),
    ((urllib3.exceptions.DecodeError,), "the response cannot be decompressed"),
    ((ConnectionResetError, BrokenPipeError), "connection closed"),
    ((urllib3.exceptions.ProtocolError,), "invalid or incomplete HTTP response"),
    ((OSError,), "network error"),
]


def _reason(causes: list[BaseException]) -> str:
    return next(
        (text for kinds, text in _REASONS if any(isinstance(cause, kinds) for cause in causes)),
        "request failed",
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception, its causes, and the exceptions that those wrap, each once."""
    seen: set[int] = set()
    pending: list[object] = [error]
    while pending:
        item = pending.pop(0)
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        pending += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
