"""Run a user's command that prints a key, such as `op read ...` or `vault kv get ...`."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess

from llmctl.safe.held_signals import hold_signals

_SECONDS_TO_END = 1.0


def run_key_command(command: str, limit: int) -> tuple[bytes, int | None]:
    """Run a command line in a shell; return its standard output and its exit code.

    If it prints more than `limit` bytes, stop it, and return `limit + 1` bytes and None. Raise
    OSError or ValueError if it cannot be started. Any exception here, Ctrl-C included, stops it.
    """
    is_group = not may_prompt()
    process: subprocess.Popen[bytes] | None = None
    try:
        with hold_signals():  # a half-started process could not be stopped
            process = subprocess.Popen(  # noqa: S602 - the user writes a shell command
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
            stop(process, is_group)
        raise
    stop(process, is_group)
    return data, None


def may_prompt() -> bool:
    """Return True if llmctl is in the terminal's foreground, so that the command may prompt.

    It then stays in llmctl's process group, which Ctrl-C reaches as a whole. Otherwise it gets its
    own group, so that everything it starts can be stopped.
    """
    if os.name != "posix":
        return True
    try:
        with open("/dev/tty", "rb") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False


def stop(process: subprocess.Popen[bytes], is_group: bool) -> None:
    """Terminate a command, or its whole group; kill it if that takes too long.

    Terminating it first lets a prompt restore the terminal.
    """
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
