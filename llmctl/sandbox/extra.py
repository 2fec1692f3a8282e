"""Check that the libraries of the sandbox are installed."""

from __future__ import annotations

from importlib.util import find_spec

from llmctl.config.installer import install_command
from llmctl.errors import ConfigError, Hint

_LIBRARIES = ("django", "rest_framework", "exceptions_hog", "dateutil", "waitress")


def require_extra() -> None:
    """Raise ConfigError, with the command to install them, if one is missing."""
    if any(find_spec(name) is None for name in _LIBRARIES):
        raise ConfigError(
            "the sandbox is not installed",
            hint=Hint(f"add it with: {install_command('posthog-llmctl[sandbox]')}"),
        )
