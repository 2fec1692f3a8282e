"""Servers that send malformed bytes, and a proxy that records its requests."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable

Behaviour = Callable[[socket.socket], None]

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Listener:
    """A listening socket on loopback whose connections are each served in a thread."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self.serve(connection)

    def serve(self, connection: socket.socket) -> None:
        raise NotImplementedError

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._socket.close()


class RawServer(Listener):
    """Reads a request, then calls `behave` with the socket."""

    def __init__(self, behave: Behaviour) -> None:
        self.requests: list[bytes] = []
        self._behave = behave
        super().__init__()
        self.origin = f"http://127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        request = connection.recv(65536)
        if request:
            self.requests.append(request)
            self._behave(connection)

    def methods(self) -> list[str]:
        return [request.split(b" ")[0].decode() for request in self.requests]


def sending(data: bytes) -> Behaviour:
    return lambda connection: connection.sendall(data)


def dripping(data: bytes) -> Behaviour:
    def drip(connection: socket.socket) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    return drip


def silent(connection: socket.socket) -> None:
    """Wait until the client gives up."""
    while connection.recv(65536):
        pass


def hanging_up(connection: socket.socket) -> None:
    """Send a FIN instead of a response."""


def resetting(connection: socket.socket) -> None:
    """Send an RST instead of a response."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Proxy(Listener):
    """A proxy that records each request's head in `heads`, and connects every CONNECT to one port.
    `refusals` are the statuses of its first responses.
    """

    def __init__(self, port: int, *refusals: int) -> None:
        self.heads: list[str] = []
        self.tunnelled = b""
        self._target = port
        self._refusals = list(refusals)
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            received = connection.recv(1)
            if not received:
                return
            head += received
        self.heads.append(head.decode("latin-1"))
        if self._refusals or not head.startswith(b"CONNECT "):
            status = self._refusals.pop(0) if self._refusals else 502
            connection.sendall(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
            return
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        relay(connection, self._target, self)


def relay(connection: socket.socket, port: int, recorder: Proxy | None = None) -> None:
    """Connect to a port on loopback, and pass on what either side sends."""
    with socket.create_connection(("127.0.0.1", port)) as target:
        back = threading.Thread(target=_pump, args=(target, connection, None), daemon=True)
        back.start()
        _pump(connection, target, recorder)
        back.join()


def _pump(source: socket.socket, sink: socket.socket, recorder: Proxy | None) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            if recorder:
                recorder.tunnelled += data
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
