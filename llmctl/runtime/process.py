"""The entry point: sets up the process, runs `main` and exits with its code."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from llmctl.runtime import signals

if TYPE_CHECKING:
    from typing import NoReturn


def run() -> NoReturn:
    """Run llmctl with the arguments of the process, and exit."""
    signals.exit_immediately()  # before the imports, which Ctrl-C would end with a traceback
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
    # Nothing is left to do: do not wait for threads on a dead server, or for full buffers.
    os._exit(code)


def _main_and_flush() -> int:
    from llmctl.errors import ExitCode, OutputClosed

    try:
        code = _main()
        sys.stdout.flush()
    except OutputClosed as closed:
        if closed.exit_code is ExitCode.OUTPUT:
            sys.stderr.write(
                f"error: cannot write to standard output: {closed.reason}; "
                "changes already made on the server remain\n"
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
    except SystemExit as request:  # how Typer ends on a broken pipe
        return request.code if isinstance(request.code, int) else 1


def _refuse_core_dumps() -> None:
    """Disable core dumps: they would contain the key."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
