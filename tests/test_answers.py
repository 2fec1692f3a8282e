"""What a refusal becomes: an exit code, a sentence, never a traceback."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmctl.errors import ExitCode
from tests.conftest import Run
from tests.support import JOB_ID, RecordingServer, Reply

READ = ["clustering-jobs", "get", JOB_ID]
WRITE = ["clustering-jobs", "create", "--name", "x", "--analysis-level", "trace"]


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
            "hint": None,
            "status": 400,
            "attr": "name",
            "server_code": "required",
        }
    }
