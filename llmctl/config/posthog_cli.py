"""What PostHog's own CLI stored: `~/.posthog/credentials.json`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from llmctl.errors import ConfigError
from llmctl.private_file import read_private
from llmctl.secret import Secret, parse_secret


class Login(NamedTuple):
    """A key with its host and project, the file they stand in, and that file's mode."""

    host: str | None
    project: str | None
    key: Secret
    path: Path
    mode: int


def stored_login() -> Login:
    """What `posthog-cli login` stored; ConfigError where there is nothing that can be used."""
    folder = os.environ.get("POSTHOG_HOME")
    try:
        path = (Path(folder) if folder else Path.home() / ".posthog") / "credentials.json"
    except RuntimeError:
        raise ConfigError("there is no home directory to look for .posthog in") from None
    data = read_private(path)
    if data is None:
        raise ConfigError(f"{path} does not exist", hint="posthog-cli login writes it")
    try:
        stored: Any = json.loads(data)
        token, host, project = (stored.get(key) for key in ("token", "host", "env_id"))
        key = parse_secret(token, source=f"the token in {path}", error=ConfigError)
    except (ValueError, RecursionError, AttributeError, TypeError):
        raise ConfigError(f"{path} is not what posthog-cli writes") from None
    name = None if project is None else str(project)
    return Login(host or None, name, key, path, path.stat().st_mode & 0o777)
