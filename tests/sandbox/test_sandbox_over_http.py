"""The sandbox end to end: a server process, and the command as its client."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from llmctl.sandbox import defaults
from tests.conftest import Run, Shell
from tests.support import KEY as SECRET

LLMCTL = [sys.executable, "-m", "llmctl"]
LOG = "log"
RULE = "GET models #2: drop-before"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a sandbox that is served by a process, and the directory of its data."""
    folder = tmp_path_factory.mktemp("served")
    log = folder / LOG
    command = [*LLMCTL, "sandbox", "serve", "--port", "0", "--fault", RULE]
    env = os.environ | {"LLMCTL_DATA_DIR": str(folder)}
    with log.open("w") as file, subprocess.Popen(command, env=env, stderr=file) as process:
        while "\n" not in log.read_text():
            assert process.poll() is None
            time.sleep(0.02)
        yield log.read_text().split()[4].rstrip(","), folder
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode in (0, 130)


@pytest.fixture
def origin(served: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the served sandbox, whose data the profile `sandbox` shares."""
    monkeypatch.setenv("LLMCTL_DATA_DIR", str(served[1]))
    return served[0]


def test_served_sandbox(run: Run, origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = ["clustering-jobs", "list", "-o", "ids"]
    monkeypatch.setenv("LLMCTL_API_KEY", defaults.ALL_SCOPES_KEY)
    monkeypatch.setenv("LLMCTL_HOST", origin)
    monkeypatch.setenv("LLMCTL_PROJECT", "1")
    words = ["--name", "x", "--analysis-level", "trace", "-o", "ids"]
    made = run("clustering-jobs", "create", *words)
    assert made.code == 0, made.err
    assert made.out in run(*listed).out
    # The profile sandbox is the same project.
    with monkeypatch.context() as without:
        for name in ("LLMCTL_API_KEY", "LLMCTL_HOST", "LLMCTL_PROJECT"):
            without.delenv(name)
        assert made.out in run(*listed, "-p", "sandbox").out
    # And what --dry-run prints is a request that it takes.
    answer = requests.get(f"{origin}/api/environments/1/llm_analytics/clustering_jobs", timeout=10)
    assert answer.status_code == 401
    monkeypatch.setenv("LLMCTL_API_KEY", defaults.READ_ONLY_KEY)
    denied = run("clustering-jobs", "delete", made.out.strip(), "--yes")
    assert denied.code == 4
    assert "llm_analytics:write" in denied.err


def test_log(served: tuple[str, Path]) -> None:
    """A line per request, with the rule that applied, and without secrets."""
    origin, folder = served
    log = folder / LOG
    before = log.read_text()
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {SECRET}"
        session.post(f"{origin}/api/{SECRET}/", json={"api_key": SECRET}, timeout=10)
        path = "/api/environments/@current/llm_analytics/models/?provider=openai"
        session.get(f"{origin}{path}&a={SECRET.replace('_', '%5F')}&token=x", timeout=10)
        with pytest.raises(requests.ConnectionError):
            session.get(f"{origin}{path}", timeout=10)
    assert log.read_text().removeprefix(before).splitlines() == [
        "POST /api/***/ 404",
        f"GET {path}&a=***&token=*** 401",
        f"GET {path} no response (rule {RULE})",
    ]


def test_profile_for_the_served_sandbox(
    run: Run, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", defaults.ALL_SCOPES_KEY)
    words = ["profiles", "add", "local", "--host", origin, "--api-key-env", "MY_KEY"]
    assert run(*words).code == 0
    assert run("clustering-jobs", "list").code == 0
    shown = json.loads(run("profiles", "list", "-o", "json").out)
    expected = {"name": "local", "host": origin, "project": "1", "key": "file"}
    assert shown[0] == {**expected, "current": True}


def test_file_that_cannot_be_written() -> None:
    """Sixteen blocks of 512 bytes are not enough for the project."""
    command = f"ulimit -f 16; {sys.executable} -m llmctl clustering-jobs list -p sandbox"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "cannot write" in done.stderr
    assert "hint: set LLMCTL_DATA_DIR" in done.stderr


def test_delay_beyond_the_timeout_in_process(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As over HTTP: the command does not wait, and its request is carried out anyway."""
    create = ["clustering-jobs", "create", "--name", "late", "--analysis-level", "trace"]
    monkeypatch.setenv("LLMCTL_SANDBOX_FAULTS", "* clustering_jobs: delay 60")
    assert run(*create, "-p", "sandbox", "--timeout", "0.5").code == 8
    monkeypatch.delenv("LLMCTL_SANDBOX_FAULTS")
    names = run("clustering-jobs", "list", "-p", "sandbox", "--columns", "name").out
    assert "late" in names.split()


MORE = [pytest.param(number, marks=pytest.mark.complete) for number in (0, 2, 3, 4, 5, 6)]


@pytest.mark.parametrize("number", [1, 7, *MORE])
def test_sigterm_while_requests_come(number: int) -> None:
    """The server's loop handles exceptions itself; it must not swallow this one."""
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


def test_port_that_is_taken(shell: Shell, origin: str) -> None:
    taken = shell(f"llmctl sandbox serve --port {origin.rpartition(':')[2]}")
    assert taken.code == 2
    assert "--port 0" in taken.err
