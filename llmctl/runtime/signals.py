"""The signals that end a command: Ctrl-C, SIGTERM and SIGHUP.

Those that were ignored at the start stay so: for nohup, and for a script's job in the background.
SIGPIPE stays ignored too, as Python has it: its default would end the process silently when a
server hangs up on a write.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from types import FrameType

from llmctl.safe import held_signals

# Signals that come closer together are one: two presses of Ctrl-C, a `kill` to a whole group.
TOGETHER_SECONDS = 2.0


def exit_at_once() -> None:
    """End the process without a word, as long as nothing is under way."""

    def leave(number: int, _frame: FrameType | None) -> None:
        os._exit(128 + number)

    for number in held_signals.ours():
        signal.signal(number, leave)


def raise_first() -> None:
    """Raise the first signal in the main thread, and leave what then happens undisturbed."""
    from llmctl.errors import ExitCode, Terminated

    def end(number: int, _frame: FrameType | None) -> None:
        ignore(128 + number)
        if number != signal.SIGINT:
            raise Terminated(ExitCode(128 + number))
        if os.isatty(2):  # a terminal shows ^C, behind a question perhaps: end that line
            with contextlib.suppress(OSError):
                os.write(2, b"\n")
        raise KeyboardInterrupt

    for number in held_signals.ours():
        signal.signal(number, end)


def ignore(code: int) -> None:
    """The process comes to its end: signals change nothing, unless it does not get there. A later
    one ends it with `code`.
    """
    start = time.monotonic()

    def end(_number: int, _frame: FrameType | None) -> None:
        if time.monotonic() - start > TOGETHER_SECONDS:
            os._exit(code)

    for number in held_signals.ours():
        signal.signal(number, end)
