"""The server's time per row on small and large pages: `python -m tests.benchmarks.page_sizes`.

It is measured on the sandbox, in-process, so that only the server's own work counts.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import requests

from llmctl.sandbox import defaults

ROWS = 5_000
SIZES = (50, 100, 200, 500, 1000, 2500)


def microseconds_a_row(size: int, session: requests.Session) -> float:
    """The best of three readings of the list in pages of `size`."""
    url = f"{defaults.ORIGIN}/api/environments/1/llm_analytics/clustering_jobs/"
    key = {"Authorization": f"Bearer {defaults.ALL_SCOPES_KEY}"}
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        for offset in range(0, ROWS, size):
            query: dict[str, Any] = {"limit": size, "offset": offset}
            session.get(url, params=query, headers=key, timeout=30).raise_for_status()
        best = min(best, time.perf_counter() - start)
    return best / ROWS * 1e6


def main() -> None:
    """Print a line for each size."""
    from llmctl.sandbox.adapter import SandboxAdapter

    with tempfile.TemporaryDirectory() as folder:
        session = requests.Session()
        session.mount(defaults.ORIGIN, SandboxAdapter(Path(folder) / "sandbox.sqlite3"))
        from llmctl.sandbox.models import ClusteringJob

        ClusteringJob.objects.bulk_create(
            ClusteringJob(name=f"Job {number}", analysis_level="trace") for number in range(ROWS)
        )
        for size in SIZES:
            print(
                f"{size:5} rows a page: {microseconds_a_row(size, session):4.0f} microseconds a row"
            )


if __name__ == "__main__":
    main()
