"""A network that fails: what is tried again, how long it takes, what the exit code says."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.support import JOB, JOB_ID, KEY, RecordingServer

READ = ["clustering-jobs", "get", JOB_ID, "--timeout", "1"]
WRITE = ["clustering-jobs", "create", "--name", "x", "--timeout", "1"]

Behaviour = Callable[[socket.socket], None]


class RawServer:
    """Takes connections, reads the request, and then does what `behave` does with the socket."""

    def __init__(self, behave: Behaviour) -> None:
        self.requests: list[bytes] = []
        self._behave = behave
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                request = connection.recv(65536)
                if request:
                    self.requests.append(request)
                    self._behave(connection)
            except OSError:
                pass

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def raw(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., RawServer]]:
    """Start a raw server that the environment's settings point to."""
    started: list[RawServer] = []

    def start(behave: Behaviour) -> RawServer:
        started.append(RawServer(behave))
        monkeypatch.setenv("LLMCTL_HOST", started[-1].origin)
        return started[-1]

    yield start
    for one in started:
        one.close()


def sending(data: bytes) -> Behaviour:
    return lambda connection: connection.sendall(data)


def dripping(data: bytes) -> Behaviour:
    def drip(connection: socket.socket) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    return drip


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

BROKEN = {
    "hangs up": lambda connection: None,
    "short body": sending(OK + b'Content-Length: 99\r\n\r\n{"id": "a"'),
    "cut chunks": sending(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"),
    "bad chunk size": sending(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "no length, cut": sending(OK + b'\r\n{"id": "a'),
    "not HTTP": sending(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "huge header": sending(OK + b"X: " + b"a" * 100_000 + b"\r\n\r\n{}"),
    "many headers": sending(OK + b"X: a\r\n" * 150 + b"\r\n{}"),
    "two lengths": sending(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
}


@pytest.mark.parametrize("behave", BROKEN.values(), ids=BROKEN.keys())
def test_broken_answers(run: Run, raw: Callable[..., RawServer], behave: Behaviour) -> None:
    hostile = raw(behave)
    result = run(*READ)
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
    hostile.requests.clear()
    result = run(*WRITE)
    assert (result.code, result.out) == (ExitCode.UNKNOWN, "")
    assert len(hostile.requests) == 1


SLOW = {
    "never answers": lambda connection: time.sleep(5),
    "drips headers": dripping(OK + b"X: a\r\n" * 50),
    "drips the body": lambda connection: (
        connection.sendall(OK + b"Content-Length: 900\r\n\r\n"),
        dripping(b"{" + b" " * 899)(connection),
    ),
}


@pytest.mark.parametrize("behave", SLOW.values(), ids=SLOW.keys())
def test_total_deadline(run: Run, raw: Callable[..., RawServer], behave: Behaviour) -> None:
    slow = raw(behave)
    for command, code in ((READ, ExitCode.UNAVAILABLE), (WRITE, ExitCode.UNKNOWN)):
        slow.requests.clear()
        start = time.monotonic()
        result = run(*command)
        assert (result.code, result.out) == (code, "")
        assert time.monotonic() - start < 2.5
        assert len(slow.requests) == 1


def test_hang_up_on_a_read_is_tried_again(run: Run, raw: Callable[..., RawServer]) -> None:
    def third_time(connection: socket.socket) -> None:
        if len(flaky.requests) == 3:
            connection.sendall(OK + b'Content-Length: 11\r\n\r\n{"id": "a"}')

    flaky = raw(third_time)
    assert run("clustering-jobs", "get", JOB_ID, "--timeout", "10").code == 0


def test_write_that_cannot_be_sent(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMCTL_HOST", "http://127.0.0.1:1")
    result = run(*WRITE)
    assert result.code == ExitCode.UNAVAILABLE
    assert "the connection was refused" in result.err


def test_tls_that_is_not_tls(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMCTL_HOST", server.origin.replace("http://", "https://"))
    result = run(*WRITE)
    assert result.code == ExitCode.UNAVAILABLE
    assert "TLS" in result.err
    assert server.sent == []


def test_netrc_does_not_replace_the_key(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password wrong\ndefault login me password wrong\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.reply(JOB)
    assert run(*READ).code == 0
    assert server.sent[0].headers["Authorization"] == f"Bearer {KEY}"


def test_missing_authorities_are_a_configuration_fault(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent.pem")
    monkeypatch.setenv("LLMCTL_HOST", server.origin.replace("http://", "https://"))
    result = run(*READ)
    assert result.code == ExitCode.CONFIG
    assert "REQUESTS_CA_BUNDLE" in result.err


def test_loopback_does_not_go_through_a_proxy(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "socks5h://127.0.0.1:1")
    server.reply(JOB)
    assert run(*READ).code == 0
