"""The three directories: configuration, cache, data.

`LLMCTL_CONFIG_DIR`, `LLMCTL_CACHE_DIR` and `LLMCTL_DATA_DIR` move them; otherwise they are where
the platform keeps such files.
"""

from __future__ import annotations

import os
from pathlib import Path

from llmctl.errors import ConfigError


def config_dir() -> Path:
    """Where `config.toml` and `credentials.toml` are. ConfigError where there is no home."""
    return _directory("CONFIG")


def cache_dir() -> Path:
    """Where what can be learnt again is kept. ConfigError where there is no home."""
    return _directory("CACHE")


def data_dir() -> Path:
    """Where the sandbox's database is. ConfigError where there is no home."""
    return _directory("DATA")


def sandbox_database() -> Path:
    """The file that the profile `sandbox` and `sandbox serve` share."""
    return data_dir() / "sandbox.sqlite3"


def _directory(kind: str) -> Path:
    variable = f"LLMCTL_{kind}_DIR"
    moved = os.environ.get(variable)
    if moved:
        return Path(moved)
    import platformdirs

    find = {
        "CONFIG": platformdirs.user_config_path,
        "CACHE": platformdirs.user_cache_path,
        "DATA": platformdirs.user_data_path,
    }[kind]
    try:
        path = find("llmctl", appauthor=False)
    except RuntimeError:  # no HOME, and no entry for this user in the password database
        path = None
    if path is None or not path.is_absolute():
        raise ConfigError(
            f"there is no home directory, so there is no {kind.lower()} directory",
            hint=f"set {variable} to a directory",
        )
    return path
