"""The process: what it loads, and what a bug looks like. The rest is in tests/faults."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from llmctl.errors import ExitCode
from tests.support import JOB, JOB_ID, RecordingServer, page

LLMCTL = [sys.executable, "-m", "llmctl"]
LIST = [*LLMCTL, "clustering-jobs", "list", "-o", "json"]


@pytest.fixture
def jobs(server: RecordingServer) -> RecordingServer:
    server.reply(page([JOB] * 500))
    return server


def test_json_list_loads_no_rich(jobs: RecordingServer) -> None:
    code = (
        "import sys; from llmctl.cli import main; main(sys.argv[1:]); "
        "sys.exit(bool({'rich', 'django', 'tomllib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *LIST[3:]], stdout=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0


def test_bug_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import llmctl.cli, llmctl.process, sys; "
        "llmctl.cli.load = lambda name: 1 / 0; sys.argv = ['llmctl', 'evaluations', 'list']; "
        "llmctl.process.run()"
    )
    for debug in ("0", "1"):
        monkeypatch.setenv("LLMCTL_DEBUG", debug)
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert done.returncode == ExitCode.INTERNAL
        assert "error: a bug in llmctl (ZeroDivisionError)" in done.stderr
        assert ("cli.py:" in done.stderr) == (debug == "1")


def test_hostile_folder_is_not_imported(tmp_path: os.PathLike[str], jobs: RecordingServer) -> None:
    for name in ("requests.py", "typer.py", "llmctl.toml", ".env", "platformdirs.py"):
        with open(os.path.join(tmp_path, name), "w") as file:
            file.write("raise SystemExit('loaded')")
    script = os.path.join(os.path.dirname(sys.executable), "llmctl")
    done = subprocess.run(
        [script, "clustering-jobs", "get", JOB_ID], capture_output=True, cwd=tmp_path, check=False
    )
    assert b"loaded" not in done.stderr
