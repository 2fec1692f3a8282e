"""Addresses in answers: which of them are the server's own, and what a `Link` header says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PARAMETER = re.compile(
    r'\s*;\s*(?P<name>[^\s=;,"<>]+)'
    r'(?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s;,"]*)))?'
)
_LINK = re.compile(rf"<([^<>]*)>((?:{_PARAMETER.pattern})*)")


def own_address(address: str, origin: str) -> SplitResult | None:
    """The parts of `address` (whole, or from the root) if it is on the server at `origin`.

    A server behind a proxy may think that it is called by http, or not know its port: the scheme
    and a port that is left out make no difference. Another host or port does.
    """
    own = urlsplit(origin)
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if not address.isascii() or "@" in parts.netloc:
        return None
    if not parts.netloc:
        return parts
    ports = (None, own.port or _DEFAULT_PORTS[own.scheme])
    return parts if parts.hostname == own.hostname and port in ports else None


def link_targets(header: str, relation: str) -> Iterator[str]:
    """The targets that a `Link` header names for a relation, in the header's order (RFC 8288)."""
    for link in _LINK.finditer(header):
        target, parameters = link[1], link[2]
        for each in _PARAMETER.finditer(parameters):
            if each["name"].lower() == "rel":  # only the first one counts
                if relation in (each["quoted"] or each["bare"] or "").lower().split():
                    yield target
                break
