"""The errors of PostHog's server: request, status and exact body of each."""

from __future__ import annotations

from typing import Any

import pytest

from llmctl.sandbox import defaults
from tests.sandbox.conftest import Ask

pytestmark = pytest.mark.generation("v1")

JOBS, REPORTS = "clustering_jobs/", "evaluation_reports/"
CONFIG, FILTERS = "evaluation_config/", "clustering_config/set_event_filters/"
JOB = f"{JOBS}{defaults.TRACES_JOB_ID}/"
EVALUATION = defaults.EVALUATION_ID
NIL = "00000000-0000-0000-0000-000000000000"
FAULT = {
    "type": "server_error",
    "code": "error",
    "detail": "A server error occurred.",
    "attr": None,
}


def invalid(attr: str | None, code: str, detail: str) -> dict[str, Any]:
    return {"type": "validation_error", "code": code, "detail": detail, "attr": attr}


def request_error(code: str, detail: str) -> dict[str, Any]:
    return {"type": "invalid_request", "code": code, "detail": detail, "attr": None}


def denied(detail: str) -> dict[str, Any]:
    return {
        "type": "authentication_error",
        "code": "permission_denied",
        "detail": detail,
        "attr": None,
    }


NOT_FOUND = request_error("not_found", "Not found.")
REQUIRED = "This field is required."
NULL = "This field may not be null."
BLANK = "This field may not be blank."

Row = tuple[str, str, Any, int, Any]

CLUSTERING: list[Row] = [
    ("POST", FILTERS, {}, 400, {"detail": "event_filters is required."}),
    ("POST", FILTERS, {"event_filters": None}, 400, {"detail": "event_filters is required."}),
    ("POST", FILTERS, {"event_filters": {}}, 400, {"detail": "event_filters must be a list."}),
    ("POST", FILTERS, {"event_filters": "x"}, 400, {"detail": "event_filters must be a list."}),
    ("POST", FILTERS, [1], 500, FAULT),
    ("POST", JOBS, {"analysis_level": "trace"}, 400, invalid("name", "required", REQUIRED)),
    ("POST", JOBS, {"name": None, "analysis_level": "trace"}, 400, invalid("name", "null", NULL)),
    ("POST", JOBS, {"name": " ", "analysis_level": "trace"}, 400, invalid("name", "blank", BLANK)),
    (
        "POST",
        JOBS,
        {"name": "x" * 101, "analysis_level": "trace"},
        400,
        invalid("name", "max_length", "Ensure this field has no more than 100 characters."),
    ),
    (
        "POST",
        JOBS,
        {"name": True, "analysis_level": "trace"},
        400,
        invalid("name", "invalid_input", "Not a valid string."),
    ),
    (
        "POST",
        JOBS,
        {"name": "a\x00b", "analysis_level": "trace"},
        400,
        invalid("name", "null_characters_not_allowed", "Null characters are not allowed."),
    ),
    ("POST", JOBS, {"name": "x"}, 400, invalid("analysis_level", "required", REQUIRED)),
    (
        "POST",
        JOBS,
        {"name": "x", "analysis_level": "invalid"},
        400,
        invalid("analysis_level", "invalid_choice", '"invalid" is not a valid choice.'),
    ),
    ("PATCH", JOB, {"event_filters": None}, 400, invalid("event_filters", "null", NULL)),
    (
        "PATCH",
        JOB,
        {"enabled": "perhaps"},
        400,
        invalid("enabled", "invalid_input", "Must be a valid boolean."),
    ),
    (
        "POST",
        JOBS,
        {"name": "Default - traces", "analysis_level": "trace"},
        400,
        {"detail": "A clustering job with this name already exists."},
    ),
    (
        "PATCH",
        JOB,
        {"name": "Default - generations"},
        400,
        {"detail": "A clustering job with this name already exists."},
    ),
    ("PUT", JOB, {"name": "Default - generations", "analysis_level": "trace"}, 500, FAULT),
    ("PUT", JOB, {"name": "x"}, 400, invalid("analysis_level", "required", REQUIRED)),
    ("GET", f"{JOBS}{NIL}/", None, 404, NOT_FOUND),
    ("GET", f"{JOBS}not-a-uuid/", None, 404, NOT_FOUND),
    ("PATCH", f"{JOBS}{NIL}/", {"name": "x"}, 404, NOT_FOUND),
    ("DELETE", f"{JOBS}{NIL}/", None, 404, NOT_FOUND),
    (
        "POST",
        JOBS,
        [1],
        400,
        invalid(None, "invalid_input", "Invalid data. Expected a dictionary, but got list."),
    ),
]

SET_ACTIVE = f"{CONFIG}set_active_key/"
EVALUATION_CONFIG: list[Row] = [
    ("POST", SET_ACTIVE, {}, 400, invalid("key_id", "required", REQUIRED)),
    ("POST", SET_ACTIVE, {"key_id": None}, 400, invalid("key_id", "null", NULL)),
    (
        "POST",
        SET_ACTIVE,
        {"key_id": "x"},
        400,
        invalid("key_id", "invalid_input", "Must be a valid UUID."),
    ),
    ("POST", SET_ACTIVE, {"key_id": NIL}, 404, {"detail": "Key not found."}),
    ("POST", SET_ACTIVE, {"key_id": 5}, 404, {"detail": "Key not found."}),
    ("POST", SET_ACTIVE, {"key_id": True}, 404, {"detail": "Key not found."}),
    (
        "POST",
        SET_ACTIVE,
        {"key_id": defaults.INVALID_KEY_ID},
        400,
        {"detail": "Cannot activate key with state 'invalid'. Please validate the key first."},
    ),
]


def report(**fields: Any) -> dict[str, Any]:
    return {"evaluation": EVALUATION, "trigger_threshold": 100} | fields


def scheduled(**fields: Any) -> dict[str, Any]:
    base = {"frequency": "scheduled", "rrule": "FREQ=DAILY", "starts_at": "2026-01-15T16:00:00Z"}
    return {"evaluation": EVALUATION} | base | fields


def bound(attr: str, code: str, number: int) -> dict[str, Any]:
    word = "greater" if code == "min_value" else "less"
    return invalid(attr, code, f"Ensure this value is {word} than or equal to {number}.")


def target(detail: str) -> dict[str, Any]:
    return invalid("delivery_targets", "invalid_input", detail)


BAD_REPORTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"trigger_threshold": 100}, invalid("evaluation", "required", REQUIRED)),
    (
        report(evaluation=NIL),
        invalid("evaluation", "does_not_exist", f'Invalid pk "{NIL}" - object does not exist.'),
    ),
    (
        report(evaluation="foo"),
        invalid("evaluation", "invalid_input", "\u201cfoo\u201d is not a valid UUID."),
    ),
    (report(evaluation=""), invalid("evaluation", "null", NULL)),
    (
        report(evaluation=True),
        invalid(
            "evaluation", "incorrect_type", "Incorrect type. Expected pk value, received bool."
        ),
    ),
    (
        {"evaluation": EVALUATION},
        invalid("trigger_threshold", "invalid_input", "Required when frequency is 'every_n'."),
    ),
    (
        report(trigger_threshold=None),
        invalid("trigger_threshold", "invalid_input", "Required when frequency is 'every_n'."),
    ),
    (
        scheduled(rrule=""),
        invalid("rrule", "invalid_input", "Required when frequency is 'scheduled'."),
    ),
    (
        scheduled(starts_at=None),
        invalid("starts_at", "invalid_input", "Required when frequency is 'scheduled'."),
    ),
    *(
        (scheduled(rrule=rule), invalid("rrule", "invalid_input", "Invalid recurrence rule."))
        for rule in (
            "NOT_AN_RRULE",
            "FREQ=FOO",
            "FREQ=WEEKLY;BYDAY=XX",
            "BYDAY=MO",
            "FREQ=DAILY;",
            "DTSTART:20260101T000000\nRRULE:FREQ=DAILY",
        )
    ),
    (report(rrule=None), invalid("rrule", "null", NULL)),
    (report(trigger_threshold=9), bound("trigger_threshold", "min_value", 10)),
    (report(trigger_threshold=10001), bound("trigger_threshold", "max_value", 10000)),
    (report(cooldown_minutes=59), bound("cooldown_minutes", "min_value", 60)),
    (report(cooldown_minutes=1441), bound("cooldown_minutes", "max_value", 1440)),
    (report(cooldown_minutes=None), invalid("cooldown_minutes", "null", NULL)),
    (report(daily_run_cap=0), bound("daily_run_cap", "min_value", 1)),
    (report(daily_run_cap=25), bound("daily_run_cap", "max_value", 24)),
    (report(max_sample_size=2**31), bound("max_sample_size", "max_value", 2**31 - 1)),
    (report(max_sample_size=-(2**31) - 1), bound("max_sample_size", "min_value", -(2**31))),
    (
        report(daily_run_cap="x"),
        invalid("daily_run_cap", "invalid_input", "A valid integer is required."),
    ),
    (
        report(daily_run_cap="9" * 1001),
        invalid("daily_run_cap", "max_string_length", "String value too large."),
    ),
    (report(frequency="x"), invalid("frequency", "invalid_choice", '"x" is not a valid choice.')),
    (
        report(starts_at="soon"),
        invalid(
            "starts_at",
            "invalid_input",
            "Datetime has wrong format. Use one of these formats instead: "
            "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].",
        ),
    ),
    (
        report(timezone_name="x" * 65),
        invalid("timezone_name", "max_length", "Ensure this field has no more than 64 characters."),
    ),
    (report(timezone_name=""), invalid("timezone_name", "blank", BLANK)),
    (report(enabled="x"), invalid("enabled", "invalid_input", "Must be a valid boolean.")),
    (report(delivery_targets=None), invalid("delivery_targets", "null", NULL)),
    (report(delivery_targets={}), target("Delivery targets must be a list.")),
    (report(delivery_targets=[1]), target("Each delivery target must be an object.")),
    (
        report(delivery_targets=[{"type": "webhook"}]),
        target("Invalid delivery target type: webhook"),
    ),
    (report(delivery_targets=[{}]), target("Invalid delivery target type: None")),
    (
        report(delivery_targets=[{"type": "email"}]),
        target("Email delivery target must include a 'value' field."),
    ),
    (
        report(delivery_targets=[{"type": "slack", "channel": "c"}]),
        target("Slack delivery target must include 'integration_id' and 'channel'."),
    ),
    (
        report(delivery_targets=[{"type": "slack", "integration_id": "x", "channel": "c"}]),
        target("Slack integration_id must be an integer."),
    ),
    (
        report(
            delivery_targets=[
                {"type": "slack", "integration_id": number, "channel": "c"}
                for number in (999999, 7)
            ]
        ),
        target("Slack integration(s) not found for this team: [7, 999999]."),
    ),
]
REPORT_ROWS: list[Row] = [
    *(("POST", REPORTS, body, 400, error) for body, error in BAD_REPORTS),
    ("POST", REPORTS, scheduled(rrule="FREQ=DAILY;INTERVAL=0"), 500, FAULT),
    ("POST", REPORTS, scheduled(rrule="FREQ=DAILY;INTERVAL=-1"), 500, FAULT),
    ("POST", REPORTS, scheduled(rrule="FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"), 500, FAULT),
    ("POST", REPORTS, scheduled(rrule="FREQ=SECONDLY", starts_at="1990-01-01"), 500, FAULT),
    ("POST", REPORTS, scheduled(timezone_name="Mars/Olympus"), 500, FAULT),
    ("GET", f"{REPORTS}{NIL}/", None, 404, NOT_FOUND),
    ("GET", f"{REPORTS}?evaluation=foo", None, 500, FAULT),
    ("DELETE", f"{REPORTS}{NIL}/", None, 405, None),
    ("PUT", f"{REPORTS}{NIL}/", {}, 404, NOT_FOUND),
]

OTHER: list[Row] = [
    ("GET", "provider_keys/nope/", None, 404, NOT_FOUND),
    (
        "PUT",
        JOBS,
        {},
        403,
        denied("This action does not support personal API key access"),
    ),
    ("PATCH", JOBS, {}, 405, request_error("method_not_allowed", 'Method "PATCH" not allowed.')),
    ("GET", FILTERS, None, 405, request_error("method_not_allowed", 'Method "GET" not allowed.')),
    ("GET", "no_such_thing/", None, 404, request_error("not_found", "Endpoint not found.")),
    ("GET", "/nothing", None, 404, request_error("not_found", "Endpoint not found.")),
    *(
        (
            "GET",
            f"/api/{prefix}/{project}/llm_analytics/{JOBS}",
            None,
            404,
            request_error("not_found", "Project not found."),
        )
        for prefix in ("environments", "projects")
        for project in ("2", "999999", "abc", "01", "@me")
    ),
]

ROWS = [*CLUSTERING, *EVALUATION_CONFIG, *REPORT_ROWS, *OTHER]


@pytest.mark.parametrize(
    "row", ROWS, ids=[f"{row[0]} {row[1][:40]} {str(row[2])[:60]}" for row in ROWS]
)
def test_row(ask: Ask, row: Row) -> None:
    method, path, body, status, expected = row
    answer = ask(method, path, body)
    assert (answer.status, answer.body) == (status, expected)
    assert "WWW-Authenticate" not in answer.headers
    if expected is None:
        assert "Content-Type" not in answer.headers


def test_limit_comes_before_everything_about_the_body(ask: Ask) -> None:
    for number in range(2):
        assert ask("POST", JOBS, {"name": f"n{number}", "analysis_level": "trace"}).status == 201
    full = {"detail": "Maximum of 5 clustering jobs per team."}
    for data in (b'{"name": "x", "analysis_level": "trace"}', b"{}", b"{not json", b""):
        answer = ask("POST", JOBS, data=data)
        assert (answer.status, answer.body) == (400, full)


@pytest.mark.parametrize(
    ("key", "headers", "path", "code", "detail"),
    [
        (None, {}, JOBS, "not_authenticated", "Authentication credentials were not provided."),
        *(
            (
                None,
                {"Authorization": header},
                JOBS,
                "not_authenticated",
                "Authentication credentials were not provided.",
            )
            for header in ("Token phx_x", "bearer phx_x", "Bearer x", "Bearer")
        ),
        *(
            (
                None,
                {"Authorization": "Bearer phx_wrong"} if source == "Authorization header" else {},
                path,
                "authentication_failed",
                f"Personal API key found in request {source} is invalid.",
            )
            for source, path in (
                ("Authorization header", JOBS),
                ("query string", JOBS + "?personal_api_key=phx_wrong"),
            )
        ),
    ],
)
def test_unauthenticated(
    ask: Ask, key: None, headers: dict[str, str], path: str, code: str, detail: str
) -> None:
    answer = ask("GET", path, key=key, headers=headers)
    expected = {"type": "authentication_error", "code": code, "detail": detail, "attr": None}
    assert (answer.status, answer.body) == (401, expected)
    assert "WWW-Authenticate" not in answer.headers


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PART = b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nphc_x\r\n--x--\r\n'
PARTS = {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize(
    ("method", "path", "data", "headers"),
    [
        ("POST", "provider_keys/", b"provider=openai&name=x&api_key=sk-1", FORM),
        ("PATCH", JOB, b"token=phc_x", FORM),
        ("POST", FILTERS, PART, PARTS),
        ("GET", f"{JOBS}?token=phc_x", None, {}),
        ("GET", "/api/projects/9/llm_analytics/models/?api_key=x", None, {}),
    ],
)
@pytest.mark.parametrize("key", [defaults.ALL_SCOPES_KEY, defaults.READ_ONLY_KEY])
def test_project_token(
    ask: Ask, method: str, path: str, data: bytes | None, headers: dict[str, str], key: str
) -> None:
    answer = ask(method, path, data=data, headers=headers, key=key)
    assert answer.status == 401
    assert answer.body == {
        "type": "authentication_error",
        "code": "authentication_failed",
        "detail": "Incorrect authentication credentials.",
        "attr": None,
    }


def test_no_project_token(ask: Ask) -> None:
    assert ask("GET", f"{JOBS}?token=&api_key=").status == 200
    assert ask("GET", "/api/users/@me/?token=x").status == 200
    key = {"provider": "openai", "name": "x", "api_key": "sk-0123456789"}
    assert ask("POST", "provider_keys/", key).status == 201
    named = ask("POST", JOBS, data=b"name=x&analysis_level=trace", headers=FORM)
    assert named.status == 201


def test_body_is_read_before_project_and_scope(ask: Ask) -> None:
    elsewhere = f"/api/projects/9/llm_analytics/{JOBS}"
    for key in (defaults.ALL_SCOPES_KEY, defaults.READ_ONLY_KEY):
        assert ask("POST", elsewhere, data=b"{x", key=key).body["code"] == "parse_error"
        assert ask("POST", elsewhere, {}, key=key).status == 404
    assert ask("POST", JOBS, data=b"{x", key=defaults.READ_ONLY_KEY).body["code"] == "parse_error"
    assert ask("POST", JOBS, {}, key=defaults.READ_ONLY_KEY).status == 403
    # An action closed to keys responds 403 before the body is parsed.
    path = f"provider_keys/{NIL}/validate/"
    assert ask("POST", path, data=b"{x").status == 403


def test_key_in_the_body_and_the_query(ask: Ask) -> None:
    key = defaults.ALL_SCOPES_KEY
    assert ask("GET", f"{JOBS}?personal_api_key={key}", key=None).status == 200
    body = {"event_filters": [], "personal_api_key": key}
    assert ask("POST", FILTERS, body, key=None).status == 200
    wrong = ask("POST", FILTERS, {"personal_api_key": "phx_wrong"}, key=None)
    assert wrong.body["detail"] == "Personal API key found in request body is invalid."


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", FILTERS, "llm_analytics:write"),
        ("POST", JOBS, "llm_analytics:write"),
        ("PATCH", JOB, "llm_analytics:write"),
        ("PUT", JOB, "llm_analytics:write"),
        ("DELETE", JOB, "llm_analytics:write"),
        ("PATCH", JOBS, "llm_analytics:write"),
        ("GET", FILTERS, "llm_analytics:write"),
        ("POST", SET_ACTIVE, "evaluation:write"),
        ("POST", REPORTS, "llm_analytics:write"),
        ("PATCH", f"{REPORTS}{NIL}/", "llm_analytics:write"),
        ("DELETE", f"{REPORTS}{NIL}/", "llm_analytics:write"),
    ],
)
def test_scopes(ask: Ask, method: str, path: str, scope: str) -> None:
    answer = ask(method, path, {}, key=defaults.READ_ONLY_KEY)
    assert (answer.status, answer.body) == (
        403,
        denied(f"API key missing required scope '{scope}'"),
    )


@pytest.mark.parametrize(
    "path",
    [
        "clustering_config/",
        JOBS,
        JOB,
        CONFIG,
        REPORTS,
        "provider_keys/",
        "/api/projects/1/evaluations/",
        "/api/users/@me/",
        "/api/organizations/",
        "/api/projects/1/",
        "/api/personal_api_keys/@current/",
    ],
)
def test_read_scopes_suffice_to_read(ask: Ask, path: str) -> None:
    assert ask("GET", path, key=defaults.READ_ONLY_KEY).status == 200


@pytest.mark.generation("v1", "v3")
@pytest.mark.parametrize("path", [JOBS, JOB, CONFIG, f"{REPORTS}{NIL}/", "provider_keys/"])
def test_options_need_only_a_read_scope(ask: Ask, path: str) -> None:
    answer = ask("OPTIONS", path, key=defaults.READ_ONLY_KEY)
    assert answer.status == 200
    assert answer.body["parses"][0] == "application/json"


@pytest.mark.parametrize(("method", "name"), [("GET", "runs"), ("POST", "generate")])
def test_actions_of_reports_are_closed_to_personal_keys(ask: Ask, method: str, name: str) -> None:
    answer = ask(method, f"{REPORTS}{NIL}/{name}/")
    assert (answer.status, answer.body) == (
        403,
        denied("This action does not support personal API key access"),
    )


@pytest.mark.generation("v1", "v3")
def test_project_secret_key(ask: Ask) -> None:
    for path in (JOBS, "/api/users/@me/", "/api/projects/9/evaluations/"):
        answer = ask("GET", path, key="phs_sandbox")
        assert (answer.status, answer.body) == (
            403,
            denied("This action does not support project secret API key access"),
        )


@pytest.mark.generation("v1", "v3")
def test_routes_that_other_clients_use(ask: Ask) -> None:
    for path in (
        "/api/projects/1/integrations/",
        "/api/projects/",
        "/api/projects/1",
        "/api/projects/@current/",
        "/api/environments/1/",
        f"/api/organizations/{defaults.ORGANIZATION_ID}/projects/",
        f"/api/organizations/{defaults.ORGANIZATION_ID}/projects/1/",
    ):
        assert ask("GET", path, key=defaults.READ_ONLY_KEY).status == 200, path


@pytest.mark.generation("v1", "v3")
def test_integrations(ask: Ask) -> None:
    path = "/api/projects/1/integrations/"
    slack, github = ask("GET", path).body["results"]
    assert [each["kind"] for each in (slack, github)] == ["slack", "github"]
    assert list(slack) == [
        "id", "kind", "config", "created_at", "created_by", "errors", "display_name"
    ]  # fmt: skip
    assert slack["config"]["team"] == {"id": "T0SANDBOX", "name": "Sandbox"}
    assert ask("GET", f"{path}{slack['id']}/").body == slack
    assert ask("GET", f"{path}9/").status == 404
    # Only the one of Slack can receive reports.
    target = {"type": "slack", "channel": "#evals"}
    for each, status in ((slack, 200), (github, 400)):
        sent = {
            "evaluation": EVALUATION,
            "trigger_threshold": 100,
            "delivery_targets": [target | {"integration_id": each["id"]}],
        }
        answer = ask("POST", REPORTS, sent)
        assert answer.status // 100 == status // 100, answer.body  # 201 in v1
    assert answer.body["detail"] == "Slack integration(s) not found for this team: [2]."


def test_bodies(ask: Ask) -> None:
    broken = ask("POST", JOBS, data=b"{x")
    assert broken.status == 400
    assert broken.body == request_error(
        "parse_error",
        "JSON parse error - Expecting property name enclosed in double quotes: "
        "line 1 column 2 (char 1)",
    )
    assert ask("POST", JOBS, data=b"").body["code"] == "required"
    assert ask("POST", JOBS, data=b" ").body["code"] == "parse_error"
    assert ask("POST", JOBS, data=b"null").body == invalid(None, "null", "No data provided")
    assert ask("POST", FILTERS, data=b"null").status == 500
    assert ask("POST", JOBS, data=b'"x"').body["detail"].endswith("but got str.")
    plain = ask("POST", JOBS, data=b"x", headers={"Content-Type": "text/plain"})
    assert plain.body == request_error(
        "unsupported_media_type", 'Unsupported media type "text/plain" in request.'
    )
    accept = ask("GET", JOBS, headers={"Accept": "text/html"})
    assert (accept.status, accept.body) == (
        406,
        request_error("not_acceptable", "Could not satisfy the request Accept header."),
    )
    huge = ask("POST", FILTERS, data=b'{"event_filters": ["' + b"x" * 20 * 1024 * 1024 + b'"]}')
    assert (huge.status, huge.body) == (500, FAULT)


def test_order_of_checks(ask: Ask) -> None:
    elsewhere = f"/api/projects/2/llm_analytics/{JOBS}"
    assert ask("POST", elsewhere, {}, headers={"Accept": "text/html"}, key=None).status == 406
    assert ask("POST", elsewhere, {}, key=None).status == 401
    assert ask("PUT", elsewhere, {}, key=defaults.READ_ONLY_KEY).status == 403
    assert ask("POST", elsewhere, {}, key=defaults.READ_ONLY_KEY).status == 404
    assert ask("PATCH", JOBS, {}, key=defaults.READ_ONLY_KEY).status == 403
    assert ask("PATCH", JOBS, {}).status == 405


def test_foreign_host_header(ask: Ask) -> None:
    assert ask("GET", JOBS, headers={"Host": "evil.example"}).status == 400
