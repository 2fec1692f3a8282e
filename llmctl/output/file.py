"""Write a file that the user named."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from llmctl.errors import ConfigError, Hint, UsageError
from llmctl.output.sanitize import visible


def check_destination(path: Path, *, overwrite: bool) -> None:
    """Raise UsageError if no file can be written there, or one exists, unless `overwrite`."""
    name = visible(str(path))
    try:
        status = path.stat()
    except FileNotFoundError:
        if not path.parent.is_dir():
            folder = visible(str(path.parent))
            raise UsageError(f"cannot write {name}: {folder} is not a directory") from None
        return
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a valid path"
        raise UsageError(f"cannot write {name}: {reason}") from None
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(f"cannot write {name}: not a regular file")
    if not overwrite:
        raise UsageError(f"{name} already exists", hint=Hint("overwrite it with --force"))


def write_file(path: Path, text: str) -> None:
    """Write a file in UTF-8, atomically. It keeps its mode; a new one has that of other new files.

    A symbolic link is followed. ConfigError if the file cannot be written; it is then unchanged.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".llmctl-{secrets.token_hex(8)}")
    try:
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode())
                file.flush()
                with contextlib.suppress(FileNotFoundError):
                    os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
                os.fsync(descriptor)
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise ConfigError(f"cannot write {visible(str(path))}: {error.strerror}") from None
