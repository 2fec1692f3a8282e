"""A user's command whose standard output is a key, as `op read ...` or `vault kv get ...`."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess

from llmctl.safe import held_signals

_SECONDS_TO_END = 1.0


def output_of(command: str, limit: int) -> tuple[bytes, int | None]:
    """What the command line prints, and its exit code; None for one that prints more than `limit`
    bytes, of which one more comes back.

    OSError or ValueError where it cannot be started. Whatever ends this ends the command too.
    """
    is_group = not _may_ask()
    process: subprocess.Popen[bytes] | None = None
    try:
        with held_signals.held():  # what was half started could not be ended
            process = subprocess.Popen(  # noqa: S602 - a shell is meant
                command,
                shell=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                process_group=0 if is_group else None,
            )
        assert process.stdout is not None
        with process.stdout:
            data = process.stdout.read(limit + 1)
        if len(data) <= limit:
            return data, process.wait()
    except BaseException:
        if process is not None:
            _end(process, is_group)
        raise
    _end(process, is_group)
    return data, None


def _may_ask() -> bool:
    """Whether the command may ask a person on the terminal, as it could not from a process group
    of its own. There Ctrl-C reaches all that it starts; elsewhere we have to."""
    if os.name != "posix":
        return True
    try:
        with open("/dev/tty", "rb") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False


def _end(process: subprocess.Popen[bytes], is_group: bool) -> None:
    """Ask it to end, for a prompt sets the terminal right again then; and see that it does."""
    _send(process, is_group, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_SECONDS_TO_END)
    _send(process, is_group, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()


def _send(process: subprocess.Popen[bytes], is_group: bool, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        if is_group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
