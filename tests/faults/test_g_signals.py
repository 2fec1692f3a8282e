"""G: signals and Ctrl-C, one and several, from the first moment to the last."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run, complete
from tests.fault_table import Got
from tests.support import JOB, JOB_ID, PROVIDER_KEY, RecordingServer
from tests.terminal import CTRL_C, CTRL_D, on_terminal

LLMCTL = [sys.executable, "-m", "llmctl"]
LIST = ["clustering-jobs", "list"]
CREATE = ["clustering-jobs", "create", "--name", "x"]


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
        complete(signal.SIGTERM, ExitCode.TERMINATED, False),
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
        "import os, signal, sys, llmctl.app, llmctl.runtime.process; "
        "llmctl.app.main = lambda: [os.kill(os.getpid(), n) for n in (1, 2)] and 0; "
        "llmctl.runtime.process.run()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, sys.executable, "-c", code], timeout=20, check=False
    )
    assert done.returncode == 0


PROMPTS = {
    "question": (["clustering-jobs", "delete", JOB_ID], "[y/N] "),
    "hidden": (["profiles", "add", "work", "--no-check"], "(not shown): "),
}


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("question", CTRL_C),
        ("hidden", CTRL_D),
        complete("question", CTRL_D),
        complete("hidden", CTRL_C),
    ],
    ids=ascii,
)
def test_g06_line_of_a_prompt_is_ended(server: RecordingServer, kind: str, key: str) -> None:
    words, prompt = PROMPTS[kind]
    server.reply(JOB)
    shown = on_terminal(*words, answers={prompt: key}, columns=200)
    assert shown.code == (ExitCode.INTERRUPTED if key == CTRL_C else ExitCode.USAGE)
    rest, said = shown.text.partition(prompt)[2].partition("\n")[::2]
    assert rest in ("", "^C")
    assert bool(said) == (key == CTRL_D)
    assert all(sent.method == "GET" for sent in server.sent)


def test_g06_choice_without_an_answer(server: RecordingServer) -> None:
    server.reply({"organization": {"projects": [{"id": n, "name": "A"} for n in (1, 2)]}})
    words = ["profiles", "add", "work", "--host", server.origin, "--api-key-env", "LLMCTL_API_KEY"]
    shown = on_terminal(*words, answers={"Project: ": CTRL_D}, NO_COLOR="1")
    assert shown.code == ExitCode.USAGE
    assert "\nProject: \nerror: not one of these projects; nothing was stored\n" in shown.text


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGINT,
        signal.SIGTERM,
        pytest.param(signal.SIGHUP, marks=pytest.mark.complete),
    ],
)
@pytest.mark.parametrize(
    "words", [CREATE, pytest.param(LIST, marks=pytest.mark.complete)], ids=["write", "read"]
)
def test_g08_signals_that_come_together_count_as_one(
    silent: socket.socket, got: Got, number: signal.Signals, words: list[str]
) -> None:
    with subprocess.Popen([*LLMCTL, *words], stderr=subprocess.PIPE, text=True) as process:
        connection, _ = silent.accept()
        connection.recv(65536)
        for _ in range(300):
            process.send_signal(number)
            time.sleep(0.0002)  # often, so that some come while the first one ends it
            if process.poll() is not None:
                break
        assert process.stderr is not None
        err = process.stderr.read()
        connection.close()
    got(f"exit {process.returncode}")
    assert process.returncode == 128 + number
    assert ("may or may not have happened" in err) == (words is CREATE)
    assert len(err.splitlines()) == (2 if words is CREATE else 0)


def test_g06_second_interrupt_ends_what_the_first_one_could_not() -> None:
    """As if a library swallowed it."""
    code = (
        "import contextlib, time, llmctl.app, llmctl.runtime.process\n"
        "def main():\n"
        "    with contextlib.suppress(KeyboardInterrupt):\n"
        "        print('ready', flush=True)\n"
        "        time.sleep(20)\n"
        "    print('caught', flush=True)\n"
        "    time.sleep(20)\n"
        "llmctl.app.main = main\n"
        "llmctl.runtime.process.run()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "caught\n"
        for _ in range(100):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
                break
            process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (ExitCode.INTERRUPTED, "")


_AT_IMPORT = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["INTERRUPTED_AT"]:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
"""


@pytest.mark.parametrize("module", ["llmctl.errors", "llmctl.app", "typer", "llmctl.api"])
def test_g06_interrupted_start(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str
) -> None:
    """Regardless of the module being loaded when Ctrl-C arrives."""
    (tmp_path / "sitecustomize.py").write_text(_AT_IMPORT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("INTERRUPTED_AT", module)
    done = subprocess.run([*LLMCTL, *LIST], capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (ExitCode.INTERRUPTED, "", "")


NEW_KEY = ["provider-keys", "create", "--name", "x", "--provider", "openai", "--api-key-command"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_g08_signal_ends_a_key_command_and_what_it_started(
    server: RecordingServer, tmp_path: Path, got: Got, number: signal.Signals
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    command = f"exec 3>'{fifo}'; sleep 77; echo no"
    with (
        subprocess.Popen(
            [*LLMCTL, *NEW_KEY, command], stderr=subprocess.PIPE, start_new_session=True
        ) as process,
        fifo.open("rb") as held,
    ):  # by the shell, and by what it runs
        process.send_signal(number)
        _, err = process.communicate(timeout=10)
        assert held.read() == b""
    got(f"exit {process.returncode}")
    assert (process.returncode, err) == (128 + number, b"")
    assert server.sent == []


def test_g08_key_command_that_prints_too_much_is_ended(run: Run, server: RecordingServer) -> None:
    result = run(*NEW_KEY, "head -c 9999 /dev/zero | tr '\\0' x; sleep 77")
    assert result.code == ExitCode.USAGE
    assert "--api-key-command" in result.err
    assert server.sent == []


def test_g06_key_command_that_asks(server: RecordingServer, tmp_path: Path) -> None:
    """It prompts on the terminal itself, as a vault's command does."""
    (tmp_path / "key").write_text(PROVIDER_KEY)
    ask = "printf 'PIN: ' >/dev/tty; read -r pin </dev/tty; test $pin = 12 && cat"
    words = [*NEW_KEY, f"{ask} '{tmp_path}/key'"]
    server.reply({"id": "a", "name": "x"})
    shown = on_terminal(*words, answers={"PIN: ": "12\n"})
    assert shown.code == 0, shown
    assert server.sent[0].json["api_key"] == PROVIDER_KEY
    shown = on_terminal(*words, answers={"PIN: ": CTRL_C})
    assert shown.code == ExitCode.INTERRUPTED
    assert len(server.sent) == 1
