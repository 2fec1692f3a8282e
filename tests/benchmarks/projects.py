"""Auditing several projects at once, compared with one after the other."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import closing
from typing import NamedTuple

from tests.support import KEY, RecordingServer, Reply, Sent, call, page

PROJECTS = 30
DELAY = 0.05  # seconds for each response
_KEY_ID = "01990000-0000-7000-8000-0000000000a1"
_AUDIT = ["provider-keys", "audit", "--fail", "-o", "json"]


class Race(NamedTuple):
    """Seconds for all projects: with one command, and with a command for each."""

    seconds: float
    seconds_in_turn: float


def race() -> Race:
    """Audit PROJECTS projects both ways in this process, against a server that responds slowly."""
    before = dict(os.environ)
    with closing(RecordingServer()) as server, tempfile.TemporaryDirectory() as folder:
        server.reply(_answer)
        for name in before:
            if name.startswith("LLMCTL_"):
                del os.environ[name]
        os.environ |= {f"LLMCTL_{kind}_DIR": folder for kind in ("CONFIG", "CACHE", "DATA")}
        os.environ["PERSONAL"] = KEY
        profiles = [f"p{number}" for number in range(1, PROJECTS + 1)]
        try:
            for name in profiles:
                place = ["--host", server.origin, "--project", name[1:]]
                _run(["profiles", "add", name, "--no-check", *place, "--api-key-env", "PERSONAL"])
            together = _seconds([[*_AUDIT, "--all-profiles"]])
            in_turn = _seconds([[*_AUDIT, "-p", name] for name in profiles])
        finally:
            os.environ.clear()
            os.environ.update(before)
    return Race(together, in_turn)


def _answer(sent: Sent) -> Reply:
    time.sleep(DELAY)
    key = {"id": _KEY_ID, "name": "Main", "provider": "openai", "state": "ok"}
    key |= {"api_key_masked": "sk-p...beef", "created_at": "2026-08-11T12:00:00Z"}
    if sent.path.endswith("evaluation_config/"):
        return Reply(200, {"active_provider_key": key})
    return Reply(200, page([key] if sent.path.endswith("provider_keys/") else []))


def _seconds(commands: list[list[str]]) -> float:
    start = time.perf_counter()
    for command in commands:
        _run(command)
    return time.perf_counter() - start


def _run(command: list[str]) -> None:
    code, _, error = call(command)
    assert code == 0, error
