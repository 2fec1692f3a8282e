"""Times in a report's body that a server takes in another way than they look."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo


def time_notes(body: dict[str, Any]) -> list[str]:
    """What to tell about the body's `starts_at` and `timezone_name`. They are sent as they are."""
    start, zone_name = body.get("starts_at"), body.get("timezone_name")
    zone = _zone(zone_name) if isinstance(zone_name, str) else None
    notes = []
    if isinstance(zone_name, str) and zone is None and _zone("Europe/Paris") is not None:
        notes.append(
            f"--timezone-name {zone_name} is no zone that this machine knows, and a server may "
            "fail on it: zones have names as Europe/Paris"
        )
    moment = _moment(start)
    if moment is not None and moment.tzinfo is None:
        meant = moment.replace(tzinfo=zone).isoformat() if zone else f"{moment.isoformat()}+01:00"
        given = f"for {zone_name} write {meant}" if zone else f"write an offset, as {meant}, or Z"
        notes.append(
            f"--starts-at {start} has no offset, so the server reads it as UTC, "
            f"whatever --timezone-name says: {given}"
        )
    return notes


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None  # the server says so


def _zone(name: str) -> ZoneInfo | None:
    """The IANA zone called `name`, if this machine knows it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
