"""Hold back the signals that end a command, for as long as something must not be half done."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # no SIGHUP on Windows


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Signals that come meanwhile are raised at the end."""
    came: list[int] = []
    before = {
        number: handler
        for number in ours()
        if callable(handler := signal.getsignal(number)) and _is_main_thread()
    }
    for number in before:
        signal.signal(number, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            os.kill(os.getpid(), came[0])


def ours() -> list[int]:
    """The numbers of the signals that end a command and were not ignored at the start."""
    known = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    return [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]


def _is_main_thread() -> bool:
    import threading

    return threading.current_thread() is threading.main_thread()
