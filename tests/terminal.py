"""The command on a terminal: a real one, a pseudo-terminal that is the process's own, or drawn in
this process."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
import unicodedata
from typing import NamedTuple
from unittest import mock

from tests.support import call

CTRL_C = "\x03"
CTRL_D = "\x04"


class Shown(NamedTuple):
    """The exit code, and all that was shown: both streams, without carriage returns."""

    code: int
    text: str


def on_terminal(
    *words: str,
    columns: int = 80,
    answers: dict[str, str] | None = None,
    program: str = "llmctl",
    **settings: str | None,
) -> Shown:
    """Run llmctl (or another module of Python's) on a terminal.

    `answers` maps texts to the keys typed once each has appeared, in order: a hidden prompt
    discards earlier input. `settings` are variables; None removes one.
    """
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    changes = {"COLUMNS": None, "NO_COLOR": None, "TERM": "xterm"} | settings
    env = {name: value for name, value in os.environ.items() if name not in changes}
    env |= {name: value for name, value in changes.items() if value is not None}
    # A terminal of its own session, or Ctrl-C would interrupt nobody.
    process = subprocess.Popen(
        ["setsid", "--ctty", sys.executable, "-m", program, *words],
        stdin=side,
        stdout=side,
        stderr=side,
        env=env,
    )
    os.close(side)
    waiting = list((answers or {}).items())
    shown = b""
    seen = 0
    while select.select([main], [], [], 30)[0]:
        try:
            chunk = os.read(main, 65536)
        except OSError:
            break  # the command has closed its terminal
        if not chunk:
            break
        shown += chunk
        if waiting and waiting[0][0].encode() in shown[seen:]:
            seen = len(shown)
            # As a person: Ctrl-C just before the read begins would wait for the read to end.
            time.sleep(0.05)
            os.write(main, waiting.pop(0)[1].encode())
    else:
        process.kill()
    process.wait()
    os.close(main)
    assert not waiting, f"never asked: {waiting}, but {shown!r}"
    return Shown(process.returncode, shown.decode().replace("\r\n", "\n"))


def drawn(*words: str, columns: int = 80, **settings: str | None) -> Shown:
    """Run llmctl in this process, with outputs that claim to be a terminal. This shows the drawing
    without a process: nothing can be typed, and standard error comes last.
    """
    changes = {"NO_COLOR": None, "TERM": "xterm", "COLUMNS": str(columns)} | settings
    with mock.patch.dict(os.environ):
        for name, value in changes.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        code, out, err = call([*words], is_terminal=True)
    return Shown(code, (out + err).replace("\r\n", "\n"))


def acted_on(text: str) -> set[str]:
    """The characters that a terminal would act on, or that mislead a reader.

    Line ends and the colours that llmctl sets itself are left out.
    """
    own = re.sub(r"\x1b\[[0-9;]*m", "", text).replace("\n", "")
    return {
        character
        for character in own
        if character not in "\u200d\u00ad"
        and unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")
    }
