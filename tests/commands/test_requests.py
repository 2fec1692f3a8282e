"""Every operation's request as a server sees it: method, path, query, body, headers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.support import JOB, JOB_ID, KEY, RecordingServer, Reply, Sent, page, storing

API = "/api/environments/42/llm_analytics"
OTHER_ID = "0190c0de-0000-7000-8000-000000000001"
FILTERS = [{"key": "$ai_model", "value": "gpt-4", "operator": "exact", "type": "event"}]
TARGETS = [{"type": "email", "value": "a@example.com", "extra": 1}]
OBJECT = {"id": JOB_ID, "active_provider_key": None}

READS = [
    ("clustering-config get", f"GET {API}/clustering_config/", OBJECT),
    ("clustering-jobs list", f"GET {API}/clustering_jobs/", page([JOB])),
    (
        "clustering-jobs list --limit 5 --offset 10",
        f"GET {API}/clustering_jobs/?limit=5&offset=10",
        page([JOB]),
    ),
    (f"clustering-jobs get {JOB_ID}", f"GET {API}/clustering_jobs/{JOB_ID}/", JOB),
    ("evaluation-config get", f"GET {API}/evaluation_config/", OBJECT),
    ("evaluation-reports list", f"GET {API}/evaluation_reports/", page([OBJECT])),
    (
        f"evaluation-reports list --evaluation {OTHER_ID} --limit 2 --offset 1",
        f"GET {API}/evaluation_reports/?evaluation={OTHER_ID}&limit=2&offset=1",
        page([OBJECT]),
    ),
    (f"evaluation-reports get {JOB_ID}", f"GET {API}/evaluation_reports/{JOB_ID}/", OBJECT),
    ("provider-keys list", f"GET {API}/provider_keys/", page([OBJECT])),
    (f"provider-keys get {JOB_ID}", f"GET {API}/provider_keys/{JOB_ID}/", OBJECT),
    ("evaluations list", "GET /api/environments/42/evaluations/", page([OBJECT])),
    (
        "evaluations list --search a --disabled --evaluation-type hog --order-by -name",
        "GET /api/environments/42/evaluations/"
        "?search=a&enabled=false&evaluation_type=hog&order_by=-name",
        page([OBJECT]),
    ),
    (f"evaluations get {JOB_ID}", f"GET /api/environments/42/evaluations/{JOB_ID}/", OBJECT),
]


@pytest.mark.parametrize(("command", "line", "answer"), READS, ids=[row[0] for row in READS])
def test_read(run: Run, server: RecordingServer, command: str, line: str, answer: Any) -> None:
    server.reply(answer)
    result = run(*command.split(), "-o", "json")
    assert (result.code, result.err) == (0, "")
    assert server.lines == [line]
    assert server.sent[0].body == b""
    assert server.sent[0].headers["Authorization"] == f"Bearer {KEY}"
    assert "Content-Type" not in server.sent[0].headers
    assert json.loads(result.out) == answer.get("results", answer)


CREATE_JOB = ["clustering-jobs", "create"]
UPDATE_JOB = ["clustering-jobs", "update", JOB_ID]
CREATE_REPORT = ["evaluation-reports", "create"]
UPDATE_REPORT = ["evaluation-reports", "update", JOB_ID]

JOB_FIELDS = [
    (["--name", "a b"], {"name": "a b"}),
    (["--analysis-level", "trace"], {"analysis_level": "trace"}),
    (["--analysis-level", "generation"], {"analysis_level": "generation"}),
    (["--analysis-level", "evaluation"], {"analysis_level": "evaluation"}),
    (["--event-filters", json.dumps(FILTERS)], {"event_filters": FILTERS}),
    (["--event-filters", '["any", "JSON"]'], {"event_filters": ["any", "JSON"]}),
    (["--data", '{"event_filters": null}'], {"event_filters": None}),
    (["--enabled"], {"enabled": True}),
    (["--disabled"], {"enabled": False}),
    (["--data", '{"new": 1, "name": "low"}', "--name", "high"], {"new": 1, "name": "high"}),
]
REPORT_FIELDS = [
    (["--evaluation", OTHER_ID], {"evaluation": OTHER_ID}),
    (["--frequency", "scheduled"], {"frequency": "scheduled"}),
    (["--frequency", "every_n"], {"frequency": "every_n"}),
    (["--rrule", "FREQ=WEEKLY;BYDAY=MO"], {"rrule": "FREQ=WEEKLY;BYDAY=MO"}),
    (["--rrule", ""], {"rrule": ""}),
    (["--starts-at", "2026-01-05T09:00:00Z"], {"starts_at": "2026-01-05T09:00:00Z"}),
    (["--starts-at", "null"], {"starts_at": None}),
    (["--timezone-name", "Europe/Paris"], {"timezone_name": "Europe/Paris"}),
    (["--delivery-targets", json.dumps(TARGETS)], {"delivery_targets": TARGETS}),
    (["--delivery-targets", "[]"], {"delivery_targets": []}),
    (
        ["--email", "b@example.com", "--email", "c@example.com", "--slack", "12:#llm"],
        {
            "delivery_targets": [
                {"type": "email", "value": "b@example.com"},
                {"type": "email", "value": "c@example.com"},
                {"type": "slack", "integration_id": 12, "channel": "#llm"},
            ]
        },
    ),
    (
        ["--delivery-targets", json.dumps(TARGETS), "--email", "b@example.com"],
        {"delivery_targets": [*TARGETS, {"type": "email", "value": "b@example.com"}]},
    ),
    (["--max-sample-size", "-5"], {"max_sample_size": -5}),
    (["--enabled"], {"enabled": True}),
    (["--disabled"], {"enabled": False}),
    (["--deleted"], {"deleted": True}),
    (["--not-deleted"], {"deleted": False}),
    (["--report-prompt-guidance", "be brief"], {"report_prompt_guidance": "be brief"}),
    (["--trigger-threshold", "100"], {"trigger_threshold": 100}),
    (["--trigger-threshold", "null"], {"trigger_threshold": None}),
    (["--trigger-threshold", "9" * 1000], {"trigger_threshold": int("9" * 1000)}),
    (["--max-sample-size", "+" + "1" * 30], {"max_sample_size": int("1" * 30)}),
    (["--cooldown-minutes", "60"], {"cooldown_minutes": 60}),
    (["--daily-run-cap", "1"], {"daily_run_cap": 1}),
    (["--data", '{"future_field": [1]}'], {"future_field": [1]}),
]

WRITES: list[tuple[list[str], str, Any]] = [
    *((CREATE_JOB + words, f"POST {API}/clustering_jobs/", body) for words, body in JOB_FIELDS),
    *(
        (UPDATE_JOB + words, f"PATCH {API}/clustering_jobs/{JOB_ID}/", body)
        for words, body in JOB_FIELDS
    ),
    *(
        (CREATE_REPORT + words, f"POST {API}/evaluation_reports/", body)
        for words, body in REPORT_FIELDS
    ),
    *(
        (UPDATE_REPORT + words, f"PATCH {API}/evaluation_reports/{JOB_ID}/", body)
        for words, body in REPORT_FIELDS
    ),
    (
        ["clustering-config", "set-event-filters", "--event-filters", json.dumps(FILTERS)],
        f"POST {API}/clustering_config/set_event_filters/",
        {"event_filters": FILTERS},
    ),
]


@pytest.mark.parametrize(
    ("command", "line", "body"),
    WRITES,
    ids=[" ".join([*row[0][:2], *row[0][-2:]]) for row in WRITES],
)
def test_write(run: Run, server: RecordingServer, command: list[str], line: str, body: Any) -> None:
    server.reply(stored)
    result = run(*command, "-o", "json")
    assert (result.code, result.err) == (0, "")
    (sent,) = writes(server)
    assert sent.line == line
    assert sent.json == body
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.headers["Authorization"] == f"Bearer {KEY}"
    assert json.loads(result.out) == stored(sent).body


def stored(sent: Sent) -> Reply:
    if "set_active_key" in sent.path:
        return Reply(200, OBJECT | {"active_provider_key": {"id": sent.json["key_id"]}})
    return storing(OBJECT)(sent)


def writes(server: RecordingServer) -> list[Sent]:
    return [sent for sent in server.sent if sent.method != "GET"]


def test_delete_job(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(204))
    result = run("clustering-jobs", "delete", JOB_ID, "--yes")
    assert (result.code, result.out) == (0, "")
    assert result.err == f"deleted clustering job {JOB_ID}\n"
    assert server.lines == [f"DELETE {API}/clustering_jobs/{JOB_ID}/"]
    assert server.sent[0].body == b""


def test_delete_report_is_a_patch(run: Run, server: RecordingServer) -> None:
    server.reply(stored)
    result = run("evaluation-reports", "delete", JOB_ID, "--yes", "-o", "json", "--project", "42")
    assert (result.code, result.out) == (0, "")
    assert f"update {JOB_ID} --not-deleted --project 42\n" in result.err
    assert server.lines == [f"PATCH {API}/evaluation_reports/{JOB_ID}/"]
    assert server.sent[0].json == {"deleted": True}


def test_all_report_fields_at_once(run: Run, server: RecordingServer) -> None:
    server.reply(stored)
    words = [
        "--evaluation", OTHER_ID, "--frequency", "scheduled", "--rrule", "FREQ=DAILY",
        "--starts-at", "2026-01-05", "--timezone-name", "UTC", "--delivery-targets", "[]",
        "--max-sample-size", "10", "--enabled", "--not-deleted", "--report-prompt-guidance", "x",
        "--trigger-threshold", "10", "--cooldown-minutes", "60", "--daily-run-cap", "1",
    ]  # fmt: skip
    assert run("evaluation-reports", "create", *words).code == 0
    assert writes(server)[0].json == {
        "evaluation": OTHER_ID,
        "frequency": "scheduled",
        "rrule": "FREQ=DAILY",
        "starts_at": "2026-01-05",
        "timezone_name": "UTC",
        "delivery_targets": [],
        "max_sample_size": 10,
        "enabled": True,
        "deleted": False,
        "report_prompt_guidance": "x",
        "trigger_threshold": 10,
        "cooldown_minutes": 60,
        "daily_run_cap": 1,
    }


ZONED = ["--timezone-name", "Europe/Paris"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--starts-at", "2026-01-05T09:00:00Z"], None),
        (["--starts-at", "2026-01-05T09:00+01:00", *ZONED], None),
        (["--starts-at", "null", *ZONED], None),
        (["--starts-at", "tomorrow", *ZONED], None),
        (ZONED, None),
        (["--starts-at", "2026-01-05T09:00", *ZONED], "write 2026-01-05T09:00:00+01:00"),
        (["--starts-at", "2026-07-05", *ZONED], "write 2026-07-05T00:00:00+02:00"),
        (["--starts-at", "2026-01-05 09:00"], "e.g. 2026-01-05T09:00:00+01:00, or Z"),
        (["--data", '{"starts_at": "2026-01-05T09:00"}', *ZONED], "reads it as UTC"),
        (["--timezone-name", "Berlin"], "an IANA name such as Europe/Paris"),
        (["--timezone-name", "../etc"], "an IANA name such as Europe/Paris"),
        (["--timezone-name", "Europe"], "an IANA name such as Europe/Paris"),
        (["--timezone-name", ""], "an IANA name such as Europe/Paris"),
        (["--timezone-name", "x" * 9000], "an IANA name such as Europe/Paris"),
    ],
)
def test_times_that_a_server_takes_otherwise(
    run: Run, server: RecordingServer, words: list[str], said: str | None
) -> None:
    server.reply(stored)
    result = run(*CREATE_REPORT, *words)
    assert result.code == 0
    assert len(server.sent) == 1  # as it was given: the server judges
    assert result.err == "" if said is None else said in result.err
    assert run(*UPDATE_REPORT, *words).err == result.err


@pytest.mark.parametrize("option", ["--event-filters", "--data"])
def test_json_from_file_and_standard_input(
    run: Run, server: RecordingServer, tmp_path: Path, option: str
) -> None:
    server.reply(Reply(201, OBJECT))
    value = FILTERS if option == "--event-filters" else {"event_filters": FILTERS}
    file = tmp_path / "value.json"
    file.write_text(json.dumps(value))
    assert run("clustering-jobs", "create", option, f"@{file}").code == 0
    assert run("clustering-jobs", "create", option, "-", stdin=json.dumps(value)).code == 0
    assert [sent.json for sent in server.sent] == [{"event_filters": FILTERS}] * 2


def test_guidance_from_file_keeps_its_text(
    run: Run, server: RecordingServer, tmp_path: Path
) -> None:
    server.reply(OBJECT)
    file = tmp_path / "guidance.txt"
    file.write_text("Zeile 1\nZeile ä\n")
    assert run(*UPDATE_REPORT, "--report-prompt-guidance", f"@{file}").code == 0
    assert server.sent[0].json == {"report_prompt_guidance": "Zeile 1\nZeile ä\n"}


def test_pages_are_followed(run: Run, server: RecordingServer) -> None:
    rows = [JOB | {"id": f"{JOB_ID[:-1]}{number}"} for number in range(5)]
    link = f"{server.origin}{API}/clustering_jobs/?limit=2&offset="
    server.reply(
        page(rows[:2], count=5, following=link + "2"),
        page(rows[2:4], count=5, following=link + "4"),
        page(rows[4:], count=5),
    )
    result = run("clustering-jobs", "list", "-o", "json")
    assert json.loads(result.out) == rows
    assert server.lines == [
        f"GET {API}/clustering_jobs/",
        f"GET {API}/clustering_jobs/?limit=2&offset=2",
        f"GET {API}/clustering_jobs/?limit=2&offset=4",
    ]


def test_limit_stops_between_and_inside_pages(run: Run, server: RecordingServer) -> None:
    rows = [JOB | {"id": f"{JOB_ID[:-1]}{number}"} for number in range(4)]
    link = f"{server.origin}{API}/clustering_jobs/?limit=2&offset=2"
    server.reply(page(rows[:2], count=9, following=link), page(rows[2:], count=9, following=link))
    result = run("clustering-jobs", "list", "--limit", "3", "-o", "ids")
    assert result.out.split() == [row["id"] for row in rows[:3]]
    assert len(server.sent) == 2


def test_dry_run_prints_curl_and_sends_nothing(run: Run, server: RecordingServer) -> None:
    result = run("clustering-jobs", "create", "--name", "it's", "--dry-run")
    assert result.code == 0
    assert result.out == (
        "curl -X POST \\\n"
        '  -H "Authorization: Bearer $POSTHOG_PERSONAL_API_KEY" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        '  -d \'{"name": "it\'"\'"\'s"}\' \\\n'
        f"  {server.origin}{API}/clustering_jobs/\n"
    )
    assert server.sent == []


@pytest.mark.parametrize(
    "command",
    [
        [*UPDATE_JOB, "--enabled"],
        ["clustering-jobs", "delete", JOB_ID],
        [*CREATE_REPORT, "--enabled"],
        [*UPDATE_REPORT, "--enabled"],
        ["evaluation-reports", "delete", JOB_ID],
        ["clustering-config", "set-event-filters", "--event-filters", "[]"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_dry_run_of_every_write(run: Run, server: RecordingServer, command: list[str]) -> None:
    result = run(*command, "--dry-run")
    assert result.code == 0
    assert result.out.startswith("curl -X ")
    assert server.sent == []


@pytest.mark.parametrize(
    ("command", "columns"),
    [
        ("evaluation-config get", "trial_grandfathered,trial_deprecation_date"),
        (f"evaluation-reports get {JOB_ID}", "generated_report_count,last_generated_at"),
        (f"evaluations get {JOB_ID}", "directory_id,user_access_level"),
        (f"provider-keys get {JOB_ID}", "azure_endpoint_display,api_version_display"),
    ],
)
def test_columns_of_other_server_generations(
    run: Run, server: RecordingServer, command: str, columns: str
) -> None:
    first, second = columns.split(",")
    server.reply(OBJECT | {first: "a", second: "b"})
    result = run(*command.split(), "--columns", columns, "-o", "csv")
    assert result.out == f"{columns}\r\na,b\r\n"
    server.reply(OBJECT)
    assert run(*command.split(), "--columns", columns, "-o", "csv").out == f"{columns}\r\n,\r\n"
