"""No process that a test started may outlive the run: one that does is ended, and fails it.

A process is known by a variable that it inherits; pytest's own says which test started it. Without
/proc, nothing is checked.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

_RUN = "TESTS_OF_RUN"  # in the processes of pytest
_MARK = "STARTED_BY_RUN"  # in those that tests start
_GRACE_SECONDS = 2.0  # for those that are about to end


class Process(NamedTuple):
    """A process, its command line, and the test that started it."""

    pid: int
    line: str
    test: str


def pytest_configure(config: pytest.Config) -> None:
    if _is_worker(config):
        return
    os.environ[_RUN] = str(os.getpid())


@pytest.hookimpl(tryfirst=True)  # in the processes that run tests, but not in their parent
def pytest_runtest_setup() -> None:
    os.environ[_MARK] = os.environ[_RUN]


@pytest.hookimpl(trylast=True)  # when the workers are gone
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _is_worker(session.config):
        return
    end = time.monotonic() + _GRACE_SECONDS
    while (left := list(_started_by(os.environ[_RUN]))) and time.monotonic() < end:
        time.sleep(0.1)
    for process in left:
        print(
            f"\nerror: a process outlived the test that started it: {process.line} ({process.test})"
        )
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    if left:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def marked() -> dict[str, str]:
    """Return the environment for a process that is to be known as started by a test."""
    return os.environ | {_MARK: os.environ[_RUN]}


def _is_worker(config: pytest.Config) -> bool:
    """Return True if this is a process of pytest-xdist."""
    return hasattr(config, "workerinput")


def _started_by(run: str) -> Iterator[Process]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
            line = (folder / "cmdline").read_bytes()
        except OSError:
            continue  # another user's, or gone
        if f"{_MARK}={run}".encode() in variables:
            current = (each for each in variables if each.startswith(b"PYTEST_CURRENT_TEST"))
            test = next(current, b"")
            yield Process(
                int(folder.name),
                line.rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace"),
                test.decode(errors="replace").partition("=")[2],
            )
