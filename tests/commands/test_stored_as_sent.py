"""After a write: fields that the server ignored or changed are named, and the exit code is 12."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmctl.api import write_check
from llmctl.errors import ExitCode
from llmctl.sandbox import defaults
from llmctl.sandbox.generation import Generation
from tests.conftest import Run
from tests.fault_table import Got
from tests.support import JOB, JOB_ID, KEY, PROVIDER_KEY, RecordingServer, Reply, Sent, page

EVALUATION = "01890a5d-ac96-774b-bcce-b30209900001"
OTHER_ID = "01890a5d-ac96-774b-bcce-b30209900002"
REPORT = {
    "id": JOB_ID,
    "evaluation": EVALUATION,
    "frequency": "every_n",
    "trigger_threshold": 100,
    "starts_at": None,
    "timezone_name": "UTC",
    "delivery_targets": [],
}
MASK = f"{PROVIDER_KEY[:4]}...{PROVIDER_KEY[-4:]}"
STORED_KEY = {
    "id": JOB_ID,
    "name": "Main",
    "provider": "openai",
    "state": "ok",
    "api_key_masked": MASK,
    "azure_endpoint_display": None,
    "api_version_display": None,
}
CREATE_REPORT = ["evaluation-reports", "create", "--evaluation", EVALUATION]
UPDATE_REPORT = ["evaluation-reports", "update", JOB_ID]
CREATE_KEY = ["provider-keys", "create", "--provider", "openai", "--name", "Main"]
CREATE_KEY += ["--api-key-env", "NEW"]
UPDATE_KEY = ["provider-keys", "update", JOB_ID]
SET_FILTERS = ["clustering-config", "set-event-filters", "--event-filters"]
SET_ACTIVE = ["evaluation-config", "set-active-key"]
SCHEDULED = [
    *("--frequency", "scheduled", "--rrule", "FREQ=DAILY"),
    *("--starts-at", "2026-12-24T09:00:00+01:00", "--timezone-name", "Europe/Prague"),
]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW", PROVIDER_KEY)
    monkeypatch.setattr(write_check, "_PAUSE_SECONDS", 0.01)


def keeping(stored: dict[str, Any], **fixed: Any) -> Any:
    """A server that stores what it is sent, except the `fixed` fields."""

    def reply(sent: Sent) -> Reply:
        if sent.method == "GET":
            return Reply(200, page([]))
        status = 201 if sent.method == "POST" and "set_" not in sent.path else 200
        return Reply(status, stored | sent.json | fixed)

    return reply


@pytest.mark.parametrize("command", [CREATE_REPORT, UPDATE_REPORT], ids=["create", "update"])
@pytest.mark.parametrize("output", ["table", "json", "ids", "csv"])
def test_h02_time_fields_that_the_server_ignores(
    run: Run, server: RecordingServer, got: Got, command: list[str], output: str
) -> None:
    now = {"starts_at": "2026-11-23T16:00:00Z", "timezone_name": "UTC"}
    server.reply(keeping(REPORT, **now))
    result = run(*command, *SCHEDULED, "-o", output)
    assert result.code == ExitCode.PARTIAL
    assert JOB_ID in result.out.replace("\n", "")
    message = (
        f"evaluation report {JOB_ID} was not stored as sent: "
        'starts_at: sent "2026-12-24T09:00:00+01:00", the server has "2026-11-23T16:00:00Z"; '
        'timezone_name: sent "Europe/Prague", the server has "UTC"'
    )
    hint = f"see what is stored: llmctl evaluation-reports get {JOB_ID}"
    if output == "json":
        assert json.loads(result.out)["timezone_name"] == "UTC"
        assert json.loads(result.err)["error"] == {
            "code": "PARTIAL",
            "message": message,
            "hint": hint,
            "status": 201 if command == CREATE_REPORT else 200,
            "attr": "starts_at",
            "server_code": None,
        }
    else:
        assert result.err == f"error: {message}\nhint: {hint}\n"
    got("12, both fields named")


IGNORED: dict[str, tuple[list[str], dict[str, Any], str]] = {
    "filters cut": (
        [*SET_FILTERS, '[{"key": "a"}, {"key": "b"}]'],
        {"event_filters": [{"key": "a"}]},
        'the clustering configuration was not stored as sent: event_filters: sent [{"key": "a"}, '
        '{"key": "b"}], the server has [{"key": "a"}]',
    ),
    "filter changed": (
        [*SET_FILTERS, '[{"key": "a", "value": "x"}]'],
        {"event_filters": [{"key": "a", "value": "y", "type": "event"}]},
        'event_filters[0].value: sent "x", the server has "y"',
    ),
    "another active key": (
        [*SET_ACTIVE, OTHER_ID],
        {"active_provider_key": STORED_KEY},
        "the evaluation configuration was not stored as sent: "
        f'key_id: sent "{OTHER_ID}", the server has "{JOB_ID}"',
    ),
    "no active key": ([*SET_ACTIVE, OTHER_ID], {"active_provider_key": None}, "has null"),
    "job not disabled": (
        ["clustering-jobs", "update", JOB_ID, "--disabled", "--name", "GPT-4"],
        JOB,
        f"clustering job {JOB_ID} was not stored as sent: enabled: sent false, the server has true",
    ),
    "job renamed": (
        ["clustering-jobs", "create", "--name", "a"],
        JOB,
        'name: sent "a", the server has "GPT-4"',
    ),
    "secret not changed": (
        [*UPDATE_KEY, "--provider", "openai", "--api-key-env", "NEW"],
        STORED_KEY | {"api_key_masked": "sk-x...yyyy"},
        f'api_key: sent "{MASK}", the server has "sk-x...yyyy"',
    ),
    "azure fields of another provider": (
        [*UPDATE_KEY, "--azure-endpoint", "https://x.openai.azure.com", "--api-version", "v"],
        STORED_KEY,
        'azure_endpoint: sent "https://x.openai.azure.com", the server has null; api_version: sent '
        '"v", the server has null',
    ),
    "base_url": (
        [*UPDATE_KEY, "--data", '{"base_url": "https://a"}'],
        STORED_KEY | {"base_url_display": "https://b"},
        'base_url: sent "https://a", the server has "https://b"',
    ),
    "key created with another name": (
        CREATE_KEY,
        STORED_KEY | {"name": "Main (1)"},
        'name: sent "Main", the server has "Main (1)"',
    ),
    "report not restored": (
        [*UPDATE_REPORT, "--not-deleted"],
        REPORT | {"deleted": True},
        "deleted: sent false, the server has true",
    ),
}


@pytest.mark.parametrize(("command", "found", "said"), IGNORED.values(), ids=IGNORED)
def test_h02_other_fields_that_the_server_ignores(
    run: Run, server: RecordingServer, command: list[str], found: dict[str, Any], said: str
) -> None:
    is_create = "create" in command

    def reply(sent: Sent) -> Reply:
        if sent.method == "GET":
            return Reply(200, found if "provider_keys" in sent.path else page([]))
        return Reply(201 if is_create else 200, found)

    server.reply(reply)
    result = run(*command, "-o", "json")
    assert result.code == ExitCode.PARTIAL
    assert json.loads(result.out) == found
    error = json.loads(result.err.splitlines()[-1])["error"]
    assert said in error["message"]
    assert PROVIDER_KEY not in result.err
    assert sum(sent.method != "GET" for sent in server.sent) == 1


def test_h02_report_that_is_not_deleted(run: Run, server: RecordingServer) -> None:
    """No message says that it was deleted."""
    server.reply(REPORT | {"deleted": False})
    result = run("evaluation-reports", "delete", JOB_ID, "--yes")
    assert (result.code, result.out) == (ExitCode.PARTIAL, "")
    assert "deleted: sent true, the server has false" in result.err
    assert "deleted evaluation report" not in result.err


@pytest.mark.parametrize(
    "command",
    [
        ["clustering-jobs", "create", "--name", "a"],
        ["clustering-jobs", "update", JOB_ID],
        CREATE_KEY,
        UPDATE_KEY,
        CREATE_REPORT[:2],
        UPDATE_REPORT,
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_h02_field_that_no_response_shows_is_a_note(
    run: Run, server: RecordingServer, command: list[str]
) -> None:
    found = JOB | STORED_KEY if command[0] == "provider-keys" else JOB | {"name": "a"}
    server.reply(Reply(201 if "create" in command else 200, found))
    result = run(*command, "--data", '{"new": 1, "newer": {"a": "phx_0123456789abcdefgh"}}')
    assert result.code == 0
    assert "* the response does not show new, newer: cannot tell if it was stored\n" in result.err
    assert "phx_" not in result.err


ANSWERS: dict[str, Any] = {
    "nothing": {},
    "page": page([JOB]),
    "array": [JOB],
    "wrapped": {"data": JOB},
    "message": {"detail": "done"},
    "without id": {"name": "GPT-4", "enabled": True, "deleted": True},
}
ANOTHER = JOB | STORED_KEY | REPORT | {"id": OTHER_ID, "deleted": True}
WRITES_WITH_ID = [
    ["clustering-jobs", "update", JOB_ID, "--enabled"],
    [*UPDATE_KEY, "--name", "Main"],
    [*UPDATE_REPORT, "--trigger-threshold", "100"],
    ["evaluation-reports", "delete", JOB_ID, "--yes"],
]
CREATES = [
    ["clustering-jobs", "create", "--name", "GPT-4", "--analysis-level", "trace"],
    CREATE_KEY,
    [*CREATE_REPORT, "--trigger-threshold", "100"],
]
NOT_THE_OBJECT = [
    *((command, answer) for command in CREATES for answer in ANSWERS.values()),
    *((command, answer) for command in WRITES_WITH_ID for answer in (*ANSWERS.values(), ANOTHER)),
]


@pytest.mark.parametrize(("command", "answer"), NOT_THE_OBJECT)
def test_h02_answers_that_are_not_the_object(
    run: Run, server: RecordingServer, command: list[str], answer: Any
) -> None:
    """The write may have been done: the object is read, which proves nothing here."""

    def reply(sent: Sent) -> Reply:
        if sent.method != "GET":
            return Reply(201 if sent.method == "POST" else 200, answer)
        unchanged = JOB | STORED_KEY | REPORT | {"trigger_threshold": 7, "name": "x"}
        unchanged |= {"enabled": False, "deleted": False}
        return Reply(200, unchanged if JOB_ID in sent.path else page([]))

    server.reply(reply)
    result = run(*command, "--retries", "0")
    assert (result.code, result.out) == (ExitCode.UNKNOWN, "")
    assert "may or may not have happened: unexpected response from" in result.err
    assert "deleted evaluation report" not in result.err


def test_another_object_is_not_shown(run: Run, server: RecordingServer) -> None:
    server.reply(JOB)
    result = run("clustering-jobs", "get", OTHER_ID)
    assert (result.code, result.out) == (ExitCode.UNAVAILABLE, "")
    assert f"clustering job {JOB_ID} in place of {OTHER_ID}" in result.err
    for same in JOB_ID.upper(), JOB_ID:
        assert run("clustering-jobs", "get", same).code == 0


@pytest.mark.parametrize("word", ["false", '"no"', "0", '"False"'])
def test_h02_key_that_was_not_to_be_active(run: Run, server: RecordingServer, word: str) -> None:
    server.reply(Reply(201, STORED_KEY))
    result = run(*CREATE_KEY, "--data", f'{{"set_as_active": {word}}}', "-o", "ids")
    assert (result.code, result.err, len(server.sent)) == (0, "", 1)


def test_h02_is_told_without_output_too(shell: Any, server: RecordingServer) -> None:
    server.reply(keeping(REPORT, timezone_name="UTC"))
    words = f"llmctl evaluation-reports update {JOB_ID} --timezone-name Europe/Prague"
    result = shell(f"{words} > /dev/full")
    assert result.code == ExitCode.OUTPUT
    assert 'timezone_name: sent "Europe/Prague", the server has "UTC"' in result.err
    result = shell(f"{words} | true; exit ${{PIPESTATUS[0]}}")
    assert result.code in (ExitCode.PARTIAL, ExitCode.BROKEN_PIPE)


@pytest.mark.parametrize("found", ["active", "later", "other", "none", "denied", "hidden"])
def test_h02_key_that_does_not_become_active(run: Run, server: RecordingServer, found: str) -> None:
    other = STORED_KEY | {"id": OTHER_ID}
    asked: list[Sent] = []

    def reply(sent: Sent) -> Reply:
        if sent.method == "POST":
            return Reply(201, STORED_KEY)
        if not sent.path.endswith("evaluation_config/"):
            return Reply(200, page([]))  # the evaluations and the taggers
        asked.append(sent)
        if found == "denied":
            return Reply(403, {"detail": "API key missing required scope 'evaluation:read'"})
        if found == "hidden":
            return Reply(200, {"id": 1})
        is_active = found == "active" or (found == "later" and len(asked) == 3)
        is_none = found == "none"
        active = STORED_KEY if is_active else None if is_none else other
        return Reply(200, {"active_provider_key": active})

    server.reply(reply)
    result = run(*CREATE_KEY, "--set-as-active", "-o", "ids")
    assert result.out == f"{JOB_ID}\n"
    said = {
        "active": "",
        "later": "",
        "other": f'set_as_active: sent true, the server has active key "{OTHER_ID}"',
        "none": "set_as_active: sent true, the server has active key null",
        "denied": "cannot check that the key is active: API key missing required scope",
        "hidden": "cannot check that the key is active",
    }[found]
    assert result.code == (ExitCode.PARTIAL if found in ("other", "none") else 0)
    assert said in result.err
    assert said or result.err == ""
    assert [sent.path.split("/")[-2] for sent in asked[:1]] == ["evaluation_config"]


def test_h02_without_set_as_active_nothing_else_is_read(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(201, STORED_KEY))
    assert run(*CREATE_KEY).code == 0
    assert len(server.sent) == 1


def test_h02_secrets_are_not_repeated(run: Run, server: RecordingServer) -> None:
    name = f"{PROVIDER_KEY} and {KEY}"
    server.reply(Reply(201, STORED_KEY | {"name": "other"}))
    result = run(*CREATE_KEY[:4], *CREATE_KEY[6:], "--data", json.dumps({"name": name}))
    assert result.code == ExitCode.PARTIAL
    assert 'name: sent "*** and ***", the server has "other"' in result.err
    assert PROVIDER_KEY not in result.err + result.out


def test_h02_lost_response_that_is_read_back(run: Run, server: RecordingServer) -> None:
    """Reading back has compared it already."""
    server.reply(Reply(502), JOB | {"enabled": False})
    result = run("clustering-jobs", "update", JOB_ID, "--disabled", "--retries", "0")
    assert result.code == 0, result.err
    assert len(server.sent) == 2


# What servers do to values without changing their meaning ----------------------------------------

FILTERS = '[{"key": "$ai_model", "value": ["a", null, 1.50, -0.0, 1e3, true, {}], "x": {"y": []}}]'
REPORT_FIELDS = [
    ["--frequency", "every_n"],
    ["--rrule", " FREQ=WEEKLY;BYDAY=MO "],
    ["--rrule", ""],
    ["--starts-at", "2026-12-24T09:00:00.123456+01:00"],
    ["--starts-at", "2026-12-24"],
    ["--starts-at", "2026-12-24 9:05"],
    ["--starts-at", "2026-12-24T09:00:00,5+0100"],
    ["--starts-at", "20261224T090000Z"],
    ["--starts-at", "2026-W52-4"],
    ["--starts-at", "null"],
    ["--timezone-name", " Europe/Prague "],
    ["--email", "a@example.com", "--slack", "1:#llm"],
    ["--delivery-targets", '[{"type": "slack", "integration_id": "1", "channel": "c", "x": 1}]'],
    ["--delivery-targets", '[{"type": "slack", "integration_id": 1.9, "channel": "c"}]'],
    ["--delivery-targets", '[{"type": "slack", "integration_id": true, "channel": "c"}]'],
    ["--delivery-targets", "[]"],
    ["--max-sample-size", "-5"],
    ["--enabled"],
    ["--disabled"],
    ["--not-deleted"],
    ["--deleted"],
    ["--report-prompt-guidance", "\n be brief \n"],
    ["--report-prompt-guidance", ""],
    ["--trigger-threshold", "+10"],
    ["--cooldown-minutes", "1440"],
    ["--daily-run-cap", "24"],
    ["--data", '{"trigger_threshold": "200", "enabled": "no", "max_sample_size": 7.0}'],
]
JOB_FIELDS = [
    ["--data", '{"event_filters": {"any": "JSON"}}'],
    ["--name", "  a b "],
    ["--name", "é\u202e😀"],
    ["--data", '{"name": 5.5, "enabled": 1}'],
    ["--event-filters", FILTERS],
    ["--event-filters", "[]"],
    ["--disabled"],
    ["--enabled"],
]
KEY_FIELDS = [
    ["--name", "  a b "],
    ["--data", '{"name": 7}'],
    ["--api-key-env", "NEW"],
    ["--api-key-env", "SHORT"],
    ["--api-key-env", "SHORTEST"],
]
AZURE_FIELDS = [
    ["--azure-endpoint", " https://X.openai.azure.com/ "],
    ["--api-version", " 2025-01-01 "],
    ["--api-key-env", "NEW"],
]


@pytest.fixture
def in_sandbox(run: Run, sandbox: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("LLMCTL_PROFILE", "sandbox")
    monkeypatch.setenv("SHORT", "sk-12345678")
    monkeypatch.setenv("SHORTEST", "sk-12345")

    def call(*words: str) -> dict[str, Any]:
        result = run(*words, "-o", "json")
        assert result.code == 0, result.err
        assert "error" not in result.err
        assert "does not show" not in result.err
        found: dict[str, Any] = json.loads(result.out) if result.out else {}
        return found

    return call


@pytest.mark.generation("v1")
def test_report_fields_are_stored_as_sent(in_sandbox: Any) -> None:
    words = ["--evaluation", defaults.EVALUATION_ID.upper(), "--trigger-threshold", "100"]
    report = in_sandbox("evaluation-reports", "create", *words)
    for fields in REPORT_FIELDS:
        in_sandbox("evaluation-reports", "update", report["id"], *fields)
        more = [] if "--trigger-threshold" in fields else words[2:]
        if "trigger_threshold" not in fields[-1]:
            in_sandbox("evaluation-reports", "create", "--another", *words[:2], *more, *fields)
    in_sandbox("evaluation-reports", "update", report["id"], *SCHEDULED)
    in_sandbox("evaluation-reports", "update", report["id"], "--trigger-threshold", "null")
    body = json.dumps({"evaluation": defaults.EVALUATION_ID.replace("-", "")})
    in_sandbox("evaluation-reports", "update", report["id"], "--data", body)


@pytest.mark.generation("v3")
@pytest.mark.parametrize("fields", REPORT_FIELDS, ids=" ".join)
def test_h02_report_fields_in_v3(run: Run, in_sandbox: Any, fields: list[str]) -> None:
    """Exactly the fields that the server sets itself are named."""
    words = ["--evaluation", defaults.EVALUATION_ID, "--trigger-threshold", "100"]
    report = in_sandbox("evaluation-reports", "create", *words)
    result = run("evaluation-reports", "update", report["id"], *fields)
    is_ignored = fields[0] in ("--starts-at", "--timezone-name") and fields[1] != "null"
    if result.code == ExitCode.REJECTED:
        assert fields[0] in ("--rrule", "--deleted", "--trigger-threshold", "--data")
    else:
        assert result.code == (ExitCode.PARTIAL if is_ignored else 0), result.err
    if is_ignored:
        name = fields[0][2:].replace("-", "_")
        assert f"was not stored as sent: {name}: sent {json.dumps(fields[1])}" in result.err
    elif result.code == 0:
        assert result.err == ""


@pytest.mark.generation("v3")
def test_h02_schedule_in_v3(run: Run, in_sandbox: Any, got: Got) -> None:
    """The report that was created with the evaluation is filled in, except the time."""
    words = ["--evaluation", defaults.EVALUATION_ID, *SCHEDULED]
    result = run("evaluation-reports", "create", *words, "-o", "json")
    assert result.code == ExitCode.PARTIAL
    report = json.loads(result.out)
    assert (report["frequency"], report["timezone_name"]) == ("scheduled", "UTC")
    message = json.loads(result.err)["error"]["message"]
    assert 'starts_at: sent "2026-12-24T09:00:00+01:00", the server has "2' in message
    assert 'timezone_name: sent "Europe/Prague", the server has "UTC"' in message
    result = run("evaluation-reports", "update", report["id"], *SCHEDULED)
    assert result.code == ExitCode.PARTIAL
    got("12, both fields named")


def test_job_fields_are_stored_as_sent(in_sandbox: Any, generation: Generation) -> None:
    for fields in JOB_FIELDS[generation is Generation.V3 :]:  # the first is a list in v3
        words = ["--analysis-level", "trace", "--name", "x"][: 2 if "name" in str(fields) else 4]
        job = in_sandbox("clustering-jobs", "create", *words, *fields)
        in_sandbox("clustering-jobs", "update", job["id"], *fields)
        in_sandbox("clustering-jobs", "update", job["id"], "--analysis-level", "evaluation")
        in_sandbox("clustering-jobs", "delete", job["id"], "--yes")
    in_sandbox("clustering-config", "set-event-filters", "--event-filters", FILTERS)


def test_whole_objects_are_stored_as_sent(run: Run, in_sandbox: Any) -> None:
    words = ["--evaluation", defaults.EVALUATION_ID, *SCHEDULED[:6]]
    result = run("evaluation-reports", "create", *words, "-o", "json")
    objects = {
        "clustering-jobs": in_sandbox("clustering-jobs", "get", defaults.TRACES_JOB_ID),
        "provider-keys": in_sandbox("provider-keys", "get", defaults.ACTIVE_KEY_ID),
        "evaluation-reports": json.loads(result.out),
    }
    for group, found in objects.items():
        in_sandbox(group, "update", found["id"], "--data", json.dumps(found))


def test_key_fields_are_stored_as_sent(in_sandbox: Any) -> None:
    words = ["--provider", "openai", "--name", "x"]
    for fields in KEY_FIELDS:
        more = [] if "--api-key-env" in fields else ["--api-key-env", "NEW"]
        key = in_sandbox("provider-keys", "create", *words, *fields, *more)
        in_sandbox("provider-keys", "update", key["id"], *fields)
        in_sandbox("provider-keys", "update", key["id"], "--provider", "gemini")
    more = ["--api-key-env", "NEW", "--set-as-active"]
    active = in_sandbox("provider-keys", "create", *words, *more)
    in_sandbox("evaluation-config", "set-active-key", key["id"].upper())
    in_sandbox("evaluation-config", "set-active-key", active["id"])


def test_azure_fields_are_stored_as_sent(in_sandbox: Any) -> None:
    words = ["--provider", "azure_openai", "--name", "x", "--api-key-env", "NEW"]
    for fields in AZURE_FIELDS:
        endpoint = [] if fields[0] == "--azure-endpoint" else AZURE_FIELDS[0]
        secret = words[:4] if fields[0] == "--api-key-env" else words
        key = in_sandbox("provider-keys", "create", *secret, *endpoint, *fields)
        in_sandbox("provider-keys", "update", key["id"], *fields)


def test_secret_of_a_rotation_is_not_flagged(in_sandbox: Any, tmp_path: Path) -> None:
    for strategy in ("in-place", "replace"):
        (tmp_path / "key").write_text(f"{PROVIDER_KEY}-{strategy}-0123")
        words = ["--strategy", strategy, "--api-key-file", str(tmp_path / "key"), "--yes"]
        in_sandbox("provider-keys", "rotate", "--active", *words)
