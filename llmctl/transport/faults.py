"""What went wrong on the way, in our own words, and what it means for the request."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import requests
import urllib3

from llmctl.errors import ConfigError, LlmctlError, UnavailableError, UnknownOutcomeError
from llmctl.transport.messages import Request


@dataclass(frozen=True)
class Fault:
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

    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Fault(
                f"its TLS certificate is not accepted ({cause.verify_message})",
                sent=sent,
                is_final=True,
                hint="REQUESTS_CA_BUNDLE names a private authority's file; check the clock too",
            )
    if has(requests.exceptions.InvalidSchema, requests.exceptions.InvalidProxyURL):
        return Fault(
            "the proxy in the environment is not usable",
            is_config=True,
            hint="a socks proxy needs: pip install 'requests[socks]'",
        )
    if not has(requests.RequestException, urllib3.exceptions.HTTPError) and has(OSError):
        return Fault(
            "the file of certificate authorities cannot be read",
            is_config=True,
            hint="REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names it",
        )
    return Fault(_reason(has), sent=sent)


def _reason(has: object) -> str:
    assert callable(has)
    exceptions = requests.exceptions
    known: list[tuple[tuple[type[BaseException], ...], str]] = [
        ((socket.gaierror, urllib3.exceptions.NameResolutionError), "its name is not known"),
        ((ConnectionRefusedError,), "the connection was refused"),
        ((exceptions.ProxyError,), "the proxy did not let it through"),
        ((ssl.SSLError, exceptions.SSLError), "TLS could not be agreed on"),
        ((exceptions.Timeout, TimeoutError), "it took too long"),
        ((urllib3.exceptions.IncompleteRead,), "the answer was cut short"),
        ((urllib3.exceptions.DecodeError,), "the answer cannot be unpacked"),
        ((ConnectionResetError, BrokenPipeError), "the connection was cut"),
        ((urllib3.exceptions.ProtocolError,), "the answer is not HTTP, or was cut short"),
        ((OSError,), "the network failed"),
    ]
    return next((text for kinds, text in known if has(*kinds)), "the exchange failed")


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
