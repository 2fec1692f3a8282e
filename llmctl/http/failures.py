"""Network failures in llmctl's own words, and the effect of each on the request."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from typing import NamedTuple

import requests
import urllib3

from llmctl.config.installer import install_command
from llmctl.errors import ConfigError, Hint, LlmctlError, UnavailableError, UnknownOutcomeError
from llmctl.http.ca_bundle import ca_bundle_problem
from llmctl.http.request import Request

MORE_TIME = Hint("allow more time with --timeout SECONDS")


class NetworkFailure(NamedTuple):
    """An exchange without a response.

    `sent`: the request line went out, so a write may have happened. `is_final`: another attempt
    would fail in the same way. `is_config`: the cause lies in this machine's settings.
    """

    reason: str
    sent: bool = False
    is_final: bool = False
    is_config: bool = False
    hint: Hint | None = None

    def as_error(self, request: Request, origin: str) -> LlmctlError:
        """Return the error for the user."""
        if self.is_config:
            return ConfigError(f"cannot reach {origin}: {self.reason}", hint=self.hint)
        if not self.sent:
            return UnavailableError(f"cannot reach {origin}: {self.reason}", hint=self.hint)
        message = f"no response from {origin}: {self.reason}"
        if not request.is_write:
            return UnavailableError(message, hint=self.hint)
        return UnknownOutcomeError(
            f"the {request.method} may or may not have happened: {message}",
            hint=Hint("check in a minute whether it happened", request.verify_command),
        )


def describe(error: Exception, *, sent: bool) -> NetworkFailure:
    """Return the failure behind an exception; its text is never used, as it can hold the key."""
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
    if isinstance(tls, ssl.SSLCertVerificationError):
        return _certificate_failure(tls, sent=sent)
    if tls is not None and tls.reason in _TLS_REASONS:
        return NetworkFailure(_TLS_REASONS[tls.reason], sent=sent, is_final=True)
    reason = _reason(causes)
    if has(requests.exceptions.ProxyError):
        reason = f"the proxy set in the environment failed: {reason}"
    return NetworkFailure(reason, sent=sent)


_TLS_REASONS = dict.fromkeys(
    ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"),
    "this port does not use TLS",
) | dict.fromkeys(
    ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"),
    "it supports no secure TLS version",
)
_CLOCK_CODES = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_NAME_CODES = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH


def _certificate_failure(error: ssl.SSLCertVerificationError, *, sent: bool) -> NetworkFailure:
    if error.verify_code in _CLOCK_CODES:
        hint = "check this machine's clock, then the server's certificate"
    elif error.verify_code in _NAME_CODES:
        hint = "check the host: the certificate is for another host"
    else:
        hint = "if a private authority signed it, set REQUESTS_CA_BUNDLE to that authority's file"
    reason = f"its TLS certificate was rejected: {error.verify_message}"
    return NetworkFailure(reason, sent=sent, is_final=True, hint=Hint(hint))


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
    for cause in causes:
        refused = re.match(r"Tunnel connection failed: ([0-9]{3})\b", str(cause))
        if refused and isinstance(cause, OSError):
            return f"it returned {refused[1]}"
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
