"""Makes `[sys.executable, "-m", "llmctl", ...]` start in a hundredth of a second, and `-c` too.

A process is forked that has imported everything. Those with other settings of Python's, signals,
limits, rights or mounts get an interpreter of their own, and so do tests marked `cold`.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes import marked
from tests.warm import client

ON_TERMINAL = ["setsid", "--ctty"]

_is_cold = False


class _Warm:
    """The server of this process, from its first use to the end."""

    def __init__(self) -> None:
        self._environment = marked()
        self._folder = tempfile.TemporaryDirectory(prefix="llmctl-tests-")
        self._process: subprocess.Popen[bytes] | None = None
        self.socket = f"{self._folder.name}/{client.SOCKET}"

    def start(self) -> None:
        if self._process:
            return
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm.server", self.socket],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment,
            cwd=Path(__file__).parents[2],
        )
        assert self._process.stdout
        self._process.stdout.readline()

    def command(self) -> str:
        """Return the folder of a command `llmctl` that asks the server."""
        command = Path(self._folder.name, "llmctl")
        if not command.exists():
            command.write_text(f"#!{sys.executable} -ISE\n{Path(client.__file__).read_text()}")
            command.chmod(0o755)
        return self._folder.name

    def stop(self) -> None:
        if self._process:
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.close()
            self._process.stdout.close()
            self._process.wait()
        self._folder.cleanup()


if TYPE_CHECKING:
    _Base = Any  # the methods that it replaces have no types
else:
    _Base = subprocess.Popen


class _Popen(_Base):  # type: ignore[misc]
    """A Popen whose Python is forked by the warm process; its methods do the same as always."""

    _connection: client.Connection | None = None

    def _execute_child(self, args: Any, executable: Any, preexec: Any, *rest: Any) -> None:
        _, pass_fds, cwd, env, _, _, shell, *pipes = rest[:13]
        _, gid, gids, uid, umask, has_session, group = rest[13:]
        words = [*args] if isinstance(args, list | tuple) else []
        has_terminal = words[:2] == ON_TERMINAL
        words = words[2:] if has_terminal else words
        is_plain = not (executable or preexec or pass_fds or shell or gid or gids or uid)
        is_ours = words[:1] == [sys.executable] and (
            words[1:3] == ["-m", "llmctl"] or words[1:2] == ["-c"]
        )
        if not _warm or _is_cold or not is_ours or not is_plain or group not in (-1, None):
            super()._execute_child(args, executable, preexec, *rest)
            return
        _warm.start()
        p2cread, _, _, c2pwrite, _, errwrite = pipes
        started = client.ask(
            _warm.socket,
            words[1:],
            (
                0 if p2cread == -1 else p2cread,
                1 if c2pwrite == -1 else c2pwrite,
                2 if errwrite == -1 else errwrite,
            ),
            dict(os.environ if env is None else env),
            cwd or ".",
            umask,
            has_session or has_terminal,
            has_terminal,
        )
        if not started:
            super()._execute_child(args, executable, preexec, *rest)
            return
        self._connection, self.pid = started
        self._child_created = True
        self._close_pipe_fds(*pipes)

    def _try_wait(self, flags: int) -> Any:
        if not self._connection:
            return super()._try_wait(flags)
        try:
            status = client.received(self._connection, socket.MSG_DONTWAIT if flags else 0)
        except BlockingIOError:
            return 0, 0
        self._connection.close()
        return self.pid, status

    def _internal_poll(self, _deadstate: int | None = None, **options: Any) -> Any:
        if not self._connection:
            return super()._internal_poll(_deadstate, **options)
        if self.returncode is None and self._waitpid_lock.acquire(False):
            try:
                pid, status = self._try_wait(os.WNOHANG)
                if pid:
                    self._handle_exitstatus(status)
            finally:
                self._waitpid_lock.release()
        return self.returncode


_warm: _Warm | None = None


@pytest.hookimpl(trylast=True)  # the environment has been cleaned
def pytest_configure() -> None:
    global _warm
    if hasattr(os, "pidfd_open"):
        _warm = _Warm()
        subprocess.Popen = _Popen  # type: ignore[misc]


def pytest_runtest_setup(item: pytest.Item) -> None:
    global _is_cold
    _is_cold = item.get_closest_marker("cold") is not None


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    if _warm:
        _warm.stop()


@pytest.fixture
def with_llmctl() -> Callable[[], dict[str, str]]:
    """Return the variables of a script that runs the command `llmctl`."""

    def variables() -> dict[str, str]:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        if not _warm or _is_cold:
            return {"PATH": path}
        _warm.start()
        return {"PATH": f"{_warm.command()}:{path}"}

    return variables
