"""The standard streams: encodings, closed descriptors, and errors while writing."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from typing import TextIO

from llmctl.errors import ExitCode, OutputClosed


def set_up_streams() -> None:
    """Replace Python's standard streams with ones that handle missing files and bad text."""
    if 1 in _fill_standard_descriptors():
        sys.stdout = _Output(
            os.fdopen(os.dup(1), "wb"),
            encoding=_encoding(sys.stdout),
            errors="backslashreplace",
            newline="",
            line_buffering=os.isatty(1),
        )
    else:
        sys.stdout = _ClosedOutput()
    sys.stderr = _Errors(
        os.fdopen(os.dup(2), "wb"),
        encoding=_encoding(sys.stderr),
        errors="backslashreplace",
        line_buffering=True,
    )
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115 - stays open
    elif isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding=_encoding(sys.stdin), errors="replace")


def _encoding(stream: TextIO | None) -> str:
    """Return the stream's encoding, or UTF-8 if it cannot encode text (such as idna)."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        "\u20ac\n".encode(encoding, "backslashreplace")
    except (LookupError, UnicodeError):
        return "utf-8"
    return encoding


def _fill_standard_descriptors() -> set[int]:
    """Return which of 0, 1 and 2 are open; point the others to /dev/null.

    Otherwise the next file to be opened would get the number of a standard stream.
    """
    found = set()
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
            found.add(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    return found


class _Output(io.TextIOWrapper):
    """Standard output; errors become OutputClosed, which no library handles as its own."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            raise _closed(error) from None

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise _closed(error) from None


class _Errors(io.TextIOWrapper):
    """Standard error; errors are ignored, so a lost message never changes what a command does."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().flush()


class _ClosedOutput(io.StringIO):
    """Standard output that was closed before the process started."""

    def write(self, text: str) -> int:
        if text:
            raise OutputClosed(ExitCode.OUTPUT, "it is closed")
        return 0


def _closed(error: OSError) -> OutputClosed:
    if error.errno == errno.EPIPE:
        return OutputClosed(ExitCode.BROKEN_PIPE, "the pipe is closed")
    return OutputClosed(ExitCode.OUTPUT, error.strerror or "the write failed")
