"""Read a file or standard input, up to a limit."""

from __future__ import annotations

import os
import sys

from llmctl.errors import UsageError
from llmctl.output.sanitize import visible
from llmctl.safe.secret import MASK
from llmctl.safe.secret_forms import path_may_be_secret


def read_file(path: str, limit: int, failure: str) -> bytes:
    """Return the bytes of the file: at most `limit`, and one more if the file is larger.

    A leading `~` is expanded, which shells do only at the start of a word. Raise UsageError,
    starting with `failure`, if the file cannot be read.
    """
    try:
        with open(os.path.expanduser(path), "rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a valid file name"
        raise UsageError(f"{failure}: {reason}") from None


def read_stdin(limit: int, option: str) -> bytes:
    """Return the bytes piped in: at most `limit`, and one more if there are more.

    Raise UsageError, naming `option`, if standard input is a terminal or cannot be read.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(f"{option} - reads standard input, but nothing is piped in")
    try:
        return sys.stdin.buffer.read(limit + 1) or b""  # None if a read would block
    except OSError as error:
        raise UsageError(f"{option} -: cannot read standard input: {error.strerror}") from None


def shown_path(path: str) -> str:
    """Return a path for an error: `***` if a secret may have been given in its place."""
    return MASK if path_may_be_secret(path) else visible(path)
