"""Sessions of the HTTP library: connections to one origin, authenticated with one key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import requests
from urllib3.util.ssl_ import create_urllib3_context

from llmctl.config import ClientCertificate
from llmctl.http.connections import CancellableAdapter
from llmctl.safe.secret import Secret


class _Bearer(requests.auth.AuthBase):
    """The key as an auth object: an entry in `.netrc` would override a header."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        return prepared


class _Session(requests.Session):
    """A session that ignores redirects: it would read their whole bodies even without following
    them."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def open_session(
    origin: str, key: Secret, certificate: ClientCertificate | None = None
) -> requests.Session:
    """Return a session for one origin, one key and a client certificate. Nothing is sent yet.

    ConfigError if the certificate cannot be used.
    """
    tls = None
    if certificate is not None:
        tls = create_urllib3_context()
        certificate.load_into(tls)
    session = _Session()
    session.auth = _Bearer(key)
    if origin.startswith("http://"):
        # Plain HTTP goes only to this machine; a proxy would receive the key.
        session.trust_env = False
    session.mount(origin, CancellableAdapter(tls))
    return session


def open_sandbox(
    origin: str, key: Secret, database: Path, report: Callable[[str], None]
) -> requests.Session:
    """Return a session for the embedded server, whose data is in `database` (created if missing).

    `report` is called with notes for the user. ConfigError if the sandbox is not installed.
    """
    from llmctl.sandbox.extra import require_extra

    require_extra()
    from llmctl.sandbox.adapter import SandboxAdapter

    session = _Session()
    session.auth = _Bearer(key)
    session.trust_env = False  # no proxy: nothing leaves this process
    session.mount(origin, SandboxAdapter(database, report))
    return session
