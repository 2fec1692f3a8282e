"""One command for the keys of several projects."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

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
    assert json.loads(out) == []
