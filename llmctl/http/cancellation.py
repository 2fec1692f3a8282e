"""Connections that report when a request is sent, and that another thread can end.

A failed write can only have happened if its request line was sent, which the HTTP library's
exceptions do not say. And its timeouts are per read: a server that sends one byte at a time would
block llmctl forever.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class Cancellation:
    """Ends one exchange from another thread. `sent` is true once its request line went out."""

    def __init__(self) -> None:
        self.sent = False
        self._is_cancelled = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def before_sending(self, connection: socket.socket | None) -> None:
        """Note that the connection starts to send; a cancelled exchange never does."""
        with self._lock:
            if self._is_cancelled:
                raise ConnectionAbortedError("cancelled before it was sent")
            self._socket = connection
            self.sent = True

    def cancel(self) -> None:
        """Shut the socket down, so that whatever waits for it wakes up."""
        with self._lock:
            self._is_cancelled = True
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)


class _Current(threading.local):
    cancellation: Cancellation | None = None


_current = _Current()


def watch(cancellation: Cancellation) -> None:
    """Let `cancellation` end the exchange that this thread makes next."""
    _current.cancellation = cancellation


class _HTTPConnection(HTTPConnection):
    debuglevel = 0  # turned on for all connections, it would print the key
    _is_connecting = False

    def connect(self) -> None:
        self._is_connecting = True  # a proxy's CONNECT is sent here and does nothing yet
        try:
            super().connect()
        finally:
            self._is_connecting = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if _current.cancellation is not None and not self._is_connecting:
            _current.cancellation.before_sending(self.sock)
        super().send(data)


class _HTTPSConnection(_HTTPConnection, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class CancellableAdapter(HTTPAdapter):
    """The HTTP adapter of requests with connections that can be cancelled, proxied or not."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager
