"""The sandbox over HTTP, to this machine only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from llmctl.sandbox.app import wsgi_application

HOST = "127.0.0.1"


def serve(database: Path, port: int, *, throttle: bool, on_ready: Callable[[str], None]) -> None:
    """Serve until interrupted. `port` 0 takes a free one; `on_ready` is told the origin.

    OSError where the port is taken.
    """
    from waitress.server import create_server

    server: Any = create_server(
        wsgi_application(database, throttle=throttle), host=HOST, port=port, threads=4, ident=None
    )
    on_ready(f"http://{HOST}:{server.effective_port}")
    try:
        server.run()
    finally:
        server.close()
