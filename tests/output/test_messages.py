"""Notes and errors on a terminal: broken at spaces, but never within a command."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import JOB, JOB_ID, RecordingServer, Reply, page
from tests.terminal import drawn

OTHER_ID = "01890a5d-ac96-774b-bcce-b30209900001"
GET = ["clustering-jobs", "get", JOB_ID]
LONG = "The clustering job cannot be shown because " + "its settings are incomplete, " * 4


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_long_errors(server: RecordingServer, columns: int) -> None:
    server.reply(Reply(400, {"detail": f"{LONG}sorry."}))
    lines = drawn(*GET, columns=columns, NO_COLOR="1").text.splitlines()
    assert " ".join(lines) == f"error: {LONG}sorry."
    assert max(map(len, lines)) <= columns


def test_long_hints_keep_their_command_whole(server: RecordingServer) -> None:
    server.reply(Reply(404, {"detail": "Not found.", "code": "not_found"}))
    shown = drawn(*GET, "--project", "42", columns=40, NO_COLOR="1").text
    assert shown == (
        f"error: clustering job\n{JOB_ID}:\nNot found.\n"
        "hint: list the available IDs:\nllmctl clustering-jobs list --project 42\n"
    )


def test_long_notes_keep_their_command_whole(server: RecordingServer) -> None:
    default = JOB | {"id": OTHER_ID, "name": "Default - traces", "enabled": False}
    server.reply(
        lambda sent: Reply(201, JOB) if sent.method == "POST" else Reply(200, page([default, JOB]))
    )
    words = ["--name", "GPT-4", "--analysis-level", "trace", "-o", "ids"]
    shown = drawn("clustering-jobs", "create", *words).text
    assert shown.splitlines()[1:] == [
        "Default - traces is disabled: creating a job disables the default job of its",
        "level; to enable it:",
        f"llmctl clustering-jobs update {OTHER_ID} --enabled",
    ]


@pytest.mark.parametrize(
    ("settings", "has_color"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "0"}, False),
    ],
    ids=str,
)
def test_colours_of_errors(
    server: RecordingServer, settings: dict[str, Any], has_color: bool
) -> None:
    server.reply(Reply(404, {"detail": "Not found.", "code": "not_found"}))
    lines = drawn(*GET, **settings).text.splitlines()
    error, hint = "error: clustering job", "hint: list the available IDs:"
    expected = (f"\x1b[31m{error}", f"\x1b[2m{hint}") if has_color else (error, hint)
    assert all(line.startswith(start) for line, start in zip(lines[::2], expected, strict=False))
    assert all(line.endswith("\x1b[0m") is has_color for line in lines)
