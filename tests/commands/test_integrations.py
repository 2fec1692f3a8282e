"""`integrations list`, and Slack recipients of reports by the name of their integration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmctl.sandbox import defaults
from tests.conftest import Run
from tests.support import RecordingServer, Reply, Sent, page, storing
from tests.terminal import drawn

EVALUATION_ID = "01890a5d-ac96-774b-bcce-b302099a8011"
REPORT_ID = "01890a5d-ac96-774b-bcce-b302099a8099"
CREATE = ["evaluation-reports", "create", "--evaluation", EVALUATION_ID]
UPDATE = ["evaluation-reports", "update", REPORT_ID]
LIST = "GET /api/environments/42/integrations/?kind=slack&limit=1000"
SLACK = {"kind": "slack", "created_at": "2026-01-02T00:00:00Z"}
ROWS: list[dict[str, Any]] = [
    {"id": 4, "display_name": "Acme: Inc", "config": {"team": {"name": "no"}}, **SLACK},
    {"id": 5, "config": {"team": {"name": "Older"}}, **SLACK},  # of an older server
    {"id": 6, "display_name": "Twice", **SLACK},
    {"id": 7, "display_name": "Twice", **SLACK, "created_at": "2026-01-03T00:00:00Z"},
    {"id": 8, "display_name": "Acme: Inc", "kind": "github"},
    {"id": 9, "display_name": "Only GitHub", "kind": "github"},
    {"id": 10, "display_name": None, "config": None, "kind": "email"},
]
TARGETS = [
    {"type": "slack", "integration_id": 4, "channel": "#llm"},
    {"type": "webhook", "value": "https://hooks.example/1"},
]


@pytest.fixture
def integrations(server: RecordingServer) -> RecordingServer:
    def reply(sent: Sent) -> Reply:
        if sent.path.endswith("/integrations/"):
            return Reply(200, page(ROWS))
        return storing({"id": REPORT_ID, "delivery_targets": TARGETS})(sent)

    server.reply(reply)
    return server


def slack(integration: int, channel: str) -> dict[str, Any]:
    return {"type": "slack", "integration_id": integration, "channel": channel}


def test_list(run: Run, integrations: RecordingServer) -> None:
    assert json.loads(run("integrations", "list", "-o", "json").out) == ROWS
    assert integrations.lines == ["GET /api/environments/42/integrations/"]
    assert run("integrations", "list", "-o", "ids").out == "4\n5\n6\n7\n8\n9\n10\n"
    rows = drawn("integrations", "list", NO_COLOR="1").text.splitlines()
    assert [row.split() for row in rows[2:4]] == [
        ["Acme:", "Inc", "slack", rows[2].split()[3], "4"],
        ["Older", "slack", rows[3].split()[2], "5"],
    ]
    assert rows[-1].split() == ["-", "email", "-", "10"]
    mine = run("integrations", "list", "--filter", "kind=slack", "--sort", "-id", "-o", "ids")
    assert mine.out == "7\n6\n5\n4\n"
    assert "kind=slack" in integrations.lines[-1]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("Acme: Inc:#llm", slack(4, "#llm")),
        ("Older:C012", slack(5, "C012")),
        ("12:#llm", slack(12, "#llm")),
    ],
)
@pytest.mark.parametrize("words", [CREATE, UPDATE], ids=["create", "update"])
def test_slack(
    run: Run,
    integrations: RecordingServer,
    words: list[str],
    given: str,
    found: dict[str, Any],
) -> None:
    result = run(*words, "--email", "a@b.example", "--slack", given, "--slack", given)
    assert result.code == 0, result.err
    email = {"type": "email", "value": "a@b.example"}
    assert integrations.sent[-1].json["delivery_targets"] == [email, found, found]
    # One list for all names, and none for an ID.
    assert integrations.lines.count(LIST) == (0 if given.startswith("12") else 1)


def test_add_slack(run: Run, integrations: RecordingServer) -> None:
    result = run(*UPDATE, "--add-slack", "Older:#new", "--add-slack", "Acme: Inc:#llm")
    assert result.code == 0, result.err
    assert integrations.sent[-1].json["delivery_targets"] == [*TARGETS, slack(5, "#new")]
    planned = run(*UPDATE, "--add-slack", "Older:#new", "--dry-run")
    assert '"integration_id": 5' in planned.out
    assert [sent.method for sent in integrations.sent].count("PATCH") == 1


@pytest.mark.parametrize(
    ("value", "left", "lists"),
    [
        ("Acme: Inc:#llm", TARGETS[1:], 1),
        ("4:#llm", TARGETS[1:], 0),
        ("#llm", TARGETS[1:], 0),
        ("https://hooks.example/1", TARGETS[:1], 0),
    ],
)
def test_remove_target(
    run: Run, integrations: RecordingServer, value: str, left: list[Any], lists: int
) -> None:
    assert run(*UPDATE, "--remove-target", value).code == 0
    assert integrations.sent[-1].json["delivery_targets"] == left
    assert integrations.lines.count(LIST) == lists


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--add-slack", "acme: inc:#x"], 5, "did you mean 'Acme: Inc'"),
        (["--slack", "Only GitHub:#x"], 5, "no Slack integration is named 'Only GitHub'"),
        (["--slack", "Twice:#x"], 2, "6 (2026-01-02T00:00:00Z), 7 (2026-01-03T00:00:00Z)"),
        (["--slack", "sk-proj-0123456789abcdef:#x"], 2, "this looks like a secret"),
        (["--remove-target", "Nope:#x"], 5, "there is no recipient Nope:#x"),
        (["--remove-target", "Older:#llm"], 5, "there is no recipient 5:#llm"),
        (["--remove-target", "Twice:#llm"], 2, "2 Slack integrations are named 'Twice'"),
    ],
)
def test_nothing_is_written(
    run: Run, integrations: RecordingServer, words: list[str], code: int, said: str
) -> None:
    result = run(*UPDATE, *words)
    assert (result.code, said in result.err) == (code, True), result.err
    assert "PATCH" not in {sent.method for sent in integrations.sent}


def test_a_key_without_the_scope(run: Run, server: RecordingServer) -> None:
    missing = "API key missing required scope 'integration:read'"
    server.reply(Reply(403, {"detail": missing}))
    for words in (["integrations", "list"], [*UPDATE, "--slack", "Acme:#x"]):
        result = run(*words)
        assert (result.code, missing in result.err) == (4, True)


@pytest.mark.usefixtures("sandbox")
def test_in_the_sandbox(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    monkeypatch.setenv("LLMCTL_CACHE_DIR", str(tmp_path / "cache"))
    assert run("integrations", "list").code == 0
    names = tmp_path / "cache/ids/sandbox/integrations.names"
    assert names.read_text() == "Sandbox\t1\nsandbox\t2\n"
    words = ["--evaluation", "Answer relevance", "--trigger-threshold", "100"]
    created = run("evaluation-reports", "create", *words, "--slack", "Sandbox:#llm", "-o", "json")
    assert created.code == 0, created.err
    report = json.loads(created.out)
    assert report["delivery_targets"] == [slack(defaults.SLACK_INTEGRATION_ID, "#llm")]
    update = ["evaluation-reports", "update", report["id"], "-o", "json"]
    removed = run(*update, "--remove-target", "Sandbox:#llm")
    assert json.loads(removed.out)["delivery_targets"] == []
