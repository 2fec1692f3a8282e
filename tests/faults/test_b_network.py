"""B. The network: deadlines, retries and incomplete responses."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest

from llmctl.errors import ExitCode
from llmctl.sandbox import defaults
from tests.conftest import Run
from tests.fault_table import Got
from tests.faults.conftest import StartRaw
from tests.faults.servers import OK, Behaviour, dripping, hanging_up, resetting, sending, silent
from tests.support import JOB_ID, PROVIDER_KEY, RecordingServer

READ = ["clustering-jobs", "get", JOB_ID]
WRITE = ["clustering-jobs", "create", "--name", "x"]
NEVER = ["--retries", "0"]
SHORT = ["--timeout", "0.5"]

ANSWER = OK + b'Content-Length: 11\r\n\r\n{"id": "a"}'


def drip_the_body(connection: socket.socket) -> None:
    connection.sendall(OK + b"Content-Length: 900\r\n\r\n")
    dripping(b"{" + b" " * 899)(connection)


drip_the_headers = dripping(OK + b"X: a\r\n" * 50)


def unavailable_within_the_deadline(run: Run, raw: StartRaw, behave: Behaviour) -> None:
    slow = raw(behave)
    start = time.monotonic()
    result = run(*READ, *SHORT)
    assert time.monotonic() - start < 2.5
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
    assert "timed out after 0.5 s" in result.err
    assert len(slow.requests) == 1


def test_b01_read_is_never_answered(run: Run, raw: StartRaw) -> None:
    unavailable_within_the_deadline(run, raw, silent)


def test_a_sandbox_that_is_not_served(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMCTL_HOST", defaults.ORIGIN)
    with socket.socket() as bound:  # without listening: connections are refused
        try:
            bound.bind(("127.0.0.1", defaults.PORT))
        except OSError:
            pytest.skip("the port is in use")
        result = run("evaluations", "list", "--retries", "0")
    assert result.code == 7
    assert result.err.endswith("hint: if this is the sandbox, start it: llmctl sandbox serve\n")


@pytest.mark.parametrize("behave", [silent, drip_the_headers, drip_the_body])
def test_b02_write_is_never_answered(run: Run, raw: StartRaw, behave: Behaviour) -> None:
    slow = raw(behave)
    result = run(*WRITE, *SHORT)
    assert (result.code, result.out) == (ExitCode.UNKNOWN, "")
    assert "timed out after 0.5 s" in result.err
    assert "may or may not have happened" in result.err
    assert "llmctl clustering-jobs list" in result.err
    assert slow.methods().count("POST") == 1


def test_b03_body_drips(run: Run, raw: StartRaw) -> None:
    unavailable_within_the_deadline(run, raw, drip_the_body)


def test_b04_headers_drip(run: Run, raw: StartRaw) -> None:
    unavailable_within_the_deadline(run, raw, drip_the_headers)


FOUR_ADDRESSES = """
import os, socket

def resolve(host, port, *args, **options):
    port = int(os.environ["DEAD_PORT"])
    places = [(f"127.0.0.{number}", port) for number in range(1, 5)]
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]

socket.getaddrinfo = resolve
from llmctl.runtime.process import run
run()
"""


def test_b05_four_dead_addresses(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch, got: Got
) -> None:
    with ExitStack() as stack:
        port = 0
        for number in range(1, 5):
            dead = stack.enter_context(socket.socket())
            try:
                dead.bind((f"127.0.0.{number}", port))
            except OSError:
                pytest.skip("this machine has one loopback address")
            dead.listen(0)
            port = dead.getsockname()[1]
            # Once its queue is full, a listener does not answer any more.
            for _ in range(3):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(dead.getsockname())
        monkeypatch.setenv("DEAD_PORT", str(port))
        monkeypatch.setenv("LLMCTL_HOST", "https://posthog.example.com")
        done = subprocess.run(
            [sys.executable, "-c", FOUR_ADDRESSES, *READ, "--timeout", "1", "-v"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    got(f"exit {done.returncode}")
    assert done.returncode == ExitCode.UNAVAILABLE
    assert "cannot reach https://posthog.example.com: timed out after 1 s" in done.stderr
    seconds = re.search(r"\(([0-9.]+) s\)", done.stderr)
    assert seconds
    assert 0.9 < float(seconds[1]) < 3


def nothing_on_standard_output(run: Run, raw: StartRaw, answer: bytes) -> None:
    hostile = raw(sending(answer))
    result = run(*READ, *NEVER)
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
    assert result.err.count("\n") == 1
    result = run(*WRITE, "--retries", "1")  # which is for reads, the one after it too
    assert (result.code, result.out) == (ExitCode.UNKNOWN, "")
    assert hostile.methods().count("POST") == 1


def test_b06_short_body(run: Run, raw: StartRaw) -> None:
    nothing_on_standard_output(run, raw, OK + b'Content-Length: 99\r\n\r\n{"id": "a"')


@pytest.mark.parametrize("chunks", [b"5\r\n{", b"zz\r\n"])
def test_b07_bad_chunks(run: Run, raw: StartRaw, chunks: bytes) -> None:
    nothing_on_standard_output(run, raw, OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)


def test_b08_no_length_and_cut(run: Run, raw: StartRaw) -> None:
    nothing_on_standard_output(run, raw, OK + b'\r\n{"id": "a')


NOT_HTTP = {
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    "status": b"HTTP/1.1 abc OK\r\n\r\n{}",
    "huge header": OK + b"X: " + b"a" * 100_000 + b"\r\n\r\n{}",
    "many headers": OK + b"X: a\r\n" * 150 + b"\r\n{}",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
}


@pytest.mark.parametrize("answer", NOT_HTTP.values(), ids=NOT_HTTP.keys())
def test_b28_not_http(run: Run, raw: StartRaw, answer: bytes) -> None:
    nothing_on_standard_output(run, raw, answer)


def test_b09_hang_up_on_a_read(run: Run, raw: StartRaw) -> None:
    flaky = raw(hanging_up)
    result = run(*READ)
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
    first, second = map(float, re.findall(r"retrying in ([0-9.]+) s", result.err))
    assert 0.2 <= first <= 0.5 <= second <= 1.0
    assert len(flaky.requests) == 3
    assert run(*READ, *NEVER).code == ExitCode.UNAVAILABLE
    assert len(flaky.requests) == 4


def test_b09_reset_on_a_read_twice(run: Run, raw: StartRaw) -> None:
    def third_time(connection: socket.socket) -> None:
        (sending(ANSWER) if len(flaky.requests) == 3 else resetting)(connection)

    flaky = raw(third_time)
    assert run(*READ).code == 0


@pytest.mark.parametrize(
    ("scheme", "said"),
    [("http", "connection refused"), ("https", "TLS handshake failed")],
)
def test_write_that_cannot_be_sent_is_retried(
    run: Run, raw: StartRaw, monkeypatch: pytest.MonkeyPatch, scheme: str, said: str
) -> None:
    port = 1 if scheme == "http" else raw(hanging_up).port
    monkeypatch.setenv("LLMCTL_HOST", f"{scheme}://127.0.0.1:{port}")
    result = run(*WRITE, "--retries", "1")
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
    assert result.err.startswith(f"* {said}; retrying in ")
    assert result.err.endswith(f"error: cannot reach {scheme}://127.0.0.1:{port}: {said}\n")


@pytest.mark.parametrize("behave", [hanging_up, resetting])
def test_b10_hang_up_on_a_create(run: Run, raw: StartRaw, behave: Behaviour) -> None:
    flaky = raw(behave)
    result = run(*WRITE, "--timeout", "2")
    assert (result.code, result.out) == (ExitCode.UNKNOWN, "")
    assert "llmctl clustering-jobs list" in result.err
    assert flaky.methods().count("POST") == 1


def test_b11_kept_connection_dropped_before_a_write(
    run: Run, raw: StartRaw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW", PROVIDER_KEY)
    body = b'{"id": "a", "provider": "openai"}'

    def once(connection: socket.socket) -> None:
        """Serve one request per connection without saying so: a second one is lost."""
        connection.sendall(OK + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        connection.recv(65536)

    closing = raw(once)
    assert run("provider-keys", "update", JOB_ID, "--api-key-env", "NEW").code == 0
    assert closing.methods() == ["GET", "PATCH"]


def test_h07_misdirected_read_is_retried_on_another_connection(run: Run, raw: StartRaw) -> None:
    def answer(connection: socket.socket) -> None:
        status = b"421 Misdirected" if len(server.requests) == 1 else b"200 OK"
        connection.sendall(ANSWER.replace(b"200 OK", status))
        connection.recv(65536)  # another request on this connection is lost

    server = raw(answer)
    assert run(*READ, "--retries", "1").code == 0
    assert len(server.requests) == 2
