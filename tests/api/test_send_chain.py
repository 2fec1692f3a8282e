"""The send chain: its depth, and one deadline for all of it."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from types import FrameType

import requests

import llmctl
from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.support import JOB, RecordingServer, Reply, Sent, page

PACKAGE = Path(llmctl.__file__).parent
CREATE = ["clustering-jobs", "create", "--name", "x", "--analysis-level", "trace"]


def our_functions(top: FrameType | None) -> list[str]:
    """The functions of llmctl on a stack, from the innermost that called `session.request` on."""
    found: list[str] = []
    while top is not None:
        file = Path(top.f_code.co_filename)
        if top.f_code is requests.Session.request.__code__:
            found.clear()
        elif file.is_relative_to(PACKAGE):
            module = ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
            found.append(f"{module}.{top.f_code.co_qualname}")
        top = top.f_back
    return found


def test_few_functions_between_main_and_the_request(run: Run, server: RecordingServer) -> None:
    """Counted while the server handles the request: the main thread waits for the one that sends,
    and the stacks of both together are the way from `main` to `session.request`.

    By then our connection has sent it, and its `send` is no longer on the stack: one more.
    """
    found: list[str] = []

    def look(sent: Sent) -> Reply:
        stacks = sys._current_frames()
        del stacks[threading.get_ident()]
        if sent.method == "POST":
            found.extend(name for top in stacks.values() for name in our_functions(top))
        return Reply(201, JOB | {"name": "x"}) if sent.method == "POST" else Reply(200, page([JOB]))

    server.reply(look)
    assert run(*CREATE).code == 0
    assert {"app.main", "http.exchange.Exchange.send"} <= {*found}
    chain = [name for name in found if name.startswith(("api.", "http."))]
    assert len(chain) <= 7, f"the client and one function per layer: {chain}"
    assert len(found) + 1 <= 12, f"with app, cli and the command itself: {found}"


def test_one_deadline_for_a_write_and_for_reading_it_back(
    run: Run, server: RecordingServer
) -> None:
    def answer(sent: Sent) -> Reply:
        time.sleep(0.6)
        return Reply(502)

    server.reply(answer)
    start = time.monotonic()
    result = run(*CREATE, "--timeout", "1", "--retries", "0")
    assert time.monotonic() - start < 1.5
    assert result.code == ExitCode.UNKNOWN
    assert [sent.method for sent in server.sent] == ["POST", "GET"]


def test_one_deadline_for_both_prefixes(run: Run, server: RecordingServer) -> None:
    def answer(sent: Sent) -> Reply:
        time.sleep(0.6)
        return Reply(404, {"detail": "Endpoint not found."})

    server.reply(answer)
    start = time.monotonic()
    result = run("clustering-jobs", "list", "--timeout", "1", "--retries", "0")
    assert time.monotonic() - start < 1.5
    assert result.code == ExitCode.UNAVAILABLE
    assert "timed out after 1 s" in result.err
