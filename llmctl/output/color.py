"""Colours, and the variables that turn them on or off."""

from __future__ import annotations

import os

_OFF = ("0", "false")


def wants_color(*, is_terminal: bool) -> bool:
    """Return True if output is coloured: NO_COLOR, FORCE_COLOR and TERM decide, in this order."""
    if os.environ.get("NO_COLOR"):
        return False
    forced = os.environ.get("FORCE_COLOR", "").strip().lower()
    if forced:
        return forced not in _OFF
    return is_terminal and is_capable()


def is_capable() -> bool:
    """Return True if the terminal handles escape sequences."""
    return os.environ.get("TERM", "dumb") != "dumb"
