"""Connect to a host with several addresses, so that a dead one does not use up the time.

As in RFC 8305, the next address is tried as soon as one fails or has not responded for a moment;
the first that accepts is used.
"""

from __future__ import annotations

import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import Any, cast

DELAY_SECONDS = 0.25  # until the next address is tried as well

_Address = tuple[Any, ...]  # an entry of `socket.getaddrinfo`
_Option = tuple[int, int, int | bytes]


def open_connection(
    host: str, port: int, *, timeout: float, options: Sequence[_Option] = ()
) -> socket.socket:
    """Return a socket with this timeout, connected to one of the host's addresses.

    OSError, that of the last address that failed, if none accepts within the timeout.
    """
    deadline = time.monotonic() + timeout
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
    addresses = deque(_alternating(found))
    failure = OSError("the host has no address")
    with selectors.DefaultSelector() as selector:
        try:
            while addresses or selector.get_map():
                wait = deadline - time.monotonic()
                if wait <= 0:
                    raise TimeoutError("no address accepts a connection")
                if addresses:
                    wait = min(wait, DELAY_SECONDS)
                    try:
                        selector.register(
                            _start(addresses.popleft(), options), selectors.EVENT_WRITE
                        )
                    except OSError as error:
                        failure = error
                        continue
                for key, _ in selector.select(wait):
                    connection = cast(socket.socket, key.fileobj)
                    selector.unregister(connection)
                    code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if code == 0:
                        connection.settimeout(timeout)
                        return connection
                    connection.close()
                    failure = OSError(code, os.strerror(code))
        finally:
            for key in selector.get_map().values():
                cast(socket.socket, key.fileobj).close()
    raise failure


def _alternating(found: Sequence[_Address]) -> list[_Address]:
    """Return the addresses in their order, but with IPv6 and IPv4 alternating."""
    first = [address for address in found if address[0] == found[0][0]]
    others = [address for address in found if address[0] != found[0][0]]
    return [each for each in chain(*zip_longest(first, others)) if each]


def _start(address: _Address, options: Sequence[_Option]) -> socket.socket:
    """Return a socket that is connecting."""
    family, kind, protocol, _, place = address
    connection = socket.socket(family, kind, protocol)
    try:
        for option in options:
            connection.setsockopt(*option)
        connection.setblocking(False)
        connection.connect(place)
    except BlockingIOError:
        pass
    except BaseException:
        connection.close()
        raise
    return connection
