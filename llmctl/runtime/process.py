"""The process round `main`: signals, standard streams, the exit code."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from llmctl.runtime import signals

if TYPE_CHECKING:
    from typing import NoReturn


def run() -> NoReturn:
    """Run `main` as a process does, and exit with its code."""
    signals.exit_at_once()  # first of all, so that Ctrl-C while the rest loads is no traceback
    from llmctl.errors import ExitCode, Terminated
    from llmctl.runtime.streams import set_up_streams

    _refuse_core_dumps()
    set_up_streams()
    try:
        signals.raise_first()
        code = _main_and_flush()
        signals.ignore(code)
    except Terminated as terminated:
        code = int(terminated.exit_code)
    except KeyboardInterrupt:
        code = int(ExitCode.INTERRUPTED)
    sys.stderr.flush()
    # Nothing is left to do: threads that wait for a dead server and full buffers must not hold us.
    os._exit(code)


def _main_and_flush() -> int:
    from llmctl.errors import ExitCode, OutputClosed

    try:
        code = _main()
        sys.stdout.flush()
    except OutputClosed as closed:
        if closed.exit_code is ExitCode.OUTPUT:
            sys.stderr.write(
                f"error: standard output cannot be written: {closed.reason}; "
                "if the command changed anything on the server, that is done\n"
            )
        return int(closed.exit_code)
    return code


def _main() -> int:
    from llmctl.app import main
    from llmctl.errors import Terminated

    try:
        return int(main())
    except Terminated:
        raise
    except SystemExit as request:  # the parser's own way out of a broken pipe
        return request.code if isinstance(request.code, int) else 1


def _refuse_core_dumps() -> None:
    """A core file would hold the key."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
