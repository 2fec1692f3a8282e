"""What a host and a project may look like.

The rules are an allow-list: URL parsers disagree about everything else (a backslash, userinfo,
an escaped dot), and a key would go where only one of them looks.
"""

from __future__ import annotations

import ipaddress
import re

from llmctl.errors import ConfigError

REGIONS = {"us": "https://us.posthog.com", "eu": "https://eu.posthog.com"}
DEFAULT_HOST = REGIONS["us"]

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = rf"(?=.{{1,253}}([:/]|$)){_LABEL}(\.{_LABEL})*"
_ORIGIN = re.compile(
    rf"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|{_NAME})(:(?P<port>[0-9]{{1,5}}))?/?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_INGESTION = re.compile(r"(?P<region>us|eu)\.i\.posthog\.com")


def parse_host(text: str, *, source: str) -> str:
    """The origin (`https://host[:port]`) that `us`, `eu` or a URL means; ConfigError otherwise."""
    lowered = text.strip().lower()
    if lowered in REGIONS:
        return REGIONS[lowered]
    match = _ORIGIN.fullmatch(lowered)
    if match is None or not _can_be_address(match["host"]):
        raise ConfigError(
            f"{source} is not a host",
            hint="use us, eu, or the address alone, as in https://posthog.example.com",
        )
    scheme, host, port = match["scheme"], match["host"], match["port"]
    number = int(port) if port else _DEFAULT_PORTS[scheme]
    if not 0 < number < 65536:
        raise ConfigError(f"{source} is not a host: there is no port {number}")
    ingestion = _INGESTION.fullmatch(host)
    if ingestion:
        raise ConfigError(
            f"{source} is {host}, which only takes in events",
            hint=f"the API is at {REGIONS[ingestion['region']]}",
        )
    if scheme == "http" and not _is_loopback(host):
        raise ConfigError(
            f"{source} is plain http to {host}: a key may only go unencrypted to this machine",
            hint=f"use https://{host}",
        )
    return (
        f"{scheme}://{host}" if number == _DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{number}"
    )


def parse_project(text: str, *, source: str) -> str:
    """A project as it stands in a path: digits or `@current`; ConfigError otherwise.

    The value is not repeated in the error: a key in the wrong variable would be printed.
    """
    text = text.strip()
    if text == "@current":
        return text
    if re.fullmatch(r"[0-9]{1,18}", text):
        return str(int(text))
    raise ConfigError(
        f"{source} is not a project: {_why_not_a_project(text)}",
        hint="a project is its number, as in the address .../project/12345, or @current",
    )


def _why_not_a_project(text: str) -> str:
    if not text:
        return "it is empty"
    if "$" in text or "{" in text:
        return "it holds a variable that nobody substituted"
    if text[0] in "'\"":
        return "it holds quotes"
    if text.upper().startswith(("YOUR", "<")):
        return "it holds a placeholder"
    if re.fullmatch(r"[0-9]+", text):
        return "it is too large a number"
    return "it is not a whole number"


def _can_be_address(host: str) -> bool:
    """Whether `host` is an address where it stands in brackets, as an IPv6 one does."""
    try:
        return not host.startswith("[") or ipaddress.ip_address(host[1:-1]).version == 6
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
