"""The directories for configuration, cache and data.

`LLMCTL_CONFIG_DIR`, `LLMCTL_CACHE_DIR` and `LLMCTL_DATA_DIR` set them; the default is the
platform's convention. Each must be an absolute path.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from llmctl.errors import ConfigError, Hint


def config_dir() -> Path:
    """Return the directory of `config.toml` and `credentials.toml`, or raise ConfigError."""
    return _directory("CONFIG")


def cache_dir() -> Path:
    """Return the directory for data that can be fetched again, or raise ConfigError."""
    return _directory("CACHE")


def data_dir() -> Path:
    """Return the directory of the sandbox's database, or raise ConfigError."""
    return _directory("DATA")


def directories() -> dict[str, tuple[str | None, str]]:
    """Return, by setting, the directory and what set it; None and the reason if there is none."""
    found: dict[str, tuple[str | None, str]] = {}
    for kind in ("CONFIG", "CACHE", "DATA"):
        chosen_by = _variable(kind) if os.environ.get(_variable(kind)) else "the platform"
        try:
            found[f"{kind.lower()}_dir"] = str(_directory(kind)), chosen_by
        except ConfigError as error:
            found[f"{kind.lower()}_dir"] = None, error.message
    return found


def hint_to_move(path: Path) -> Hint | None:
    """Return the hint for an unusable `path` in one of the three directories, or else None."""
    for kind in ("CONFIG", "CACHE", "DATA"):
        with contextlib.suppress(ConfigError):
            directory = _directory(kind)
            if path == directory or directory in path.parents:
                return Hint(f"set {_variable(kind)} to another directory")
    return None


def sandbox_database() -> Path:
    """Return the database of the profile `sandbox` and of `sandbox serve`."""
    return data_dir() / "sandbox.sqlite3"


def _directory(kind: str) -> Path:
    moved = os.environ.get(_variable(kind))
    if moved:
        chosen = Path(
            os.path.expanduser(moved)
        )  # ~ is not expanded if the variable was set by a file
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
            hint=Hint(f"set {_variable(kind)} to a directory"),
        )
    return path


def _variable(kind: str) -> str:
    return f"LLMCTL_{kind}_DIR"
