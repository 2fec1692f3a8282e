"""The differences between servers that llmctl survives: one test for each, by number.

The tests of the single commands have the details.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.support import JOB, JOB_ID, RecordingServer, Reply, page, storing

OTHER_ID = "01890a5d-ac96-774b-bcce-b302099a8058"
OLD, NEW = ("/api/environments/42/llm_analytics/", "/api/projects/42/llm_analytics/")
TIME = "2026-08-11T12:00:00Z"
REPORT: dict[str, Any] = {
    "id": JOB_ID,
    "evaluation": OTHER_ID,
    "frequency": "every_n",
    "trigger_threshold": 100,
    "delivery_targets": [],
    "enabled": True,
    "deleted": False,
}
KEY: dict[str, Any] = {
    "id": JOB_ID,
    "provider": "openai",
    "name": "Main",
    "state": "ok",
    "error_message": None,
    "api_key_masked": "sk-p...beef",
    "created_by": None,
}
JOBS = ["clustering-jobs", "list", "-o", "json"]


def denied(scope: str) -> Reply:
    body = {
        "type": "authentication_error",
        "code": "permission_denied",
        "detail": f"API key missing required scope '{scope}'",
        "attr": None,
    }
    return Reply(403, body)


def rows(out: str) -> Any:
    found = json.loads(out)
    return found["results"] if isinstance(found, dict) and "results" in found else found


def test_01_prefix(run: Run, server: RecordingServer) -> None:
    """A redirect; then the link to the next page has the other prefix."""
    moved = Reply(307, None, {"Location": f"{NEW}clustering_jobs/"})
    following = f"{server.origin}{OLD}clustering_jobs/?limit=1&offset=1"
    server.reply(
        moved,
        page([JOB], count=2, following=following),
        page([JOB | {"id": OTHER_ID}], count=2),
    )
    listed = run(*JOBS)
    assert (listed.code, len(rows(listed.out))) == (0, 2)
    assert [line.split("?")[0] for line in server.lines] == [
        f"GET {OLD}clustering_jobs/",
        *[f"GET {NEW}clustering_jobs/"] * 2,
    ]


@pytest.mark.parametrize(
    ("command", "scope"),
    [
        (JOBS, "ai_observability_clusters:read"),
        (["evaluation-reports", "list"], "evaluation:read"),
        (["evaluation-config", "get"], "llm_provider_key:read"),
        (["models", "list", "--provider", "openai"], "llm_analytics:read"),
    ],
)
def test_02_scopes(run: Run, server: RecordingServer, command: list[str], scope: str) -> None:
    server.reply(denied(scope))
    refused = run(*command)
    assert refused.code == ExitCode.DENIED
    assert f"missing required scope '{scope}'" in refused.err


def test_03_limit_of_jobs(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(400, {"detail": "Maximum of 17 clustering jobs per team."}))
    refused = run("clustering-jobs", "create", "--name", "x", "--analysis-level", "trace")
    assert refused.code == ExitCode.REJECTED
    assert "Maximum of 17 clustering jobs per team." in refused.err
    assert [sent.method for sent in server.sent] == ["POST"]


@pytest.mark.parametrize(
    ("group", "row"),
    [
        ("clustering-jobs", JOB | {"analysis_level": "galaxy"}),
        ("evaluation-reports", REPORT | {"frequency": "hourly"}),
        ("provider-keys", KEY | {"provider": "system_one", "state": "sleeping"}),
        ("evaluations", {"id": JOB_ID, "name": "x", "target": "week", "status": "queued"}),
    ],
)
def test_04_unknown_values(
    run: Run, server: RecordingServer, group: str, row: dict[str, Any]
) -> None:
    server.reply(page([row]))
    for output in ("json", "table", "tsv"):
        assert run(group, "list", "-o", output).code == 0
    assert rows(run(group, "list", "-o", "json").out) == [row]


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"trial_eval_limit": 100, "trial_evals_used": 1, "trial_evals_remaining": 99},
        {"trial_grandfathered": True, "trial_deprecation_date": TIME},
    ],
)
def test_05_evaluation_config(run: Run, server: RecordingServer, config: dict[str, Any]) -> None:
    found = config | {"active_provider_key": None, "created_at": TIME, "updated_at": TIME}
    server.reply(found)
    assert run("evaluation-config", "get").code == 0
    assert json.loads(run("evaluation-config", "get", "-o", "json").out) == found


@pytest.mark.parametrize("status", [200, 201])
def test_06_reports(run: Run, server: RecordingServer, status: int) -> None:
    new = REPORT | {"generated_report_count": 3, "last_generated_at": None}
    server.reply(page([]), Reply(status, new))
    create = ["evaluation-reports", "create", "--evaluation", OTHER_ID]
    made = run(*create, "--trigger-threshold", "100", "-o", "ids")
    # With 200, another client's report was overwritten: the ID is printed, and that is said.
    assert (made.code, made.out) == (0 if status == 201 else ExitCode.PARTIAL, f"{JOB_ID}\n")
    assert ("already existed" in made.err) is (status == 200)
    # Only what was asked for is sent: no `deleted`, no field that is read-only in some servers.
    sent = server.sent[-1].json
    assert sent == {"evaluation": OTHER_ID, "trigger_threshold": 100}
    server.sent.clear()
    server.reply(storing(new))
    assert run("evaluation-reports", "update", JOB_ID, "--cooldown-minutes", "90").code == 0
    assert server.sent[-1].json == {"cooldown_minutes": 90}
    # A bound is the server's: 10 or 100.
    text = "Ensure this value is greater than or equal to 100."
    server.reply(
        page([]),
        Reply(
            400,
            {
                "type": "validation_error",
                "code": "min_value",
                "detail": text,
                "attr": "trigger_threshold",
            },
        ),
    )
    refused = run(*create, "--trigger-threshold", "10")
    assert refused.code == ExitCode.REJECTED
    assert text in refused.err


def test_07_delete_that_is_not_allowed(run: Run, server: RecordingServer) -> None:
    """What has no DELETE is deleted by a PATCH; if a server refuses all, that has no body."""
    server.reply(storing(REPORT))
    assert run("evaluation-reports", "delete", JOB_ID, "--yes").code == 0
    assert server.sent[-1].method == "PATCH"
    assert server.sent[-1].json == {"deleted": True}
    server.reply(Reply(405))
    refused = run("clustering-jobs", "delete", JOB_ID, "--yes")
    assert refused.code == ExitCode.REJECTED
    assert "405" in refused.err


@pytest.mark.parametrize(
    "run_row",
    [
        {"delivery_status": "generated", "metadata": None, "content": {}},
        {
            "delivery_status": "delivered",
            "metadata": {"pass_rate": 90.0, "total_runs": 10},
            "content": {"title": "t"},
        },
        {
            "delivery_status": "failed",
            "delivery_errors": ["channel_not_found"],
            "content": {
                "generation_status": "metrics_unavailable",
                "metrics": None,
                "citations": [{"session_id": "s"}],
            },
        },
        {"delivery_status": "queued", "content": {"metrics": {"metrics_available": False}}},
    ],
)
def test_08_runs(run: Run, server: RecordingServer, run_row: dict[str, Any]) -> None:
    times = {"period_start": TIME, "period_end": TIME, "created_at": TIME}
    row = {"id": OTHER_ID, "report": JOB_ID} | times | run_row
    server.reply(page([row]))
    for output in ("table", "tsv"):
        assert run("evaluation-reports", "runs", JOB_ID, "-o", output).code == 0
        assert run("evaluation-reports", "show-run", JOB_ID, "-o", output).code == 0
    assert rows(run("evaluation-reports", "runs", JOB_ID, "-o", "json").out) == [row]


@pytest.mark.parametrize(
    ("reply", "code", "said"),
    [
        (Reply(202), ExitCode.OK, ""),
        (
            Reply(403, {"detail": "This action does not support personal API key access"}),
            ExitCode.DENIED,
            "does not support personal API key access",
        ),
        (
            Reply(503, {"error": "Report generation is not yet available on this deployment."}),
            None,
            "Report generation is not yet available on this deployment.",
        ),
        (
            Reply(500, {"error": "Failed to trigger report generation"}),
            None,
            "Failed to trigger report generation",
        ),
    ],
)
def test_09_generate(
    run: Run, server: RecordingServer, reply: Reply, code: ExitCode | None, said: str
) -> None:
    server.reply(lambda sent: reply if sent.method == "POST" else Reply(200, REPORT))
    done = run("evaluation-reports", "generate", JOB_ID, "--yes", "--retries", "0")
    assert done.code == code or (code is None and done.code in (7, 8))
    assert said in done.err


@pytest.mark.parametrize(
    ("reply", "code", "said"),
    [
        (denied("llm_analytics:read"), ExitCode.DENIED, "llm_analytics:read"),
        (Reply(400, {"detail": "Name is taken."}), ExitCode.REJECTED, "Name is taken."),
        (Reply(400, {"error": "It failed."}), ExitCode.REJECTED, "It failed."),
        (Reply(400), ExitCode.REJECTED, "400"),
        (
            Reply(403, {"detail": "This action does not support Personal API Key access"}),
            ExitCode.DENIED,
            "Personal API Key access",
        ),
    ],
)
def test_10_bodies_of_errors(
    run: Run, server: RecordingServer, reply: Reply, code: ExitCode, said: str
) -> None:
    server.reply(reply)
    refused = run("clustering-jobs", "update", JOB_ID, "--name", "x")
    assert refused.code == code
    assert said in refused.err


@pytest.mark.parametrize("mask", ["****", "********", "sk-p...beef"])
@pytest.mark.parametrize(
    "more",
    [{}, {"azure_endpoint_display": None}, {"base_url_display": None, "future_display": "x"}],
)
def test_11_provider_keys(
    run: Run, server: RecordingServer, mask: str, more: dict[str, Any]
) -> None:
    twins = [KEY | more | {"api_key_masked": mask, "id": each} for each in (JOB_ID, OTHER_ID)]
    server.reply(page(twins))
    for output in ("table", "tsv"):
        assert run("provider-keys", "list", "-o", output).code == 0
    assert rows(run("provider-keys", "list", "-o", "json").out) == twins
    # Of two with the same name, none is chosen.
    ambiguous = run("provider-keys", "update", "Main", "--name", "x")
    assert ambiguous.code == ExitCode.USAGE
    assert {sent.method for sent in server.sent} == {"GET"}


@pytest.mark.parametrize("more", [{}, {"error_field": None}])
def test_12_validations(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]
) -> None:
    monkeypatch.setenv("NEW", "sk-proj-0123456789")
    check = ["provider-keys", "validate", "--provider", "openai", "--api-key-env", "NEW"]
    server.reply({"state": "ok", "error_message": None} | more)
    assert run(*check).code == 0
    server.reply({"state": "invalid", "error_message": "Invalid API key"} | more)
    refused = run(*check)
    assert refused.code != 0
    assert "Invalid API key" in refused.out + refused.err


@pytest.mark.parametrize(
    "body",
    [
        {"models": [{"id": "m"}]},
        {"models": [{"id": "m", "posthog_available": False}]},
        {
            "models": [{"id": "m", "provider": "openai"}],
            "providers": [{"provider": "openai", "model_count": 1, "requires_provider_key": False}],
        },
    ],
)
def test_13_models(run: Run, server: RecordingServer, body: dict[str, Any]) -> None:
    server.reply(body)
    listed = run("models", "list", "--provider", "openai", "-o", "json")
    assert listed.code == 0
    assert [row["id"] for row in rows(listed.out)] == ["m"]
    assert "provider=openai" in server.sent[-1].target


def test_14_patch_and_ids(run: Run, server: RecordingServer) -> None:
    """PUT is never sent, nor an ID in a query that is no UUID."""
    server.reply(storing(JOB))
    assert run("clustering-jobs", "update", JOB_ID, "--name", "x").code == 0
    assert server.sent[-1].method == "PATCH"
    server.sent.clear()
    server.reply(page([]))
    run("evaluation-reports", "list", "--evaluation", "not-an-id")
    assert all("evaluation=not-an-id" not in sent.target for sent in server.sent)


def test_15_headers_that_are_missing(run: Run, server: RecordingServer) -> None:
    unauthorized = {
        "type": "authentication_error",
        "code": "authentication_failed",
        "detail": "Personal API key found in request Authorization header is invalid.",
        "attr": None,
    }
    server.reply(Reply(401, unauthorized))
    assert run(*JOBS).code == ExitCode.DENIED
    throttled = {
        "type": "throttled_error",
        "code": "throttled",
        "detail": "Request was throttled.",
        "attr": None,
    }
    server.reply(Reply(429, throttled), page([JOB]))
    assert run(*JOBS).code == 0


def test_16_requests_that_are_never_sent(run: Run, server: RecordingServer) -> None:
    server.reply(storing(JOB))
    run(*JOBS)
    run("clustering-jobs", "create", "--name", "x", "--analysis-level", "trace")
    run("clustering-jobs", "update", JOB_ID, "--name", "x")
    run("clustering-jobs", "delete", JOB_ID, "--yes")
    assert len(server.sent) >= 4
    for sent in server.sent:
        headers = {name.lower(): value for name, value in sent.headers.items()}
        assert "x-posthog-client" not in headers
        assert "api_key=" not in sent.target
        assert "token=" not in sent.target
        if sent.body:
            assert headers["content-type"] == "application/json"
