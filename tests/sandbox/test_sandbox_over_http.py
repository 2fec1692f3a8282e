"""The sandbox end to end: a server process, and the command as another."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from llmctl.sandbox import defaults

LLMCTL = [sys.executable, "-m", "llmctl"]


@pytest.fixture
def origin() -> Iterator[str]:
    """The address of a sandbox that is served."""
    command = [*LLMCTL, "sandbox", "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        yield first.split()[4].rstrip(",")
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode in (0, 130)


def llmctl(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | settings
    return subprocess.run(
        [*LLMCTL, *words], env=env, capture_output=True, text=True, timeout=30, check=False
    )


def test_served_sandbox(origin: str) -> None:
    settings = {
        "LLMCTL_API_KEY": defaults.ALL_SCOPES_KEY,
        "LLMCTL_HOST": origin,
        "LLMCTL_PROJECT": "1",
    }
    made = llmctl(
        "clustering-jobs",
        "create",
        "--name",
        "x",
        "--analysis-level",
        "trace",
        "-o",
        "ids",
        **settings,
    )
    assert made.returncode == 0, made.stderr
    # The profile sandbox is the same project.
    seen = llmctl("clustering-jobs", "list", "-p", "sandbox", "-o", "json")
    assert made.stdout.strip() in [job["id"] for job in json.loads(seen.stdout)]
    # And what --dry-run prints is a request that it takes.
    answer = requests.get(f"{origin}/api/environments/1/llm_analytics/clustering_jobs", timeout=10)
    assert answer.status_code == 401
    read_only = settings | {"LLMCTL_API_KEY": defaults.READ_ONLY_KEY}
    denied = llmctl("clustering-jobs", "delete", made.stdout.strip(), "--yes", **read_only)
    assert denied.returncode == 4
    assert "llm_analytics:write" in denied.stderr


def test_profile_for_the_served_sandbox(origin: str) -> None:
    key = {"MY_KEY": defaults.ALL_SCOPES_KEY}
    words = ["profiles", "add", "local", "--host", origin, "--api-key-env", "MY_KEY"]
    assert llmctl(*words, **key).returncode == 0
    assert llmctl("clustering-jobs", "list").returncode == 0
    shown = json.loads(llmctl("profiles", "list", "-o", "json").stdout)
    expected = {"name": "local", "host": origin, "project": "1", "key": "file"}
    assert shown[0] == {**expected, "current": True}


def test_file_that_cannot_be_written() -> None:
    """Sixteen blocks of 512 bytes are not enough for the project."""
    command = f"ulimit -f 16; {sys.executable} -m llmctl clustering-jobs list -p sandbox"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "cannot write" in done.stderr
    assert "hint: set LLMCTL_DATA_DIR" in done.stderr


def test_delay_beyond_the_timeout_in_process() -> None:
    """As over HTTP: the command does not wait, and what it sent is done all the same."""
    create = ["clustering-jobs", "create", "--name", "late", "--analysis-level", "trace"]
    faults = {"LLMCTL_SANDBOX_FAULTS": "* clustering_jobs: delay 60"}
    late = llmctl(*create, "-p", "sandbox", "--timeout", "0.5", **faults)
    assert late.returncode == 8
    names = llmctl("clustering-jobs", "list", "-p", "sandbox", "--columns", "name").stdout
    assert "late" in names.split()


def test_sigterm_while_requests_come() -> None:
    """The server's loop handles exceptions by itself; it must not take this one for its own."""
    for number in range(8):
        command = [*LLMCTL, "sandbox", "serve", "--port", "0"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            host, _, port = process.stderr.readline().split()[4].rstrip(",")[7:].partition(":")
            try:
                with contextlib.ExitStack() as connections:
                    for _ in range(20 * number):
                        connections.enter_context(socket.create_connection((host, int(port))))
                    process.send_signal(signal.SIGTERM)
                    process.communicate(timeout=30)
            finally:
                process.kill()
        assert process.returncode in (0, 143)  # 143 where it came before the loop


def test_port_that_is_taken(origin: str) -> None:
    taken = llmctl("sandbox", "serve", "--port", origin.rpartition(":")[2])
    assert taken.returncode == 2
    assert "--port 0" in taken.stderr
