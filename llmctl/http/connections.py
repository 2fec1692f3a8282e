"""Connections of the HTTP library that report how far an exchange got, and can be cancelled."""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from llmctl.http.cancellation import Connection, watched
from llmctl.http.happy_eyeballs import open_connection


class _Response(http.client.HTTPResponse):
    def begin(self) -> None:
        if self.fp.peek(1):  # waits for the first byte; a TLS alert in its place is raised here
            watched().is_answered = True
        super().begin()


class _Watched(HTTPConnection):
    response_class = _Response
    debuglevel = 0  # turned on for all connections, it would print the key
    _is_connecting = False
    _facts: Connection | None = None

    def connect(self) -> None:
        self._is_connecting = True  # a proxy's CONNECT is sent here and does nothing yet
        watched().is_at_proxy = self._proxy_address is not None
        watched().proxy = self._proxy_address
        try:
            super().connect()
        finally:
            self._is_connecting = False
        self._facts = _facts_of(self.sock, self._proxy_address)

    @property
    def _proxy_address(self) -> str | None:
        return None if self.proxy is None else f"{self.proxy.host}:{self.proxy.port}"

    def _tunnel(self) -> None:
        super()._tunnel()
        watched().is_at_proxy = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if not self._is_connecting:
            watched().proxy = self._proxy_address
            watched().connection = self._facts
            watched().before_sending(self.sock)
        try:
            super().send(data)
        except (ssl.SSLEOFError, BrokenPipeError, ConnectionResetError) as error:
            # The connection was closed before the whole request was sent; the response, or a TLS
            # alert, says why. A proxy's is read next. A server's is read after a BrokenPipeError.
            if not self._is_connecting:
                raise BrokenPipeError from error


def _facts_of(connection: Any, proxy: str | None) -> Connection | None:
    """Return the facts about a connected socket; None if it is closed already."""
    try:
        peer = str(connection.getpeername()[0])
        certificate = connection.getpeercert() if hasattr(connection, "getpeercert") else None
        tls = connection.version() if certificate else None
    except (OSError, AttributeError, ValueError):
        return None
    parts = dict(part for parts in (certificate or {}).get("issuer", ()) for part in parts)
    issuer = parts.get("organizationName") or parts.get("commonName")
    return Connection(peer, proxy, tls, issuer)


class _HTTPConnection(_Watched):
    def _new_conn(self) -> socket.socket:
        timeout = self.timeout if isinstance(self.timeout, int | float) else 0.0
        options = self.socket_options or ()
        host = self.host.strip("[]")
        return open_connection(host, self.port, timeout=timeout, options=options)


class _HTTPSConnection(_HTTPConnection, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class CancellableAdapter(HTTPAdapter):
    """The HTTP adapter of requests with connections that can be cancelled, proxied or not.

    `tls`, if given, holds the client certificate for the server. Proxies never get it.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls: dict[str, Any] = {} if tls is None else {"ssl_context": tls}
        super().__init__()

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **options: Any
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, **options, **self._tls)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options, **self._tls)
        is_socks = proxy.lower().startswith("socks")
        manager.pool_classes_by_scheme = _socks_pools() if is_socks else _POOLS
        return manager


def _socks_pools() -> dict[str, type[HTTPSConnectionPool]]:
    """Return the pools for a SOCKS proxy. Its library is installed: the adapter just used it."""
    from urllib3.contrib.socks import SOCKSHTTPSConnection, SOCKSHTTPSConnectionPool

    class Connection(_Watched, SOCKSHTTPSConnection):
        @property
        def _proxy_address(self) -> str:
            return "{proxy_host}:{proxy_port}".format(**self._socks_options)

        def _new_conn(self) -> Any:
            connection = super()._new_conn()
            watched().is_at_proxy = False
            return connection

    class Pool(SOCKSHTTPSConnectionPool):
        ConnectionCls = Connection

    return {"https": Pool}
