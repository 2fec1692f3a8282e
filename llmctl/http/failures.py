"""What went wrong on the way, in our own words, and what it means for the request."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from typing import NamedTuple

import requests
import urllib3

from llmctl.errors import ConfigError, LlmctlError, UnavailableError, UnknownOutcomeError
from llmctl.http.ca_bundle import authorities_problem
from llmctl.http.messages import Request


class Fault(NamedTuple):
    """An exchange that gave no answer.

    `sent`: the request line went out, so a write may have happened. `is_final`: trying again
    gives the same. `is_config`: the fault is in this machine's settings.
    """

    reason: str
    sent: bool = False
    is_final: bool = False
    is_config: bool = False
    hint: str | None = None

    def as_error(self, request: Request, origin: str, check: str) -> LlmctlError:
        """The error for the user; `check` is the command that shows what the server has."""
        if self.is_config:
            return ConfigError(f"cannot reach {origin}: {self.reason}", hint=self.hint)
        if not self.sent:
            return UnavailableError(f"cannot reach {origin}: {self.reason}", hint=self.hint)
        if not request.is_write:
            return UnavailableError(f"no answer from {origin}: {self.reason}", hint=self.hint)
        return UnknownOutcomeError(
            f"the {request.method} was sent to {origin} and its answer was lost: {self.reason}; "
            "it may or may not have happened",
            hint=f"see what the server has in a minute: {check}",
        )


def describe(error: Exception, *, sent: bool) -> Fault:
    """The fault behind a network exception; its text is never used, it can hold the key."""
    causes = list(_chain(error))

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    # requests raises a bare OSError where it looks for the authorities' file and finds none.
    is_local = not has(requests.RequestException, urllib3.exceptions.HTTPError) and has(OSError)
    problem = authorities_problem() if is_local or tls else None
    if problem:
        return Fault(problem, is_config=True)
    if has(requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL):
        # The origin was checked before, so it is the proxy's address.
        return Fault(
            "the proxy that the environment names cannot be used",
            is_config=True,
            hint="a proxy is http://HOST:PORT; a socks proxy needs: pip install 'requests[socks]'",
        )
    if isinstance(tls, ssl.SSLCertVerificationError):
        return _certificate_fault(tls, sent=sent)
    if tls is not None and tls.reason in _TLS_REASONS:
        return Fault(_TLS_REASONS[tls.reason], sent=sent, is_final=True)
    reason = _reason(causes)
    if has(requests.exceptions.ProxyError):
        reason = f"the proxy that the environment names failed: {reason}"
    return Fault(reason, sent=sent)


_TLS_REASONS = dict.fromkeys(
    ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"),
    "it does not speak TLS on this port",
) | dict.fromkeys(
    ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"),
    "it speaks no version of TLS that is safe",
)
_CLOCK_CODES = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_NAME_CODES = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH


def _certificate_fault(error: ssl.SSLCertVerificationError, *, sent: bool) -> Fault:
    if error.verify_code in _CLOCK_CODES:
        hint = "check the clock of this machine, then the server's certificate"
    elif error.verify_code in _NAME_CODES:
        hint = "check the host: the certificate is another one's"
    else:
        hint = "where a private authority signed it, REQUESTS_CA_BUNDLE names the authority's file"
    reason = f"its TLS certificate is not accepted ({error.verify_message.rstrip('.')})"
    return Fault(reason, sent=sent, is_final=True, hint=hint)


_REASONS: list[tuple[tuple[type[BaseException], ...], str]] = [
    ((socket.gaierror, urllib3.exceptions.NameResolutionError), "its name is not known"),
    ((ConnectionRefusedError,), "the connection was refused"),
    ((ssl.SSLError, requests.exceptions.SSLError), "TLS could not be agreed on"),
    ((requests.exceptions.Timeout, TimeoutError), "it took too long"),
    ((urllib3.exceptions.IncompleteRead,), "the answer was cut short"),
    ((urllib3.exceptions.DecodeError,), "the answer cannot be unpacked"),
    ((ConnectionResetError, BrokenPipeError), "the connection was cut"),
    ((urllib3.exceptions.ProtocolError,), "the answer is not HTTP, or was cut short"),
    ((OSError,), "the network failed"),
]


def _reason(causes: list[BaseException]) -> str:
    for cause in causes:
        refused = re.match(r"Tunnel connection failed: ([0-9]{3})\b", str(cause))
        if refused and isinstance(cause, OSError):
            return f"it answered {refused[1]}"
    return next(
        (text for kinds, text in _REASONS if any(isinstance(cause, kinds) for cause in causes)),
        "the exchange failed",
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, what caused it, and what those wrap, each once."""
    seen: set[int] = set()
    pending: list[object] = [error]
    while pending:
        item = pending.pop(0)
        if not isinstance(item, BaseException) or id(item) in seen:
            continue
        seen.add(id(item))
        yield item
        pending += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
