"""Notes about times in a report's body that a server may interpret differently than intended."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def time_notes(body: dict[str, Any]) -> list[str]:
    """Return notes on the body's `starts_at` and `timezone_name`, which are sent unchanged."""
    start, zone_name = body.get("starts_at"), body.get("timezone_name")
    zone = _zone(zone_name) if isinstance(zone_name, str) else None
    notes = []
    if isinstance(zone_name, str) and zone is None and _zone("Europe/Paris") is not None:
        notes.append(
            f"--timezone-name {zone_name}: unknown time zone; the server may reject it, so "
            "use an IANA name such as Europe/Paris"
        )
    moment = _moment(start)
    if moment is not None and moment.tzinfo is None:
        meant = moment.replace(tzinfo=zone).isoformat() if zone else f"{moment.isoformat()}+01:00"
        given = f"for {zone_name} write {meant}" if zone else f"add an offset, e.g. {meant}, or Z"
        notes.append(
            f"--starts-at {start} has no offset, so the server reads it as UTC even with "
            f"--timezone-name; {given}"
        )
    return notes


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None  # the server reports it


def _zone(name: str) -> ZoneInfo | None:
    """Return the IANA zone `name`; None if this machine does not have it."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
