"""Writers of the two configuration files that are killed: `python -m tests.faults.killed_writer`.

Each writer is a fork of this process, which inspects the files it left. With `lines N`, one writer
is killed before every N-th line of the writing code; with `times N`, N writers are killed after a
random time. The findings are printed as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import tomllib
from collections.abc import Iterator
from types import FrameType
from typing import Any

from llmctl.config import Profile, ProfileStore, profiles
from llmctl.safe import private_file
from llmctl.safe.private_file import TEMPORARY_PREFIX
from llmctl.safe.secret import Secret

HOST = "https://us.posthog.com"
BYSTANDERS = {f"p{number}": "7" for number in range(8)}
WRITING = {private_file.__file__, profiles.__file__}


def write(number: int) -> None:
    """Set the profile `work` and its key to those of `number`."""
    profile = Profile("work", HOST, str(number))
    ProfileStore().add(profile, Secret(str(number)), replace=True)


def numbers() -> tuple[str, str]:
    """The number in each file; an error if anything other than `work` has changed."""
    folder = ProfileStore().directory
    config = tomllib.loads((folder / "config.toml").read_text())
    credentials = tomllib.loads((folder / "credentials.toml").read_text())
    projects = {name: stored["project"] for name, stored in config["profiles"].items()}
    keys = {name: stored["api_key"] for name, stored in credentials["keys"].items()}
    found = projects.pop("work"), keys.pop("work")
    if projects != BYSTANDERS or keys != BYSTANDERS:
        raise AssertionError("another profile or its key has changed")
    return found


def die_at(line: int, number: int) -> None:
    """Write, but be killed before the `line`-th line."""
    left = line

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in WRITING:
            return None
        left -= event == "line"
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    write(number)


def die_at_lines(step: int) -> Iterator[int]:
    """The numbers of writers that were killed, each some lines later than the one before."""
    for number in range(1, 100_000, step):
        pid = os.fork()
        if pid == 0:
            die_at(number, number)
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0:
            return
        yield number


def die_at_any_time(rounds: int) -> Iterator[int]:
    """The numbers of writers that were killed while they wrote again and again."""
    for number in range(1, rounds + 1):
        pid = os.fork()
        while pid == 0:
            write(number)
        time.sleep(random.uniform(0.0, 0.01))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        yield number


def main(how: str, count: int) -> dict[str, Any]:
    """Kill writers, and inspect the files after each one."""
    store = ProfileStore()
    for name, project in BYSTANDERS.items():
        store.add(Profile(name, HOST, project), Secret(project), replace=False)
    write(0)
    before = numbers()
    report: dict[str, Any] = {"killed": 0, "old": 0, "new": 0, "key only": 0, "modes": set()}
    for number in die_at_lines(count) if how == "lines" else die_at_any_time(count):
        after = numbers()
        new = str(number)
        which = {before: "old", (new, new): "new", (before[0], new): "key only"}[after]
        before = after
        report["killed"] += 1
        report[which] += 1
        report["modes"] |= {
            path.stat().st_mode & 0o777 for path in store.directory.glob(f"{TEMPORARY_PREFIX}*")
        }
    write(0)
    left = [path.name for path in store.directory.glob(f"{TEMPORARY_PREFIX}*")]
    return report | {"modes": sorted(report["modes"]), "left": left}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
