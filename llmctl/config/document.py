"""A TOML file of settings. What it holds is never repeated in an error: it may be a key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from llmctl.errors import ConfigError
from llmctl.safe.private_file import read_private

SCHEMA_VERSION = 1

Document = dict[str, Any]


def load(path: Path, *, secret: bool) -> Document:
    """What the file at `path` holds, nothing where there is none; ConfigError with the line where
    it is not TOML, or cannot be read safely (see `read_private`).
    """
    data = read_private(path, secret=secret)
    if data is None:
        return {}
    import tomllib

    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path} is not UTF-8 (line {line})") from None
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"at line \d+, column \d+", str(error))
        last = len(data.splitlines())
        place = where[0] if where else f"at line {last}, where it ends"
        raise ConfigError(f"{path} is not TOML: it cannot be read {place}") from None
    except (ValueError, RecursionError):
        raise ConfigError(
            f"{path} cannot be read: a number is too long or a value nested too deeply"
        ) from None


def table(document: Document, name: str, path: Path) -> Document:
    """The table `name` of what `path` holds, made where it is not there; ConfigError where it is
    something else.
    """
    found = document.setdefault(name, {})
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: {name} is not a table")
    return found


def refuse_newer(document: Document, path: Path) -> None:
    """ConfigError where a newer llmctl wrote the file: what it means there is not known here."""
    version = document.get("version", SCHEMA_VERSION)
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        raise ConfigError(
            f"{path} was written by a newer llmctl (version {version}) and is left as it is",
            hint="update llmctl",
        )
