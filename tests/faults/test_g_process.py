"""G: pipes, disks and signals, as a shell sees them."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run, Shell, complete
from tests.fault_table import Got
from tests.support import JOB, RecordingServer, page

LLMCTL = [sys.executable, "-m", "llmctl"]
LIST = ["clustering-jobs", "list"]
CREATE = ["clustering-jobs", "create", "--name", "x"]
FULL = (
    "error: cannot write to standard output: No space left on device; "
    "changes already made on the server remain\n"
)


@pytest.fixture
def jobs(server: RecordingServer) -> RecordingServer:
    server.reply(page([JOB] * 500))
    return server


@pytest.mark.parametrize(("rows", "output"), [complete(1, "tsv"), (2000, "json")])
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


@pytest.mark.parametrize("words", ["-o json", complete("-o table"), complete("-o ids"), "--help"])
def test_g03_full_disk(shell: Shell, jobs: RecordingServer, words: str) -> None:
    done = shell(f"llmctl clustering-jobs list {words} > /dev/full")
    assert (done.code, done.err) == (ExitCode.OUTPUT, FULL)


@pytest.mark.parametrize("words", ["clustering-jobs list -o json", "--version"])
def test_g04_closed_output(shell: Shell, jobs: RecordingServer, words: str) -> None:
    done = shell(f"llmctl {words} >&-")
    assert done.code == ExitCode.OUTPUT
    assert "it is closed" in done.err


def test_g04_closed_output_in_ascii(shell: Shell, server: RecordingServer) -> None:
    """The parser has a separate way to write its help there."""
    assert shell("PYTHONIOENCODING=ascii llmctl clustering-jobs --help >&-").code == 74
    assert shell("PYTHONIOENCODING=ascii llmctl clustering-jobs --help >/dev/full").code == 74


@pytest.mark.parametrize("errors", [complete("2>&-"), complete("2>/dev/full"), "<&- 2>&-"])
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


@pytest.mark.parametrize("is_half_closed", [False, True])
def test_g09_server_hangs_up_during_an_upload(
    silent: socket.socket, got: Got, is_half_closed: bool
) -> None:
    """A reset after the peer closed its side is a broken pipe, which by default kills the
    process."""
    body = json.dumps({"filler": "x" * 2_000_000})
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
        if is_half_closed:
            connection.shutdown(socket.SHUT_WR)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        out, err = process.communicate(timeout=10)
    got(f"exit {process.returncode}")
    assert (process.returncode, out) == (ExitCode.UNKNOWN, "")
    assert err.startswith("error: the POST may or may not have happened")
