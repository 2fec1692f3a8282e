"""Lists at scale: time against a loop of curl over the same pages, and memory."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.benchmarks.measure import run
from tests.support import JOB

LLMCTL = str(Path(sys.executable).with_name("llmctl"))
DELAY = 0.05  # seconds, added to each answer

# A process starts with the peak of the one that starts it, and this one holds all the pages: so
# a small one between them starts and measures llmctl.
_PEAK = """
import os, subprocess, sys
from tests.benchmarks.measure import peak_kib
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(peak_kib(usage), file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


class Pages:
    """A list of `count` rows over HTTP, each response delayed by `delay` seconds."""

    def __init__(self, count: int, delay: float = 0.0) -> None:
        self.requests: list[str] = []
        outer = self

        @cache
        def page(limit: int, offset: int) -> bytes:
            rows = [
                JOB | {"id": f"01890a5d-ac96-774b-bcce-{number:012}"}
                for number in range(offset, min(offset + limit, count))
            ]
            link = f"{outer.origin}/api/x/?limit={limit}&offset={offset + limit}"
            following = link if offset + limit < count else None
            body = {"count": count, "next": following, "previous": None, "results": rows}
            return json.dumps(body).encode()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                outer.requests.append(self.path)
                query = parse_qs(urlsplit(self.path).query)
                limit, offset = (
                    int(query.get(name, [default])[0])
                    for name, default in (("limit", "100"), ("offset", "0"))
                )
                content = page(limit, offset)
                time.sleep(delay)
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def serving(self) -> Iterator[Pages]:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()


class Race(NamedTuple):
    """Seconds of llmctl and of the loop, until the first row, and how many pages there were."""

    seconds: float
    curl_seconds: float
    first_row: float
    pages: int


def race(count: int, runs: int, *, loop: bool = True) -> Race:
    """List `count` rows, and read the same pages with one curl after the other."""
    with Pages(count, DELAY).serving() as server:
        command = [LLMCTL, "clustering-jobs", "list", "-o", "jsonl", "--host", server.origin]
        run(command)
        pages, server.requests = server.requests, []
        addresses = [server.origin + page for page in pages]
        script = 'for page; do curl -s "$page"; done'
        results = []
        for _ in range(runs):
            own = run(command).wall
            curl = run(["bash", "-c", script, "curl", *addresses]).wall if loop else 0.0
            results.append((own, curl, _first_row(command)))
    own, curl, first = (sorted(values)[runs // 2] for values in zip(*results, strict=True))
    return Race(own, curl, first, len(pages))


def _first_row(command: list[str]) -> float:
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        seconds = time.perf_counter() - start
        process.stdout.read()
    return seconds


def memory(count: int, output: str) -> int:
    """Return the KiB that `count` rows take beyond those for one row."""
    peaks = []
    for rows in (1, count):
        with Pages(rows).serving() as server:
            words = ["clustering-jobs", "list", "-o", output, "--host", server.origin]
            command = [sys.executable, "-c", _PEAK, LLMCTL, *words]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            peaks.append(int(done.stderr))
    return peaks[1] - peaks[0]
