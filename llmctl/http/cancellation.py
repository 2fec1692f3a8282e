"""Follow an exchange from another thread, and end it.

A failed write can only have happened if its request line was sent, which the HTTP library's
exceptions do not say. And its timeouts are per read: a server that sends one byte at a time would
block llmctl forever.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import NamedTuple


class Connection(NamedTuple):
    """The connection of an exchange, for a diagnosis.

    `peer` is the address that it is connected to: the proxy's if there is a `proxy` (`host:port`).
    `tls` is the protocol, such as `TLSv1.3`, and `issuer` the authority that signed the server's
    certificate; None without TLS.
    """

    peer: str
    proxy: str | None = None
    tls: str | None = None
    issuer: str | None = None


class Cancellation:
    """Ends one exchange from another thread, and records its progress.

    `sent` is true once its request line went out, `is_answered` once a byte of the response
    arrived. `proxy` is the address (`host:port`) of the proxy in use, if any. `is_at_proxy` is true
    until the proxy has let the connection through. `connection` is set once the request is sent.
    """

    def __init__(self) -> None:
        self.sent = False
        self.is_answered = False
        self.proxy: str | None = None
        self.is_at_proxy = False
        self.connection: Connection | None = None
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
    """Let `cancellation` follow and end the exchange that this thread makes next."""
    _current.cancellation = cancellation


def watched() -> Cancellation:
    """Return the cancellation of this thread's exchange."""
    return _current.cancellation or Cancellation()
