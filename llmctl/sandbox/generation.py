"""The generations of PostHog's server that the sandbox can simulate."""

from __future__ import annotations

import os
from enum import StrEnum

from llmctl.errors import ConfigError, Hint


class Generation(StrEnum):
    """A generation of PostHog's server."""

    V1 = "v1"  # as on PostHog's API page
    V3 = "v3"  # the newest, which PostHog Cloud runs


DEFAULT = Generation.V1
VARIABLE = "LLMCTL_SANDBOX_GENERATION"


def from_environment() -> Generation | None:
    """Return the generation that the variable names, or None. Raise ConfigError if unknown."""
    text = os.environ.get(VARIABLE)
    if not text:
        return None
    try:
        return Generation(text)
    except ValueError:
        raise ConfigError(
            f"{VARIABLE} is not a known generation", hint=Hint(f"use {' or '.join(Generation)}")
        ) from None


def ignored_note(asked: Generation | None, stored: Generation) -> str | None:
    """Return a note if the variable names another generation than the sandbox has."""
    if asked in (None, stored):
        return None
    return f"{VARIABLE}={asked} is not used: the sandbox stays {stored} until llmctl sandbox reset"
