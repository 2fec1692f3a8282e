"""Show tables and help topics in the pager that the user has set."""

from __future__ import annotations

import os
import sys

from llmctl.output.encoding import output_encoding
from llmctl.output.messages import write
from llmctl.safe.held_signals import leave_interrupts_to_program

_OFF = ("", "cat")
# As git does: quit if it fits on one screen, show colours, leave the screen as it is.
_DEFAULTS = {"LESS": "FRX", "LV": "-c"}


def show(text: str) -> None:
    """Write text for people to standard output; on a terminal through LLMCTL_PAGER, if it is set.

    A pager that cannot be started is not used; one that quits early is no error.
    """
    command = os.environ.get("LLMCTL_PAGER", "").strip()
    if command in _OFF or not sys.stdout.isatty() or not _page(text, command):
        write(text)


def _page(text: str, command: str) -> bool:
    """Show text in a pager until it quits. Return False if it cannot be started."""
    import shlex
    import subprocess

    sys.stdout.flush()
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command
            shlex.split(command), stdin=subprocess.PIPE, env=_DEFAULTS | os.environ
        )
    except (OSError, ValueError):
        return False
    with leave_interrupts_to_program():
        process.communicate(text.encode(output_encoding(), "backslashreplace"))
    return True
