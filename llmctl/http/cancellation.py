"""Connections that know whether the request went out, and that can be stopped at any moment.

Whether a failed write can have happened depends on one fact, that its request line was sent; the
HTTP library's exceptions do not tell. And its timeouts are per read: a server that drips one byte
at a time would hold us for ever.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class Guard:
    """Watches one exchange: `sent` once its request line went out; `stop` ends it from outside."""

    def __init__(self) -> None:
        self.sent = False
        self._stopped = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def before_sending(self, connection: socket.socket | None) -> None:
        """Called by the connection; a stopped exchange never starts to send."""
        with self._lock:
            if self._stopped:
                raise ConnectionAbortedError("stopped before it was sent")
            self._socket = connection
            self.sent = True

    def stop(self) -> None:
        """Shut the socket, so that whatever waits for it wakes up."""
        with self._lock:
            self._stopped = True
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)


class _Current(threading.local):
    guard: Guard | None = None


_current = _Current()


def watch(guard: Guard) -> None:
    """Let `guard` watch the exchange that this thread makes next."""
    _current.guard = guard


class _GuardedHTTPConnection(HTTPConnection):
    debuglevel = 0  # whoever turns it on for all connections would have the key printed
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
        if _current.guard is not None and not self._is_connecting:
            _current.guard.before_sending(self.sock)
        super().send(data)


class _GuardedHTTPSConnection(_GuardedHTTPConnection, HTTPSConnection):
    pass


class _GuardedHTTPPool(HTTPConnectionPool):
    ConnectionCls = _GuardedHTTPConnection


class _GuardedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPSConnection


_POOLS = {"http": _GuardedHTTPPool, "https": _GuardedHTTPSPool}


class GuardedAdapter(HTTPAdapter):
    """The HTTP adapter of requests, with guarded connections, with and without a proxy."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager
