"""The settings in use, with their sources and problems."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from llmctl import paths
from llmctl.api import prefix
from llmctl.cli.argv import Selection
from llmctl.config import API_PREFIXES, SANDBOX, Finding, explain, resolve_timeout
from llmctl.errors import ConfigError
from llmctl.output.formats import choose_format


def settings_with_sources(
    selection: Selection, *, profile_only: bool = False, timeout: float | None = None
) -> Iterator[Finding]:
    """Yield every setting, even if it or others have problems.

    With `profile_only`, the project and host variables are ignored. `timeout` is that of the
    option.
    """
    found = {each.setting: each for each in explain(*selection, profile_only=profile_only)}
    yield from (each for name, each in found.items() if name != "api_prefix")
    yield found.get("api_prefix") or _api_prefix(found)
    yield _default("output", "LLMCTL_OUTPUT", lambda: choose_format(None).value)
    if timeout is None:
        yield _default("timeout", "LLMCTL_TIMEOUT", lambda: f"{resolve_timeout(None):g}")
    else:
        yield Finding("timeout", f"{timeout:g}", "--timeout")
    for name, (value, source) in paths.directories().items():
        yield Finding(name, value, source)


def _api_prefix(found: dict[str, Finding]) -> Finding:
    """Return the prefix in use if none is fixed."""
    origin = found["host"].value
    is_sandbox = "profile" in found and found["profile"].value == SANDBOX
    if origin is not None and not is_sandbox:
        used = prefix.Prefix(origin)
        if used.is_remembered:
            return Finding("api_prefix", used.name, "learnt from the server")
    return Finding("api_prefix", API_PREFIXES[0], "the default")


def _default(setting: str, variable: str, read: Callable[[], str]) -> Finding:
    try:
        return Finding(setting, read(), variable if os.environ.get(variable) else "the default")
    except ConfigError as error:
        return Finding(setting, None, variable, error)
