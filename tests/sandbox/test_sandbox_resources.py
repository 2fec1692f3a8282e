"""Successful requests to the sandbox: side effects, paging, schedules, soft delete."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from llmctl.errors import ConfigError
from llmctl.sandbox import defaults
from llmctl.sandbox.app import reset, wsgi_application
from llmctl.sandbox.schedule import next_delivery
from tests.conftest import complete
from tests.sandbox.conftest import Ask

pytestmark = pytest.mark.generation("v1")

JOBS, REPORTS, CONFIG = "clustering_jobs/", "evaluation_reports/", "evaluation_config/"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")


def names(answer: Any) -> dict[str, bool]:
    return {job["name"]: job["enabled"] for job in answer.body["results"]}


def test_clustering_config(ask: Ask) -> None:
    first = ask("GET", "clustering_config/")
    assert list(first.body) == ["event_filters", "created_at", "updated_at"]
    assert first.body["event_filters"] == []
    assert TIME.fullmatch(first.body["created_at"])
    odd = [{"key": "a"}, None, 5, "x"]
    changed = ask("POST", "clustering_config/set_event_filters", {"event_filters": odd})
    assert (changed.status, changed.body["event_filters"]) == (200, odd)
    assert ask("GET", "clustering_config").body == changed.body


def test_default_jobs_and_their_side_effect(ask: Ask) -> None:
    assert names(ask("GET", JOBS)) == {
        "Default - traces": True,
        "Default - generations": True,
        "Default - evaluations": True,
    }
    made = ask("POST", JOBS, {"name": " x ", "analysis_level": "trace", "enabled": False})
    assert made.status == 201
    assert list(made.body) == [
        "id", "name", "analysis_level", "event_filters", "enabled", "created_at", "updated_at"
    ]  # fmt: skip
    assert made.body["name"] == "x"
    assert names(ask("GET", JOBS))["Default - traces"] is False
    job = f"{JOBS}{made.body['id']}"
    gone = ask("DELETE", job)
    assert (gone.status, gone.body) == (204, None)
    assert "Content-Type" not in gone.headers
    assert names(ask("GET", JOBS))["Default - traces"] is False
    assert ask("GET", job).status == 404


def test_update_of_a_job_leaves_defaults_alone(ask: Ask) -> None:
    job = f"{JOBS}{defaults.TRACES_JOB_ID}/"
    assert ask("PATCH", job, {"analysis_level": "generation"}).status == 200
    assert ask("PATCH", job, {"name": "Default - traces", "event_filters": "any"}).status == 200
    assert ask("PUT", job, {"name": "y", "analysis_level": "trace", "unknown": 1}).status == 200
    assert names(ask("GET", JOBS))["Default - generations"] is True


def test_number_as_name(ask: Ask) -> None:
    assert ask("POST", JOBS, {"name": 7, "analysis_level": "trace"}).body["name"] == "7"


def test_pages(ask: Ask) -> None:
    page = ask("GET", "/api/projects/1/llm_analytics/clustering_jobs?offset=1&limit=1&b=2").body
    path = f"{defaults.ORIGIN}/api/projects/1/llm_analytics/clustering_jobs"
    assert page["count"] == 3
    assert page["next"] == f"{path}?b=2&limit=1&offset=2"
    assert page["previous"] == f"{path}?b=2&limit=1"
    assert len(page["results"]) == 1
    for query in ("limit=0", "limit=-1", "limit=x", "offset=-1", "offset=x"):
        assert len(ask("GET", f"{JOBS}?{query}").body["results"]) == 3
    assert ask("GET", f"{JOBS}?offset=99").body["results"] == []


def test_evaluation_config(ask: Ask) -> None:
    config = ask("GET", CONFIG).body
    assert list(config) == [
        "trial_eval_limit", "trial_evals_used", "trial_evals_remaining", "active_provider_key",
        "created_at", "updated_at",
    ]  # fmt: skip
    assert (config["trial_eval_limit"], config["trial_evals_remaining"]) == (100, 88)
    assert config["active_provider_key"]["id"] == defaults.ACTIVE_KEY_ID
    key = defaults.ACTIVE_KEY_ID.replace("-", "")
    again = ask("POST", f"{CONFIG}set_active_key/", {"key_id": key})
    assert again.status == 200
    assert again.body["updated_at"] > config["updated_at"]


def test_provider_keys_show_no_secret(ask: Ask) -> None:
    answer = ask("GET", "provider_keys/")
    assert [key["state"] for key in answer.body["results"]] == ["ok", "invalid"]
    key = answer.body["results"][0]
    assert key["api_key_masked"] == "sk-p...beef"
    assert "api_key" not in key
    assert key["created_by"]["email"].endswith(".example")
    assert ask("GET", f"provider_keys/{key['id']}/").body == key


def test_evaluations(ask: Ask) -> None:
    path = "/api/environments/1/evaluations/"
    (evaluation,) = ask("GET", path).body["results"]
    assert evaluation["model_configuration"]["provider_key_id"] == defaults.ACTIVE_KEY_ID
    assert ask("GET", f"{path}{evaluation['id']}").body == evaluation
    for query, count in (
        ("search=RELEVANCE", 1),
        ("search=none", 0),
        ("enabled=true", 1),
        ("enabled=false", 0),
        ("evaluation_type=hog", 0),
        (f"id__in={evaluation['id']}", 1),
        ("order_by=-name", 1),
    ):
        assert ask("GET", f"{path}?{query}").body["count"] == count, query


def create(ask: Ask, **fields: Any) -> Any:
    answer = ask("POST", REPORTS, {"evaluation": defaults.EVALUATION_ID} | fields)
    assert answer.status == 201, answer.body
    return answer.body


def test_report_and_its_defaults(ask: Ask) -> None:
    report = create(ask, trigger_threshold=10)
    assert list(report) == [
        "id", "evaluation", "frequency", "rrule", "starts_at", "timezone_name",
        "next_delivery_date", "delivery_targets", "max_sample_size", "enabled", "deleted",
        "last_delivered_at", "report_prompt_guidance", "trigger_threshold", "cooldown_minutes",
        "daily_run_cap", "created_by", "created_at",
    ]  # fmt: skip
    expected: dict[str, Any] = {
        "frequency": "every_n", "rrule": "", "starts_at": None, "timezone_name": "UTC",
        "next_delivery_date": None, "delivery_targets": [], "max_sample_size": 200,
        "enabled": True, "deleted": False, "trigger_threshold": 10, "cooldown_minutes": 60,
        "daily_run_cap": 10, "created_by": 1,
    }  # fmt: skip
    assert report.items() >= expected.items()
    assert ask("GET", f"{REPORTS}{report['id']}").body == report


def test_soft_delete_and_restore(ask: Ask) -> None:
    report = create(ask, trigger_threshold=10)
    path = f"{REPORTS}{report['id']}/"
    gone = ask("PATCH", path, {"deleted": True})
    assert (gone.status, gone.body["deleted"]) == (200, True)
    assert ask("GET", path).status == 404
    assert ask("GET", REPORTS).body["count"] == 0
    assert ask("PATCH", path, {"deleted": False}).status == 200
    assert ask("GET", path).status == 200
    assert create(ask, trigger_threshold=10, deleted=True)["deleted"] is True
    assert ask("GET", REPORTS).body["count"] == 1


def test_report_filter_and_order(ask: Ask) -> None:
    first, second = (create(ask, trigger_threshold=10)["id"] for _ in range(2))
    found = ask("GET", f"{REPORTS}?evaluation={defaults.EVALUATION_ID}").body["results"]
    assert [report["id"] for report in found] == [second, first]
    other = "?evaluation=00000000-0000-0000-0000-000000000000"
    assert ask("GET", REPORTS + other).body["count"] == 0
    assert ask("GET", f"{REPORTS}{first}/{other}").status == 404


def test_frequency_of_an_update_is_the_stored_one(ask: Ask) -> None:
    report = create(ask, trigger_threshold=10)
    path = f"{REPORTS}{report['id']}/"
    assert ask("PATCH", path, {"trigger_threshold": None}).status == 400
    assert ask("PATCH", path, {"frequency": "scheduled"}).body["attr"] == "rrule"
    assert ask("PUT", path, {}).body["attr"] == "evaluation"
    kept = ask("PUT", path, {"evaluation": defaults.EVALUATION_ID, "enabled": False})
    assert (kept.status, kept.body["trigger_threshold"], kept.body["enabled"]) == (200, 10, False)


def test_unknown_zone_is_stored_until_it_is_needed(ask: Ask) -> None:
    report = create(ask, trigger_threshold=10, timezone_name="Mars/Olympus")
    change = {"frequency": "scheduled", "rrule": "FREQ=DAILY", "starts_at": "2026-01-01"}
    assert ask("PATCH", f"{REPORTS}{report['id']}/", change).status == 500


def test_schedule(ask: Ask) -> None:
    fields = {"frequency": "scheduled", "rrule": "FREQ=DAILY", "trigger_threshold": None}
    report = create(ask, **fields, starts_at="2026-01-15T16:00:00.5Z")
    upcoming = datetime.fromisoformat(report["next_delivery_date"])
    assert (upcoming.hour, upcoming.minute, upcoming.microsecond) == (16, 0, 0)
    assert 15 * 60 < (upcoming - datetime.now(UTC)).total_seconds() <= 24 * 3600 + 15 * 60
    over = create(ask, **fields | {"rrule": "FREQ=DAILY;COUNT=1"}, starts_at="2026-01-15")
    assert over["next_delivery_date"] is None
    path = f"{REPORTS}{report['id']}/"
    same = ask("PATCH", path, {"enabled": False}).body
    assert same["next_delivery_date"] == report["next_delivery_date"]
    moved = ask("PATCH", path, {"timezone_name": "Asia/Kathmandu"}).body
    assert moved["next_delivery_date"].endswith(":00:00Z")
    every = ask("PATCH", path, {"frequency": "every_n", "trigger_threshold": 10}).body
    assert every["next_delivery_date"] is None


@pytest.mark.parametrize(
    "targets",
    [
        [],
        [{"type": "email", "value": "not checked", "extra": 1}],
        *(
            [{"type": "slack", "integration_id": one, "channel": "c"}]
            for one in (1, "1", True, 1.9)
        ),
    ],
)
def test_delivery_targets_are_stored_as_sent(ask: Ask, targets: Any) -> None:
    assert (
        create(ask, trigger_threshold=10, delivery_targets=targets)["delivery_targets"] == targets
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-01-15", "2026-01-15T00:00:00Z"),
        ("2026-01-15T10:00:00", "2026-01-15T10:00:00Z"),
        ("2026-01-15T10:00:00+02:00", "2026-01-15T08:00:00Z"),
        ("20260115T100000", "2026-01-15T10:00:00Z"),
    ],
)
def test_starts_at_forms(ask: Ask, text: str, shown: str) -> None:
    assert create(ask, trigger_threshold=10, starts_at=text)["starts_at"] == shown


ANCHOR = datetime(2026, 1, 15, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "zone", "now", "expected"),
    [
        ("FREQ=DAILY", "UTC", "2026-01-15T16:37", "2026-01-16T16:00"),
        ("FREQ=WEEKLY;BYDAY=MO", "UTC", "2026-01-15T16:37", "2026-01-19T16:00"),
        ("FREQ=DAILY", "UTC", "2026-01-16T15:44", "2026-01-16T16:00"),
        ("FREQ=DAILY", "UTC", "2026-01-16T15:45", "2026-01-17T16:00"),
        # 17:00 in Paris stays 17:00 in Paris when the clocks change.
        ("FREQ=DAILY", "Europe/Paris", "2026-07-01T00:00", "2026-07-01T15:00"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "UTC", "2026-01-15T16:37", None),
        ("RRULE:FREQ=HOURLY", "UTC", "2026-01-15T16:37", "2026-01-15T17:00"),
        ("freq=daily;until=20260110T000000", "UTC", "2026-01-15T16:37", None),
    ],
)
def test_next_delivery(rule: str, zone: str, now: str, expected: str | None) -> None:
    found = next_delivery(rule, ANCHOR, zone, datetime.fromisoformat(f"{now}:00Z"))
    assert found == (datetime.fromisoformat(f"{expected}:00Z") if expected else None)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        complete("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"),
        complete("FREQ=HOURLY;BYMONTH=2"),
    ],
)
def test_every_rule_ends(rule: str) -> None:
    start = time.monotonic()
    with contextlib.suppress(ValueError):
        next_delivery(rule, datetime(1990, 1, 1, tzinfo=UTC), "UTC")
    assert time.monotonic() - start < 20


def test_account(ask: Ask) -> None:
    user = ask("GET", "/api/users/@me").body
    organization = ask("GET", "/api/organizations/@current/").body
    assert (
        user["organization"] == organization == ask("GET", "/api/organizations/").body["results"][0]
    )
    assert ask("GET", f"/api/organizations/{organization['id']}/").body == organization
    project = ask("GET", "/api/projects/1/").body
    assert user["team"] == project == ask("GET", "/api/environments/@current").body
    assert ask("GET", "/api/projects/").body["results"] == [project]
    assert ask("GET", "/api/projects/2/").status == 404
    key = ask("GET", "/api/personal_api_keys/@current").body
    assert (key["value"], key["scopes"]) == (None, ["*"])
    assert ask("GET", "/api/projects/@current/llm_analytics/clustering_jobs/").status == 200


def test_throttling_has_the_documented_shape(
    ask: Ask, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.cache import cache

    monkeypatch.setitem(defaults.THROTTLE_RATES, "burst", "2/minute")
    assert [ask("GET", JOBS).status for _ in range(3)] == [200] * 3
    wsgi_application(database, throttle=True)
    try:
        statuses = [ask("GET", JOBS).status for _ in range(2)]
        refused = ask("GET", JOBS)
    finally:
        wsgi_application(database)
        cache.clear()
    assert (statuses, refused.status) == ([200, 200], 429)
    assert refused.headers["Retry-After"] == "60"
    assert refused.body == {
        "type": "throttled_error",
        "code": "throttled",
        "detail": "Request was throttled. Expected available in 60 seconds.",
        "attr": None,
    }


@pytest.mark.cold
def test_time_zone_of_the_process_is_left_alone(tmp_path: Path) -> None:
    code = (
        "import os, sys, time; from pathlib import Path; before = time.tzname; "
        "from llmctl.sandbox.app import wsgi_application; wsgi_application(Path(sys.argv[1])); "
        "import django.db; assert time.tzname == before; assert os.environ['TZ'] == 'Asia/Tokyo'"
    )
    env = os.environ | {"TZ": "Asia/Tokyo"}
    command = [sys.executable, "-c", code, str(tmp_path / "x.sqlite3")]
    subprocess.run(command, env=env, check=True)


WRITER = """
import sys
from pathlib import Path
import requests
from llmctl.sandbox import defaults
from llmctl.sandbox.adapter import SandboxAdapter
session = requests.Session()
session.mount(defaults.ORIGIN, SandboxAdapter(Path(sys.argv[1])))
session.headers["Authorization"] = "Bearer " + defaults.ALL_SCOPES_KEY
url = defaults.ORIGIN + "/api/projects/1/llm_analytics/evaluation_reports/"
for number in range(30):
    body = {"evaluation": defaults.EVALUATION_ID, "trigger_threshold": 10 + number}
    answer = session.post(url, json=body)
    assert answer.status_code == 201, answer.text
"""


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    database = tmp_path / "shared.sqlite3"
    command = [sys.executable, "-c", WRITER, str(database)]
    writers = [subprocess.Popen(command) for _ in range(2)]
    assert [writer.wait() for writer in writers] == [0, 0]
    session = requests.Session()
    from llmctl.sandbox.adapter import SandboxAdapter

    session.mount(defaults.ORIGIN, SandboxAdapter(database))
    headers = {"Authorization": f"Bearer {defaults.READ_ONLY_KEY}"}
    url = f"{defaults.ORIGIN}/api/projects/1/llm_analytics/evaluation_reports/"
    assert session.get(url, headers=headers).json()["count"] == 60


def test_reset(ask: Ask, database: Path) -> None:
    before = names(ask("GET", JOBS))
    ask("DELETE", f"{JOBS}{defaults.TRACES_JOB_ID}/")
    reset(database)
    assert names(ask("GET", JOBS)) == before


def test_file_of_another_kind_is_named_and_reset_replaces_it(tmp_path: Path) -> None:
    database = tmp_path / "other.sqlite3"
    database.write_bytes(b"not a database, but long enough to look like one" * 100)
    with pytest.raises(ConfigError, match="not a sandbox"):
        wsgi_application(database)
    reset(database)
    wsgi_application(database)
    assert database.stat().st_mode & 0o777 == 0o600
