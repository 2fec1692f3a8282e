"""A TOML file of settings. Errors never repeat its content, which may be a key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from llmctl.errors import ConfigError, Hint
from llmctl.input.text import NotTextError, decode
from llmctl.safe.private_file import read_private, write_private

SCHEMA_VERSION = 1

Document = dict[str, Any]


def load(path: Path, *, secret: bool) -> Document:
    """Return the settings in the file at `path`, or an empty document if there is no file.

    Raise ConfigError, with the line, if it is not valid TOML or not safe to read (see
    `read_private`).
    """
    data = read_private(path, secret=secret)
    if data is None:
        return {}
    import tomllib

    try:
        return tomllib.loads(decode(data))
    except NotTextError as error:
        line = f", line {error.line}" if error.line else ""
        raise ConfigError(f"{path} {error.reason}{line}") from None
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line \d+, column \d+", str(error))
        last = len(data.splitlines())
        place = where[0] if where else f"line {last}, at the end of the file"
        raise ConfigError(f"{path} is not valid TOML ({place})") from None
    except (ValueError, RecursionError):
        raise ConfigError(
            f"cannot read {path}: a number is too long, or a value is nested too deeply"
        ) from None


def save(path: Path, document: Document) -> None:
    """Write the settings to `path`; keep the comments and layout of the existing file.

    The caller holds the lock on the directory (see `locked`).
    """
    from llmctl.config.toml_edit import edited

    old = read_private(path) or b""
    write_private(path, edited(decode(old), document).encode())


def table(document: Document, name: str, path: Path) -> Document:
    """Return the table `name` of a document loaded from `path`, adding it if it is missing.

    Raise ConfigError if the value is not a table.
    """
    found = document.setdefault(name, {})
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: {name} is not a table")
    return found


def refuse_newer(document: Document, path: Path) -> None:
    """Raise ConfigError if a newer llmctl wrote the file: its settings may mean something else."""
    version = document.get("version", SCHEMA_VERSION)
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        raise ConfigError(
            f"{path} was written by a newer llmctl (version {version}) and was not changed",
            hint=Hint("upgrade llmctl"),
        )
