"""The process as a shell sees it: streams, signals, exit codes."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Shell
from tests.support import JOB, RecordingServer, page

LLMCTL = [sys.executable, "-m", "llmctl"]
LIST = [*LLMCTL, "clustering-jobs", "list", "-o", "json"]


@pytest.fixture
def jobs(server: RecordingServer) -> RecordingServer:
    server.reply(page([JOB] * 500))
    return server


@pytest.mark.parametrize("output", ["json", "table", "tsv", "csv", "ids"])
def test_full_disk(shell: Shell, jobs: RecordingServer, output: str) -> None:
    done = shell(f"llmctl clustering-jobs list -o {output} > /dev/full")
    assert done.code == ExitCode.OUTPUT
    assert done.err == (
        "error: standard output cannot be written: No space left on device; "
        "what the command did on the server is done\n"
    )


def test_closed_standard_output(shell: Shell, jobs: RecordingServer) -> None:
    done = shell("llmctl clustering-jobs list >&-")
    assert done.code == ExitCode.OUTPUT
    assert "it is closed" in done.err


@pytest.mark.parametrize("output", ["json", "table", "ids"])
def test_reader_that_goes_away(shell: Shell, jobs: RecordingServer, output: str) -> None:
    done = shell(f"llmctl clustering-jobs list -o {output} | (exec 0<&-; sleep 1)")
    assert (done.code, done.err) == (ExitCode.BROKEN_PIPE, "")


def test_closed_standard_error_does_not_reach_a_file(shell: Shell, jobs: RecordingServer) -> None:
    assert shell("llmctl clustering-jobs get a/b 2>&-").code == ExitCode.USAGE
    assert shell("llmctl profiles use sandbox 2>&-").code == 0
    assert shell("llmctl profiles list -o csv").out.startswith("name,host")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("output", ["json", "table", "tsv", "csv"])
def test_narrow_encodings(
    shell: Shell, server: RecordingServer, encoding: str, output: str
) -> None:
    server.reply(page([JOB | {"name": "ä€😀"}]))
    done = shell(f"PYTHONIOENCODING={encoding} llmctl clustering-jobs list -o {output}")
    assert (done.code, done.err) == (0, "")
    assert "20ac" in done.out


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch, server: RecordingServer) -> Iterator[socket.socket]:
    """A server that takes the connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("LLMCTL_HOST", f"http://127.0.0.1:{listener.getsockname()[1]}")
        yield listener


SIGNALS = [
    (signal.SIGINT, ExitCode.INTERRUPTED),
    (signal.SIGTERM, ExitCode.TERMINATED),
    (signal.SIGHUP, ExitCode.HANGUP),
]


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("is_write", [False, True])
def test_signals(
    silent: socket.socket, number: signal.Signals, code: ExitCode, is_write: bool
) -> None:
    words = ["create", "--name", "x"] if is_write else ["list"]
    with subprocess.Popen(
        [*LLMCTL, "clustering-jobs", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        connection, _ = silent.accept()
        connection.recv(65536)
        time.sleep(0.05)
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
        connection.close()
    assert (process.returncode, out) == (code, "")
    assert "Traceback" not in err
    if is_write:
        assert "may or may not have happened" in err
        assert "llmctl clustering-jobs list" in err


def test_version_and_help_need_nothing() -> None:
    done = subprocess.run(
        [*LLMCTL, "--version"], capture_output=True, text=True, env={}, check=True, timeout=10
    )
    assert done.stdout.startswith("llmctl ")
    done = subprocess.run(
        [*LLMCTL, "clustering-jobs", "--help"],
        capture_output=True,
        text=True,
        env={},
        check=True,
        timeout=10,
    )
    assert "list" in done.stdout


def test_import_loads_nothing_heavy() -> None:
    code = (
        "import sys, llmctl.cli; print(set(sys.modules) & "
        "{'requests', 'rich', 'django', 'tomllib', 'platformdirs', 'typer', 'urllib3'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_json_list_loads_no_rich(jobs: RecordingServer) -> None:
    code = (
        "import sys; from llmctl.cli import main; main(sys.argv[1:]); "
        "sys.exit(bool({'rich', 'django', 'tomllib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *LIST[3:]], stdout=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0
