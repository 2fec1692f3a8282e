"""Whether the libraries that the sandbox stands on are installed."""

from __future__ import annotations

from importlib.util import find_spec

from llmctl.errors import ConfigError

_LIBRARIES = ("django", "rest_framework", "exceptions_hog", "dateutil", "waitress")


def require_extra() -> None:
    """ConfigError, with the command that installs them, where one is missing."""
    if any(find_spec(name) is None for name in _LIBRARIES):
        raise ConfigError(
            "the sandbox is not installed", hint="pip install 'posthog-llmctl[sandbox]'"
        )
