"""The process round `main`: standard streams, signals, the exit code."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from llmctl.errors import ExitCode, OutputClosed, Terminated


def run() -> NoReturn:
    """Run `main` as a process does, and exit with its code."""
    _refuse_core_dumps()
    open_descriptors = _fill_standard_descriptors()
    _set_up_streams(open_descriptors)
    _set_up_signals()
    try:
        code = _main_and_flush()
    except OutputClosed as closed:
        code = _output_closed(closed)
    except Terminated as terminated:
        code = int(terminated.exit_code)
    except KeyboardInterrupt:
        code = int(ExitCode.INTERRUPTED)
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    # Nothing is left to do: threads that wait for a dead server and full buffers must not hold us.
    os._exit(code)


def _main_and_flush() -> int:
    from llmctl.cli import main

    try:
        code = main()
    except SystemExit as request:  # the parser's own way out of a broken pipe
        code = request.code if isinstance(request.code, int) else int(ExitCode.INTERNAL)
    sys.stdout.flush()
    return int(code)


class _Output(io.TextIOWrapper):
    """Standard output whose failures no library can mistake for one of its own."""

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
    """Standard error: a message that cannot be written never changes what a command does."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().flush()


class _ClosedOutput(io.StringIO):
    """Stands for a standard output that was closed before the start."""

    def write(self, text: str) -> int:
        if text:
            raise OutputClosed(ExitCode.OUTPUT, "it is closed")
        return 0


def _closed(error: OSError) -> OutputClosed:
    if error.errno == errno.EPIPE:
        return OutputClosed(ExitCode.BROKEN_PIPE, "nobody reads it")
    return OutputClosed(ExitCode.OUTPUT, error.strerror or "the write failed")


def _output_closed(closed: OutputClosed) -> int:
    if closed.exit_code is ExitCode.OUTPUT:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(
                f"error: standard output cannot be written: {closed.reason}; "
                "what the command did on the server is done\n"
            )
    return int(closed.exit_code)


def _fill_standard_descriptors() -> set[int]:
    """Which of 0, 1, 2 were open; the others become /dev/null, or a file would take the number."""
    found = set()
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
            found.add(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    return found


def _set_up_streams(open_descriptors: set[int]) -> None:
    if 1 in open_descriptors:
        encoding = sys.stdout.encoding if sys.stdout else "utf-8"
        sys.stdout = _Output(
            os.fdopen(os.dup(1), "wb"),
            encoding=encoding,
            errors="backslashreplace",
            newline="",
            line_buffering=os.isatty(1),
        )
    else:
        sys.stdout = _ClosedOutput()
    encoding = sys.stderr.encoding if sys.stderr else "utf-8"
    sys.stderr = _Errors(
        os.fdopen(os.dup(2), "wb"),
        encoding=encoding,
        errors="backslashreplace",
        line_buffering=True,
    )
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115 - open as long as the process
    elif isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")


def _set_up_signals() -> None:
    """SIGTERM and SIGHUP end a command as Ctrl-C does. SIGPIPE stays ignored: its default would
    end the process silently when a server hangs up on a write.
    """

    def raise_terminated(number: int, _frame: FrameType | None) -> None:
        raise Terminated(ExitCode(128 + number))

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        if os.isatty(2):  # a terminal shows ^C, behind a question perhaps: end that line
            with contextlib.suppress(OSError):
                os.write(2, b"\n")
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as in a script's background job
        signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, raise_terminated)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, raise_terminated)  # nohup's choice is kept


def _refuse_core_dumps() -> None:
    """A core file would hold the key."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
