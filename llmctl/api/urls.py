"""URLs in responses: the test for the same server, and the targets of `Link` headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from llmctl.config.origin import DEFAULT_PORTS

# Not requests.utils.parse_header_links: it splits at commas and semicolons within quotes, so that
# a title can pass for a link or a rel, takes the last `rel` of several, and matches case.
_PARAMETER = re.compile(
    r'\s*;\s*(?P<name>[^\s=;,"<>]+)'
    r'(?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s;,"]*)))?'
)
_LINK = re.compile(rf"<([^<>]*)>((?:{_PARAMETER.pattern})*)")


def same_origin(url: str, origin: str) -> SplitResult | None:
    """Return the parts of `url` (absolute, or from the root) if it is on the server at `origin`.

    A server behind a proxy may assume http, or not know its port: the scheme and a missing port are
    ignored. A different host or port is not.
    """
    own = urlsplit(origin)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if not url.isascii() or "@" in parts.netloc:
        return None
    if not parts.netloc:
        return parts
    ports = (None, own.port or DEFAULT_PORTS[own.scheme])
    return parts if parts.hostname == own.hostname and port in ports else None


def link_targets(header: str, relation: str) -> Iterator[str]:
    """Yield the targets that a `Link` header names for a relation, in its order (RFC 8288)."""
    for link in _LINK.finditer(header):
        target, parameters = link[1], link[2]
        for each in _PARAMETER.finditer(parameters):
            if each["name"].lower() == "rel":  # only the first one counts
                if relation in (each["quoted"] or each["bare"] or "").lower().split():
                    yield target
                break
