"""Two commands side by side in one run: alternating, so that a busy moment slows both."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from typing import NamedTuple


class Sample(NamedTuple):
    """Wall and cpu seconds of one run, and its peak memory in KiB."""

    wall: float
    cpu: float
    peak: int


class Comparison(NamedTuple):
    """Medians of wall and cpu seconds, and the medians of the pairs' ratios."""

    wall: float
    baseline_wall: float
    ratio: float
    cpu: float
    baseline_cpu: float
    cpu_ratio: float


def compare(command: list[str], baseline: list[str], runs: int) -> Comparison:
    """Both commands `runs` times, taking turns in going first."""
    run(command), run(baseline)  # once unmeasured: files into memory
    pairs = []
    for number in range(runs):
        if number % 2:
            other = run(baseline)
            pairs.append((run(command), other))
        else:
            pairs.append((run(command), run(baseline)))

    def median(which: int, clock: int) -> float:
        return statistics.median(pair[which][clock] for pair in pairs)

    def ratio(clock: int) -> float:
        return statistics.median(pair[0][clock] / pair[1][clock] for pair in pairs)

    return Comparison(median(0, 0), median(1, 0), ratio(0), median(0, 1), median(1, 1), ratio(1))


def run(command: list[str]) -> Sample:
    """Run it once, discarding its output. CalledProcessError if it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Sample(wall, usage.ru_utime + usage.ru_stime, peak_kib(usage))


def peak_kib(usage: resource.struct_rusage) -> int:
    """Peak memory; macOS counts it in bytes."""
    return usage.ru_maxrss // 1024 if os.uname().sysname == "Darwin" else usage.ru_maxrss
