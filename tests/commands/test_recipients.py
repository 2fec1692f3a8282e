"""`evaluation-reports update --add-email --add-slack --remove-target`: other recipients stay."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Run
from tests.support import RecordingServer, storing

REPORT_ID = "01890a5d-ac96-774b-bcce-b302099a8099"
EMAIL = {"type": "email", "value": "A@b.example"}
SLACK = {"type": "slack", "integration_id": 4, "channel": "#llm", "thread": "kept"}
SAME_CHANNEL = {"type": "slack", "integration_id": 5, "channel": "#both"}
WEBHOOK = {"type": "webhook", "value": "https://hooks.example/1"}
TARGETS = [EMAIL, SLACK, SAME_CHANNEL | {"integration_id": 6}, SAME_CHANNEL, WEBHOOK]
REPORT: dict[str, Any] = {"id": REPORT_ID, "delivery_targets": TARGETS, "enabled": True}
UPDATE = ["evaluation-reports", "update", REPORT_ID]


@pytest.mark.parametrize(
    ("words", "after"),
    [
        (["--add-email", "c@d.example"], [*TARGETS, {"type": "email", "value": "c@d.example"}]),
        (
            ["--add-slack", "4:#new", "--add-email", "a@B.example"],
            [*TARGETS, {"type": "slack", "integration_id": 4, "channel": "#new"}],
        ),
        (["--remove-target", "a@b.example"], TARGETS[1:]),
        (["--remove-target", "#llm"], [EMAIL, *TARGETS[2:]]),
        (["--remove-target", "6:#both"], [EMAIL, SLACK, SAME_CHANNEL, WEBHOOK]),
        (["--remove-target", "https://hooks.example/1"], TARGETS[:4]),
    ],
)
def test_others_are_sent_back_as_they_were(
    run: Run, server: RecordingServer, words: list[str], after: list[Any]
) -> None:
    server.reply(storing(REPORT))
    assert run(*UPDATE, *words).code == 0
    assert [sent.method for sent in server.sent] == ["GET", "GET", "PATCH"]
    assert server.sent[-1].json == {"delivery_targets": after}


def test_recipient_that_is_there(run: Run, server: RecordingServer) -> None:
    server.reply(storing(REPORT))
    result = run(*UPDATE, "--add-email", "A@b.example", "--add-slack", "4:#llm")
    assert (result.code, len(server.sent)) == (0, 1)
    assert "recipients are as requested" in result.err
    # Other fields are sent all the same, without the recipients.
    assert run(*UPDATE, "--add-email", "A@b.example", "--disabled").code == 0
    assert server.sent[-1].json == {"enabled": False}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--remove-target", "x@y.example"], 5, "there is no recipient x@y.example"),
        (["--remove-target", "#both"], 2, "6:#both, 5:#both"),
        (["--add-slack", "#both"], 2, "--add-slack must be NAME:CHANNEL or ID:CHANNEL"),
        (["--slack", "4:"], 2, "--slack must be NAME:CHANNEL or ID:CHANNEL"),
        (["--slack", " :#llm"], 2, "--slack must be NAME:CHANNEL or ID:CHANNEL"),
        (["--add-email", "a@b.example", "--email", "c@d.example"], 2, "cannot be combined"),
        (["--remove-target", "#llm", "--data", '{"delivery_targets": []}'], 2, "combined"),
    ],
)
def test_nothing_is_written(
    run: Run, server: RecordingServer, words: list[str], code: int, said: str
) -> None:
    server.reply(storing(REPORT))
    result = run(*UPDATE, *words)
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert all(sent.method == "GET" for sent in server.sent)


def test_changed_meanwhile(run: Run, server: RecordingServer) -> None:
    server.reply(REPORT, REPORT | {"delivery_targets": []})
    result = run(*UPDATE, "--add-email", "c@d.example")
    assert (result.code, [sent.method for sent in server.sent]) == (10, ["GET", "GET"])
    assert "nothing was overwritten" in result.err


def test_dry_run(run: Run, server: RecordingServer) -> None:
    server.reply(storing(REPORT))
    result = run(*UPDATE, "--remove-target", "#llm", "--dry-run")
    assert result.code == 0
    assert "curl -X PATCH" in result.out
    assert "#llm" not in result.out
    assert "a@b.example" in result.out.lower()
    assert all(sent.method == "GET" for sent in server.sent)
