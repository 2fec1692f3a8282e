"""`llmctl doctor`: what it finds, what it says, and that it writes nothing."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from llmctl import paths
from llmctl.api.resources import NIL_ID
from llmctl.errors import ExitCode
from llmctl.sandbox import defaults
from llmctl.sandbox.generation import Generation
from tests.conftest import Result, Run
from tests.support import KEY, PROJECT, RecordingServer, Reply, Sent, call, page, serving

USER = {"email": "ada@example.com", "organization": {"projects": [{"id": 42, "name": "Shop"}]}}


def checks(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{each['group']}.{each['name']}": each for each in document["checks"]}


def rights(document: dict[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    return {each["command"]: (each["read"], each["write"]) for each in document["rights"]}


def document(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.out)
    assert found["exit_code"] == result.code
    assert found["result"] == ("ok" if result.code == 0 else "failed")
    return found


def denied(detail: str) -> Reply:
    body = {"type": "authentication_error", "code": "permission_denied", "detail": detail}
    return Reply(403, body | {"attr": None})


def posthog(sent: Sent) -> Reply:
    """A server on which everything is allowed and there is nothing."""
    if sent.path == "/api/users/@me/":
        return Reply(body=USER)
    if sent.method != "GET" or NIL_ID in sent.path:
        body = {"type": "invalid_request", "code": "not_found", "detail": "Not found."}
        return Reply(404, body | {"attr": None})
    if sent.path.endswith("evaluation_config/"):
        return Reply(body={"active_provider_key": None})
    if sent.path.endswith(("clustering_config/", "models/")):
        return Reply(body={})
    return Reply(body={"name": "Shop"} if sent.path.endswith("/42/") else page([]))


def but(path: str, reply: Reply) -> Callable[[Sent], Reply]:
    """`posthog`, but for the paths that contain `path`."""
    return lambda sent: reply if path in sent.path else posthog(sent)


@pytest.mark.usefixtures("sandbox")
def test_all_is_well(run: Run, generation: Generation) -> None:
    result = run("doctor", "-p", "sandbox", "-o", "json")
    assert (result.code, result.err) == (0, "")
    found = document(result)
    assert list(found) == ["profile", "result", "exit_code", "checks", "rights", "generation"]
    assert all(
        list(each) == ["group", "name", "status", "detail", "hint"] for each in found["checks"]
    )
    assert {each["status"] for each in found["checks"]} <= {"ok", "skipped", "warning"}
    is_old = generation is Generation.V1
    assert found["generation"]["guess"] == [str(generation)]
    assert rights(found) == {
        "clustering-config": ("yes", "yes"),
        "clustering-jobs": ("yes", "yes"),
        "evaluation-config": ("yes", "yes"),
        "evaluation-reports": ("yes", "yes"),
        "evaluation-reports runs": ("closed" if is_old else "yes", None),
        "evaluation-reports generate": (None, "closed" if is_old else "yes"),
        "provider-keys": ("yes", "yes"),
        "provider-keys validate KEY": (None, "closed" if is_old else "yes"),
        "evaluations": ("yes", "yes"),
        "models": ("yes", None),
        "integrations": ("yes", None),
    }
    inferred = {each["command"] for each in found["rights"] if each["write_is_inferred"]}
    assert inferred == {
        "clustering-config",
        "evaluation-config",
        "evaluation-reports generate",
        "provider-keys validate KEY",
    }
    assert "1 enabled evaluation has" in checks(found)["evaluations.working keys"]["detail"]
    prefix = checks(found)["access.prefix"]["detail"]
    assert prefix == ("/api/environments/, the default" if is_old else "/api/projects/, detected")


@pytest.mark.usefixtures("sandbox")
def test_nothing_is_written(run: Run, generation: Generation, tmp_path: Path) -> None:
    def content() -> list[str]:
        with sqlite3.connect(paths.sandbox_database()) as database:
            return list(database.iterdump())

    run("clustering-config", "get", "-p", "sandbox")  # servers make the two
    run("evaluation-config", "get", "-p", "sandbox")  # configurations when they are first read
    before = content()
    assert run("doctor", "-p", "sandbox").code == 0
    assert content() == before


def test_only_harmless_requests(run: Run, server: RecordingServer) -> None:
    server.reply(posthog)
    assert run("doctor").code == 0
    assert {sent.method for sent in server.sent} == {"GET", "PATCH"}
    for sent in server.sent:
        if sent.method == "PATCH":
            assert sent.path.endswith(f"/{NIL_ID}/")
            assert sent.body == b"null"
    assert len([sent for sent in server.sent if sent.method == "PATCH"]) == 4


def test_read_only_key(
    run: Run, monkeypatch: pytest.MonkeyPatch, fresh_database: Path, generation: Generation
) -> None:
    monkeypatch.setenv("LLMCTL_API_KEY", defaults.READ_ONLY_KEY)
    monkeypatch.setenv("LLMCTL_PROJECT", "1")
    clustering = "llm_analytics" if generation is Generation.V1 else "ai_observability_clusters"
    with serving(fresh_database) as origin:
        monkeypatch.setenv("LLMCTL_HOST", origin)
        shown = run("doctor", "-o", "json")
        required = run("doctor", "--require", f"{clustering}:read", "-o", "json")
        missing = run(
            "doctor", "--require", f"{clustering}:write", "--require", "user:read", "-o", "json"
        )
    found = document(shown)
    assert (shown.code, found["generation"]["guess"]) == (0, [str(generation)])
    jobs = next(each for each in found["rights"] if each["command"] == "clustering-jobs")
    assert (jobs["read"], jobs["write"]) == ("yes", "no")
    assert jobs["missing_scopes"] == [f"{clustering}:write"]
    assert checks(document(required))[f"rights.scope {clustering}:read"]["detail"] == "present"
    assert missing.code == ExitCode.DENIED
    wanted = checks(document(missing))
    assert wanted["rights.scope user:read"]["status"] == "ok"
    check = wanted[f"rights.scope {clustering}:write"]
    assert (check["status"], check["detail"]) == ("failed", "missing")
    assert f"add the scope {clustering}:write" in check["hint"]
    assert json.loads(missing.err)["error"]["problems"][0]["exit_code"] == 4


def test_right_that_cannot_be_tested_is_no_failure(run: Run, server: RecordingServer) -> None:
    server.reply(posthog)
    found = document(run("doctor", "--require", "llm_analytics:write", "-o", "json"))
    check = checks(found)["rights.scope llm_analytics:write"]
    assert check["status"] == "warning"


def test_right_that_a_role_denies(run: Run, server: RecordingServer) -> None:
    said = "You don't have sufficient permissions in the project."

    def reply(sent: Sent) -> Reply:
        is_key = sent.method == "PATCH" and "provider_keys" in sent.path
        return denied(said) if is_key else posthog(sent)

    server.reply(reply)
    result = run("doctor", "--require", "llm_provider_key:write", "-o", "json")
    assert result.code == ExitCode.DENIED
    found = document(result)
    assert checks(found)["rights.scope llm_provider_key:write"]["detail"] == said
    assert rights(found)["provider-keys"] == ("yes", "no")
    row = next(each for each in found["rights"] if each["command"] == "provider-keys")
    assert row["reasons"] == [said]


@pytest.mark.parametrize("scope", ["evaluation", "evaluations:write", "evaluation:delete", "*:*"])
def test_unknown_scope(run: Run, scope: str) -> None:
    result = run("doctor", "--require", scope)
    assert result.code == ExitCode.USAGE
    assert "is not a scope that llmctl needs" in result.err


def test_key_in_place_of_a_scope(run: Run) -> None:
    result = run("doctor", "--require", KEY)
    assert result.code == ExitCode.USAGE
    assert KEY not in result.err


def test_nothing_can_be_read(run: Run, server: RecordingServer) -> None:
    server.reply(denied("API key missing required scope 'llm_analytics:read'"))
    result = run("doctor", "-o", "json")
    assert result.code == ExitCode.DENIED
    found = checks(document(result))
    assert found["rights.rights"]["detail"].startswith("nothing can be read: API key missing")
    assert "add the scope llm_analytics:read" in found["rights.rights"]["hint"]
    assert found["access.key"]["status"] == "ok"  # a missing scope proves that it is known
    assert found["access.project"]["status"] == "ok"


def test_wrong_key(run: Run, server: RecordingServer) -> None:
    said = "Personal API key found in request Authorization header is invalid."
    server.reply(Reply(401, {"type": "authentication_error", "detail": said}))
    result = run("doctor", "-o", "json")
    assert result.code == ExitCode.DENIED
    found = checks(document(result))
    assert (found["access.key"]["status"], found["access.key"]["detail"]) == ("failed", said)
    assert found["network.connection"]["status"] == "ok"
    assert found["rights.rights"]["detail"] == "the key was not accepted"
    assert len(server.sent) == 1


def test_key_that_is_refused_only_in_the_project(run: Run, server: RecordingServer) -> None:
    no_user = denied("API key missing required scope 'user:read'")
    wrong = Reply(401, {"type": "authentication_error", "detail": "Invalid."})
    server.reply(lambda sent: no_user if "users" in sent.path else wrong)
    result = run("doctor", "-o", "json")
    assert (result.code, checks(document(result))["access.key"]["detail"]) == (4, "Invalid.")


def test_key_without_the_scope_of_its_user(run: Run, server: RecordingServer) -> None:
    server.reply(but("users", denied("API key missing required scope 'user:read'")))
    found = checks(document(run("doctor", "-o", "json")))
    assert found["access.key"]["status"] == "ok"
    assert found["access.project"]["detail"] == "42 (Shop)"


def test_project_that_does_not_exist(run: Run, server: RecordingServer) -> None:
    body = {"type": "invalid_request", "code": "not_found", "detail": "Project not found."}
    server.reply(but("/42/", Reply(404, body | {"attr": None})))
    result = run("doctor", "-o", "json")
    assert result.code == ExitCode.NOT_FOUND
    found = checks(document(result))
    assert found["access.project"]["detail"] == "Project not found."
    assert found["rights.rights"]["status"] == "skipped"
    assert not [sent for sent in server.sent if sent.method != "GET"]


def test_key_of_other_projects(run: Run, server: RecordingServer) -> None:
    said = "API key does not have access to the requested project: ID 42."
    server.reply(but("/42/", denied(said)))
    result = run("doctor", "-o", "json")
    assert result.code == ExitCode.DENIED
    found = checks(document(result))
    assert found["access.project"]["detail"] == said
    assert found["access.key"]["status"] == "ok"


def test_no_project(run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LLMCTL_PROJECT")
    server.reply(posthog)
    result = run("doctor", "-o", "json")
    assert result.code == ExitCode.CONFIG
    found = checks(document(result))
    assert found["settings.project"]["detail"] == "no project is set"
    assert found["access.key"]["status"] == "ok"
    assert found["access.project"]["hint"] == "choose one with --project: 42 (Shop)"
    assert server.lines == ["GET /api/users/@me/"]


def test_no_key(run: Run) -> None:
    result = run("doctor", "-o", "json")
    assert result.code == ExitCode.CONFIG
    found = checks(document(result))
    assert found["settings.key"]["detail"] == "no API key is set"
    assert found["network.connection"]["detail"] == "the settings cannot be used"


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (Reply(200, b"<html>"), ExitCode.UNAVAILABLE, "unexpected response"),
        (Reply(404, b"<html>"), ExitCode.CONFIG, "returned 404"),
        (Reply(403, b"<html>"), ExitCode.DENIED, "a gateway answered"),
        (Reply(302, None, {"Location": "https://sso.example"}), ExitCode.CONFIG, "redirects to"),
        (Reply(200, {"id": 1}), ExitCode.UNAVAILABLE, "returned no user"),
    ],
    ids=["page", "404", "403", "redirect", "other"],
)
def test_not_posthog(
    run: Run, server: RecordingServer, body: Reply, code: ExitCode, said: str
) -> None:
    server.reply(body)
    result = run("doctor", "-o", "json")
    assert result.code == code
    found = checks(document(result))
    assert said in found["network.answer"]["detail"]
    assert found["access.key"]["status"] == "skipped"
    assert len(server.sent) == 1


def test_unreachable_host(run: Run, server: RecordingServer) -> None:
    server.close()
    result = run("doctor", "--retries", "0", "-o", "json")
    assert result.code == ExitCode.UNAVAILABLE
    found = checks(document(result))
    assert "connection refused" in found["network.connection"]["detail"]
    assert found["network.connection"]["hint"] == "check the host, the network and HTTPS_PROXY"
    assert found["access.key"]["detail"] == "the server cannot be reached"


THROTTLED = Reply(429, {"detail": "Request was throttled."}, {"Retry-After": "60"})
DOWN = Reply(503, b"<html>", {"Content-Type": "text/html", "Retry-After": "60"})


@pytest.mark.parametrize("reply", [THROTTLED, DOWN], ids=["throttled", "down"])
@pytest.mark.parametrize(
    ("method", "path", "name", "count"),
    [
        ("GET", "/42/", "access.project", 2),
        ("GET", "/clustering_config/", "access.project", 3),
        ("GET", "/evaluation_config/", "rights.rights", 5),
        ("PATCH", "/evaluation_reports/", "rights.rights", 14),
    ],
)
def test_waits_do_not_add_up(
    run: Run, server: RecordingServer, reply: Reply, method: str, path: str, name: str, count: int
) -> None:
    def answer(sent: Sent) -> Reply:
        is_project = path == "/42/" and sent.path.endswith("/42/")
        is_asked = sent.method == method and (is_project or (path != "/42/" and path in sent.path))
        return reply if is_asked else posthog(sent)

    server.reply(answer)
    result = run("doctor", "-o", "json")
    assert (result.code, len(server.sent)) == (ExitCode.UNAVAILABLE, count)
    found = checks(document(result))
    assert found[name]["status"] == "failed"
    assert found["evaluations.working keys"]["status"] == "skipped"


def test_throttled_from_the_start(run: Run, server: RecordingServer) -> None:
    server.reply(THROTTLED)
    result = run("doctor", "-o", "json")
    assert (result.code, len(server.sent)) == (ExitCode.UNAVAILABLE, 1)
    key = checks(document(result))["access.key"]
    assert (key["status"], key["detail"]) == ("failed", "Request was throttled.")
    assert key["hint"] == "wait 60 seconds, then try again"


def test_a_gateway_that_blocks_writes_shows_no_right(run: Run, server: RecordingServer) -> None:
    page_of_gateway = Reply(406, b"<html>", {"Content-Type": "text/html"})
    server.reply(lambda sent: page_of_gateway if sent.method == "PATCH" else posthog(sent))
    found = document(run("doctor", "-o", "json"))
    assert rights(found)["evaluations"] == ("yes", "unknown")


def test_prefix_that_is_gone(run: Run, server: RecordingServer) -> None:
    server.reply(but("/environments/", Reply(410, {"detail": "Gone."})))
    result = run("doctor", "-o", "json")
    assert result.code == ExitCode.REJECTED
    project = checks(document(result))["access.project"]
    assert (project["status"], project["detail"]) == ("failed", "Gone.")


def test_timeout_of_the_option(run: Run, server: RecordingServer) -> None:
    server.reply(posthog)
    found = checks(document(run("doctor", "--timeout", "7", "-o", "json")))
    assert found["settings.timeout"]["detail"] == "7 (--timeout)"


@pytest.mark.parametrize("minutes", [-5, 5])
def test_clock(run: Run, server: RecordingServer, minutes: int) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)

    def reply(sent: Sent) -> Reply:
        found = posthog(sent)
        return Reply(found.status, found.body, {"Date": date})

    server.reply(reply)
    result = run("doctor", "-o", "json")
    check = checks(document(result))["network.clock"]
    assert (result.code, check["status"]) == (0, "warning")
    assert check["detail"] == (
        f"this machine's is 5 minutes {'behind' if minutes > 0 else 'ahead of'} the server's"
    )


def test_unusable_files(run: Run, server: RecordingServer) -> None:
    """The environment has all settings, so the server is examined all the same."""
    server.reply(posthog)
    folder = paths.config_dir()
    folder.mkdir(parents=True, mode=0o700)
    folder.chmod(0o777)
    (folder / "config.toml").write_text('current = "a"\n[profiles.a\n')
    (folder / "credentials.toml").write_text(f'[keys.a]\napi_key = "{KEY}"\n')
    (folder / "credentials.toml").chmod(0o644)
    result = run("doctor", "-o", "json")
    assert result.code == ExitCode.CONFIG
    found = checks(document(result))
    assert "line 2" in found["files.config.toml"]["detail"]
    assert "mode 0644" in found["files.credentials.toml"]["detail"]
    assert found["files.credentials.toml"]["hint"].startswith("chmod 600 ")
    assert found["files.config_dir"]["hint"].startswith("chmod 700 ")
    assert found["rights.rights"]["status"] == "ok"


def test_broken_configuration(run: Run) -> None:
    folder = paths.config_dir()
    folder.mkdir(parents=True, mode=0o700)
    (folder / "config.toml").write_text("current = \n")
    for options in ([], ["--all-profiles"], ["--profiles", "a,b"], ["-p", "a"]):
        result = run("doctor", *options)
        assert result.code == ExitCode.CONFIG
        assert "line 1" in result.out
        assert "the settings cannot be used" in result.out


def test_bad_variables(run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMCTL_OUTPUT", "xml")
    monkeypatch.setenv("LLMCTL_TIMEOUT", "soon")
    server.reply(posthog)
    result = run("doctor")
    assert result.code == ExitCode.CONFIG
    assert "settings\toutput\tfailed\tLLMCTL_OUTPUT is not a known format\t" in result.out
    assert "settings\ttimeout\tfailed" in result.out
    assert not server.sent


def test_completion(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))  # an installed llmctl has the scripts there
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    before = checks(document(run("doctor", "-o", "json")))["installation.completion"]
    assert before["detail"] == "not installed for fish"
    assert before["hint"] == "to install it: llmctl completion fish --install"
    run("completion", "fish", "--install")
    after = checks(document(run("doctor", "-o", "json")))["installation.completion"]
    assert (after["status"], after["detail"].split(":")[0]) == ("ok", "installed for fish")
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    other = checks(document(run("doctor", "-o", "json")))["installation.completion"]
    assert other["status"] == "skipped"


@pytest.fixture
def two_profiles(run: Run, server: RecordingServer, key_file: str) -> None:
    for name, project in (("one", "42"), ("two", "43")):
        done = run(
            "profiles", "add", name, "--host", server.origin, "--project", project,
            "--api-key-file", key_file, "--no-check",
        )  # fmt: skip
        assert done.code == 0


@pytest.mark.usefixtures("two_profiles")
def test_several_projects(run: Run, server: RecordingServer) -> None:
    body = {"type": "invalid_request", "code": "not_found", "detail": "Project not found."}
    server.reply(but("/43/", Reply(404, body | {"attr": None})))
    result = run("doctor", "--all-profiles", "-o", "json")
    assert result.code == ExitCode.NOT_FOUND
    one, two = json.loads(result.out)
    assert [(each["profile"], each["exit_code"]) for each in (one, two)] == [("one", 0), ("two", 5)]
    assert two["checks"][-1]["status"] == "skipped"
    hint = checks(two)["access.project"]["hint"]
    assert "llmctl profiles show -p two" in hint
    rows = run("doctor", "--profiles", "two,one", "-o", "tsv").out.splitlines()
    assert rows[0] == "profile\tgroup\tname\tstatus\tdetail\thint"
    profiles = [row.split("\t")[0] for row in rows[1:]]
    assert list(dict.fromkeys(profiles)) == ["", "two", "one"]
    assert sum(row.split("\t")[2] == "config.toml" for row in rows) == 1


@pytest.mark.usefixtures("two_profiles")
def test_unknown_profile_among_several(run: Run, server: RecordingServer) -> None:
    result = run("doctor", "--profiles", "one,three")
    assert (result.code, result.out, server.sent) == (ExitCode.CONFIG, "", [])
    assert "three" in result.err


@pytest.mark.usefixtures("two_profiles")
def test_outage_among_several(run: Run, server: RecordingServer) -> None:
    server.reply(but("/43/", Reply(500, {"detail": "A server error occurred."})))
    result = run("doctor", "--all-profiles", "--retries", "0", "-o", "json")
    assert result.code == ExitCode.UNAVAILABLE
    assert [each["exit_code"] for each in json.loads(result.out)] == [0, 7]


def key_row(state: str = "ok") -> dict[str, Any]:
    return {
        "id": defaults.ACTIVE_KEY_ID,
        "name": "Production",
        "provider": "openai",
        "state": state,
        "api_key_masked": "sk-p...cdef",
    }


def evaluation_row(**fields: Any) -> dict[str, Any]:
    return {
        "id": "01990000-0000-7000-8000-000000000031",
        "name": "Relevance",
        "evaluation_type": "llm_judge",
        "enabled": True,
        "status": "active",
        "status_reason_detail": None,
        "model_configuration": {"provider": "openai", "model": "m", "provider_key_id": None},
        **fields,
    }


@pytest.mark.parametrize(
    ("key", "evaluation", "code", "name", "said"),
    [
        ("ok", {}, 0, "working keys", "1 enabled evaluation has a working key"),
        ("invalid", {}, 6, "working keys", "no working key: evaluation Relevance"),
        ("error", {}, 7, "working keys", "the provider did not respond"),
        (None, {}, 6, "working keys", "no working key: evaluation Relevance"),
        (
            "ok",
            {"enabled": False, "status": "error", "status_reason": "provider_key_invalid"},
            6,
            "stopped",
            "stopped because of a key: evaluation Relevance",
        ),
    ],
)
def test_keys_of_evaluations(
    run: Run,
    server: RecordingServer,
    key: str | None,
    evaluation: dict[str, Any],
    code: int,
    name: str,
    said: str,
) -> None:
    def reply(sent: Sent) -> Reply:
        if sent.method == "GET" and sent.path.endswith("provider_keys/"):
            return Reply(body=page([key_row(key or "ok")]))
        if sent.path.endswith("evaluation_config/"):
            return Reply(body={"active_provider_key": key and key_row(key)})
        if sent.method == "GET" and sent.path.endswith("evaluations/"):
            return Reply(body=page([evaluation_row(**evaluation)]))
        return posthog(sent)

    server.reply(reply)
    result = run("doctor", "-o", "json")
    assert result.code == code
    check = checks(document(result))[f"evaluations.{name}"]
    assert said in check["detail"]
    if code:
        words = "evaluations recover" if name == "stopped" else "provider-keys audit"
        assert check["hint"].endswith(f"llmctl {words}")


@pytest.mark.generation("v3")
@pytest.mark.usefixtures("sandbox")
def test_checklist(generation: Generation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setenv("SHELL", "/bin/bash")
    code, out, err = call(["doctor", "-p", "sandbox"], is_terminal=True)
    assert (code, err) == (0, "")
    assert "✓  project     1 (Sandbox)\n" in out
    assert "!  completion  not installed for bash\n" in out
    assert "evaluation-reports generate  -     yes, inferred" in out
    lines = out.splitlines()
    assert [line for line in lines if line and line[0].isalpha()][:3] == [
        "Files",
        "llmctl",
        "Settings",
    ]
    assert max(len(line) for line in lines if str(Path.home()) not in line) <= 80


@pytest.mark.usefixtures("sandbox")
@pytest.mark.generation("v1")
def test_formats(run: Run, generation: Generation) -> None:
    rows = run("doctor", "-p", "sandbox", "-o", "jsonl").out.splitlines()
    assert json.loads(rows[0])["name"] == "config.toml"
    chosen = run("doctor", "-p", "sandbox", "--columns", "name,status").out
    assert chosen.startswith("name\tstatus\nconfig.toml\tok\n")
    assert run("doctor", "-p", "sandbox", "-o", "ids").code == ExitCode.USAGE


def test_verbose(run: Run, server: RecordingServer) -> None:
    server.reply(posthog)
    said = run("doctor", "-v").err
    assert f"PATCH /api/environments/{PROJECT}/evaluations/{NIL_ID}/: 404" in said
