"""The sandbox in v3: where its responses differ from those of v1."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from llmctl.sandbox import defaults
from llmctl.sandbox.generation import Generation
from llmctl.sandbox.provider import PROVIDERS_V3
from tests.sandbox.conftest import Ask
from tests.sandbox.test_sandbox_errors import (
    FAULT,
    NIL,
    NULL,
    REQUIRED,
    bound,
    denied,
    invalid,
    request_error,
)

pytestmark = pytest.mark.generation("v3")

JOBS, REPORTS, CONFIG = "clustering_jobs/", "evaluation_reports/", "evaluation_config/"
FILTERS, KEYS, MODELS = "clustering_config/set_event_filters/", "provider_keys/", "models/"
CHECKS = "provider_key_validations/"
REPORT = f"{REPORTS}{defaults.REPORT_ID}/"
ACTIVE = f"{KEYS}{defaults.ACTIVE_KEY_ID}/"
OLD = f"{KEYS}{defaults.INVALID_KEY_ID}/"
EVALUATIONS, TAGGERS = "/api/projects/1/evaluations/", "/api/projects/1/taggers/"
EVALUATION = f"{EVALUATIONS}{defaults.EVALUATION_ID}/"
GOOD = {"provider": "openai", "name": "n", "api_key": "sk-proj-0123456789"}
COMPATIBLE = {"provider": "openai_compatible", "name": "n", "api_key": "0123456789abcdef"}
URL, AZURE_URL = "https://api.example.com/v1", "https://x.openai.azure.com"
BAD_URL = "Base URL must be a public https:// URL (e.g. https://api.example.com/v1)"
KNOWN = ", ".join(PROVIDERS_V3)

Row = tuple[str, str, Any, int, Any]


def report(**fields: Any) -> dict[str, Any]:
    return {"evaluation": defaults.EVALUATION_ID, "trigger_threshold": 100} | fields


def scheduled(rule: str) -> dict[str, Any]:
    return report(frequency="scheduled", rrule=rule)


def cohort(value: Any, kind: str = "cohort") -> dict[str, Any]:
    filters = [{"key": "id", "type": kind, "value": value}]
    return {"name": "x", "analysis_level": "trace", "event_filters": filters}


def no_cohort(*ids: int) -> dict[str, Any]:
    return invalid("event_filters", "invalid_input", f"Cohort(s) not found or deleted: {[*ids]}")


RRULE = invalid(
    "rrule",
    "invalid_input",
    "Scheduled reports support daily or weekly cadences. "
    "Use 'FREQ=DAILY' or 'FREQ=WEEKLY;BYDAY=MO,FR'.",
)
MOVED = invalid(
    "evaluation", "invalid_input", "Report configs cannot be moved to another evaluation."
)
NOT_DELETED = invalid(
    "deleted",
    "invalid_input",
    "Report configs are deleted only when their evaluation is deleted. "
    "Disable delivery with enabled=false.",
)
NO_BOOLEAN = invalid("deleted", "invalid_input", "Must be a valid boolean.")
THRESHOLD = invalid("trigger_threshold", "invalid_input", "Required when frequency is 'every_n'.")

ROWS: list[Row] = [
    ("POST", JOBS, cohort(999999), 400, no_cohort(999999)),
    ("POST", JOBS, cohort(" 7 ", "static-cohort"), 400, no_cohort(7)),
    ("POST", JOBS, {"name": "x", "analysis_level": "trace", "event_filters": [1]}, 500, FAULT),
    ("POST", JOBS, {"name": "x", "analysis_level": "trace", "event_filters": 5}, 500, FAULT),
    ("PATCH", f"{JOBS}{defaults.TRACES_JOB_ID}/", cohort(2), 400, no_cohort(2)),
    ("POST", REPORTS, {"trigger_threshold": 100}, 400, invalid("evaluation", "required", REQUIRED)),
    ("POST", REPORTS, {"evaluation": defaults.EVALUATION_ID}, 400, THRESHOLD),
    (
        "POST",
        REPORTS,
        report(trigger_threshold=99),
        400,
        bound("trigger_threshold", "min_value", 100),
    ),
    (
        "POST",
        REPORTS,
        report(trigger_threshold=10_001),
        400,
        bound("trigger_threshold", "max_value", 10_000),
    ),
    (
        "POST",
        REPORTS,
        report(frequency="scheduled"),
        400,
        invalid("rrule", "invalid_input", "Required when frequency is 'scheduled'."),
    ),
    *(
        ("POST", REPORTS, scheduled(rule), 400, RRULE)
        for rule in (
            "FREQ=HOURLY",
            "freq=daily",
            "FREQ=DAILY;",
            "FREQ=DAILY;INTERVAL=2",
            "FREQ=WEEKLY",
            "FREQ=WEEKLY;BYDAY=",
            "FREQ=WEEKLY;BYDAY=MO,MO",
            "FREQ=WEEKLY;BYDAY=XX",
            "FREQ=DAILY;BYDAY=MO",
            "FREQ=DAILY;FREQ=DAILY",
            "NOT_AN_RRULE",
        )
    ),
    ("POST", REPORTS, report(deleted=True), 400, NOT_DELETED),
    ("POST", REPORTS, report(deleted=None), 400, NO_BOOLEAN),
    ("PATCH", REPORT, {"deleted": True}, 400, NOT_DELETED),
    ("PATCH", REPORT, {"deleted": "x"}, 400, NO_BOOLEAN),
    ("PATCH", REPORT, {"evaluation": NIL}, 400, MOVED),
    ("PATCH", REPORT, {"evaluation": None}, 400, MOVED),
    ("PATCH", REPORT, {"trigger_threshold": None}, 400, THRESHOLD),
    ("DELETE", REPORT, None, 405, None),
    (
        "GET",
        f"{REPORTS}?evaluation=foo",
        None,
        400,
        invalid("evaluation", "invalid_input", "Must be a valid UUID."),
    ),
    (
        "PATCH",
        OLD,
        {"api_key": "sk-0123456789"},
        400,
        invalid(
            "api_key",
            "invalid_input",
            "Invalid Anthropic API key format. Key should start with 'sk-ant-'.",
        ),
    ),
    (
        "POST",
        KEYS,
        COMPATIBLE,
        400,
        invalid(
            "base_url", "invalid_input", "Base URL is required for OpenAI-compatible providers."
        ),
    ),
    *(
        (
            "POST",
            KEYS,
            COMPATIBLE | {"base_url": url},
            400,
            invalid("base_url", "invalid_input", f"{BAD_URL}."),
        )
        for url in ("http://api.example.com", "https://10.0.0.1/v1", "https://llm.internal/")
    ),
    (
        "POST",
        KEYS,
        COMPATIBLE | {"base_url": URL, "api_key": "outage"},
        400,
        invalid("base_url", "invalid_input", "Could not connect to the endpoint"),
    ),
    (
        "POST",
        CHECKS,
        COMPATIBLE,
        200,
        {"state": "invalid", "error_message": "Base URL is required", "error_field": "base_url"},
    ),
    (
        "POST",
        CHECKS,
        COMPATIBLE | {"base_url": URL},
        200,
        {"state": "ok", "error_message": None, "error_field": None},
    ),
    (
        "DELETE",
        f"{ACTIVE}?replacement_key_id={defaults.ACTIVE_KEY_ID}",
        None,
        400,
        {"detail": "Replacement key cannot be the key being deleted"},
    ),
    (
        "GET",
        f"{MODELS}?provider=x",
        None,
        400,
        {
            "detail": f"Invalid provider 'x'. Must be one of: {KNOWN}. "
            "Omit the provider param to list every supported provider."
        },
    ),
    *(
        (
            "GET",
            f"{MODELS}?key_id={key}",
            None,
            404,
            {
                "detail": f"No provider key '{key}' in this project. "
                "List the team's provider keys first."
            },
        )
        for key in ("nope", NIL)
    ),
    (
        "GET",
        f"{MODELS}?provider=openai&key_id={defaults.INVALID_KEY_ID}",
        None,
        400,
        {
            "detail": f"Key '{defaults.INVALID_KEY_ID}' belongs to provider 'anthropic', not "
            "'openai'. Omit the provider param to use the key's own provider."
        },
    ),
    *(
        (
            "GET",
            f"{EVALUATIONS}{name}/",
            None,
            404,
            request_error(
                "not_found",
                f"No evaluation '{name}' in this project. "
                "List the project's evaluations to look one up by name.",
            ),
        )
        for name in ("relevance", NIL)
    ),
    (
        "PATCH",
        EVALUATION,
        {"model_configuration": None},
        400,
        invalid(
            "model_configuration",
            "invalid_input",
            "Select a provider and model for this LLM judge evaluation.",
        ),
    ),
    ("PATCH", EVALUATION, {"enabled": None}, 400, invalid("enabled", "null", NULL)),
    ("GET", "/api/projects/1/evaluation_directories/", None, 200, []),
    ("GET", f"{TAGGERS}nope/", None, 404, request_error("not_found", "Not found.")),
    (
        "POST",
        TAGGERS,
        {},
        403,
        denied("This action does not support personal API key access"),
    ),
]


@pytest.mark.parametrize(
    "row", ROWS, ids=[f"{row[0]} {row[1][:40]} {str(row[2])[:60]}" for row in ROWS]
)
def test_row(ask: Ask, row: Row) -> None:
    method, path, body, status, expected = row
    answer = ask(method, path, body)
    assert (answer.status, answer.body) == (status, expected)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", FILTERS, "ai_observability_clusters:write"),
        ("POST", JOBS, "ai_observability_clusters:write"),
        ("POST", f"{CONFIG}set_active_key/", "evaluation:write"),
        ("POST", REPORTS, "evaluation:write"),
        ("PATCH", REPORT, "evaluation:write"),
        ("DELETE", REPORT, "evaluation:write"),
        ("POST", f"{REPORT}generate/", "evaluation:write"),
        ("POST", f"{ACTIVE}validate/", "llm_provider_key:write"),
    ],
)
def test_scopes(ask: Ask, method: str, path: str, scope: str) -> None:
    answer = ask(method, path, {}, key=defaults.READ_ONLY_KEY)
    assert (answer.status, answer.body) == (
        403,
        denied(f"API key missing required scope '{scope}'"),
    )


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("clustering_config/", "ai_observability_clusters:read"),
        (JOBS, "ai_observability_clusters:read"),
        (CONFIG, "llm_analytics:read"),
        (REPORTS, "evaluation:read"),
        (f"{REPORT}runs/", "evaluation:read"),
        (f"{ACTIVE}dependent_configs/", "llm_provider_key:read"),
        (MODELS, "llm_analytics:read"),
        (TAGGERS, "tagger:read"),
        ("/api/projects/1/integrations/", "integration:read"),
    ],
)
def test_read_scopes(ask: Ask, path: str, scope: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from llmctl.sandbox.access import KEYS as SCOPES

    assert ask("GET", path, key=defaults.READ_ONLY_KEY).status == 200
    without = SCOPES[defaults.READ_ONLY_KEY] - {scope}
    monkeypatch.setitem(SCOPES, defaults.READ_ONLY_KEY, without)
    refused = ask("GET", path, key=defaults.READ_ONLY_KEY)
    assert refused.body == denied(f"API key missing required scope '{scope}'")


def test_environments_are_deprecated(ask: Ask) -> None:
    old = ask("GET", "clustering_jobs?limit=1&b=2")
    new = "/api/projects/1/llm_analytics/clustering_jobs"
    assert old.status == 200
    assert old.headers["Deprecation"] == "true"
    assert old.headers["Link"] == f'<{new}?limit=1&b=2>; rel="successor-version"'
    assert old.headers["Sunset"] == "Fri, 31 Jul 2026 00:00:00 GMT"
    assert old.body["next"] == f"{defaults.ORIGIN}{new}?b=2&limit=1&offset=1"
    for path in (f"{new}/", "/api/users/@me/", "/api/environments/1/nothing/"):
        assert "Deprecation" not in ask("GET", path).headers


EMPTY_FILTERS: list[Any] = [{}, "", [{}]]


def test_clustering(ask: Ask) -> None:
    good: list[Any] = [
        *({"name": f"filters {each}", "event_filters": each} for each in EMPTY_FILTERS),
        *(cohort(value) | {"name": f"{value!r}"} for value in (defaults.COHORT_ID, True, "x", 2.5)),
    ]
    for body in good:
        assert ask("POST", JOBS, body | {"analysis_level": "trace"}).status == 201
    full = ask("POST", JOBS, {})
    assert (full.status, full.body) == (400, {"detail": "Maximum of 10 clustering jobs per team."})
    assert ask("GET", JOBS).body["count"] == 10


def test_event_filters_that_cannot_be_shown(ask: Ask) -> None:
    assert ask("POST", FILTERS, {"event_filters": [None]}).body["event_filters"] == [None]
    assert ask("POST", FILTERS, {"event_filters": ["x"]}).body == FAULT
    assert ask("GET", "clustering_config/").body == FAULT
    assert ask("POST", FILTERS, {"event_filters": []}).status == 200
    assert ask("GET", "clustering_config/").body["event_filters"] == []


def test_evaluation_config(ask: Ask) -> None:
    config = ask("GET", CONFIG).body
    assert list(config) == ["active_provider_key", "created_at", "updated_at"]
    assert "base_url_display" in config["active_provider_key"]


def test_report_that_came_with_its_evaluation(ask: Ask) -> None:
    (found,) = ask("GET", REPORTS).body["results"]
    assert list(found) == [
        "id", "evaluation", "frequency", "rrule", "starts_at", "timezone_name",
        "next_delivery_date", "delivery_targets", "max_sample_size", "enabled", "deleted",
        "last_delivered_at", "generated_report_count", "last_generated_at",
        "report_prompt_guidance", "trigger_threshold", "cooldown_minutes", "daily_run_cap",
        "created_by", "created_at",
    ]  # fmt: skip
    expected: dict[str, Any] = {
        "id": defaults.REPORT_ID, "frequency": "every_n", "rrule": "", "starts_at": None,
        "timezone_name": "UTC", "delivery_targets": [], "enabled": True, "deleted": False,
        "generated_report_count": 6, "trigger_threshold": 100, "created_by": None,
    }  # fmt: skip
    assert found["last_generated_at"] > found["created_at"]
    assert found.items() >= expected.items()


def test_create_updates_the_report(ask: Ask) -> None:
    targets = [{"type": "email", "value": "a@example.com"}]
    sent = {
        "delivery_targets": targets, "enabled": False, "deleted": False,
        "starts_at": "2020-01-01T00:00:00Z", "timezone_name": "Europe/Paris",
    }  # fmt: skip
    answer = ask("POST", REPORTS, report(trigger_threshold=500) | sent)
    assert answer.status == 200
    expected: dict[str, Any] = {
        "id": defaults.REPORT_ID, "trigger_threshold": 500, "delivery_targets": targets,
        "enabled": False, "starts_at": None, "timezone_name": "UTC", "created_by": 1,
    }  # fmt: skip
    assert answer.body.items() >= expected.items()
    again = ask("POST", REPORTS, report(delivery_targets=[])).body
    assert (again["delivery_targets"], again["enabled"]) == ([], False)
    assert ask("GET", REPORTS).body["count"] == 1


def test_scheduled_report(ask: Ask) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    answer = ask("POST", REPORTS, scheduled("BYDAY=MO,FR;FREQ=WEEKLY") | {"timezone_name": "x"})
    assert (answer.status, answer.body["timezone_name"]) == (200, "UTC")
    assert datetime.fromisoformat(answer.body["starts_at"]) - hour in (hour - hour, hour - hour)
    assert answer.body["next_delivery_date"] is not None
    # Only with a threshold, POST keeps the frequency; without, it counts as every_n.
    kept = ask("POST", REPORTS, report(trigger_threshold=200))
    assert (kept.status, kept.body["frequency"]) == (200, "scheduled")
    bare = ask("POST", REPORTS, {"evaluation": defaults.EVALUATION_ID})
    assert (bare.status, bare.body) == (400, THRESHOLD)
    # The whole object as it was read may be sent back; a PUT needs nothing.
    echoed = ask("PATCH", REPORT, ask("GET", REPORT).body | {"enabled": False})
    assert (echoed.status, echoed.body["enabled"]) == (200, False)
    assert ask("PUT", REPORT, {}).status == 200


def test_report_of_an_evaluation_without_one(ask: Ask) -> None:
    from llmctl.sandbox.models import Evaluation, EvaluationReport

    EvaluationReport.objects.all().delete()
    assert ask("POST", REPORTS, report()).status == 201
    Evaluation.objects.update(output_type="sentiment", target="trace")
    unsupported = "Reports are not supported for this evaluation."
    error = invalid("evaluation", "invalid_input", unsupported)
    assert ask("POST", REPORTS, report()).body == error
    found = EvaluationReport.objects.get()
    assert ask("POST", f"{REPORTS}{found.pk}/generate/").body == error
    assert ask("GET", REPORTS).body["count"] == 0
    Evaluation.objects.update(output_type="numeric")
    assert ask("GET", REPORTS).body["count"] == 0
    Evaluation.objects.update(output_config={"passing_rule": {"operator": "gte"}})
    assert ask("GET", REPORTS).body["count"] == 1


def test_short_lists_for_agents(ask: Ask) -> None:
    short = {"X-PostHog-Client": "mcp"}
    for path, gone in ((EVALUATIONS, 6), (REPORTS, 10)):
        (whole,) = ask("GET", path).body["results"]
        (row,) = ask("GET", path, headers=short).body["results"]
        assert row == {name: whole[name] for name in row}
        assert len(whole) - len(row) == gone
        assert ask("GET", f"{path}{row['id']}/", headers=short).body == whole


def test_mask(ask: Ask) -> None:
    for secret, mask in (("sk-0123456789ab", "********"), ("sk-0123456789abc", "sk-0...9abc")):
        made = ask("POST", KEYS, GOOD | {"api_key": secret})
        assert made.body["api_key_masked"] == mask


def test_openai_compatible(ask: Ask) -> None:
    key = ask("POST", KEYS, COMPATIBLE | {"base_url": URL, "azure_endpoint": AZURE_URL}).body
    assert (key["state"], key["base_url_display"], key["azure_endpoint_display"]) == (
        "ok", URL, None
    )  # fmt: skip
    path = f"{KEYS}{key['id']}/"
    moved = ask("PATCH", path, {"base_url": f"{URL}/2"}).body
    assert (moved["state"], moved["base_url_display"]) == ("unknown", f"{URL}/2")
    renewed = ask("PATCH", path, {"api_key": "fedcba9876543210"}).body
    assert (renewed["state"], renewed["base_url_display"]) == ("ok", f"{URL}/2")
    assert ask("GET", ACTIVE).body["base_url_display"] is None


def test_validate_of_a_stored_key(ask: Ask) -> None:
    answer = ask("POST", f"{OLD}validate/")
    assert (answer.status, answer.body["state"]) == (200, "invalid")
    revoked = ask("POST", KEYS, GOOD | {"api_key": "sk-revoked-0123456789"}).body
    assert revoked["state"] == "ok"
    checked = ask("POST", f"{KEYS}{revoked['id']}/validate/").body
    assert (checked["state"], checked["error_message"]) == ("invalid", "Invalid API key")
    assert ask("GET", f"{KEYS}{revoked['id']}/").body["state"] == "invalid"


def test_dependent_configs(ask: Ask) -> None:
    other = ask("POST", KEYS, GOOD).body
    answer = ask("GET", f"{ACTIVE}dependent_configs/").body
    (evaluation,) = answer["evaluations"]
    assert evaluation["id"] == defaults.EVALUATION_ID
    assert list(evaluation) == ["id", "name", "model_configuration_id"]
    expected = {"id": other["id"], "name": "n", "provider": "openai"}
    assert answer["alternative_keys"] == [expected]


def test_delete_without_replacement_stops_what_uses_the_key(ask: Ask) -> None:
    assert ask("DELETE", ACTIVE).status == 204
    evaluation = ask("GET", EVALUATION).body
    assert [evaluation[name] for name in ("enabled", "status", "status_reason")] == [
        False, "error", "provider_key_deleted"
    ]  # fmt: skip
    assert ask("GET", CONFIG).body["active_provider_key"] is None
    assert ask("GET", REPORT).body["enabled"] is False


def test_delete_leaves_paused_evaluations_paused(ask: Ask) -> None:
    ask("PATCH", EVALUATION, {"enabled": False})
    assert ask("DELETE", ACTIVE).status == 204
    evaluation = ask("GET", EVALUATION).body
    assert (evaluation["status"], evaluation["status_reason"]) == ("paused", None)


def test_delete_with_replacement_moves_the_active_key_too(ask: Ask) -> None:
    new = ask("POST", KEYS, GOOD).body["id"]
    assert ask("DELETE", f"{ACTIVE}?replacement_key_id={new}").status == 204
    evaluation = ask("GET", EVALUATION).body
    assert evaluation["enabled"] is True
    assert evaluation["model_configuration"]["provider_key_id"] == new
    assert evaluation["model_configuration"]["provider_key_name"] == "n"
    assert ask("GET", CONFIG).body["active_provider_key"]["id"] == new


def test_stopped_evaluation_starts_only_with_a_working_key(ask: Ask) -> None:
    ask("DELETE", ACTIVE)
    start = {"enabled": True}
    add = "Add a provider API key to enable this evaluation."
    assert ask("PATCH", EVALUATION, start).body == invalid("enabled", "invalid_input", add)
    # A key alone starts nothing, nor does the active key of another provider.
    claude = {"provider": "anthropic", "name": "n", "api_key": "sk-ant-0123456789"}
    ask("POST", KEYS, claude | {"set_as_active": True})
    assert ask("PATCH", EVALUATION, start).body == invalid("enabled", "invalid_input", add)
    ask("POST", KEYS, GOOD | {"set_as_active": True})
    assert ask("GET", EVALUATION).body["status"] == "error"
    started = ask("PATCH", EVALUATION, start).body
    assert [started[name] for name in ("enabled", "status", "status_reason")] == [
        True, "active", None
    ]  # fmt: skip
    assert ask("GET", REPORT).body["enabled"] is False
    # Pinned to a key that does not work, it does not start.
    ask("PATCH", EVALUATION, {"enabled": False})
    model = {"provider": "anthropic", "model": "m", "provider_key_id": defaults.INVALID_KEY_ID}
    refused = ask("PATCH", EVALUATION, start | {"model_configuration": model})
    attach = "Attach a working provider API key to enable this evaluation."
    assert refused.body == invalid("enabled", "invalid_input", attach)


def test_evaluation(ask: Ask) -> None:
    evaluation = ask("GET", EVALUATION).body
    assert list(evaluation) == [
        "id", "name", "description", "directory_id", "enabled", "status", "status_reason",
        "status_reason_detail", "evaluation_type", "evaluation_config", "output_type",
        "output_config", "conditions", "target", "target_config", "model_configuration",
        "created_at", "updated_at", "created_by", "deleted", "user_access_level",
    ]  # fmt: skip
    for query, count in (
        ("directory_id__isnull=true", 1), ("directory_id__isnull=false", 0),
        (f"directory_id={NIL}", 0), ("order_by=-name,created_at", 1),
    ):  # fmt: skip
        assert ask("GET", f"{EVALUATIONS}?{query}").body["count"] == count
    assert ask("PATCH", EVALUATION, {"deleted": True}).status == 200
    assert ask("GET", EVALUATION).status == 404
    assert ask("GET", REPORT).status == 404
    assert ask("PATCH", EVALUATION, {"deleted": False}).status == 200


def test_models(ask: Ask) -> None:
    every = ask("GET", MODELS).body
    assert [each["provider"] for each in every["providers"]] == [*PROVIDERS_V3]
    assert every["models"][0] == {"id": "simulated-openai-large", "provider": "openai"}
    assert every["providers"][0] == {
        "provider": "openai", "model_count": 2, "requires_provider_key": False
    }  # fmt: skip
    one = ask("GET", f"{MODELS}?key_id={defaults.INVALID_KEY_ID}").body
    assert {each["provider"] for each in one["models"]} == {"anthropic"}
    azure = ask("GET", f"{MODELS}?provider=azure_openai").body
    assert azure["models"] == []
    assert azure["providers"][0]["requires_provider_key"] is True


def test_new_evaluation_has_its_report(ask: Ask) -> None:
    from llmctl.sandbox.seed import create_evaluation

    made = create_evaluation(
        Generation.V3, name="Tone", evaluation_type="hog", output_type="boolean", target="session"
    )
    create_evaluation(Generation.V3, name="x", evaluation_type="hog", output_type="numeric")
    newest, *others = ask("GET", REPORTS).body["results"]
    assert (newest["evaluation"], len(others)) == (str(made.pk), 1)
    assert ask("GET", f"{EVALUATIONS}{made.pk}/").body["status"] == "paused"
    gone = ask("DELETE", f"{EVALUATIONS}{made.pk}/")
    assert (gone.status, gone.body) == (405, None)


def test_taggers(ask: Ask) -> None:
    from llmctl.sandbox.models import Tagger

    assert ask("GET", TAGGERS).body["results"] == []
    pinned = Tagger.objects.create(
        name="Topic",
        enabled=True,
        tagger_config={"prompt": "Tag it.", "tags": [{"name": "billing"}]},
        model_provider="openai",
        model_name="gpt-5-mini",
        provider_key_id=defaults.ACTIVE_KEY_ID,
    )
    Tagger.objects.create(name="Gone", deleted=True)
    (tagger,) = ask("GET", TAGGERS).body["results"]
    assert list(tagger) == [
        "id", "name", "description", "enabled", "tagger_type", "tagger_config", "conditions",
        "model_configuration", "created_at", "updated_at", "created_by", "deleted",
    ]  # fmt: skip
    assert tagger["model_configuration"]["provider_key_id"] == defaults.ACTIVE_KEY_ID
    assert ask("GET", f"{TAGGERS}{pinned.pk}/").body == tagger
    for query, count in (("search=topic", 1), ("enabled=false", 0), (f"id__in={NIL}", 0)):
        assert ask("GET", f"{TAGGERS}?{query}").body["count"] == count
    assert re.fullmatch(r"[0-9a-f-]{36}", tagger["id"])
