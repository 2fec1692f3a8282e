"""The sandbox over HTTP, on localhost only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from llmctl.errors import Hint, UsageError
from llmctl.sandbox.app import WSGIApplication, wsgi_application
from llmctl.sandbox.faults import Dropped, Rule, with_faults
from llmctl.sandbox.generation import Generation
from llmctl.sandbox.request_log import with_log

HOST = "127.0.0.1"
THREADS = 16  # llmctl fetches 8 pages in parallel


def serve(
    database: Path,
    port: int,
    *,
    generation: Generation,
    throttle: bool,
    faults: Sequence[Rule],
    on_ready: Callable[[str], None],
) -> None:
    """Serve until interrupted, and log each request; call `on_ready` with the origin.

    `port` 0 picks a free port. `generation` is for a new database. Raise UsageError if the port is
    not available.
    """
    application = with_faults(wsgi_application(database, generation, throttle=throttle), faults)
    server = open_server(with_log(application), port)
    on_ready(f"http://{HOST}:{server.effective_port}")
    try:
        server.run()
    finally:
        server.close()


def open_server(
    application: WSGIApplication, port: int, sockets: dict[int, Any] | None = None
) -> Any:
    """Return a listening waitress server; its `run()` serves until `sockets` is empty.

    UsageError if the port is not available.
    """
    from waitress.server import create_server

    try:
        server: Any = create_server(
            application, map=sockets, host=HOST, port=port, threads=THREADS, ident=None
        )
    except OSError as error:
        raise UsageError(
            f"cannot listen on port {port}: {error.strerror}",
            hint=Hint("use a free port", ("sandbox", "serve", "--port", "0")),
        ) from None
    server.channel_class = _dropping_channel()
    return server


def _dropping_channel() -> Any:
    """Return waitress's channel class, changed to close the connection on Dropped."""
    from waitress.channel import HTTPChannel
    from waitress.task import WSGITask

    class DroppingTask(WSGITask):
        def execute(self) -> None:
            try:
                super().execute()
            except Dropped:
                self.close_on_finish = True
                self.wrote_header = True

    class DroppingChannel(HTTPChannel):
        task_class = DroppingTask

    return DroppingChannel
