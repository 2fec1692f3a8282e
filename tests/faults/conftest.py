"""Fixtures for the rows about the network: servers that send raw bytes, and TLS."""

from __future__ import annotations

import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from tests.faults.servers import Behaviour, RawServer
from tests.faults.tls import Authority
from tests.support import RecordingServer

StartRaw = Callable[[Behaviour], RawServer]
StartTLS = Callable[[ssl.SSLContext], RecordingServer]


@pytest.fixture
def raw(server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartRaw]:
    """Start a raw server that the environment's settings point to."""
    with ExitStack() as stack:

        def start(behave: Behaviour) -> RawServer:
            started = stack.enter_context(closing(RawServer(behave)))
            monkeypatch.setenv("LLMCTL_HOST", started.origin)
            return started

        yield start


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority that is not trusted anywhere."""
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl command to make certificates with")
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def tls(server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartTLS]:
    """Start a recording server behind TLS that the environment's settings point to."""
    with ExitStack() as stack:

        def start(context: ssl.SSLContext) -> RecordingServer:
            started = stack.enter_context(closing(RecordingServer(context)))
            monkeypatch.setenv("LLMCTL_HOST", started.origin)
            return started

        yield start


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch, server: RecordingServer) -> Iterator[socket.socket]:
    """A server that accepts the connection and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("LLMCTL_HOST", f"http://127.0.0.1:{listener.getsockname()[1]}")
        yield listener
