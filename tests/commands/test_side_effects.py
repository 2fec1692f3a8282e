"""Notes on what else a write changes."""

from __future__ import annotations

from typing import Any

import pytest

from llmctl.sandbox import defaults
from tests.conftest import Run
from tests.support import JOB, JOB_ID, RecordingServer, Reply, page

CREATE = ["clustering-jobs", "create", "--name", "GPT-4", "--analysis-level", "trace"]
DEFAULT_ID = "01890a5d-ac96-774b-bcce-b30209900001"
DEFAULT = JOB | {"id": DEFAULT_ID, "name": "Default - traces", "enabled": False}
SAID = (
    "Default - traces is disabled: creating a job disables the default job of its level; to enable "
    f"it: llmctl clustering-jobs update {DEFAULT_ID} --enabled"
)


def answer(*jobs: dict[str, Any]) -> Any:
    return lambda sent: Reply(200, page([*jobs])) if sent.method == "GET" else Reply(201, JOB)


@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        ([DEFAULT, JOB], [SAID]),
        ([DEFAULT | {"enabled": True}, JOB], []),
        ([DEFAULT | {"analysis_level": "generation"}, JOB], []),
        ([DEFAULT | {"name": "Mine"}, JOB], []),
        ([JOB | {"name": "Default - x", "enabled": False}], []),
        ([], []),
    ],
    ids=["disabled", "enabled", "another level", "no default", "itself", "none"],
)
def test_new_job_disables_the_default_of_its_level(
    run: Run, server: RecordingServer, jobs: list[dict[str, Any]], said: list[str]
) -> None:
    server.reply(answer(*jobs))
    result = run(*CREATE, "-o", "ids")
    assert (result.code, result.out) == (0, f"{JOB_ID}\n")
    assert result.err.splitlines() == said
    assert [sent.method for sent in server.sent] == ["POST", "GET"]


@pytest.mark.parametrize(
    "reply",
    [Reply(403, {"detail": "API key missing required scope"}), Reply(500), Reply(200, b"<html>")],
    ids=["403", "500", "html"],
)
def test_list_that_cannot_be_read_is_a_note(
    run: Run, server: RecordingServer, reply: Reply
) -> None:
    server.reply(lambda sent: reply if sent.method == "GET" else Reply(201, JOB))
    result = run(*CREATE, "-o", "ids", "--retries", "0")
    assert (result.code, result.out) == (0, f"{JOB_ID}\n")
    assert "cannot check whether the default job is disabled now: " in result.err
    assert "error" not in result.err.splitlines()[0][:6]


@pytest.mark.parametrize(
    "command",
    [
        ["clustering-jobs", "update", JOB_ID, "--analysis-level", "trace"],
        [*CREATE, "--dry-run"],
    ],
    ids=["update", "dry run"],
)
def test_nothing_is_read_if_no_default_can_be_disabled(
    run: Run, server: RecordingServer, command: list[str]
) -> None:
    server.reply(JOB)
    assert run(*command).code == 0
    assert [sent.method for sent in server.sent if sent.method == "GET"] == []


def test_nothing_is_read_after_a_create_that_failed(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(400, {"detail": "Maximum of 5 clustering jobs per team."}))
    assert run(*CREATE).code == 6
    assert len(server.sent) == 1


@pytest.mark.usefixtures("sandbox")
def test_in_the_sandbox(run: Run) -> None:
    result = run(*CREATE, "-p", "sandbox")
    assert result.code == 0
    assert result.err == (
        "Default - traces is disabled: creating a job disables the default job of its level; to "
        f"enable it: llmctl clustering-jobs update {defaults.TRACES_JOB_ID} --enabled -p sandbox\n"
    )
