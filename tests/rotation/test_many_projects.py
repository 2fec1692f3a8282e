"""One command for the keys of several projects."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llmctl.config.resolve import HOST_VARIABLES, PROJECT_VARIABLES
from llmctl.sandbox import defaults
from tests.conftest import Run
from tests.rotation.conftest import NEW_SECRET, Project
from tests.support import KEY, RecordingServer, Reply, Sent, page

ROTATE = [sys.executable, "-m", "llmctl", "provider-keys", "rotate"]


def add_profile(run: Run, name: str, origin: str) -> None:
    os.environ["PERSONAL"] = defaults.ALL_SCOPES_KEY
    words = ["--host", origin, "--project", "1", "--api-key-env", "PERSONAL"]
    assert run("profiles", "add", name, *words).code == 0


def test_many_projects(run: Run, project: Project, origin: str, tmp_path: Path) -> None:
    add_profile(run, "one", origin)
    add_profile(run, "two", origin)
    for name in ("one", "two"):
        (tmp_path / f"key-{name}").write_text(NEW_SECRET)
    words = ["provider-keys", "rotate", "--active", "--yes", "--api-key-file"]
    words.append(f"{tmp_path}/key-{{profile}}")
    result = run(*words, "--profiles", "one,nope,two", "-o", "json")
    rows = json.loads(result.out)
    assert [row["result"] for row in rows] == ["rotated", "failed", "nothing to do"]
    assert [row["exit_code"] for row in rows] == [0, 3, 0]
    assert result.code == 3
    assert "nope: error: " in result.err
    table = run(*words, "--profiles", "one,two", "-o", "table").out
    assert "\n  nothing to do: key " in table
    again = run(*words, "--all-profiles", "-o", "json")
    assert again.code == 0
    assert {row["result"] for row in json.loads(again.out)} == {"nothing to do"}
    assert project.facts()["active"] == NEW_SECRET
    assert "# profile two" in run(*words, "--all-profiles", "--dry-run").out


def test_signal_ends_all_of_many_projects(
    run: Run, server: RecordingServer, tmp_path: Path
) -> None:
    """The first project's write hangs; the second project is not touched."""
    key = {"id": "a", "name": "A", "provider": "openai", "state": "ok", "api_key_masked": "old"}

    def answer(sent: Sent) -> Reply:
        if sent.method == "PATCH":
            (tmp_path / "reached").touch()
            time.sleep(2)
        is_list = sent.target.endswith("provider_keys/")
        return Reply(200, page([key]) if is_list else {"active_provider_key": key})

    server.reply(answer)
    os.environ["PERSONAL"] = KEY
    for name in ("one", "two"):
        words = ["--host", server.origin, "--project", "1", "--api-key-env", "PERSONAL"]
        assert run("profiles", "add", name, "--no-check", *words).code == 0
    env = {name: value for name, value in os.environ.items() if name != "LLMCTL_API_KEY"}
    process = subprocess.Popen(
        [*ROTATE, "a", "--yes", "-o", "json", "--profiles", "one,two", "--api-key-env", "NEW"],
        env=env | {"NEW": NEW_SECRET, "LLMCTL_HOST": server.origin},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (tmp_path / "reached").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate()
    assert process.returncode == 143, err
    assert sum(line.startswith("PATCH") for line in server.lines) == 1
    (row,) = json.loads(out)
    assert (row["profile"], row["result"], row["exit_code"]) == ("one", "interrupted", 8)


def test_same_project_twice(run: Run, project: Project, origin: str, tmp_path: Path) -> None:
    """With one secret there is nothing to do the second time; two would never come to rest."""
    for name in ("one", "two"):
        add_profile(run, name, origin)
        (tmp_path / f"key-{name}").write_text(f"sk-proj-of-{name}-0123456789")
    words = ["provider-keys", "rotate", "--active", "--yes", "--profiles", "one,two", "-o", "json"]
    result = run(*words, "--api-key-file", f"{tmp_path}/key-{{profile}}", "--dry-run")
    assert result.code == 2
    result = run(*words, "--api-key-file", f"{tmp_path}/key-{{profile}}")
    assert [row["exit_code"] for row in json.loads(result.out)] == [0, 2]
    assert "profile one is the same project, and was given another secret" in result.err
    assert project.facts()["active"] == "sk-proj-of-one-0123456789"


@pytest.mark.parametrize("fails", [True, False])
def test_old_secret_is_revoked_when_no_project_uses_it(
    run: Run,
    server: RecordingServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    fails: bool,
) -> None:
    masks = {"1": "sk-o...old1", "2": "sk-o...old1"}

    def answer(sent: Sent) -> Reply:
        project = sent.target.split("/")[3]
        if sent.method == "PATCH":
            if fails and project == "2":
                return Reply(403, {"detail": "No."})
            masks[project] = f"{NEW_SECRET[:4]}...{NEW_SECRET[-4:]}"
        key = {"id": "a", "name": "A", "provider": "openai", "state": "ok"}
        key["api_key_masked"] = masks[project]
        is_list = sent.target.endswith("provider_keys/")
        is_config = sent.target.endswith("evaluation_config/")
        return Reply(
            200, page([key]) if is_list else {"active_provider_key": key} if is_config else key
        )

    server.reply(answer)
    monkeypatch.delenv("LLMCTL_PROJECT")
    monkeypatch.setenv("PERSONAL", KEY)
    monkeypatch.setenv("NEW", NEW_SECRET)
    for name in ("1", "2"):
        words = ["--host", server.origin, "--project", name, "--api-key-env", "PERSONAL"]
        assert run("profiles", "add", f"p{name}", "--no-check", *words).code == 0
    words = ["provider-keys", "rotate", "a", "--yes", "--all-profiles", "--api-key-env", "NEW"]
    words += ["--revoke-command", f"echo $LLMCTL_OLD_KEY_MASK >> {tmp_path}/revoked", "-o", "json"]
    result = run(*words)
    if fails:
        assert result.code == 4
        assert "p2 failed, and may still use the old secret (sk-o...old1)" in result.err
        assert not (tmp_path / "revoked").exists()
        fails = False
        result = run(*words)
    assert result.code == 0, result.err
    assert (tmp_path / "revoked").read_text() == "sk-o...old1\n"


@pytest.mark.parametrize(
    ("chosen", "projects"),
    [
        (["--profiles", "p1,sandbox,p2"], ["1", "1", "2"]),
        (["--all-profiles"], ["1", "2"]),
    ],
)
def test_k07_variables_do_not_override_the_projects_of_many_profiles(
    run: Run,
    project: Project,
    server: RecordingServer,
    monkeypatch: pytest.MonkeyPatch,
    chosen: list[str],
    projects: list[str],
) -> None:
    masks: dict[str, str] = {}

    def answer(sent: Sent) -> Reply:
        number = sent.target.split("/")[3]
        if sent.method == "PATCH":
            masks[number] = f"{NEW_SECRET[:4]}...{NEW_SECRET[-4:]}"
        key = {"id": "a", "name": "A", "provider": "openai", "state": "ok"}
        key["api_key_masked"] = masks.get(number, "sk-o...old1")
        if sent.target.endswith("provider_keys/"):
            return Reply(200, page([key]))
        is_config = sent.target.endswith("evaluation_config/")
        return Reply(200, {"active_provider_key": key} if is_config else key)

    server.reply(answer)
    monkeypatch.setenv("PERSONAL", KEY)
    for number in ("1", "2"):
        words = ["--host", server.origin, "--project", number, "--api-key-env", "PERSONAL"]
        assert run("profiles", "add", f"p{number}", "--no-check", *words).code == 0
    for name in PROJECT_VARIABLES:
        monkeypatch.setenv(name, "999")
    for name in HOST_VARIABLES:
        monkeypatch.setenv(name, "https://posthog.example.com")
    words = ["provider-keys", "rotate", "--active", "--yes", "--api-key-env", "NEW", "-o", "json"]
    result = run(*words, *chosen)
    assert result.code == 0, result.err
    rows = json.loads(result.out)
    assert [(row["project"], row["result"]) for row in rows] == [
        (number, "rotated") for number in projects
    ]
    assert {sent.target.split("/")[3] for sent in server.sent} == {"1", "2"}
    ignored = ", ".join((*PROJECT_VARIABLES, *HOST_VARIABLES))
    assert result.err.splitlines()[0] == f"{ignored} are ignored with {chosen[0]}"
    assert result.err.count("ignored") == 1


def test_k07_variable_does_not_give_one_of_many_profiles_its_project(
    run: Run, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERSONAL", KEY)
    monkeypatch.setenv("NEW", NEW_SECRET)
    monkeypatch.delenv("LLMCTL_HOST")
    words = ["--host", server.origin, "--api-key-env", "PERSONAL"]
    assert run("profiles", "add", "one", "--no-check", *words).code == 0
    words = ["provider-keys", "rotate", "--active", "--yes", "--api-key-env", "NEW"]
    result = run(*words, "--profiles", "one", "-o", "json")
    assert result.code == 3
    assert server.sent == []
    assert result.err.splitlines() == [
        "LLMCTL_PROJECT is ignored with --profiles",
        "one: error: profile one has no project",
        f"one: hint: llmctl profiles add one --replace --host {server.origin} --project NUMBER",
    ]
