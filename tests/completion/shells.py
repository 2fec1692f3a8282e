"""Real shells on a pseudo-terminal: keys go in, and what the line became comes out.

Nothing sleeps. A key is bound in each shell that prints the line between markers; keys are worked
off in order, so the marker says that all keys before it are done, and what came before it is what
they showed.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import termios
import time
from pathlib import Path
from typing import NamedTuple

import pytest

_SECONDS = 20.0
_SHOW = "\x18\x10"  # Ctrl-X Ctrl-P: prints the line between the markers
_PROMPT = "ready> "
_LINE = re.compile(f"<<(.*?)>>.*?{_PROMPT}", re.DOTALL)
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>()][0-9A-Z]?|[\r\x07\x0f]")


class Shown(NamedTuple):
    """The line after the keys, and what was on the screen meanwhile."""

    line: str
    screen: str


class Terminal:
    """A shell on a terminal of its own."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (200, 200))
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$@" <>"$0" >&0 2>&0', os.ttyname(slave), *command],
            env=environment,
            start_new_session=True,  # so that the terminal it opens is its own
        )
        self._slave = slave

    def wait_for(self, pattern: re.Pattern[str] | str) -> str:
        """What the shell wrote, up to the pattern."""
        end = time.monotonic() + _SECONDS
        seen = ""
        while not re.search(pattern, seen):
            ready = select.select([self._master], [], [], max(0.0, end - time.monotonic()))[0]
            assert ready, f"{pattern!r} did not come: {seen!r}"
            seen += os.read(self._master, 65536).decode("utf-8", "replace")
        return seen

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def press(self, keys: str) -> Shown:
        """Press keys on an empty line."""
        self.type(keys + _SHOW)
        seen = self.wait_for(_LINE)
        found = _LINE.search(seen)
        assert found is not None
        return Shown(found[1], _ESCAPES.sub("", seen[: found.start()]))

    def close(self) -> None:
        """End the shell."""
        self._process.kill()
        self._process.wait()
        os.close(self._master)
        os.close(self._slave)


def need(program: str) -> str:
    """The program's path; the test is skipped where it is absent."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


def guarded(folder: Path) -> Path:
    """A directory of programs for PATH: each leaves a trace, so that nothing runs unseen."""
    programs = folder / "programs"
    programs.mkdir()
    for name in ("llmctl", "python", "python3", "touch", "cat", "ls", "sed", "grep"):
        program = programs / name
        program.write_text(f'#!/bin/sh\necho "$0 $*" >>{folder}/ran\n')
        program.chmod(0o755)
    return programs
