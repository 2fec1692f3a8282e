"""Error responses: each becomes an exit code and a sentence, never a traceback."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmctl.errors import ExitCode
from llmctl.sandbox import defaults
from tests.conftest import Run
from tests.support import JOB, JOB_ID, KEY, RecordingServer, Reply, page

READ = ["clustering-jobs", "get", JOB_ID]
WRITE = ["clustering-jobs", "create", "--name", "x", "--analysis-level", "trace"]
HTML = {"Content-Type": "text/html"}


def hog(detail: str, code: str = "invalid_input", attr: str | None = None) -> dict[str, Any]:
    return {"type": "validation_error", "code": code, "detail": detail, "attr": attr}


REFUSALS = [
    (400, hog("This field is required.", "required", "name"), "name: This"),
    (400, {"detail": "Maximum of 5 clustering jobs per team."}, "Maximum of 5"),
    (409, {"error": "Only this."}, "Only this."),
    (405, None, "405"),
    (415, hog("Unsupported media type"), "Unsupported"),
]


@pytest.mark.parametrize("command", [READ, WRITE], ids=["read", "write"])
@pytest.mark.parametrize(("status", "body", "text"), REFUSALS)
def test_refusals(
    run: Run, server: RecordingServer, command: list[str], status: int, body: Any, text: str
) -> None:
    server.reply(Reply(status, body))
    result = run(*command)
    assert (result.code, result.out) == (ExitCode.REJECTED, "")
    assert result.err.startswith("error: ")
    assert text in result.err
    assert len(server.sent) == 1


def test_error_as_json(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(400, hog("This field is required.", "required", "name")))
    result = run(*WRITE, "-o", "json")
    assert json.loads(result.err) == {
        "error": {
            "code": "REJECTED",
            "message": "name: This field is required.",
            "hint": "give --name",
            "status": 400,
            "attr": "name",
            "server_code": "required",
        }
    }


@pytest.mark.parametrize("command", [READ, WRITE], ids=["read", "write"])
def test_empty_404_is_the_api_s(run: Run, server: RecordingServer, command: list[str]) -> None:
    server.reply(Reply(404))
    result = run(*command)
    assert (result.code, result.out) == (ExitCode.NOT_FOUND, "")
    assert "returned 404 with no error message" in result.err


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"name": ["This field is required."]}, '{"name": ["This field is required."]}'),
        ({"detail": ["x"]}, '{"detail": ["x"]}'),
        ({"error": {"message": "m"}}, '{"error": {"message": "m"}}'),
        (["Überall"], '["Überall"]'),
        ("just words", "just words"),
        ({}, "returned 400 with no error message"),
        ([], "returned 400 with no error message"),
        ({"x": "y" * 9000}, "y..."),
    ],
)
def test_other_shapes_are_shown_as_they_came(
    run: Run, server: RecordingServer, body: Any, said: str
) -> None:
    server.reply(Reply(400, body))
    result = run(*WRITE)
    assert (result.code, result.out) == (ExitCode.REJECTED, "")
    assert said in result.err
    assert len(result.err) < 1_100


def test_long_messages_are_cut(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(400, {"detail": "x" * 10**6, "attr": "y" * 10**6, "code": "z" * 10**6}))
    assert len(run(*WRITE).err) < 2_100


@pytest.mark.parametrize(
    ("command", "named", "hint"),
    [
        (READ, f"clustering job {JOB_ID}: ", "list the available IDs: llmctl clustering-jobs list"),
        (
            ["evaluations", "get", JOB_ID],
            f"evaluation {JOB_ID}: ",
            "list the available IDs: llmctl evaluations list",
        ),
        (
            ["provider-keys", "get", JOB_ID],
            f"provider key {JOB_ID}: ",
            "list the available IDs: llmctl provider-keys list",
        ),
        (
            ["evaluation-reports", "delete", JOB_ID, "--yes"],
            f"evaluation report {JOB_ID}: ",
            "list the available IDs: llmctl evaluation-reports list",
        ),
        (
            ["evaluation-config", "set-active-key", JOB_ID],
            "",
            "list the available IDs: llmctl provider-keys list",
        ),
        (
            ["models", "list", "--key-id", JOB_ID],
            f"provider key {JOB_ID}: ",
            "list the available IDs: llmctl provider-keys list",
        ),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_wrong_id_hints_at_the_list(
    run: Run, server: RecordingServer, command: list[str], named: str, hint: str
) -> None:
    server.reply(Reply(404, hog("Not found.", "not_found")))
    result = run(*command)
    assert (result.code, result.err) == (
        ExitCode.NOT_FOUND, f"error: {named}Not found.\nhint: {hint}\n"
    )  # fmt: skip


LISTS = [
    (["clustering-jobs", "list"], "clustering_jobs/"),
    (["clustering-config", "get"], "clustering_config/"),
    (WRITE, "clustering_jobs/"),
]


@pytest.mark.parametrize(("command", "end"), LISTS, ids=lambda value: "".join(value[:2]))
def test_a_404_without_an_id_names_prefix_and_project(
    run: Run, server: RecordingServer, command: list[str], end: str
) -> None:
    server.reply(Reply(404, hog("Not found.", "not_found")))
    result = run(*command)
    assert (result.code, result.err) == (
        ExitCode.NOT_FOUND,
        f"error: /api/environments/42/llm_analytics/{end}: Not found.\n"
        "hint: if the project is right, this version of PostHog does not have this resource; "
        "see where the project comes from: llmctl profiles show\n",
    )


def test_a_wrong_project_says_where_to_find_its_number(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(404, hog("Project not found.", "not_found")))
    result = run("clustering-jobs", "list")
    assert result.err == (
        "error: Project not found.\n"
        f"hint: the web app has its number in the URL: {server.origin}/project/NUMBER; see where "
        "the project comes from: llmctl profiles show\n"
    )


KEYS = "{}/settings/user-api-keys"
DENIALS = [
    ("API key missing required scope 'ai_observability_clusters:read'",
     f"add the scope ai_observability_clusters:read to the key in {KEYS}"),
    ("This action does not support personal API key access",
     "this endpoint does not accept personal API keys, whatever their scopes; use PostHog's web"),
    ("This action does not support Personal API Key access", "this endpoint does not accept"),
    ("This action does not support project secret API key access",
     f"use a personal API key, from {KEYS}"),
    ("API key does not have access to the requested project: ID 2.",
     f"the key is limited to other projects; edit it in {KEYS}"),
    ("API keys with scoped projects are only supported on project-based endpoints.",
     f"use a key that is not limited to certain projects; edit it in {KEYS}"),
    ("API key does not have access to the requested organization: ID x.",
     f"the key is limited to other organizations; edit it in {KEYS}"),
    ("Organization 'X' does not allow using personal API keys. Contact an admin to enable them.",
     "an admin can allow them in {}/settings/organization"),
    ("You don't have access to the project.",
     "ask an admin of the project to add the key's user"),
    ("You do not have editor access to this resource.", "a key has the rights of its user; ask"),
    ("You don't have sufficient permissions in the project.", "a key has the rights of its user"),
    ("AI data processing must be approved by your organization before using summarization",
     "an admin can approve it in {}/settings/organization-details#organization-ai-consent"),
    ("This feature is not enabled for this project",
     "if it is in preview, turn it on in {}/settings/user-feature-previews"),
    ("You do not have access.", None),
]  # fmt: skip


@pytest.mark.parametrize(("said", "hint"), DENIALS, ids=lambda value: str(value)[:40])
def test_each_cause_of_a_403_has_a_way_out(
    run: Run, server: RecordingServer, said: str, hint: str | None
) -> None:
    server.reply(Reply(403, hog(said, "permission_denied")))
    result = run(*READ)
    assert result.code == ExitCode.DENIED
    assert result.err.startswith(f"error: {said}\n")
    if hint is None:
        assert "hint" not in result.err
    else:
        assert f"hint: {hint.format(server.origin)}" in result.err


def test_consent_is_explained_after_a_400_too(run: Run, server: RecordingServer) -> None:
    said = "AI data processing must be approved for this organization to generate briefs."
    server.reply(Reply(400, hog(said)))
    assert "hint: an admin can approve it in " in run(*WRITE).err


def test_key_that_cannot_be_active_hints_at_rotate(run: Run) -> None:
    key = defaults.INVALID_KEY_ID
    result = run("evaluation-config", "set-active-key", key, "-p", "sandbox")
    assert result.code == ExitCode.REJECTED
    rotate = f"llmctl provider-keys rotate {key} -p sandbox"
    assert result.err.endswith(f"hint: give it a new secret: {rotate}\n")


def test_missing_field_names_the_option(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(400, hog("This field is required.", "required", "analysis_level")))
    result = run("clustering-jobs", "create", "--name", "x")
    assert result.err.endswith("hint: give --analysis-level\n")


def test_unknown_provider_lists_the_known_ones(run: Run, server: RecordingServer) -> None:
    server.reply(Reply(400, hog('"openia" is not a valid choice.', "invalid_choice", "provider")))
    result = run("models", "list", "--provider", "openia")
    assert "hint: known providers: openai, anthropic, gemini" in result.err


@pytest.mark.parametrize("status", [408, 421, 425])
def test_h07_read_is_retried(run: Run, server: RecordingServer, status: int) -> None:
    server.reply(Reply(status, {"detail": "Not now."}), JOB)
    result = run(*READ)
    assert (result.code, len(server.sent)) == (0, 2)
    assert f"* status {status}; retrying in " in result.err
    server.reply(Reply(status, {"detail": "Not now."}))
    result = run(*READ, "--retries", "1")
    assert (result.code, len(server.sent)) == (ExitCode.UNAVAILABLE, 4)
    assert "error: Not now." in result.err


PROVEN = {
    ExitCode.DENIED: [401, 403],
    ExitCode.NOT_FOUND: [404],
    ExitCode.UNAVAILABLE: [407, 421, 425],
    ExitCode.REJECTED: [400, 402, 405, 406, 409, 410, 411, 412, 413, 414, 415, 422, 431],
}


@pytest.mark.parametrize(
    ("status", "code"), [(status, code) for code, group in PROVEN.items() for status in group]
)
@pytest.mark.parametrize("body", [{"detail": "No."}, b"<html>no</html>", b"no", None])
def test_h07_refusal_proves_that_nothing_was_done(
    run: Run, server: RecordingServer, status: int, code: ExitCode, body: Any
) -> None:
    is_page = isinstance(body, bytes)
    server.reply(Reply(status, body, {"Content-Type": "text/html"} if is_page else {}))
    result = run(*WRITE)
    assert result.code == (ExitCode.CONFIG if status == 404 and is_page else code)
    assert "may or may not" not in result.err
    assert len(server.sent) == 1, "neither retried nor looked for"


@pytest.mark.parametrize("status", [408, 416, 423, 424, 428, 451, 460, 499])
def test_h07_other_refusals_of_a_write_prove_nothing(
    run: Run, server: RecordingServer, status: int
) -> None:
    server.reply(Reply(status, {"detail": "Waited too long."}), page([]))
    result = run(*WRITE)
    assert result.code == ExitCode.UNKNOWN
    assert f"returned an error ({status}): Waited too long." in result.err
    assert [sent.method for sent in server.sent] == ["POST", "GET"]
    server.reply(Reply(status, {"detail": "Waited too long."}))
    expected = ExitCode.UNAVAILABLE if status == 408 else ExitCode.REJECTED
    assert run(*READ, "--retries", "0").code == expected


def test_h07_profile_is_not_stored_after_408(
    run: Run, server: RecordingServer, key_file: str
) -> None:
    server.reply(Reply(408))
    add = ["profiles", "add", "x", "--host", server.origin, "--api-key-file", key_file]
    assert run(*add, "--retries", "0").code == ExitCode.UNAVAILABLE
    assert run("profiles", "show", "-p", "x").code == ExitCode.CONFIG


GATEWAYS = {
    "basic": Reply(
        401, b"<html>Log in</html>", HTML | {"WWW-Authenticate": 'Basic realm="staging"'}
    ),
    "basic without a page": Reply(401, None, {"WWW-Authenticate": "Basic"}),
    "iap": Reply(401, b"Invalid IAP credentials: empty token", HTML),
    "waf": Reply(403, b"<html>Access denied</html>", HTML),
    "json": Reply(403, {"message": "Forbidden"}),
}


@pytest.mark.parametrize("reply", GATEWAYS.values(), ids=GATEWAYS.keys())
def test_l07_gateway_in_front(
    run: Run, server: RecordingServer, key_file: str, reply: Reply
) -> None:
    server.reply(reply)
    add = ["profiles", "add", "x", "--host", server.origin, "--api-key-file", key_file]
    selected = ["--host", server.origin, "--project", "1"]
    for command in ([*READ, *selected], [*WRITE, *selected], add):
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("LLMCTL_API_KEY", KEY)
            result = run(*command)
        assert (result.code, result.out) == (ExitCode.DENIED, "")
        assert "error: a gateway answered, not PostHog: " in result.err
        assert "does not recognise this key" not in result.err
        assert "<" not in result.err
        scheme = "hint: it requires Basic authentication, which llmctl does not support"
        assert (scheme in result.err) == ("WWW-Authenticate" in reply.headers)


def test_l07_401_of_posthog(run: Run, server: RecordingServer) -> None:
    detail = {"detail": "Invalid personal API key.", "code": "authentication_failed"}
    server.reply(Reply(401, detail, {"WWW-Authenticate": "Bearer"}))
    assert "gateway" not in run(*READ).err


@pytest.mark.parametrize(
    ("words", "attr", "hint"),
    [
        (["clustering-jobs", "create"], "analysis_level", "give --analysis-level"),
        (["clustering-jobs", "create"], "name", "give --name"),
        (["evaluation-reports", "create", "--another"], "evaluation", "give --evaluation"),
        (["evaluation-reports", "create", "--another"], "trigger_threshold", "--trigger-threshold"),
        (["evaluation-reports", "update", JOB_ID, "--frequency", "scheduled"], "rrule", "--rrule"),
        (["evaluation-reports", "update", JOB_ID, "--enabled"], "starts_at", "give --starts-at"),
        (
            ["provider-keys", "update", JOB_ID, "--data", "{}", "--name", "x"],
            "api_key",
            "--api-key-",
        ),
        (["provider-keys", "update", JOB_ID, "--name", "x"], "azure_endpoint", "--azure-endpoint"),
        (["provider-keys", "update", JOB_ID, "--name", "x"], "base_url", "give --base-url"),
        (["provider-keys", "update", JOB_ID, "--name", "x"], "region", "give --set region=VALUE"),
        (["provider-keys", "update", JOB_ID, "--name", "x"], "name", None),
        (["clustering-jobs", "create"], "a__b", None),
        (["clustering-jobs", "create"], "--yes; x", None),
    ],
)
def test_a_missing_field_names_its_option(
    run: Run, server: RecordingServer, words: list[str], attr: str, hint: str | None
) -> None:
    refusal = Reply(400, hog("Required here.", "invalid_input", attr))
    row = {"id": JOB_ID, "name": "x"}
    server.reply(lambda sent: Reply(200, row) if sent.method == "GET" else refusal)
    result = run(*words)
    assert result.code == ExitCode.REJECTED
    assert f"error: {attr}: Required here." in result.err
    assert (hint in result.err) if hint else "give" not in result.err
