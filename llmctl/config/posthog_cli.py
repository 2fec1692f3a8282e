"""The login stored by PostHog's own CLI: `~/.posthog/credentials.json`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from llmctl.config.origin import DEFAULT_HOST, parse_host, parse_project
from llmctl.errors import ConfigError, Hint
from llmctl.safe.private_file import read_private
from llmctl.safe.secret import Secret, parse_personal_key


class Login(NamedTuple):
    """A key with its origin and project, and the path and permission bits of the file."""

    origin: str
    project: str | None
    key: Secret
    path: Path
    mode: int


def stored_login(host: str | None = None, project: str | None = None) -> Login:
    """Return the login stored by `posthog-cli login`; `project` overrides the stored one.

    Raise ConfigError if there is no usable login, or its key is for a host other than `host`.
    """
    folder = os.environ.get("POSTHOG_HOME")
    try:
        path = (Path(folder) if folder else Path.home() / ".posthog") / "credentials.json"
    except RuntimeError:
        raise ConfigError(
            "cannot find ~/.posthog: there is no home directory", hint=Hint("set POSTHOG_HOME")
        ) from None
    data = read_private(path)
    if data is None:
        raise ConfigError(f"{path} does not exist", hint=Hint("log in first: posthog-cli login"))
    try:
        stored: Any = json.loads(data)
        token, its_host, its_project = (stored.get(key) for key in ("token", "host", "env_id"))
        key = parse_personal_key(token, source=f"the token in {path}")
    except (ValueError, RecursionError, AttributeError, TypeError):
        raise ConfigError(f"{path} is not a credentials file of posthog-cli") from None
    origin = _origin(its_host, host, path)
    if project is not None:
        chosen = parse_project(project, source="--project")
    else:
        chosen = its_project and parse_project(str(its_project), source=f"the project in {path}")
    return Login(origin, chosen, key, path, path.stat().st_mode & 0o777)


def _origin(stored: object, host: str | None, path: Path) -> str:
    """Return the origin that the key was stored for; it is never sent to another one."""
    asked = None if host is None else parse_host(host, source="--host")
    if not stored:
        return asked or DEFAULT_HOST
    origin = parse_host(str(stored), source=f"the host in {path}")
    if asked not in (None, origin):
        raise ConfigError(
            f"--host differs from the host in {path} ({origin}), "
            "but a stored key is only sent to the host it was stored for",
            hint=Hint("omit --host"),
        )
    return origin
