"""G: pipes, disks and signals, as a shell sees them."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run, Shell
from tests.fault_table import Got
from tests.support import JOB, JOB_ID, PROVIDER_KEY, RecordingServer, page
from tests.terminal import CTRL_C, CTRL_D, on_terminal

LLMCTL = [sys.executable, "-m", "llmctl"]
LIST = ["clustering-jobs", "list"]
CREATE = ["clustering-jobs", "create", "--name", "x"]
FULL = (
    "error: standard output cannot be written: No space left on device; "
    "what the command did on the server is done\n"
)


@pytest.fixture
def jobs(server: RecordingServer) -> RecordingServer:
    server.reply(page([JOB] * 500))
    return server


@pytest.mark.parametrize(("rows", "output"), [(1, "tsv"), (2000, "json")])
def test_g01_head(shell: Shell, server: RecordingServer, rows: int, output: str) -> None:
    server.reply(page([JOB] * rows))
    done = shell(f"llmctl clustering-jobs list -o {output} | head -1")
    assert done.code == ExitCode.BROKEN_PIPE or (rows == 1 and done.code == ExitCode.OK)
    assert done.err == ""
    assert done.out.count("\n") == 1


@pytest.mark.parametrize("words", [["-o", "json"], ["--help"]])
def test_g02_reader_is_gone(jobs: RecordingServer, got: Got, words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*LLMCTL, *LIST, *words], stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    got(f"exit {done.returncode}")
    assert (done.returncode, done.stderr) == (ExitCode.BROKEN_PIPE, b"")


@pytest.mark.parametrize("words", ["-o json", "-o table", "-o ids", "--help"])
def test_g03_full_disk(shell: Shell, jobs: RecordingServer, words: str) -> None:
    done = shell(f"llmctl clustering-jobs list {words} > /dev/full")
    assert (done.code, done.err) == (ExitCode.OUTPUT, FULL)


@pytest.mark.parametrize("words", ["clustering-jobs list -o json", "--version"])
def test_g04_closed_output(shell: Shell, jobs: RecordingServer, words: str) -> None:
    done = shell(f"llmctl {words} >&-")
    assert done.code == ExitCode.OUTPUT
    assert "it is closed" in done.err


def test_g04_closed_output_in_ascii(shell: Shell, server: RecordingServer) -> None:
    """The parser writes its help in a way of its own there."""
    assert shell("PYTHONIOENCODING=ascii llmctl clustering-jobs --help >&-").code == 74
    assert shell("PYTHONIOENCODING=ascii llmctl clustering-jobs --help >/dev/full").code == 74


@pytest.mark.parametrize("errors", ["2>&-", "2>/dev/full", "<&- 2>&-"])
def test_g05_settings_are_whole_where_messages_are_lost(
    shell: Shell, run: Run, server: RecordingServer, tmp_path: Path, errors: str
) -> None:
    add = "llmctl profiles add work --api-key-env LLMCTL_API_KEY --host eu --project 7 --no-check"
    assert shell(f"{add} {errors}").code == 0
    # Nor does a lost message change what an error's exit code says.
    assert shell(f"llmctl profiles {errors}").code == ExitCode.USAGE
    assert shell(f"llmctl profiles use no {errors}").code == ExitCode.CONFIG
    stored = json.loads(run("profiles", "list", "-o", "json").out)
    assert [(row["name"], row["project"]) for row in stored] == [("work", "7"), ("sandbox", "1")]
    texts = [path.read_text() for path in tmp_path.rglob("*.toml")]
    assert not any("error:" in text or "profile work" in text for text in texts)


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch, server: RecordingServer) -> Iterator[socket.socket]:
    """A server that takes the connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("LLMCTL_HOST", f"http://127.0.0.1:{listener.getsockname()[1]}")
        yield listener


def interrupt(silent: socket.socket, number: signal.Signals, *words: str) -> tuple[int, str]:
    """Send a signal once the request has arrived; the exit code and standard error."""
    with subprocess.Popen(
        [*LLMCTL, *words],
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
    assert out == ""
    assert "Traceback" not in err
    return process.returncode, err


def test_g06_interrupted_read(silent: socket.socket, got: Got) -> None:
    code, err = interrupt(silent, signal.SIGINT, *LIST)
    got(f"exit {code}")
    assert (code, err) == (ExitCode.INTERRUPTED, "")


def test_g07_interrupted_write(silent: socket.socket, got: Got) -> None:
    code, err = interrupt(silent, signal.SIGINT, *CREATE)
    got(f"exit {code}")
    assert code == ExitCode.INTERRUPTED
    assert "may or may not have happened" in err
    assert "llmctl clustering-jobs list" in err


def test_g07_interrupted_check(silent: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a POST, but changes nothing."""
    monkeypatch.setenv("NEW", PROVIDER_KEY)
    words = ["--provider", "openai", "--api-key-env", "NEW"]
    code, err = interrupt(silent, signal.SIGINT, "provider-keys", "validate", *words)
    said = "error: interrupted during a check; nothing was changed\n"
    assert (code, err) == (ExitCode.INTERRUPTED, said)


@pytest.mark.parametrize(
    ("number", "code", "is_write"),
    [
        (signal.SIGTERM, ExitCode.TERMINATED, False),
        (signal.SIGTERM, ExitCode.TERMINATED, True),
        (signal.SIGHUP, ExitCode.HANGUP, True),
    ],
)
def test_g08_terminated(
    silent: socket.socket, got: Got, number: signal.Signals, code: ExitCode, is_write: bool
) -> None:
    found, err = interrupt(silent, number, *(CREATE if is_write else LIST))
    got(f"exit {found}")
    assert found == code
    assert ("may or may not have happened" in err) == is_write


def test_g08_ignored_signals_stay_ignored(server: RecordingServer, tmp_path: Path) -> None:
    """`nohup`, and Ctrl-C for a job in the background of a script."""
    script = (
        "import signal, subprocess, sys; "
        "[signal.signal(n, signal.SIG_IGN) for n in (signal.SIGHUP, signal.SIGINT)]; "
        "sys.exit(subprocess.run(sys.argv[1:]).returncode)"
    )
    code = (
        "import os, signal, sys, llmctl.cli, llmctl.process; "
        "llmctl.cli.main = lambda: [os.kill(os.getpid(), n) for n in (1, 2)] and 0; "
        "llmctl.process.run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, sys.executable, "-c", code], timeout=20, check=False
    )
    assert done.returncode == 0


PROMPTS = {
    "question": (["clustering-jobs", "delete", JOB_ID], "[y/N] "),
    "hidden": (["profiles", "add", "work", "--no-check"], "(not shown): "),
}


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D], ids=["ctrl-c", "ctrl-d"])
@pytest.mark.parametrize(("words", "prompt"), PROMPTS.values(), ids=PROMPTS)
def test_g06_line_of_a_prompt_is_ended(
    server: RecordingServer, words: list[str], prompt: str, key: str
) -> None:
    shown = on_terminal(*words, answers={prompt: key})
    assert shown.code == (ExitCode.INTERRUPTED if key == CTRL_C else ExitCode.USAGE)
    first, said = shown.text.partition("\n")[::2]
    assert first.removesuffix("^C").endswith(prompt)
    assert bool(said) == (key == CTRL_D)
    assert server.sent == []


def test_g06_choice_without_an_answer(server: RecordingServer) -> None:
    server.reply({"organization": {"projects": [{"id": n, "name": "A"} for n in (1, 2)]}})
    words = ["profiles", "add", "work", "--host", server.origin, "--api-key-env", "LLMCTL_API_KEY"]
    shown = on_terminal(*words, answers={"Project: ": CTRL_D})
    assert shown.code == ExitCode.USAGE
    assert "\nProject: \nerror: that is not one of the projects; nothing was stored\n" in shown.text


def test_g09_server_hangs_up_during_an_upload(silent: socket.socket, got: Got) -> None:
    """A peer that resets the connection would end a process that lets SIGPIPE kill it."""
    body = json.dumps({"filler": "x" * 8_000_000})
    with subprocess.Popen(
        [*LLMCTL, "clustering-jobs", "create", "--name", "x", "--data", "-", "--timeout", "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(body)
        process.stdin.close()
        process.stdin = None
        connection, _ = silent.accept()
        connection.recv(1000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        out, err = process.communicate(timeout=10)
    got(f"exit {process.returncode}")
    assert (process.returncode, out) == (ExitCode.UNKNOWN, "")
    assert err.startswith("error: the POST was sent")
