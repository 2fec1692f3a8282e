"""Two fake keys that must not appear anywhere: not in output, files or command lines.

Tests use the constants as the personal key and as the provider's secret. The fixture searches every
byte that a test captured from a process, every file it left, the command line of each process that
it started, and once those of all their descendants.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import KEY, PROVIDER_KEY

CANARIES = (KEY.encode(), PROVIDER_KEY.encode())

# The files that hold a key by design: the store of keys, the sandbox's database (the server's
# side), and those from which a test gives a key.
_KEEPERS = re.compile(r"credentials\.toml|.*\.sqlite3(-wal|-shm)?|key.*|credentials\.json")
_SECONDS_BEFORE_LOOK = 0.1  # a command that was started has read its arguments, and still runs


def found_in(data: bytes | str | None) -> list[str]:
    """The canaries in some output."""
    content = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data or b""
    return [canary.decode() for canary in CANARIES if canary in content]


@pytest.fixture(autouse=True)
def _canaries(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[None]:
    """Fail a test that leaked a canary. `allow_canary` marks places where a test puts one itself:
    `files` (names of files) or `argv`."""
    marker = request.node.get_closest_marker("allow_canary")
    allowed: set[str] = set(marker.args) if marker else set()
    leaks: list[str] = []
    init, communicate = subprocess.Popen.__init__, subprocess.Popen.communicate
    looks: list[_Look] = []

    def started(self: subprocess.Popen[Any], args: Any, *more: Any, **options: Any) -> None:
        if found_in(_line(args)) and "argv" not in allowed:
            leaks.append(f"a command line: {_line(args).decode()}")
        init(self, args, *more, **options)
        if not looks:
            looks.append(_Look())

    def checked(self: subprocess.Popen[Any], *args: Any, **options: Any) -> Any:
        out, err = communicate(self, *args, **options)
        is_key_command = isinstance(self.args, str)  # what --api-key-command runs, in this process
        if (found_in(out) or found_in(err)) and not is_key_command:
            leaks.append(f"the output of {self.args!r}")
        return out, err

    monkeypatch.setattr(subprocess.Popen, "__init__", started)
    monkeypatch.setattr(subprocess.Popen, "communicate", checked)
    yield
    lines = {line for look in looks for line in look.stop()}
    leaks += [] if "argv" in allowed else [f"a command line: {line}" for line in lines]
    leaks += [f"the file {path}" for path in _files(tmp_path, allowed)]
    assert not leaks, f"a canary is in {', '.join(leaks)}"


def _files(folder: Path, allowed: set[str]) -> Iterator[Path]:
    for name in (name for name in folder.rglob("*") if not name.is_symlink()):
        if name.is_file() and name.name not in allowed and not _KEEPERS.fullmatch(name.name):
            try:
                content = name.read_bytes()
            except OSError:
                continue
            if found_in(content):
                yield name


def _line(args: Any) -> bytes:
    """A command as the system shows it."""
    words = [args] if isinstance(args, str | bytes | os.PathLike) else args
    return b" ".join(os.fsencode(word) for word in words)


class _Look:
    """One look at the command lines of this process's descendants, a moment after the first."""

    def __init__(self) -> None:
        self._found: set[str] = set()
        self._timer = threading.Timer(_SECONDS_BEFORE_LOOK, self._look)
        self._timer.start()

    def _look(self) -> None:
        for folder in Path("/proc").glob("[0-9]*"):
            line = _read(folder / "cmdline")
            if found_in(line) and _is_ours(int(folder.name)):
                self._found.add(line.replace(b"\0", b" ").decode("utf-8", "replace"))

    def stop(self) -> set[str]:
        """Return the canaries found; none if the test ended before the first look."""
        self._timer.cancel()
        self._timer.join()
        return self._found


def _is_ours(pid: int) -> bool:
    """Return True if the process with `pid` descends from this one."""
    while pid > 1:
        if pid == os.getpid():
            return True
        fields = _read(Path(f"/proc/{pid}/stat")).rpartition(b")")[2].split()
        pid = int(fields[1]) if fields else 0
    return False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
