"""L. Connections: hosts with several addresses, proxies that fail, and certificate bundles."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.fault_table import Got
from tests.faults.conftest import StartTLS
from tests.faults.servers import (
    Behaviour,
    Listener,
    Proxy,
    hanging_up,
    relay,
    resetting,
    sending,
    silent,
)
from tests.faults.tls import Authority
from tests.support import JOB, JOB_ID, RecordingServer, storing

READ = ["clustering-jobs", "get", JOB_ID]
CREATE = ["clustering-jobs", "create", "--name", "x"]
PASSWORD = "proxy-password-0123"

TWO_ADDRESSES = """
import os, socket

def resolve(host, port, *args, **options):
    kinds = [(socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.2"), (socket.AF_INET, "127.0.0.1")]
    ports = map(int, os.environ["PORTS"].split(","))
    return [
        (family, socket.SOCK_STREAM, 6, "", (address, port))
        for (family, address), port in zip(kinds, ports)
        if port
    ]

socket.getaddrinfo = resolve
from llmctl.runtime.process import run
run()
"""


@contextmanager
def full(family: socket.AddressFamily, address: str) -> Iterator[int]:
    """The port of a listener that does not respond, because its queue is full."""
    with ExitStack() as stack:
        dead = stack.enter_context(socket.socket(family))
        try:
            dead.bind((address, 0))
        except OSError:
            pytest.skip(f"this machine has no {address}")
        dead.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket(family))
            waiting.setblocking(False)
            waiting.connect_ex(dead.getsockname())
        yield dead.getsockname()[1]


def refusing() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


DEAD = {
    "IPv6": [(socket.AF_INET6, "::1")],
    "IPv4": [(socket.AF_INET, "127.0.0.2")],
    "both": [(socket.AF_INET6, "::1"), (socket.AF_INET, "127.0.0.2")],
}


@pytest.mark.parametrize(
    ("dead", "command", "proxied"),
    [("IPv6", READ, False), ("IPv4", CREATE, False), ("both", CREATE, True)],
    ids=["IPv6", "IPv4", "both, of a proxy"],
)
def test_l01_dead_address_before_a_live_one(
    authority: Authority, tls: StartTLS, monkeypatch: pytest.MonkeyPatch, got: Got,
    dead: str, command: list[str], proxied: bool,
) -> None:  # fmt: skip
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    server = tls(authority.server("DNS:posthog.example.com"))
    server.reply(storing(JOB))
    monkeypatch.setenv("LLMCTL_HOST", "https://posthog.example.com")
    with ExitStack() as stack:
        port = server.port
        if proxied:
            port = stack.enter_context(closing(Proxy(server.port))).port
            monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
        ports = [0, 0, port]
        for family, address in DEAD[dead]:
            place = 0 if family == socket.AF_INET6 else 1
            ports[place] = stack.enter_context(full(family, address))
        monkeypatch.setenv("PORTS", ",".join(map(str, ports)))
        start = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", TWO_ADDRESSES, *command],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    got(f"exit {done.returncode}")
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - start < 5
    assert len(server.sent) == 1
    assert done.stderr == ""


def test_l01_refused_by_every_address(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLMCTL_HOST", "https://posthog.example.com")
    monkeypatch.setenv("PORTS", f"0,{refusing()},{refusing()}")
    done = subprocess.run(
        [sys.executable, "-c", TWO_ADDRESSES, *CREATE, "--retries", "0"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == ExitCode.UNAVAILABLE
    assert done.stderr == "error: cannot reach https://posthog.example.com: connection refused\n"


class BrokenProxy(Listener):
    """Reads a request (with `tls`, after a handshake), then calls `behave` with the socket."""

    def __init__(self, behave: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self.connections = 0
        self._behave = behave
        self._tls = tls
        super().__init__()
        self.address = f"127.0.0.1:{self.port}"

    def serve(self, connection: Any) -> None:
        self.connections += 1
        with self._tls.wrap_socket(connection, server_side=True) if self._tls else connection as it:
            it.recv(65536)
            self._behave(it)


@pytest.fixture
def target(authority: Authority, tls: StartTLS, monkeypatch: pytest.MonkeyPatch) -> RecordingServer:
    """A server whose certificate is trusted, which no request may reach."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    return tls(authority.server())


def answering(status: str) -> Behaviour:
    return sending(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())


def drop_after_the_tunnel(connection: socket.socket) -> None:
    answering("200 OK")(connection)
    connection.recv(65536)


FAILED = "the proxy {} failed: "
BROKEN: dict[str, tuple[Behaviour, str, int]] = {
    "drops": (hanging_up, FAILED + "connection closed", 3),
    "resets": (resetting, FAILED + "connection closed", 3),
    "stalls": (silent, FAILED + "timed out after 2 s", 1),
    "no HTTP": (sending(b"SSH-2.0-x\r\n"), FAILED + "invalid or incomplete HTTP response", 3),
    "400": (answering("400 Bad Request"), FAILED + "it returned 400", 1),
    "403": (answering("403 Forbidden"), FAILED + "it returned 403", 1),
    "407": (answering("407 Proxy Authentication Required"), FAILED + "it returned 407", 1),
    "429": (answering("429 Too Many"), FAILED + "it returned 429", 3),
    "502": (answering("502 Bad Gateway"), FAILED + "it returned 502", 3),
    "drops after 200": (drop_after_the_tunnel, "TLS handshake failed (through the proxy {})", 3),
}


@pytest.mark.parametrize(("behave", "said", "attempts"), BROKEN.values(), ids=BROKEN.keys())
def test_l05_proxy_is_named(
    run: Run, target: RecordingServer, monkeypatch: pytest.MonkeyPatch, behave: Behaviour,
    said: str, attempts: int,
) -> None:  # fmt: skip
    with closing(BrokenProxy(behave)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@{proxy.address}")
        assert run(*READ, "--timeout", "0.5", "--retries", "0").code == ExitCode.UNAVAILABLE
        proxy.connections = 0
        result = run(*CREATE, "--timeout", "2", "-v")
        assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
        assert f"error: cannot reach {target.origin}: {said.format(proxy.address)}\n" in result.err
        assert ("hint: set HTTPS_PROXY with a valid user name and password" in result.err) == (
            "407" in said
        )
        assert PASSWORD not in result.err
        assert "user:" not in result.err
        assert proxy.connections == attempts
    assert target.sent == []


def test_l05_stall_after_the_tunnel(
    run: Run, target: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def behave(connection: socket.socket) -> None:
        answering("200 OK")(connection)
        silent(connection)

    with closing(BrokenProxy(behave)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
        result = run(*CREATE, "--timeout", "1")
    assert result.code == ExitCode.UNAVAILABLE
    assert f"timed out after 1 s (through the proxy {proxy.address})\n" in result.err


def test_l05_https_to_a_plain_proxy(
    run: Run, target: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(BrokenProxy(answering("400 Bad Request"))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"https://user:{PASSWORD}@{proxy.address}")
        for command in (READ, CREATE):
            result = run(*command)
            assert result.code == ExitCode.UNAVAILABLE
            assert result.err == (
                f"error: cannot reach {target.origin}: the proxy {proxy.address} failed: "
                f"this port does not use TLS\nhint: set HTTPS_PROXY to http://{proxy.address}\n"
            )
        assert proxy.connections == 2


@pytest.mark.parametrize("behave", [hanging_up, silent], ids=["drops", "stalls"])
def test_l05_https_to_a_port_without_tls(
    run: Run, target: RecordingServer, monkeypatch: pytest.MonkeyPatch, behave: Behaviour
) -> None:
    with closing(BrokenProxy(behave)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"https://{proxy.address}")
        result = run(*CREATE, "--timeout", "1", "--retries", "0")
    assert result.code == ExitCode.UNAVAILABLE
    assert f"{target.origin}: the proxy {proxy.address} failed: " in result.err


def test_l05_proxy_over_tls(
    run: Run, target: RecordingServer, authority: Authority, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The proxy's certificate is checked, and its responses are named as the proxy's."""
    for context, said in (
        (authority.server(), "it returned 407"),
        (Authority(tmp_path).server(), "its TLS certificate was rejected: "),
        (authority.requiring_clients(ssl.TLSVersion.TLSv1_3), "client certificate required"),
    ):
        with closing(BrokenProxy(answering("407 No"), context)) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"https://{proxy.address}")
            result = run(*CREATE)
            assert result.code == ExitCode.UNAVAILABLE
            assert f"{target.origin}: the proxy {proxy.address} failed: {said}" in result.err
            assert proxy.connections == 1
    assert target.sent == []


def test_l05_profiles_add(
    run: Run, target: RecordingServer, key_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(BrokenProxy(answering("407 No"))) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
        result = run("profiles", "add", "x", "--host", target.origin, "--api-key-file", key_file)
        assert result.code == ExitCode.UNAVAILABLE
        assert f"the proxy {proxy.address} failed: it returned 407\n" in result.err
        assert proxy.connections == 1


def test_l05_server_fails_behind_a_proxy(
    run: Run, target: RecordingServer, authority: Authority, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The proxy let the connection through, but is named, as it may have interfered."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(Authority(tmp_path).file))
    with closing(Proxy(target.port)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        result = run(*CREATE)
        assert result.code == ExitCode.UNAVAILABLE
        assert f"certificate (through the proxy 127.0.0.1:{proxy.port})\n" in result.err


class SOCKSProxy(Listener):
    """Answers a greeting, and then a request to connect with `reply`, or by connecting."""

    def __init__(self, port: int, reply: int = 0) -> None:
        self._port = port
        self._reply = reply
        super().__init__()

    def serve(self, connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(b"\5\0")
        connection.recv(300)
        connection.sendall(bytes([5, self._reply, 0, 1, 127, 0, 0, 1, 0, 0]))
        if not self._reply:
            relay(connection, self._port)


def test_l05_socks_proxy(
    run: Run, target: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("socks", reason="PySocks is not installed")
    target.reply(JOB)
    with closing(SOCKSProxy(target.port)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"socks5h://127.0.0.1:{proxy.port}")
        assert [run(*command).code for command in (READ, CREATE)] == [0, 0]
    with closing(SOCKSProxy(target.port, reply=2)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"socks5h://user:{PASSWORD}@127.0.0.1:{proxy.port}")
        result = run(*CREATE, "--retries", "0")
        assert result.code == ExitCode.UNAVAILABLE
        assert f"the proxy 127.0.0.1:{proxy.port} failed: " in result.err


Bundle = Callable[[Path, Authority], Path]


def file_bundle(folder: Path, other: Authority) -> Path:
    return other.file


def directory_bundle(folder: Path, other: Authority) -> Path:
    hashed = folder / "hashed"
    hashed.mkdir()
    return other.hashed_into(hashed)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("make", [file_bundle, directory_bundle], ids=["file", "directory"])
@pytest.mark.parametrize("command", [READ, CREATE], ids=["read", "write"])
def test_l06_wrong_bundle(
    run: Run, authority: Authority, tls: StartTLS, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path, variable: str, make: Bundle, command: list[str],
) -> None:  # fmt: skip
    bundle = make(tmp_path, Authority(tmp_path))
    monkeypatch.setenv(variable, str(bundle))
    server = tls(authority.server())
    result = run(*command)
    assert result.code == ExitCode.UNAVAILABLE
    assert "its TLS certificate was rejected: " in result.err
    assert result.err.endswith(
        f"hint: {variable} ({bundle}) does not contain its issuer; "
        "add the issuer's certificate to it\n"
    )
    assert server.sent == []


def test_l06_built_in_bundle(run: Run, authority: Authority, tls: StartTLS) -> None:
    tls(authority.server())
    result = run(*READ)
    assert "set REQUESTS_CA_BUNDLE to that authority's file (in use: the built-in " in result.err
    assert result.err.endswith("cacert.pem)\n")


def test_l06_invalid_authority(
    run: Run, tls: StartTLS, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its certificate is in the bundle, but not in the form that RFC 5280 requires."""
    authority = Authority(tmp_path, "CA:false")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    tls(authority.server())
    result = run(*CREATE)
    assert result.code == ExitCode.UNAVAILABLE
    assert "its TLS certificate was rejected: invalid CA certificate\n" in result.err
    assert f"(in use: REQUESTS_CA_BUNDLE ({authority.file}))\n" in result.err
