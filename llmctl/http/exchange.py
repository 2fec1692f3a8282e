"""The innermost layer: one request on the wire, and its response or the exception in its place."""

from __future__ import annotations

from collections.abc import Callable

import requests

from llmctl import __version__
from llmctl.http.cancellation import Cancellation, watch
from llmctl.http.request import Request
from llmctl.http.response import Response, read_response
from llmctl.safe.secret import Secret


class Exchange:
    """Sends requests to one origin over one session.

    Responses show neither the key nor a secret that a request carried.
    """

    def __init__(self, session: requests.Session, origin: str, key: Secret) -> None:
        self._session = session
        self._origin = origin
        self._secrets = {key}  # sent to the server in this run

    def send(
        self,
        request: Request,
        seconds: float,
        cancellation: Cancellation,
        done: Callable[[Response | Exception], None],
    ) -> None:
        """Send the request once and pass the outcome to `done`; raise nothing.

        `seconds` bounds each wait for the socket. `cancellation` can end it from another thread.
        """
        watch(cancellation)
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": f"llmctl/{__version__}",
        }
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        self._secrets.update(request.secrets)
        url = self._origin + request.target
        try:
            if request.is_write:
                # A connection kept from before may be dead, and the write would be lost with it.
                self._session.get_adapter(url).close()
            with self._session.request(
                request.method,
                url,
                data=request.encoded_body(),
                headers=headers,
                timeout=seconds,
                allow_redirects=False,
                stream=True,
            ) as response:
                found = read_response(response, url, self._secrets)
            if found.status == 421:  # misdirected: another connection may reach the right server
                self._session.get_adapter(url).close()
            done(found._replace(connection=cancellation.connection))
        except Exception as error:  # its text may contain the key: `describe` replaces it
            done(error)
