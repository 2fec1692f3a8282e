"""All measurements, side by side in one run, as a table.

    python -m tests.benchmarks [--runs N] [--write]
    python -m tests.benchmarks suite

Runs of llmctl and of its baseline alternate, and take turns in going first, so that a busy moment
slows both. A ratio is the median of the pairs' ratios. `--write` puts the table into
CONTRIBUTING.md. `suite` measures the tests themselves. The exit code is 1 if a bound is exceeded.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks import completion, lists, projects, rotation, startup, suite
from tests.benchmarks.measure import compare, run
from tests.support import JOB, JOB_ID, KEY, PROJECT, RecordingServer, Reply, Sent, page

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"
START = "<!-- benchmarks: made by `python -m tests.benchmarks --write` -->"
END = "<!-- end of benchmarks -->"


class Table:
    """Rows as they are measured; `is_within` until a bound is exceeded."""

    def __init__(self) -> None:
        self.is_within = True
        self.lines: list[str] = []
        self.add("what", "time", "compared with", "ratio", "at most")
        self.lines.append("|---|---|---|---|---|")

    def add(self, *cells: str) -> None:
        self.lines.append(f"| {' | '.join(cells)} |")
        print("  ".join(f"{cell:<16}" for cell in cells), flush=True)

    def judge(self, name: str, own: str, beside: str, value: float, bound: float | None) -> None:
        """Add a row whose ratio must not exceed `bound`."""
        broken = bound is not None and value > bound
        self.is_within = self.is_within and not broken
        limit = "" if bound is None else f"{bound:.2f}{' BROKEN' if broken else ''}"
        self.add(name, own, beside, f"{value:.2f}", limit)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("what", nargs="?", choices=["all", "suite"], default="all")
    parser.add_argument("--runs", type=int, default=41, help="pairs of each start-up")
    parser.add_argument("--write", action="store_true", help="put the table into CONTRIBUTING.md")
    chosen = parser.parse_args()
    if chosen.what == "suite":
        return _suite()
    machine = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {chosen.runs} pairs, medians"
    )
    print(machine, flush=True)
    table = Table()
    with _surroundings() as folder:
        _start_up(table, folder, chosen.runs)
        _sandbox(table)
        _lists(table)
        _completion(table)
        _rotation(table)
        _projects(table)
    if chosen.write:
        _write(f"{machine}.\n\n" + "\n".join(table.lines))
    return int(not table.is_within)


def _suite() -> int:
    cost = suite.cost()
    print(
        f"all tests: {cost.tests:.0f} s of processor time; "
        f"importing typer {suite.IMPORTS:,} times: {cost.imports:.0f} s; "
        f"ratio {cost.ratio:.2f}, at most {suite.BOUND}"
    )
    return int(cost.ratio > suite.BOUND)


def _start_up(table: Table, folder: Path, runs: int) -> None:
    for case in startup.cases(folder, JOB_ID):
        seen = compare(case.command, case.baseline, runs)
        table.judge(
            case.name,
            f"{seen.wall * 1000:.0f} ms (cpu {seen.cpu * 1000:.0f})",
            f"{seen.baseline_wall * 1000:.0f} ms (cpu {seen.baseline_cpu * 1000:.0f})",
            seen.ratio,
            case.bound,
        )
    for name, command in startup.peers():
        run(command)
        wall = statistics.median(run(command).wall for _ in range(9))
        table.add(f"{name}: `{' '.join(command)}`", f"{wall * 1000:.0f} ms", "", "", "")


def _sandbox(table: Table) -> None:
    command = [lists.LLMCTL, "clustering-jobs", "list", "-p", "sandbox", "-o", "json"]
    hosts = {name: os.environ.pop(name) for name in ("LLMCTL_HOST", "LLMCTL_PROJECT")}
    run(command)
    seconds = statistics.median(run(command).wall for _ in range(11))
    os.environ.update(hosts)
    table.judge("a list in the sandbox", f"{seconds * 1000:.0f} ms", "0.6 s", seconds / 0.6, 1.0)


def _lists(table: Table) -> None:
    seen = lists.race(10_000, runs=5)
    table.judge(
        f"10,000 rows, {seen.pages} pages, each delayed by 50 ms",
        f"{seen.seconds:.2f} s",
        f"{seen.curl_seconds:.2f} s, curl page by page",
        seen.seconds / seen.curl_seconds,
        0.25,
    )
    table.add("time to the first row", f"{seen.first_row:.2f} s", "", "", "")
    for output in ("jsonl", "csv", "ids"):
        more = lists.memory(100_000, output) / 1024
        table.judge(
            f"memory of 100,000 rows over one row, `-o {output}`",
            f"{more:.1f} MiB",
            "30 MiB",
            more / 30,
            1.0,
        )


def _completion(table: Table) -> None:
    """The slowest kinds of TAB in bash."""
    packages = [False, True] if completion.BASH_COMPLETION.exists() else [False]
    for what in ("options", "all of 1,000 ids"):
        line = completion.LINES[what]
        for with_package in packages:
            own = completion.tab_milliseconds(line, with_package=with_package)
            name = f"one TAB in bash, {what}" + (", bash-completion loaded" * with_package)
            table.judge(name, f"{own:.1f} ms", "20 ms", own / 20, 1.0)


def _rotation(table: Table) -> None:
    for evaluations in (10, 100, 500):
        seen, bound = rotation.cost(evaluations), rotation.bound(evaluations)
        table.judge(
            f"replace a key of {evaluations} evaluations, {rotation.KEYS} keys",
            f"{seen.requests} requests",
            f"{bound} requests",
            seen.requests / bound,
            1.0,
        )
    # Less is not possible: each window of the server but the last one is used up.
    least = (rotation.bound(500) // rotation.ALLOWED) * 60 / rotation.FACTOR
    for name, is_paced in (("paced by llmctl", True), ("429 waited out", False)):
        seen = rotation.cost(500, is_limited=True, is_paced=is_paced)
        table.judge(
            f"500 evaluations, {rotation.ALLOWED} requests a minute of {60 / rotation.FACTOR:g} s, "
            f"{name}",
            f"{seen.seconds:.1f} s, {seen.refused} times 429",
            f"{least:.1f} s",
            seen.seconds / least,
            3.0,
        )


def _projects(table: Table) -> None:
    races = sorted((projects.race() for _ in range(3)), key=lambda each: each.seconds)
    seen = races[1]
    table.judge(
        f"audit {projects.PROJECTS} projects, each response delayed by 50 ms",
        f"{seen.seconds:.2f} s",
        f"{seen.seconds_in_turn:.2f} s, one after the other",
        statistics.median(each.seconds / each.seconds_in_turn for each in races),
        0.25,
    )


def _write(text: str) -> None:
    before = CONTRIBUTING.read_text(encoding="utf-8")
    head, _, rest = before.partition(START)
    _, _, tail = rest.partition(END)
    CONTRIBUTING.write_text(f"{head}{START}\n\n{text}\n\n{END}{tail}", encoding="utf-8")


@contextmanager
def _surroundings() -> Iterator[Path]:
    """A local server, settings that point to it, and a folder for scripts."""
    server = RecordingServer()

    def answer(sent: Sent) -> Reply:
        return Reply(200, JOB if JOB_ID in sent.target else page([JOB] * 5))

    server.reply(answer)
    with tempfile.TemporaryDirectory() as name:
        settings = {"API_KEY": KEY, "HOST": server.origin, "PROJECT": PROJECT}
        os.environ |= {f"LLMCTL_{key}": value for key, value in settings.items()}
        os.environ |= {f"LLMCTL_{kind}_DIR": name for kind in ("CONFIG", "CACHE", "DATA")}
        yield Path(name)
    server.close()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd} ended with {error.returncode}")
