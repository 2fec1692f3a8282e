"""evaluation-reports create if the evaluation already has a report."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from llmctl.errors import ExitCode
from llmctl.sandbox import defaults
from tests.conftest import Run
from tests.fault_table import Got
from tests.support import RecordingServer, Reply, Sent, page

EVALUATION = "01890a5d-ac96-774b-bcce-b30209900001"
REPORT_ID = "01890a5d-ac96-774b-bcce-b30209900002"
SLACK = {"type": "slack", "integration_id": 4, "channel": "C0123"}
EMAIL = {"type": "email", "value": "a@b.example"}
UNTOUCHED: dict[str, Any] = {
    "id": REPORT_ID,
    "evaluation": EVALUATION,
    "frequency": "every_n",
    "rrule": "",
    "starts_at": None,
    "timezone_name": "UTC",
    "next_delivery_date": None,
    "delivery_targets": [],
    "max_sample_size": 200,
    "enabled": True,
    "deleted": False,
    "last_delivered_at": None,
    "generated_report_count": 0,
    "last_generated_at": None,
    "report_prompt_guidance": "",
    "trigger_threshold": 100,
    "cooldown_minutes": 60,
    "daily_run_cap": 10,
    "created_by": None,
    "created_at": "2026-11-01T12:00:00Z",
}
SET_UP = UNTOUCHED | {"delivery_targets": [SLACK], "created_by": 1}
CREATE = ["evaluation-reports", "create", "--evaluation", EVALUATION]
CREATE += ["--trigger-threshold", "500", "--email", "a@b.example"]
QUERY = f"evaluation={EVALUATION}"
GIVEN = {"trigger_threshold": 500, "delivery_targets": [EMAIL]}

Answer = Callable[[Sent], Reply]


def keeping_one(*reports: dict[str, Any]) -> Answer:
    """A newer server: POST changes the existing report of the evaluation."""
    stored = {report["id"]: report for report in reports}

    def reply(sent: Sent) -> Reply:
        found = list(stored.values())
        if sent.method == "GET":
            return Reply(200, page(found))
        if sent.method == "POST" and not found:
            return Reply(201, UNTOUCHED | sent.json | {"created_by": 1})
        report = stored[sent.path.split("/")[-2]] if sent.method == "PATCH" else found[0]
        creator = {"created_by": report["created_by"] or 1} if sent.method == "POST" else {}
        stored[report["id"]] = report | sent.json | creator
        return Reply(200, stored[report["id"]])

    return reply


def methods(server: RecordingServer) -> list[str]:
    return [sent.method for sent in server.sent]


def test_h01_report_that_someone_set_up(run: Run, server: RecordingServer, got: Got) -> None:
    server.reply(keeping_one(SET_UP))
    result = run(*CREATE, "-o", "json")
    assert (result.code, result.out) == (ExitCode.CONFLICT, "")
    error = json.loads(result.err)["error"]
    assert error["code"] == "CONFLICT"
    assert (
        f"evaluation {EVALUATION} already has a report: {REPORT_ID} "
        '(frequency "every_n", delivery_targets [{"type": "slack", "integration_id": 4, '
        '"channel": "C0123"}]); nothing was changed' == error["message"]
    )
    assert "--replace" in error["hint"]
    assert "--another" in error["hint"]
    (sent,) = server.sent
    assert f"GET /api/environments/42/llm_analytics/evaluation_reports/?{QUERY}" in sent.line
    got("exit 10, one read")


@pytest.mark.parametrize(
    "changes",
    [
        {"delivery_targets": [EMAIL]},
        {"created_by": 1},
        {"trigger_threshold": 500},
        {"trigger_threshold": None},
        {"frequency": "scheduled", "rrule": "FREQ=DAILY"},
        {"enabled": False},
        {"report_prompt_guidance": "be brief"},
        {"max_sample_size": 10},
        {"cooldown_minutes": 120},
        {"daily_run_cap": 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_h01_any_setting_counts(run: Run, server: RecordingServer, changes: dict[str, Any]) -> None:
    server.reply(keeping_one(UNTOUCHED | changes))
    result = run(*CREATE)
    assert result.code == ExitCode.CONFLICT
    assert REPORT_ID in result.err
    assert methods(server) == ["GET"]
    name, value = next(iter(changes.items()))
    assert f"{name} {json.dumps(value)}" in result.err or name == "created_by"


def test_h01_report_that_no_one_set_up(run: Run, server: RecordingServer) -> None:
    """It is changed by its id, and only the given fields are written."""
    server.reply(keeping_one(UNTOUCHED))
    result = run(*CREATE, "-o", "json")
    assert (result.code, result.err) == (0, "")
    assert json.loads(result.out) == UNTOUCHED | GIVEN
    assert [sent.method for sent in server.sent] == ["GET", "PATCH"]
    assert server.sent[1].path.endswith(f"/evaluation_reports/{REPORT_ID}/")
    assert server.sent[1].json == GIVEN
    # A second run does not overwrite what the first one did.
    assert run(*CREATE).code == ExitCode.CONFLICT


def test_h01_no_report(run: Run, server: RecordingServer) -> None:
    server.reply(keeping_one())
    result = run(*CREATE, "-o", "ids")
    assert (result.code, result.out, result.err) == (0, f"{REPORT_ID}\n", "")
    assert server.sent[1].json == GIVEN | {"evaluation": EVALUATION}
    assert methods(server) == ["GET", "POST"]


@pytest.mark.parametrize("report", [SET_UP, UNTOUCHED], ids=["set up", "untouched"])
def test_h01_replace(run: Run, server: RecordingServer, report: dict[str, Any]) -> None:
    server.reply(keeping_one(report))
    result = run(*CREATE, "--replace", "-o", "json")
    assert (result.code, result.err) == (0, "")
    assert json.loads(result.out) == report | GIVEN
    assert [sent.json for sent in server.sent] == [None, GIVEN]


def test_h01_replace_of_a_schedule_by_a_threshold(run: Run, server: RecordingServer) -> None:
    """every_n is the default of create."""
    report = SET_UP | {"frequency": "scheduled", "rrule": "FREQ=DAILY"}
    server.reply(keeping_one(report))
    assert run(*CREATE, "--replace").code == 0
    assert server.sent[1].json == GIVEN | {"frequency": "every_n"}
    server.reply(keeping_one(report))
    assert run(*CREATE[:4], "--replace", "--rrule", "FREQ=WEEKLY;BYDAY=MO").code == 0
    assert server.sent[3].json == {"rrule": "FREQ=WEEKLY;BYDAY=MO"}


def test_h01_rule_without_a_frequency(run: Run, server: RecordingServer) -> None:
    """Nothing would follow the rule. The server says so for a POST, but not for a PATCH."""
    detail = "Required when frequency is 'every_n'."
    server.reply(
        lambda sent: (
            Reply(200, page([UNTOUCHED]))
            if sent.method == "GET"
            else Reply(400, {"detail": detail, "attr": "trigger_threshold"})
        )
    )
    result = run(*CREATE[:4], "--rrule", "FREQ=DAILY", "--email", "a@b.example")
    assert result.code == ExitCode.REJECTED
    assert detail in result.err
    assert methods(server) == ["GET", "POST"]


def test_h01_replace_of_one_of_several(run: Run, server: RecordingServer) -> None:
    other = SET_UP | {"id": REPORT_ID[:-1] + "3"}
    server.reply(keeping_one(SET_UP, other))
    for words, code in (["--replace"], ExitCode.USAGE), ([], ExitCode.CONFLICT):
        result = run(*CREATE, *words)
        assert result.code == code
        assert REPORT_ID in result.err
        assert other["id"] in result.err
        assert "change one of them: llmctl evaluation-reports update ID" in result.err
        assert "--replace to change it" not in result.err
        assert ("--another" in result.err) is (not words)
    assert {*methods(server)} == {"GET"}


def test_h01_another_where_servers_keep_one(run: Run, server: RecordingServer) -> None:
    """The server overwrites the report all the same; the error names its previous settings."""
    server.reply(keeping_one(SET_UP))
    result = run(*CREATE, "--another", "-o", "json")
    assert result.code == ExitCode.PARTIAL
    assert json.loads(result.out) == SET_UP | GIVEN
    error = json.loads(result.err)["error"]
    assert error["message"] == (
        f"evaluation report {REPORT_ID} already existed, and the server changed it "
        "instead of creating a new one (delivery_targets was "
        '[{"type": "slack", "integration_id": 4, "channel": "C0123"}], trigger_threshold was 100)'
    )
    assert (error["code"], error["status"]) == ("PARTIAL", 200)


def test_h01_report_that_appears_after_the_read(run: Run, server: RecordingServer) -> None:
    replies = iter([Reply(200, page([])), Reply(200, SET_UP | GIVEN)])
    server.reply(lambda sent: next(replies))
    result = run(*CREATE)
    assert result.code == ExitCode.PARTIAL
    assert f"{REPORT_ID} already existed" in result.err
    assert "its previous settings are unknown" in result.err


def test_h01_reports_that_may_not_be_read(run: Run, server: RecordingServer) -> None:
    denied = Reply(403, {"detail": "API key missing required scope 'evaluation:read'"})
    answer = keeping_one()
    server.reply(lambda sent: denied if sent.method == "GET" else answer(sent))
    result = run(*CREATE)
    assert result.code == 0
    assert "cannot check whether the evaluation already has a report: API key missing" in result.err
    assert methods(server) == ["GET", "POST"]


@pytest.mark.parametrize(
    ("reply", "code"),
    [(Reply(401), 4), (Reply(500), 7), (Reply(404), 5)],
    ids=["401", "5xx", "404"],
)
def test_h01_read_that_fails(run: Run, server: RecordingServer, reply: Reply, code: int) -> None:
    """Nothing is written then."""
    server.reply(reply)
    assert run(*CREATE, "--retries", "0").code == code
    assert {*methods(server)} == {"GET"}


def test_h01_list_that_ignores_the_filter(run: Run, server: RecordingServer) -> None:
    stranger = SET_UP | {"evaluation": REPORT_ID}
    server.reply(
        lambda sent: (
            Reply(200, page([stranger]))
            if sent.method == "GET"
            else Reply(201, UNTOUCHED | sent.json)
        )
    )
    assert run(*CREATE).code == 0
    assert methods(server) == ["GET", "POST"]


def test_h01_evaluation_in_another_form(run: Run, server: RecordingServer) -> None:
    server.reply(keeping_one(SET_UP))
    words = ["--data", json.dumps({"evaluation": EVALUATION.replace("-", "").upper()})]
    assert run(*CREATE[:2], *CREATE[4:], *words).code == ExitCode.CONFLICT
    assert f"?{QUERY}" in server.lines[0]


@pytest.mark.parametrize("evaluation", ["nope", "5", "..%2F", None])
def test_evaluation_that_cannot_have_a_report(
    run: Run, server: RecordingServer, evaluation: str | None
) -> None:
    """The server refuses it, so no list is read."""
    server.reply(Reply(400, {"detail": "No.", "attr": "evaluation"}))
    words = ["--data", json.dumps({"evaluation": evaluation})]
    assert run(*CREATE[:2], *CREATE[4:], *words).code == ExitCode.REJECTED
    assert methods(server) == ["POST"]


def test_ids_that_could_change_the_path(run: Run, server: RecordingServer) -> None:
    server.reply(keeping_one(UNTOUCHED | {"id": "../../users/@me"}))
    assert run(*CREATE).code == ExitCode.UNAVAILABLE
    assert methods(server) == ["GET"]


def test_only_the_evaluation_is_given(run: Run, server: RecordingServer) -> None:
    """Nothing is to be changed; the server says which fields it needs."""
    server.reply(
        lambda sent: (
            Reply(200, page([UNTOUCHED]))
            if sent.method == "GET"
            else Reply(
                400, {"detail": "Required.", "code": "required", "attr": "trigger_threshold"}
            )
        )
    )
    result = run(*CREATE[:4])
    assert result.code == ExitCode.REJECTED
    assert "give --trigger-threshold" in result.err
    assert methods(server) == ["GET", "POST"]


def test_options_that_cannot_be_combined(run: Run, server: RecordingServer) -> None:
    result = run(*CREATE, "--replace", "--another")
    assert (result.code, server.sent) == (ExitCode.USAGE, [])
    assert "--replace and --another cannot be combined" in result.err


@pytest.mark.parametrize(
    ("reports", "words", "method"),
    [
        ([], [], "POST"),
        ([UNTOUCHED], [], "PATCH"),
        ([SET_UP], ["--replace"], "PATCH"),
        ([SET_UP], ["--another"], "POST"),
    ],
    ids=["none", "untouched", "replace", "another"],
)
def test_h01_dry_run_prints_the_right_request(
    run: Run,
    server: RecordingServer,
    reports: list[dict[str, Any]],
    words: list[str],
    method: str,
) -> None:
    server.reply(keeping_one(*reports))
    result = run(*CREATE, *words, "--dry-run")
    assert result.code == 0
    assert result.out.startswith(f"curl -X {method} ")
    assert result.out.endswith(
        f"/evaluation_reports/{REPORT_ID}/\n" if method == "PATCH" else "/evaluation_reports/\n"
    )
    assert methods(server) == ["GET"]


def test_h01_dry_run_where_nothing_would_be_sent(run: Run, server: RecordingServer) -> None:
    server.reply(keeping_one(SET_UP))
    result = run(*CREATE, "--dry-run")
    assert (result.code, result.out) == (ExitCode.CONFLICT, "")


@pytest.mark.generation("v3")
@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("words", [["delete", "--yes"], ["update", "--deleted"]], ids=" ".join)
def test_newer_servers_delete_no_report(run: Run, words: list[str]) -> None:
    (report,) = run("evaluation-reports", "list", "-o", "ids", "-p", "sandbox").out.split()
    result = run("evaluation-reports", words[0], report, *words[1:], "-p", "sandbox")
    assert result.code == ExitCode.REJECTED
    disable = f"llmctl evaluation-reports update {report} --disabled -p sandbox"
    assert result.err.endswith(f"hint: disable it instead: {disable}\n")
    assert run(*disable.split()[1:]).code == 0


@pytest.mark.generation("v1")
@pytest.mark.usefixtures("sandbox")
def test_h01_older_servers_keep_several(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    words = [*CREATE[:3], defaults.EVALUATION_ID, *CREATE[4:]]
    first = run(*words, "-o", "ids").out.strip()
    result = run(*words)
    assert result.code == ExitCode.CONFLICT
    assert first in result.err
    assert run(*words, "--replace", "-o", "ids").out.strip() == first
    second = run(*words, "--another", "-o", "ids").out.strip()
    assert second != first
    result = run(*words, "--replace")
    assert result.code == ExitCode.USAGE
    assert first in result.err
    assert second in result.err
    listed = run("evaluation-reports", "list", "-o", "ids").out.split()
    assert {*listed} == {first, second}


@pytest.mark.generation("v3")
@pytest.mark.usefixtures("sandbox")
def test_h01_newer_servers_make_reports_themselves(
    run: Run, monkeypatch: pytest.MonkeyPatch, got: Got
) -> None:
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    words = [*CREATE[:3], defaults.EVALUATION_ID, *CREATE[4:6]]
    (report,) = run("evaluation-reports", "list", "-o", "ids").out.split()
    result = run(*words, "--slack", "1:C0123", "-o", "ids")
    assert (result.code, result.out.strip(), result.err) == (0, report, "")
    stored = run("evaluation-reports", "get", report, "-o", "json").out
    result = run(*words, "--email", "a@b.example")
    assert result.code == ExitCode.CONFLICT
    assert "C0123" in result.err
    assert run("evaluation-reports", "get", report, "-o", "json").out == stored
    result = run(*words, "--email", "a@b.example", "--another")
    assert result.code == ExitCode.PARTIAL
    assert "already existed" in result.err
    assert "C0123" in result.err
    assert run(*words, "--slack", "1:C9", "--replace").code == 0
    got("10, nothing overwritten")
