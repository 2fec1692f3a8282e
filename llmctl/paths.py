"""The three directories: configuration, cache, data.

`LLMCTL_CONFIG_DIR`, `LLMCTL_CACHE_DIR` and `LLMCTL_DATA_DIR` move them; otherwise they are where
the platform keeps such files.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from llmctl.errors import ConfigError


def config_dir() -> Path:
    """Where `config.toml` and `credentials.toml` are. ConfigError where that is nowhere."""
    return _directory("CONFIG")


def cache_dir() -> Path:
    """Where what can be learnt again is kept. ConfigError where that is nowhere."""
    return _directory("CACHE")


def data_dir() -> Path:
    """Where the sandbox's database is. ConfigError where that is nowhere."""
    return _directory("DATA")


def directories() -> dict[str, tuple[str | None, str]]:
    """Setting -> the directory (None where there is none) and what chose it."""
    found: dict[str, tuple[str | None, str]] = {}
    for kind in ("CONFIG", "CACHE", "DATA"):
        chosen_by = _variable(kind) if os.environ.get(_variable(kind)) else "the platform"
        try:
            found[f"{kind.lower()}_dir"] = str(_directory(kind)), chosen_by
        except ConfigError as error:
            found[f"{kind.lower()}_dir"] = None, error.message
    return found


def hint_to_move(path: Path) -> str | None:
    """What helps where `path` cannot be used, if it is in one of the three directories."""
    for kind in ("CONFIG", "CACHE", "DATA"):
        with contextlib.suppress(ConfigError):
            directory = _directory(kind)
            if path == directory or directory in path.parents:
                return f"set {_variable(kind)} to another directory"
    return None


def sandbox_database() -> Path:
    """The file that the profile `sandbox` and `sandbox serve` share."""
    return data_dir() / "sandbox.sqlite3"


def _directory(kind: str) -> Path:
    moved = os.environ.get(_variable(kind))
    if moved:
        chosen = Path(os.path.expanduser(moved))  # no shell does where a file sets the variable
        if not chosen.is_absolute():
            raise ConfigError(f"{_variable(kind)} is not an absolute path: {moved}")
        return chosen
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
            hint=f"set {_variable(kind)} to a directory",
        )
    return path


def _variable(kind: str) -> str:
    return f"LLMCTL_{kind}_DIR"
