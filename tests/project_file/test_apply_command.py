"""`llmctl apply`: secrets, the question, what is printed, exit codes, several projects."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from llmctl.errors import ExitCode
from llmctl.sandbox.generation import Generation
from tests.conftest import Result, Run
from tests.project_file.links import over_http
from tests.project_file.server import ACTIVE, KEYS, Server
from tests.project_file.test_apply_steps import FILE, SECRET
from tests.project_file.test_apply_steps import server as project
from tests.support import KEY, PROJECT, RecordingServer, Reply, Sent
from tests.terminal import on_terminal

NEW = "sk-ant-CANARY-new-9876543210"
Fault = Callable[[Sent], Reply | None]
Apply = Callable[..., Result]

__all__ = ["project"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "llm.toml"
    found.write_text(FILE)
    return found


@pytest.fixture
def apply(run: Run, server: RecordingServer, project: Server, file: Path) -> Apply:
    """Apply FILE to the project, over HTTP; `fault` may answer in its place."""

    def call(*words: str, fault: Fault = lambda sent: None, yes: bool = True) -> Result:
        server.reply(over_http(project, fault))
        result = run("apply", "-f", str(file), "--prune", *words, *(["--yes"] if yes else []))
        assert NEW not in result.out + result.err
        return result

    return call


def writes(server: RecordingServer) -> list[str]:
    return [f"{each.method} {each.path}" for each in server.sent if each.method != "GET"]


def of(path: str) -> Callable[[Sent], bool]:
    return lambda sent: sent.method == "POST" and sent.path.endswith(path)


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE", NEW)


@pytest.mark.usefixtures("secret")
def test_the_plan_is_shown_and_done(apply: Apply, project: Server) -> None:
    result = apply()
    assert result.code == 0, result.err
    assert "+ provider key 'Claude'" in result.out
    assert "5 to create, 6 to change, 5 to delete" in result.out
    assert "made provider key 'Claude' the active key\n" in result.err
    assert "applied: 5 created, 6 changed, 5 deleted\n" in result.err
    assert NEW in project.secrets.values()


@pytest.mark.usefixtures("secret")
def test_a_second_apply_only_reads(apply: Apply, server: RecordingServer) -> None:
    assert apply().code == 0
    sent = len(writes(server))
    again = apply("-o", "json")
    assert again.code == 0
    assert again.err.endswith("nothing to change\n")
    assert len(writes(server)) == sent
    document = json.loads(again.out)
    assert (document["result"], document["exit_code"]) == ("nothing to change", 0)
    assert document["changes"] == document["done"] == document["left"] == []


def test_a_dry_run_reads_no_secret(apply: Apply, server: RecordingServer, file: Path) -> None:
    ran = file.with_name("ran")
    file.write_text(FILE.replace('_env = "CLAUDE"', f'_command = "touch {ran}"'))
    result = apply("--dry-run", yes=False)
    assert result.code == 0, result.err
    assert writes(server) == []
    assert not ran.exists()
    assert "# 1. create provider key 'Claude'\ncurl -X POST" in result.out
    assert '"api_key": "***"' in result.out
    assert '"key_id": "NEW_PROVIDER_KEY_ID"' in result.out
    assert json.loads(apply("--dry-run", "-o", "json").out)["result"] == "planned"


@pytest.mark.parametrize("source", ["env", "file"])
def test_a_missing_secret_is_told_before_the_question(
    apply: Apply, server: RecordingServer, file: Path, source: str
) -> None:
    more = (
        f'[[provider_keys]]\nname = "Gemini"\nprovider = "gemini"\napi_key_{source} = "nowhere"\n'
    )
    file.write_text(FILE + more)
    result = apply()
    assert result.code == ExitCode.USAGE
    where = f"{file}:9:1: provider key 'Claude'"
    assert f"{where}: api_key_env: variable CLAUDE is not set" in result.err
    assert f"provider key 'Gemini': api_key_{source}: " in result.err
    assert writes(server) == []


def test_a_key_without_a_source_of_its_secret(
    apply: Apply, server: RecordingServer, file: Path
) -> None:
    file.write_text(FILE.replace('api_key_env = "CLAUDE"', ""))
    result = apply()
    assert result.code == ExitCode.USAGE
    assert "add api_key_env, api_key_file or api_key_command" in result.err
    assert writes(server) == []


def test_a_command_gives_the_secret_once(apply: Apply, project: Server, file: Path) -> None:
    ran = file.with_name("ran")
    stored = file.with_name("stored")
    stored.write_text(NEW)
    command = f"echo ran >> {ran}; cat {stored}"
    file.write_text(FILE.replace('_env = "CLAUDE"', f'_command = "{command}"'))
    assert apply().code == 0
    assert ran.read_text() == "ran\n"
    assert NEW in project.secrets.values()


def test_a_command_that_fails_changes_nothing(
    apply: Apply, server: RecordingServer, file: Path
) -> None:
    file.write_text(FILE.replace('_env = "CLAUDE"', '_command = "exit 3"'))
    result = apply()
    assert result.code == ExitCode.USAGE
    assert "provider key 'Claude': api_key_command failed with exit code 3" in result.err
    assert writes(server) == []


def test_a_command_that_hangs_changes_nothing(
    apply: Apply, server: RecordingServer, file: Path
) -> None:
    file.write_text(FILE.replace('_env = "CLAUDE"', '_command = "sleep 60"'))
    result = apply("--command-timeout", "0.2")
    assert result.code == ExitCode.USAGE
    assert "api_key_command did not end within 0.2 s; nothing was changed; for" in result.err
    assert writes(server) == []


def test_the_personal_key_is_no_secret(
    apply: Apply, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDE", KEY)
    result = apply()
    assert result.code == ExitCode.USAGE
    assert "it is the personal API key in use" in result.err
    assert writes(server) == []


def test_without_a_terminal_or_yes(apply: Apply, server: RecordingServer) -> None:
    result = apply(yes=False)
    assert result.code == ExitCode.USAGE
    assert "add --yes" in result.err
    assert server.sent == []


@pytest.mark.usefixtures("secret")
def test_the_question(project: Server, server: RecordingServer, file: Path) -> None:
    server.reply(over_http(project))
    words = ("apply", "-f", str(file), "--prune")
    shown = on_terminal(*words, columns=400, answers={"[y/N]": "n\n"})
    assert shown.code == ExitCode.USAGE
    assert f"Apply the file to project {PROJECT} at {server.origin}? [y/N]" in shown.text
    assert "will delete provider key 'Unused' (01990000-" in shown.text
    assert (
        "will start evaluation report 'New', evaluation 'New'; this can cost money\n" in shown.text
    )
    assert writes(server) == []


@pytest.mark.usefixtures("secret")
def test_n04_a_refusal_halfway(apply: Apply) -> None:
    def fault(sent: Sent) -> Reply | None:
        detail = {"detail": "Cannot activate key with state 'unknown'."}
        return Reply(400, detail) if of(ACTIVE)(sent) else None

    result = apply("-o", "json", fault=fault)
    assert result.code == ExitCode.UNFINISHED
    document = json.loads(result.out)
    assert (document["result"], document["exit_code"]) == ("failed", 11)
    assert document["done"][0] == "created provider key 'Claude'"
    assert len(document["done"]) == 5
    assert document["left"][0] == "make provider key 'Claude' the active key"
    error = json.loads(result.err.splitlines()[-1])["error"]
    assert error["code"] == "UNFINISHED"
    assert "Cannot activate key" in error["message"]
    assert apply().code == 0


@pytest.mark.usefixtures("secret")
def test_a_refused_first_write(apply: Apply) -> None:
    def fault(sent: Sent) -> Reply | None:
        return Reply(400, {"detail": "Invalid API key"}) if of(KEYS)(sent) else None

    result = apply("-o", "json", fault=fault)
    assert result.code == ExitCode.REJECTED
    document = json.loads(result.out)
    assert (document["result"], document["exit_code"], document["done"]) == ("failed", 6, [])


@pytest.mark.usefixtures("secret")
def test_n04_an_unknown_outcome(apply: Apply) -> None:
    def fault(sent: Sent) -> Reply | None:
        return Reply(502, "") if of(ACTIVE)(sent) else None

    result = apply("-o", "json", fault=fault)
    assert result.code == ExitCode.UNKNOWN
    assert json.loads(result.out)["exit_code"] == 8
    assert "run the same command again" in result.err


@pytest.mark.usefixtures("secret")
def test_n08_an_ignored_field(apply: Apply, project: Server) -> None:
    def fault(sent: Sent) -> Reply | None:
        if sent.method != "PATCH" or sent.json.get("trigger_threshold") != 300:
            return None
        report = project.reports[sent.path.rstrip("/").rpartition("/")[2]]
        return Reply(200, report)

    result = apply("-o", "json", fault=fault)
    assert result.code == ExitCode.PARTIAL
    assert "trigger_threshold: sent 300, the server has 100" in result.err
    document = json.loads(result.out)
    assert (document["result"], document["exit_code"], document["left"]) == ("applied", 12, [])


@pytest.mark.usefixtures("secret")
def test_n04_ctrl_c_says_what_is_done_and_left(apply: Apply) -> None:
    def fault(sent: Sent) -> Reply | None:
        if of(ACTIVE)(sent):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.5)
        return None

    result = apply("-o", "json", fault=fault)
    assert result.code == ExitCode.INTERRUPTED
    document = json.loads(result.out)
    assert (document["result"], document["exit_code"]) == ("interrupted", 130)
    assert document["left"][0] == "make provider key 'Claude' the active key"
    assert "5 of 19 steps are done" in result.err
    assert apply().code == 0


def test_ctrl_c_before_the_plan(apply: Apply, server: RecordingServer) -> None:
    def fault(sent: Sent) -> Reply | None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.5)
        return None

    result = apply("-o", "json", fault=fault)
    assert result.code == ExitCode.INTERRUPTED
    document = json.loads(result.out)
    assert (document["result"], document["done"], document["left"]) == ("interrupted", [], [])
    assert writes(server) == []


@pytest.mark.usefixtures("secret")
def test_n09_a_pending_rotation(apply: Apply, project: Server, server: RecordingServer) -> None:
    old = next(key for key in project.keys.values() if key["name"] == "OpenAI")
    name = f"OpenAI [rotates {old['id']} 01234567-0123+active]"
    project.post(KEYS, {"name": name, "provider": "openai", "api_key": SECRET})
    result = apply()
    assert result.code == ExitCode.CONFLICT
    assert "a rotation of provider key 'OpenAI' is pending" in result.err
    assert f"provider-keys rotate {old['id']} --strategy replace --finish" in result.err
    assert writes(server) == []


def test_another_target(apply: Apply, server: RecordingServer, file: Path) -> None:
    file.write_text('target = { host = "eu", project = "7" }\n' + FILE)
    result = apply()
    assert result.code == ExitCode.CONFIG
    assert "[target] is project 7 at " in result.err
    assert writes(server) == []


def add_profiles(run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Store two profiles of the project."""
    monkeypatch.setenv("PERSONAL", KEY)
    for name in ("one", "two"):
        where = ("--host", server.origin, "--project", PROJECT, "--no-check")
        assert run("profiles", "add", name, *where, "--api-key-env", "PERSONAL").code == 0


@pytest.mark.generation("v3")
def test_secrets_that_are_missing_in_several_projects(
    run: Run,
    server: RecordingServer,
    project: Server,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.reply(over_http(project))
    add_profiles(run, server, monkeypatch)
    variables = '[vars.one]\nname = "ONE"\n[vars.two]\nname = "TWO"\n'
    file.write_text(variables + FILE.replace('"CLAUDE"', '"${vars.name}"'))
    result = run("apply", "-f", str(file), "--prune", "--yes", "--profiles", "one,two")
    assert result.code == ExitCode.USAGE
    assert "variable ONE is not set" in result.err
    assert "variable TWO is not set" in result.err
    assert writes(server) == []


@pytest.mark.usefixtures("secret")
@pytest.mark.generation("v3")
def test_several_projects(
    run: Run,
    server: RecordingServer,
    project: Server,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    generation: Generation,
) -> None:
    server.reply(over_http(project))
    add_profiles(run, server, monkeypatch)
    words = ("apply", "-f", str(file), "--prune", "--prune", "--yes", "--profiles", "one,two")
    result = run(*words, "-o", "json")
    assert result.code == 0, result.err
    one, two = json.loads(result.out)
    assert (one["profile"], one["result"], one["left"]) == ("one", "applied", [])
    assert (two["profile"], two["result"], two["left"]) == ("two", "applied", [])
    lines = [line for line in result.err.splitlines() if line.startswith(("one: ", "two: "))]
    assert lines == sorted(lines, key=lambda line: line[:3])
    assert "two: already exists: provider key 'Claude'" in result.err
    again = run(*words)
    assert again.err.endswith("nothing to change\n")
    assert f"\n\nproject {PROJECT} at {server.origin} (profile two):\n" in again.out


def test_an_error_of_one_of_several_projects(
    run: Run,
    server: RecordingServer,
    project: Server,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.reply(over_http(project))
    monkeypatch.setenv("PERSONAL", KEY)
    for name in ("one", "two"):
        where = ("--host", server.origin, "--project", PROJECT, "--no-check")
        assert run("profiles", "add", name, *where, "--api-key-env", "PERSONAL").code == 0
    file.write_text(
        '[evaluation_config]\nactive_provider_key = "${vars.key}"\n'
        '[vars.one]\nkey = "OpenAI"\n[vars.two]\nkey = "x"\n'
    )
    words = ("apply", "-f", str(file), "--yes", "--profiles", "one,two", "-o", "json")
    result = run(*words)
    assert result.code == ExitCode.USAGE
    error = json.loads(result.err.splitlines()[-1])["error"]
    assert error["problems"][0]["message"].startswith("two: no provider key is named 'x'")
    one, two = json.loads(result.out)
    assert "error" not in one
    assert "no provider key is named 'x'" in two["error"]
