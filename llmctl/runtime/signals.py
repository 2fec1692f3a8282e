"""Handlers for the signals that end a command: SIGINT (Ctrl-C), SIGTERM and SIGHUP.

A signal that was ignored when the process started stays ignored: nohup and background jobs of
scripts rely on it. SIGPIPE stays ignored as well, Python's default: otherwise a server that hangs
up during a write would end the process silently.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from types import FrameType

from llmctl.safe.held_signals import ending_signals

# Signals closer together count as one: Ctrl-C pressed twice, or `kill` sent to a whole group.
TOGETHER_SECONDS = 2.0


def exit_immediately() -> None:
    """Make signals end the process silently. For the start, when nothing is under way."""

    def leave(number: int, _frame: FrameType | None) -> None:
        os._exit(128 + number)

    for number in ending_signals():
        signal.signal(number, leave)


def raise_first() -> None:
    """Raise the first signal as an exception in the main thread; then ignore further ones."""
    from llmctl.errors import ExitCode, Terminated

    def end(number: int, _frame: FrameType | None) -> None:
        ignore(128 + number)
        if number != signal.SIGINT:
            raise Terminated(ExitCode(128 + number))
        if os.isatty(2):  # the terminal shows ^C, maybe after a question: end the line
            with contextlib.suppress(OSError):
                os.write(2, b"\n")
        raise KeyboardInterrupt

    for number in ending_signals():
        signal.signal(number, end)


def ignore(code: int) -> None:
    """Ignore signals while the process shuts down.

    If the shutdown hangs, a signal after TOGETHER_SECONDS ends it with the exit code `code`.
    """
    start = time.monotonic()

    def end(_number: int, _frame: FrameType | None) -> None:
        if time.monotonic() - start > TOGETHER_SECONDS:
            os._exit(code)

    for number in ending_signals():
        signal.signal(number, end)
