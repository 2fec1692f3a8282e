"""The process: what it loads, and what a bug looks like. The rest is in tests/faults."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support import JOB, RecordingServer, page

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
