"""Run the user's own command lines: one that prints a key, one that revokes an old secret."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from typing import IO, Any

from llmctl.errors import UsageError
from llmctl.output import note
from llmctl.safe.held_signals import hold_signals
from llmctl.safe.secret import too_long

NOTE_AFTER = 3.0  # seconds
_SECONDS_TO_END = 1.0


class CommandTimeoutError(Exception):
    """The command did not end in time and was stopped."""


def run_key_command(
    command: str, limit: int, *, timeout: float, name: str = "--api-key-command"
) -> tuple[bytes, int]:
    """Run a command line such as `op read ...`; return its standard output and its exit code.

    `name` is what messages call it. UsageError if it prints more than `limit` bytes; else as
    `run_command`.
    """
    data = bytearray()

    def read(process: subprocess.Popen[bytes]) -> None:
        # Closed on a timeout, while a process that the command started still writes.
        with contextlib.suppress(OSError, ValueError):
            assert process.stdout is not None
            while len(data) <= limit and (chunk := process.stdout.read(limit + 1 - len(data))):
                data.extend(chunk)
        if len(data) <= limit:
            process.wait()

    def finish(process: subprocess.Popen[bytes]) -> int:
        assert process.stdout is not None
        reader = threading.Thread(target=read, args=(process,), daemon=True)

        def has_ended(seconds: float) -> bool:
            reader.join(seconds)
            return not reader.is_alive()

        with process.stdout:
            reader.start()
            wait_for(has_ended, timeout, name)
        if len(data) > limit:
            raise too_long(f"the value from {name}", UsageError)
        return process.wait()

    code = run_command(command, finish, stdout=subprocess.PIPE)
    return bytes(data), code


def run_command(
    command: str,
    finish: Callable[[subprocess.Popen[bytes]], int],
    *,
    stdout: int | IO[Any],
    stderr: int | None = None,
    env: Mapping[str, str] | None = None,
) -> int:
    """Run a command line in a shell until `finish` returns its exit code.

    Raise OSError or ValueError if it cannot be started. Any exception here, Ctrl-C included, stops
    it and what it started.
    """
    is_group = not _may_prompt()
    process: subprocess.Popen[bytes] | None = None
    try:
        with hold_signals():  # a half-started process could not be stopped
            process = subprocess.Popen(  # noqa: S602 - the user's own command line
                command,
                shell=True,
                bufsize=0,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                process_group=0 if is_group else None,
            )
        return finish(process)
    except BaseException:
        if process is not None:
            _stop(process, is_group)
        raise


def wait_for(is_over: Callable[[float], bool], timeout: float, what: str) -> None:
    """Wait for `what`, with a note after 3 seconds; `is_over` waits for up to the given seconds.

    CommandTimeoutError after `timeout` seconds.
    """
    patience = min(NOTE_AFTER, timeout)
    if is_over(patience):
        return
    if patience < timeout:
        note(f"waiting for {what} (up to {timeout:g} s)")
        if is_over(timeout - patience):
            return
    raise CommandTimeoutError


def _may_prompt() -> bool:
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


def _stop(process: subprocess.Popen[bytes], is_group: bool) -> None:
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
