"""A write whose response is lost: sent once, then read back if the server can show it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from llmctl.errors import ExitCode
from llmctl.sandbox import defaults
from tests.conftest import Run
from tests.fault_table import Got
from tests.support import JOB, JOB_ID, PROVIDER_KEY, RecordingServer, Reply, Sent, page

CREATE = ["clustering-jobs", "create", "--name", "GPT-4", "--analysis-level", "trace"]
UPDATE = ["clustering-jobs", "update", JOB_ID, "--disabled"]
REPORT_ID = "01890a5d-ac96-774b-bcce-b302099a8058"
KEY_ID = "01890a5d-ac96-774b-bcce-b302099a8059"


LOST = [Reply(502), Reply(503, {"detail": "Busy."}), Reply(200, b"<html>", {}), Reply(202)]


def now(offset: float = 0.0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=offset)).isoformat().replace("+00:00", "Z")


def job(**changes: Any) -> dict[str, Any]:
    return JOB | {"created_at": now()} | changes


def key(**changes: Any) -> dict[str, Any]:
    mask = f"{PROVIDER_KEY[:4]}...{PROVIDER_KEY[-4:]}"
    stored = {"id": KEY_ID, "provider": "openai", "name": "Main", "api_key_masked": mask}
    return stored | {"state": "ok", "created_at": now()} | changes


def report(**changes: Any) -> dict[str, Any]:
    stored = {"id": REPORT_ID, "evaluation": JOB_ID, "trigger_threshold": 100, "enabled": True}
    return stored | {"starts_at": "2026-01-05T08:00:00Z", "created_at": now()} | changes


@pytest.fixture(autouse=True)
def _new_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW", PROVIDER_KEY)


SECRET = ["--api-key-env", "NEW"]
NEW_SECRET = ["provider-keys", "update", KEY_ID, *SECRET]
CREATE_KEY = ["provider-keys", "create", "--provider", "openai", "--name", "Main"]
CREATE_KEY += SECRET
CREATE_REPORT = ["evaluation-reports", "create", "--evaluation", JOB_ID]
CREATE_REPORT += ["--trigger-threshold", "100", "--starts-at", "2026-01-05T09:00+01:00"]
SET_ACTIVE = ["evaluation-config", "set-active-key", KEY_ID]
SET_FILTERS = ["clustering-config", "set-event-filters", "--event-filters", '[{"key": "a"}]']

FOUND: dict[str, tuple[list[str], Callable[[], Any]]] = {
    "create a job": (CREATE, lambda: page([job()])),
    "create a key": (CREATE_KEY, lambda: page([key(), key(id="other", name="Other")])),
    "create a report": (CREATE_REPORT, lambda: page([report(), report(created_at=now(-60))])),
    "update": (UPDATE, lambda: JOB | {"enabled": False}),
    "update a key": (["provider-keys", "update", KEY_ID, "--name", " Main "], key),
    "event filters": (SET_FILTERS, lambda: {"event_filters": [{"key": "a"}]}),
    "active key": (SET_ACTIVE, lambda: {"active_provider_key": key()}),
}


def read_before(command: list[str]) -> list[Any]:
    """The answers to the reads before the write: a key, or the evaluations and taggers."""
    if command == SET_ACTIVE or "--set-as-active" in command:
        return [page([]), page([])]
    return [key(name="Old")] if command[:2] == ["provider-keys", "update"] else []


@pytest.mark.parametrize("reply", LOST, ids=["502", "503", "html", "202"])
@pytest.mark.parametrize(("command", "there"), FOUND.values(), ids=FOUND.keys())
def test_b13_write_that_the_server_shows_is_done(
    run: Run,
    server: RecordingServer,
    command: list[str],
    there: Callable[[], Any],
    reply: Reply,
) -> None:
    before = read_before(command)
    server.reply(*before, reply, there())
    result = run(*command, "-o", "json", "--retries", "0")
    assert result.code == 0, result.err
    assert "the server shows that it succeeded" in result.err
    assert json.loads(result.out)
    reads = [True] * len(before)
    assert [sent.method == "GET" for sent in server.sent] == [*reads, False, True]


NOT_FOUND: dict[str, tuple[list[str], Callable[[], Any]]] = {
    "no such job": (CREATE, lambda: page([job(name="Other")])),
    "another level": (CREATE, lambda: page([job(analysis_level="generation")])),
    "an older job": (CREATE, lambda: page([JOB])),
    "an older job of any name": (CREATE[:2] + CREATE[4:], lambda: page([JOB])),
    "an older key": (CREATE_KEY, lambda: page([key(created_at=now(-3600))])),
    "another secret": (CREATE_KEY, lambda: page([key(api_key_masked="sk-x...yyyy")])),
    "a short secret": (CREATE_KEY, lambda: page([key(api_key_masked="")])),
    "two keys": (CREATE_KEY, lambda: page([key(), key(id="other")])),
    "no time": (CREATE_KEY, lambda: page([key(created_at=None)])),
    "perhaps active": ([*CREATE_KEY, "--set-as-active"], lambda: page([key()])),
    "an older report": (CREATE_REPORT, lambda: page([report(created_at=now(-60))])),
    "not updated": (UPDATE, lambda: JOB),
    "true is not 1": (UPDATE, lambda: JOB | {"enabled": 0}),
    "other filters": (SET_FILTERS, lambda: {"event_filters": []}),
    "another active key": (SET_ACTIVE, lambda: {"active_provider_key": key(id="other")}),
    "no active key": (SET_ACTIVE, lambda: {"active_provider_key": None}),
    "still there": (["clustering-jobs", "delete", JOB_ID, "--yes"], lambda: JOB),
    "reading fails": (CREATE, lambda: Reply(503)),
    "no project": (
        ["clustering-jobs", "delete", JOB_ID, "--yes"],
        lambda: Reply(404, {"detail": "Project not found.", "code": "not_found"}),
    ),
    "a gateway's 404": (["clustering-jobs", "delete", JOB_ID, "--yes"], lambda: Reply(404)),
}


@pytest.mark.parametrize(("command", "there"), NOT_FOUND.values(), ids=NOT_FOUND.keys())
def test_b13_write_that_the_server_does_not_show_stays_unknown(
    run: Run, server: RecordingServer, command: list[str], there: Callable[[], Any]
) -> None:
    server.reply(*read_before(command), Reply(502), there())
    result = run(*command, "--retries", "0")
    assert (result.code, result.out) == (ExitCode.UNKNOWN, "")
    assert "hint: check whether it happened" in result.err
    assert sum(sent.method != "GET" for sent in server.sent) == 1


@pytest.mark.parametrize(
    "command",
    [
        ["clustering-jobs", "delete", JOB_ID, "--yes"],
        ["evaluation-reports", "delete", REPORT_ID, "--yes"],
    ],
)
def test_b13_delete_that_the_server_shows_is_done(
    run: Run, server: RecordingServer, command: list[str]
) -> None:
    server.reply(Reply(502), Reply(404, {"detail": "Not found.", "code": "not_found"}))
    result = run(*command)
    assert (result.code, result.out) == (0, "")
    assert len(server.sent) == 2


def test_b10_create_whose_response_is_cut_off(run: Run, server: RecordingServer, got: Got) -> None:
    """The server creates the job and hangs up in the middle of its response."""
    made = job()
    done: list[Any] = []

    def answer(sent: Sent) -> Reply:
        if sent.method == "POST":
            done.append(made)
            return Reply(201, b"{", {"Content-Length": "99"})
        return Reply(200, page(done))

    server.reply(answer)
    result = run(*CREATE, "-o", "json")
    assert (result.code, json.loads(result.out)) == (0, made)
    assert len(done) == 1
    got("one POST, found")


UPDATE_IN_SANDBOX = ["provider-keys", "update", defaults.ACTIVE_KEY_ID, "-p", "sandbox", *SECRET]


@pytest.mark.parametrize(
    ("stored", "fault", "code"),
    [
        (f"{PROVIDER_KEY[:4]}-older-one-{PROVIDER_KEY[-4:]}", "drop-before", ExitCode.UNKNOWN),
        (f"{PROVIDER_KEY[:4]}-older-one-{PROVIDER_KEY[-4:]}", "drop-after", ExitCode.UNKNOWN),
        (PROVIDER_KEY, "drop-before", ExitCode.UNKNOWN),
        ("sk-other-secret-9999", "drop-before", ExitCode.UNKNOWN),
        ("sk-other-secret-9999", "drop-after", ExitCode.OK),
    ],
    ids=[
        "same mask, lost",
        "same mask, done",
        "same, lost",
        "other mask, lost",
        "other mask, done",
    ],
)
@pytest.mark.parametrize("more", [[], ["--provider", "openai"], ["--data", '{"name": "b"}']])
@pytest.mark.usefixtures("sandbox")
def test_h03_new_secret_whose_update_is_lost(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    stored: str,
    fault: str,
    code: ExitCode,
    more: list[str],
) -> None:
    """A mask that fitted before the write does not show that it happened."""
    monkeypatch.setenv("NEW", stored)
    assert run(*UPDATE_IN_SANDBOX, *more).code == 0
    monkeypatch.setenv("NEW", PROVIDER_KEY)
    monkeypatch.setenv("LLMCTL_SANDBOX_FAULTS", f"PATCH provider_keys: {fault}")
    result = run(*UPDATE_IN_SANDBOX, *more, "-v")
    assert result.code == code, result.err
    assert result.err.count("PATCH ") - result.err.count("the PATCH ") == 1
    assert ("the server shows that it succeeded" in result.err) == (code == ExitCode.OK)
    told_apart = stored.startswith("sk-other")
    assert ("run the same command again" in result.err) == (not told_apart)


@pytest.mark.parametrize("mask", ["", "****", None], ids=["empty", "stars", "none"])
def test_h03_mask_that_says_nothing_before(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, mask: str | None
) -> None:
    monkeypatch.setenv("NEW", "sk-short-0123")
    server.reply(key(api_key_masked=mask), Reply(502), key(api_key_masked="sk-s...0123"))
    assert run(*NEW_SECRET).code == ExitCode.UNKNOWN
    assert [sent.method for sent in server.sent] == ["GET", "PATCH"]


@pytest.mark.parametrize("reply", LOST, ids=["502", "503", "html", "202"])
def test_h03_mask_that_changes_shows_a_lost_update(
    run: Run, server: RecordingServer, reply: Reply
) -> None:
    server.reply(key(api_key_masked="sk-x...yyyy"), reply, key())
    result = run(*NEW_SECRET, "--provider", "openai", "-o", "json")
    assert result.code == 0, result.err
    assert "the server shows that it succeeded" in result.err
    assert [sent.method for sent in server.sent] == ["GET", "PATCH", "GET"]


def test_h03_key_that_may_not_be_read(run: Run, server: RecordingServer) -> None:
    """The update is sent; if its response is lost, nothing can show that it happened."""
    denied = Reply(403, {"detail": "No.", "code": "permission_denied"})
    server.reply(denied, Reply(502), key())
    result = run(*NEW_SECRET, "--provider", "openai")
    assert result.code == ExitCode.UNKNOWN
    assert "cannot read the key before the update" in result.err
    assert [sent.method for sent in server.sent] == ["GET", "PATCH"]
    server.reply(denied)
    assert run(*NEW_SECRET).code == ExitCode.DENIED, "the provider is not known"
    assert [sent.method for sent in server.sent[2:]] == ["GET"]


def test_h03_dry_run_reads_no_more_than_it_prints(run: Run, server: RecordingServer) -> None:
    assert run(*NEW_SECRET, "--provider", "openai", "--dry-run").code == 0
    assert server.sent == []
