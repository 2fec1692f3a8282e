"""The settings in use, and the source of each."""

from __future__ import annotations

import os

from llmctl import paths
from llmctl.api import prefix
from llmctl.config import API_PREFIXES, Settings, resolve_timeout
from llmctl.output.formats import choose_format


def settings_with_sources(settings: Settings) -> dict[str, tuple[str | None, str]]:
    """Return each setting's value and source, by the setting's name."""
    certificate = settings.client_certificate
    client_cert, client_key = certificate.paths if certificate else (None, None)
    values: dict[str, str | None] = {
        "profile": settings.profile,
        "key": settings.key.mask,
        "host": settings.origin,
        "project": settings.project,
        "client_cert": client_cert,
        "client_key": client_key,
    }
    found = {
        name: (value, settings.sources[name])
        for name, value in values.items()
        if name in settings.sources
    }
    return {
        **found,
        "api_prefix": _api_prefix(settings),
        "output": (choose_format(None).value, _variable("LLMCTL_OUTPUT")),
        "timeout": (f"{resolve_timeout(None):g}", _variable("LLMCTL_TIMEOUT")),
        **paths.directories(),
    }


def _api_prefix(settings: Settings) -> tuple[str, str]:
    if settings.is_sandbox:
        return API_PREFIXES[0], "the default"
    used = prefix.Prefix(settings.origin, fixed=settings.api_prefix)
    if used.is_fixed:
        return used.name, f"profile {settings.profile}"
    return used.name, "learnt from the server" if used.is_remembered else "the default"


def _variable(name: str) -> str:
    return name if os.environ.get(name) else "the default"
