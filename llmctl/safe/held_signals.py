"""Hold back Ctrl-C and termination signals: during a critical step, or while a program runs."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # no SIGHUP on Windows


@contextlib.contextmanager
def hold_signals() -> Iterator[None]:
    """Delay signals until the end of the block; then deliver the first one that arrived."""
    arrived: list[int] = []
    before = {
        number: handler
        for number in ending_signals()
        if callable(handler := signal.getsignal(number)) and _is_main_thread()
    }
    for number in before:
        signal.signal(number, lambda number, _frame: arrived.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if arrived:
            os.kill(os.getpid(), arrived[0])


@contextlib.contextmanager
def leave_interrupts_to_program() -> Iterator[None]:
    """Ignore Ctrl-C while a program runs to which the terminal sends it as well.

    By a handler: the program would inherit SIG_IGN.
    """
    before = signal.getsignal(signal.SIGINT)
    if not callable(before):  # ignored already
        yield
        return
    signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def ending_signals() -> list[int]:
    """Return the signals that end a command, except those ignored since the process started."""
    known = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    return [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]


def _is_main_thread() -> bool:
    import threading

    return threading.current_thread() is threading.main_thread()
