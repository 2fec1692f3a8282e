"""The syntax of hosts and projects.

Hosts are checked against an allow-list, because URL parsers disagree about everything else (a
backslash, userinfo, an escaped dot): the check could pass one host and the key go to another.
"""

from __future__ import annotations

import ipaddress
import re

from llmctl.errors import ConfigError, Hint

REGIONS = {"us": "https://us.posthog.com", "eu": "https://eu.posthog.com"}
DEFAULT_HOST = REGIONS["us"]

_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = rf"(?=.{{1,253}}([:/]|$)){_LABEL}(\.{_LABEL})*"
_ORIGIN = re.compile(
    rf"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|{_NAME})(:(?P<port>[0-9]{{1,5}}))?/?"
)
DEFAULT_PORTS = {"http": 80, "https": 443}
_INGESTION = re.compile(r"(?P<region>us|eu)\.i\.posthog\.com")


def parse_host(text: str, *, source: str, advice: str = "use") -> str:
    """Return the origin (`https://host[:port]`) for `us`, `eu` or a URL.

    `source` names the option or variable in errors; `advice` is how their hints begin. Raise
    ConfigError if the text is not a valid host, or is plain HTTP to another machine.
    """
    lowered = text.strip().lower()
    if lowered in REGIONS:
        return REGIONS[lowered]
    match = _ORIGIN.fullmatch(lowered)
    if match is None or not _can_be_address(match["host"]):
        raise ConfigError(
            f"{source} is not a valid host",
            hint=Hint(
                f"{advice} us, eu or a URL without a path, such as https://posthog.example.com"
            ),
        )
    scheme, host, port = match["scheme"], match["host"], match["port"]
    number = int(port) if port else DEFAULT_PORTS[scheme]
    if not 0 < number < 65536:
        raise ConfigError(f"{source} is not a valid host: port {number} is out of range")
    ingestion = _INGESTION.fullmatch(host)
    if ingestion:
        raise ConfigError(
            f"{source} is {host}, which only ingests events",
            hint=Hint(f"{advice} the API's host, {REGIONS[ingestion['region']]}"),
        )
    if scheme == "http" and not _is_loopback(host):
        raise ConfigError(
            f"{source} uses plain HTTP for {host}, so the key would be sent unencrypted",
            hint=Hint(f"{advice} https://{host}"),
        )
    return (
        f"{scheme}://{host}" if number == DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{number}"
    )


def origin_or_none(text: str) -> str | None:
    """Return the origin as `parse_host` does; None if the text is not a valid host."""
    try:
        return parse_host(text, source="")
    except ConfigError:
        return None


def parse_project(text: str, *, source: str) -> str:
    """Return the project as used in URLs: its number without leading zeros, or `@current`.

    Raise ConfigError otherwise, without the value: it may be a key in the wrong variable.
    """
    text = text.strip()
    if text == "@current":
        return text
    if re.fullmatch(r"[0-9]{1,18}", text):
        return str(int(text))
    raise ConfigError(
        f"{source} is not a valid project: {_why_not_a_project(text)}",
        hint=Hint("use the project's number, as in the URL .../project/12345, or @current"),
    )


def _why_not_a_project(text: str) -> str:
    if not text:
        return "it is empty"
    if "$" in text or "{" in text:
        return "it contains a variable that was not substituted"
    if text[0] in "'\"":
        return "it contains quotes"
    if text.upper().startswith(("YOUR", "<")):
        return "it is a placeholder"
    if re.fullmatch(r"[0-9]+", text):
        return "the number is too large"
    return "it is not a whole number"


def _can_be_address(host: str) -> bool:
    """Return False for brackets around anything but an IPv6 address."""
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
