"""The modules that the process loads. Signals and streams are tested in tests/faults."""

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


@pytest.mark.cold
def test_json_list_loads_no_rich(jobs: RecordingServer) -> None:
    code = (
        "import sys; from llmctl.app import main; code = main(sys.argv[1:]); "
        "sys.exit(code or str({'rich', 'django', 'tomllib'} & set(sys.modules) or 'none'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *LIST[3:]],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.stderr == "none\n"
    assert len(jobs.sent) == 1
