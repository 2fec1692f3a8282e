"""Start-up against floors: a script that imports the same libraries and does the same work.

    python -m tests.benchmarks [RUNS]

Runs of llmctl and of its floor alternate, and take turns in going first, so that a busy moment
slows both. The ratio is the median of the pairs' ratios. A floor measured against itself shows how
far the figures can be trusted: it should read 0.97 to 1.03.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.support import JOB, KEY, PROJECT, RecordingServer, page

RUNS = 60
Times = tuple[float, float]

FLOOR_VERSION = """
import typer
print("floor 1.0")
"""
FLOOR_LIST = """
import json
import os
import requests
import typer

app = typer.Typer()

@app.command()
def main() -> None:
    host, project = os.environ["LLMCTL_HOST"], os.environ["LLMCTL_PROJECT"]
    answer = requests.get(
        f"{host}/api/environments/{project}/llm_analytics/clustering_jobs/",
        headers={"Authorization": "Bearer " + os.environ["LLMCTL_API_KEY"]},
        timeout=30,
    )
    answer.raise_for_status()
    print(json.dumps(answer.json()["results"], indent=2))

app()
"""


class Case(NamedTuple):
    """What is measured, its floor, and the ratio that it must stay below."""

    name: str
    command: list[str]
    floor: list[str]
    bound: float


def main() -> int:
    """Measure and print; 1 where a bound is broken."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{runs} alternating runs each; milliseconds are medians of wall and of cpu time\n")
    print(f"{'':44}{'wall':>8}{'floor':>8}{'ratio':>7}{'cpu':>8}{'floor':>8}{'ratio':>7}  bound")
    with _surroundings() as cases:
        results = [_report(case, runs) for case in cases]
    return int(not all(results))


def _report(case: Case, runs: int) -> bool:
    _measure(case.command), _measure(case.floor)  # once unmeasured: files into memory
    pairs = [_measure_pair(case, floor_first=bool(number % 2)) for number in range(runs)]
    line = f"{case.name:44}"
    ratios = []
    for clock in (0, 1):
        own = statistics.median(pair[0][clock] for pair in pairs) * 1000
        floor = statistics.median(pair[1][clock] for pair in pairs) * 1000
        ratios.append(statistics.median(pair[0][clock] / pair[1][clock] for pair in pairs))
        line += f"{own:8.1f}{floor:8.1f}{ratios[-1]:7.2f}"
    is_within = ratios[0] <= case.bound
    print(f"{line}  {case.bound:.2f}{'' if is_within else '  BROKEN'}", flush=True)
    return is_within


def _measure_pair(case: Case, *, floor_first: bool) -> tuple[Times, Times]:
    if floor_first:
        floor = _measure(case.floor)
        return _measure(case.command), floor
    return _measure(case.command), _measure(case.floor)


def _measure(command: list[str]) -> Times:
    """Wall and cpu seconds of one run."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def _surroundings() -> Iterator[list[Case]]:
    """A local server, settings that point to it, and the cases."""
    server = RecordingServer()
    server.reply(page([JOB] * 5))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for script, text in (("version.py", FLOOR_VERSION), ("list.py", FLOOR_LIST)):
            (folder / script).write_text(text)
        settings = {"API_KEY": KEY, "HOST": server.origin, "PROJECT": PROJECT}
        os.environ |= {f"LLMCTL_{key}": value for key, value in settings.items()}
        os.environ |= {f"LLMCTL_{kind}_DIR": name for kind in ("CONFIG", "CACHE", "DATA")}
        llmctl = str(Path(sys.executable).with_name("llmctl"))
        floor_version = [sys.executable, str(folder / "version.py")]
        floor_list = [sys.executable, str(folder / "list.py")]
        yield [
            Case("floor (typer) against itself", floor_version, floor_version, 1.03),
            Case("floor (typer, requests) against itself", floor_list, floor_list, 1.03),
            Case("llmctl --version", [llmctl, "--version"], floor_version, 1.0),
            Case(
                "llmctl clustering-jobs list -o json",
                [llmctl, "clustering-jobs", "list", "-o", "json"],
                floor_list,
                1.15,
            ),
        ]
    server.close()


if __name__ == "__main__":
    sys.exit(main())
